"""What a reading process answers: a document as JSON, or why it is refused.

Plain data of bounded size, never pickled objects: who takes over the reader through a fault in a library must not come
out of its confinement by what it answers.
"""

import struct

import orjson

from shared.errors import ReadingCrashed, ReadingOutOfMemory, Rejection, all_errors

HEADER = struct.Struct(">cQ")
"""What the answer is, and how many bytes follow."""
DOCUMENT, REFUSAL, READY = b"d", b"r", b"h"
_MOST_BYTES = {DOCUMENT: 256 * 1024 * 1024, REFUSAL: 64 * 1024, READY: 64 * 1024}


def nonsense() -> Rejection:
    """The rejection where the process answered what no reading process does."""
    return ReadingCrashed(detail="an answer that is none")


def answer_of(document: bytes | Rejection) -> bytes:
    """The answer that carries a document, as JSON, or a rejection."""
    if isinstance(document, bytes):
        return framed(DOCUMENT, document)
    return framed(REFUSAL, orjson.dumps({"reason": document.reason, "details": document.details}, default=str))


def framed(kind: bytes, content: bytes) -> bytes:
    """An answer of a kind."""
    return HEADER.pack(kind, len(content)) + content


def opened_header(header: bytes, memory_mb: int) -> tuple[bytes, int]:
    """What follows, and how much. Raises `ReadingOutOfMemory` where it is too much, `ReadingCrashed` for nonsense."""
    if len(header) != HEADER.size:
        raise nonsense()
    kind, size = HEADER.unpack(header)
    if kind not in _MOST_BYTES:
        raise nonsense()
    if size > _MOST_BYTES[kind]:
        raise ReadingOutOfMemory(limit_mb=memory_mb)
    return kind, size


def document_in(kind: bytes, content: bytes) -> bytes:
    """The document as JSON, still to be validated. Raises the `Rejection` that the answer carries."""
    if kind == DOCUMENT:
        return content
    if kind == REFUSAL:
        raise _rejection_in(content)
    raise nonsense()


def _rejection_in(content: bytes) -> Rejection:
    known = {error.reason: error for error in all_errors(Rejection)}
    try:
        told = orjson.loads(content)
        kind, details = known[told["reason"]], {str(name): value for name, value in told["details"].items()}
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return nonsense()
    rejection = kind(**{name: value for name, value in details.items() if isinstance(value, str | int | float)})
    assert isinstance(rejection, Rejection)
    return rejection
