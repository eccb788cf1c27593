"""One document read in one process of its own: how the command line reads, without a pool."""

import gc
import os
import select
import signal
import sys
import time
from collections.abc import Callable

from services.parse.answers import HEADER, answer_of, document_in, opened_header
from services.parse.confinement import Confinement, cause_of_death, enter, read_confined
from shared.errors import ReadingTimedOut, Rejection

_CHUNK = 1 << 20


def read_once(data: bytes, confinement: Confinement) -> bytes:
    """The document as JSON, read under these limits. Raises a `Rejection`.

    The process is forked, which is safe and quick because the command line has no threads yet.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _serve_child(writing, lambda: read_confined(data, confinement), confinement)
    os.close(writing)
    try:
        answer, late = _receive(reading, time.monotonic() + confinement.timeout_s)
    finally:
        os.close(reading)
    if late:
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if late:
        raise ReadingTimedOut(seconds=round(confinement.timeout_s))
    if os.waitstatus_to_exitcode(status) != 0:
        raise cause_of_death(os.waitstatus_to_exitcode(status), confinement)
    kind, size = opened_header(answer[: HEADER.size], confinement.memory_mb)
    return document_in(kind, answer[HEADER.size : HEADER.size + size])


def _serve_child(writing: int, work: Callable[[], bytes], confinement: Confinement) -> None:
    """Do the work in the child and end it without running the parent's exit handlers."""
    code = 1
    gc.disable()  # one document, then the process ends
    try:
        enter(confinement)
        try:
            result: bytes | Rejection = work()
        except Rejection as rejection:
            result = rejection
        with os.fdopen(writing, "wb") as pipe:
            pipe.write(answer_of(result))
        code = 0
    finally:
        sys.stderr.flush()
        os._exit(code)


def _receive(reading: int, deadline: float) -> tuple[bytes, bool]:
    """What the child sends until it ends, and whether it was late."""
    parts: list[bytes] = []
    while True:
        ready, _, _ = select.select([reading], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            return b"", True
        part = os.read(reading, _CHUNK)
        if not part:
            return b"".join(parts), False
        parts.append(part)
