"""Which of the driver's errors wait, which say that the storage is full, and which are mistakes of ours."""

import pytest
from pymongo import errors as driver

from shared.errors import DatabaseUnavailable, StorageFull
from shared.mongo.translation import translated

FULL = {"writeErrors": [{"index": 0, "code": 14031, "errmsg": "available disk space of 0 bytes"}]}


@pytest.mark.parametrize(
    ("raised", "seen"),
    [
        (driver.ServerSelectionTimeoutError("127.0.0.1:27017: [Errno 111] Connection refused"), DatabaseUnavailable),
        (driver.AutoReconnect("connection closed"), DatabaseUnavailable),
        (driver.NetworkTimeout("timed out"), DatabaseUnavailable),
        (driver.NotPrimaryError("not primary", {"code": 10107}), DatabaseUnavailable),
        (driver.WTimeoutError("waiting for replication timed out", 64), DatabaseUnavailable),
        (driver.OperationFailure("interrupted at shutdown", 11600), DatabaseUnavailable),
        (driver.OperationFailure("internal server error", 1), DatabaseUnavailable),
        (driver.OperationFailure("disk full", 14031), StorageFull),
        (driver.WriteError("disk full", 14031), StorageFull),
        (driver.BulkWriteError(FULL), StorageFull),
        (driver.OperationFailure("write failed: No space left on device", 8), StorageFull),
        (driver.DuplicateKeyError("E11000", 11000), driver.DuplicateKeyError),
        (driver.OperationFailure("unknown operator: $frobnicate", 2), driver.OperationFailure),
        (driver.DocumentTooLarge("17 MB"), driver.DocumentTooLarge),
    ],
    ids=lambda value: getattr(value, "__name__", None) or f"{type(value).__name__}",
)
def test_error_of_the_driver_is_seen_as(raised: Exception, seen: type[Exception]) -> None:
    with pytest.raises(seen), translated():
        raise raised


def test_message_names_the_server_and_not_its_timeouts() -> None:
    with pytest.raises(DatabaseUnavailable) as caught, translated():
        raise driver.AutoReconnect("db:27017: connection closed (configured timeouts: socketTimeoutMS: 3000.0ms)")
    assert "db:27017: connection closed" in caught.value.message_en
    assert "socketTimeoutMS" not in caught.value.message_en


def test_database_that_hangs_is_told_as_one_that_does_not_answer() -> None:
    with pytest.raises(DatabaseUnavailable) as caught, translated():
        raise driver._OperationCancelled("operation cancelled")
    assert "no answer" in caught.value.message_en
    assert "没有回答" in caught.value.message_zh
