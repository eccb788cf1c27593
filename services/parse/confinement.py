"""Confinement: what a reading process may use, and what its death means.

Reading is hostile work: a small file can ask for gigabytes or loop for ever inside a C library, where Python catches
nothing. So it happens in a process that the kernel kills when it exceeds a limit, and the parent tells the reason from
how the process died. Where the kernel allows it, that process has no network and starts no program (`seccomp`).
"""

import contextlib
import ctypes
import os
import resource
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.parse.seccomp import forbid_network_and_programs
from shared.errors import ReadingCrashed, ReadingOutOfMemory, ReadingTimedOut, Rejection
from shared.limits import MAX_PAGE_OBJECTS, MAX_PAGES, PAGE_TIMEOUT_S, PARSE_MEMORY_MB, PARSE_TIMEOUT_S

if TYPE_CHECKING:
    from shared.settings import Settings

_PR_SET_PDEATHSIG = 1
_SPARE_CPU_S = 5
EXIT_FAULT = 70
"""Exit code of a process that a fault of the reader ended (EX_SOFTWARE)."""


@dataclass(frozen=True)
class Confinement:
    """The limits of one reading process."""

    max_pages: int = MAX_PAGES
    max_page_objects: int = MAX_PAGE_OBJECTS
    page_timeout_s: float = PAGE_TIMEOUT_S
    timeout_s: float = PARSE_TIMEOUT_S
    memory_mb: int = PARSE_MEMORY_MB

    @classmethod
    def of(cls, settings: "Settings") -> "Confinement":
        """The limits that the settings name."""
        return cls(
            settings.max_pages,
            settings.max_page_objects,
            settings.page_timeout_s,
            settings.parse_timeout_s,
            settings.parse_memory_mb,
        )


def end_with_parent() -> None:
    """On Linux, have the kernel end this process when its parent dies, however that dies."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def enter(confinement: Confinement) -> str:
    """Called once in a new reading process: import what reading needs, then give up what it does not need.

    Gives the reason where network and programs could not be forbidden, else "".
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # its threads would reserve address space by the core
    import services.parse.reader  # noqa: F401 -- the import belongs to the child, and comes before the limit

    for number in (signal.SIGINT, signal.SIGALRM):
        signal.signal(number, signal.SIG_IGN if number == signal.SIGINT else signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    size = confinement.memory_mb * 1024 * 1024
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    with contextlib.suppress(ValueError):  # a lower hard limit is already in force
        resource.setrlimit(resource.RLIMIT_AS, (size, hard))
    return forbid_network_and_programs()


def read_confined(data: bytes, confinement: Confinement) -> bytes:
    """Read a document in a process that `enter` prepared; return it as JSON. Raises a `Rejection`."""
    from services.parse.pages import Limits
    from services.parse.reader import read_document
    from shared.document_json import document_json

    _limit_cpu(confinement.timeout_s)
    with _ending_by_fault(confinement):
        document = read_document(
            data,
            limits=Limits(confinement.max_pages, confinement.max_page_objects),
            on_page=lambda _number: _watch(confinement.page_timeout_s),
        )
        return document_json(document)


@contextlib.contextmanager
def _ending_by_fault(confinement: Confinement) -> Iterator[None]:
    """Rejections pass; a fault of the reader ends this process, with a traceback, as a crash inside a library would.

    One odd document must neither stop the service nor be refused without a trace: the parent sees the process die.
    """
    try:
        yield
    except Rejection:
        raise
    except MemoryError as error:
        raise ReadingOutOfMemory(limit_mb=confinement.memory_mb) from error
    except BaseException:  # noqa: BLE001 -- the process ends with it
        import traceback  # nothing else needs it, and it is slow to import

        traceback.print_exc()
        sys.stderr.flush()
        os._exit(EXIT_FAULT)
    finally:
        _watch(0)


def _limit_cpu(seconds: float) -> None:
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    limit = int(used.ru_utime + used.ru_stime + seconds) + _SPARE_CPU_S
    resource.setrlimit(resource.RLIMIT_CPU, (limit if hard < 0 else min(limit, hard), hard))


def _watch(seconds: float) -> None:
    """Have the kernel end this process unless the next page begins in time; 0 calls it off."""
    signal.setitimer(signal.ITIMER_REAL, seconds)


def cause_of_death(exit_code: int | None, confinement: Confinement) -> Rejection:
    """What a reading process died of: a signal is a negative exit code, as in `multiprocessing`."""
    number = -(exit_code or 0)
    if number in (signal.SIGALRM, signal.SIGVTALRM):
        return ReadingTimedOut(seconds=round(confinement.page_timeout_s))
    if number == signal.SIGXCPU:
        return ReadingTimedOut(seconds=round(confinement.timeout_s))
    if number == signal.SIGKILL:
        return ReadingOutOfMemory(limit_mb=confinement.memory_mb)
    if exit_code == EXIT_FAULT:
        return ReadingCrashed(detail="a fault of the reader, see the log")
    try:
        name = signal.Signals(number).name
    except ValueError:
        name = f"exit code {exit_code}"
    return ReadingCrashed(detail=name)
