"""The driver's errors, translated into ours."""

import contextlib
from collections.abc import Iterator

from pymongo import errors as driver

from shared.errors import DatabaseUnavailable, StorageFull

_DUPLICATE_KEY = 11000
_WRITE_ERROR = 65  # what a failed bulk write itself is called, beside the codes of its parts
_OUT_OF_DISK_SPACE = 14031
_AWAY = (driver.ConnectionFailure, driver.WTimeoutError, driver.ExecutionTimeout, driver.WaitQueueTimeoutError)
# Internal error (the embedded server's only answer once its disk was full, until it is restarted), shutting down,
# stepping down, not primary, over a time limit, write conflict, write concern not met: all of them pass.
_PASSING = frozenset((1, 6, 7, 50, 64, 89, 91, 112, 189, 262, 9001, 10107, 11600, 11602, 13435, 13436))


@contextlib.contextmanager
def translated() -> Iterator[None]:
    """Driver errors become ours where waiting helps; the others are mistakes of ours and stay as they are."""
    try:
        yield
    except driver.PyMongoError as error:
        if _is_full(error):
            raise StorageFull from error
        if isinstance(error, _AWAY) or _codes(error) & _PASSING or error.has_error_label("RetryableWriteError"):
            raise DatabaseUnavailable(detail=_first_words(error)) from error
        raise


def _codes(error: driver.PyMongoError) -> set[int]:
    """The server's codes in an error, those of a bulk write included."""
    if not isinstance(error, driver.OperationFailure):
        return set()
    details = error.details or {}
    parts = [*details.get("writeErrors", ()), *details.get("writeConcernErrors", ())]
    return {code for code in (error.code, *(part.get("code") for part in parts)) if code is not None}


def _is_full(error: driver.PyMongoError) -> bool:
    # The embedded server passes the operating system's words on instead of MongoDB's code.
    return _OUT_OF_DISK_SPACE in _codes(error) or "No space left on device" in str(error)


def only_duplicates(error: driver.BulkWriteError) -> bool:
    """True where nothing went wrong in a bulk write but rows that were there already."""
    return _codes(error) <= {_DUPLICATE_KEY, _WRITE_ERROR} and not (error.details or {}).get("writeConcernErrors")


def _first_words(error: driver.PyMongoError) -> str:
    """The driver's message without its list of servers and timeouts."""
    if isinstance(error, driver._OperationCancelled):
        # Its words for operations under way when its own heartbeat was not answered: nobody cancelled anything.
        return "no answer 没有回答"
    return str(error).split(",")[0].split(" (configured")[0][:200]
