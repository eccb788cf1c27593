"""The file store and the collections' basics on the embedded database."""

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal

import pytest
from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorGridFSBucket

from shared.errors import InvalidSettings, PayloadMissing
from shared.mongo import Database, Files
from shared.mongo.files import CHUNK_BYTES
from shared.records import migrate
from shared.settings import Settings


async def pieces(data: bytes, size: int) -> AsyncIterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES])
@pytest.mark.parametrize("piece", [1000, 10**6])
async def test_file_comes_back_as_it_went_in(database: Database, size: int, piece: int) -> None:
    data = bytes(i % 251 for i in range(size))
    ref = await Files(database).put_new("uploads", pieces(data, piece))
    assert (ref.size, ref.sha256) == (size, hashlib.sha256(data).hexdigest())
    assert await Files(database).read(ref) == data


async def test_any_gridfs_tool_can_read_a_file(settings: Settings, database: Database) -> None:
    data = bytes(range(256)) * 3000
    ref = await Files(database).put_new("uploads", pieces(data, 4096))
    client: AsyncIOMotorClient[dict[str, object]] = AsyncIOMotorClient(settings.mongo_url)
    bucket = AsyncIOMotorGridFSBucket(client[settings.mongo_database], bucket_name="uploads")
    stream = await bucket.open_download_stream_by_name(ref.name)
    assert await stream.read() == data
    client.close()


@pytest.mark.parametrize("lost", ["uploads.files", "uploads.chunks"])
async def test_file_that_is_gone_or_damaged_is_missing_and_not_shorter(database: Database, lost: str) -> None:
    files = Files(database)
    ref = await files.put_new("uploads", pieces(b"x" * 600_000, 4096))
    row = await database[lost].one({}, sort=[("n", -1)]) or {}
    await database[lost].delete({"_id": row["_id"]})
    with pytest.raises(PayloadMissing):
        await files.read(ref)


async def test_changed_file_is_missing(database: Database) -> None:
    files = Files(database)
    ref = await files.put_new("uploads", pieces(b"x" * 10, 4096))
    await database["uploads.chunks"].change({}, {"$set": {"data": b"y" * 10}})
    with pytest.raises(PayloadMissing):
        await files.read(ref)


async def test_discarded_file_leaves_nothing(database: Database) -> None:
    files = Files(database)
    await files.discard(await files.put_new("uploads", pieces(b"x" * 600_000, 4096)))
    assert [await database[f"uploads.{part}"].count({}) for part in ("files", "chunks", "pending")] == [0, 0, 0]


async def test_upload_under_way_is_not_swept(database: Database) -> None:
    files, begun, go_on = Files(database), asyncio.Event(), asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        yield b"x" * 600_000
        begun.set()
        await go_on.wait()

    async def nobody(_name: str) -> bool:
        return False

    putting = asyncio.create_task(files.put_new("uploads", slowly()))
    await begun.wait()
    assert await files.sweep("uploads", timedelta(hours=2), nobody) == 0
    go_on.set()
    assert len(await files.read(await putting)) == 600_000


async def test_try_that_broke_off_is_swept_although_another_of_its_name_was_kept(database: Database) -> None:
    files = Files(database)

    async def cancelled() -> AsyncIterator[bytes]:
        yield b"x" * 600_000
        raise asyncio.CancelledError

    async def everything(_name: str) -> bool:
        return True

    with contextlib.suppress(asyncio.CancelledError):
        await files.put("parsed", "same", cancelled())
    ref = await files.put("parsed", "same", pieces(b"x" * 600_000, 4096))
    await files.settle(ref)
    assert await files.sweep("parsed", timedelta(0), everything) == 1
    assert len(await files.read(ref)) == 600_000
    assert await database["parsed.chunks"].count({}) == 3


async def test_numbers_are_given_once_however_many_ask(database: Database) -> None:
    numbers = await asyncio.gather(*(database.next_number("receipts") for _ in range(40)))
    assert len(set(numbers)) == 40


async def test_amounts_are_exact_and_longer_ones_are_rounded(database: Database) -> None:
    await database["amounts"].insert({"_id": 1, "exact": Decimal("0.10"), "long": Decimal("1." + "1" * 50)})
    row = await database["amounts"].one({"_id": 1}) or {}
    assert (str(row["exact"]), str(row["long"])) == ("0.10", "1." + "1" * 33)


async def test_rows_that_are_there_are_left_as_they_are(database: Database) -> None:
    await database["rows"].insert_missing([{"_id": 1, "value": "old"}])
    await database["rows"].insert_missing([{"_id": 1, "value": "new"}, {"_id": 2, "value": "new"}])
    assert [row["value"] for row in await database["rows"].all({}, sort=[("_id", 1)])] == ["old", "new"]
    assert not await database["rows"].insert({"_id": 2})


async def test_rows_of_a_long_list_are_found_once_each(database: Database) -> None:
    await database["some"].insert_missing([{"_id": f"{n:03d}", "group": n % 2} for n in range(120)])
    wanted = [f"{n:03d}" for n in range(10, 200)]
    found = await database["some"].among("_id", wanted, {"group": 1})
    assert [row["_id"] for row in found] == wanted[:110]
    assert await database["some"].among("_id", []) == []


async def test_migration_can_be_repeated_and_refuses_newer_data(database: Database) -> None:
    await asyncio.gather(migrate(database), migrate(database))
    await database["schema"].change({"_id": "version"}, {"$set": {"version": 99}})
    with pytest.raises(InvalidSettings, match="99"):
        await migrate(database)


async def test_address_that_makes_no_sense_is_a_wrong_setting(settings: Settings) -> None:
    with pytest.raises(InvalidSettings, match="GOUJI_MONGO_URL"):
        async with Database(settings.model_copy(update={"mongo_url": "http://localhost"})):
            pass
