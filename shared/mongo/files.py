"""Files and large payloads in GridFS.

The chunks are written here, as the GridFS specification lays them out, and not by the driver's own writer: that one
holds up to 48 MB of each upload in memory. Any GridFS tool reads them.
"""

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from bson import ObjectId

from shared.errors import DatabaseUnavailable, PayloadMissing, StorageFull
from shared.events import PayloadRef
from shared.mongo.database import Collection, Database

CHUNK_BYTES = 255 * 1024
READ_AHEAD = 8
"""Chunks that a reader has in memory."""


class Files:
    """Files and large payloads in GridFS buckets.

    A file is *pending* from its first byte until `settle`: the row in `<bucket>.pending` is what a sweep starts from,
    so that neither chunks of a cut upload nor a whole file that nobody refers to stays for ever.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, bucket: str, name: str, chunks: AsyncIterable[bytes]) -> PayloadRef:
        """Store a stream while hashing and counting it; a stream that raises leaves nothing behind.

        Holds one chunk in memory. Call `settle` when whatever refers to the file is durable. Raises
        `DatabaseUnavailable`, `StorageFull`, and whatever the stream raises.
        """
        file_id, now = ObjectId(), datetime.now(UTC)
        await self._pending(bucket).insert({"_id": file_id, "name": name, "started_at": now})
        try:
            digest, size = await self._write_chunks(bucket, file_id, chunks)
            metadata = {"sha256": digest}
            header = {"filename": name, "length": size, "chunkSize": CHUNK_BYTES, "uploadDate": now}
            await self._database[f"{bucket}.files"].insert({"_id": file_id, **header, "metadata": metadata})
        except (DatabaseUnavailable, asyncio.CancelledError):
            # Whether the last write took place is not known, and another try may have found the file complete:
            # whatever there is stays pending and is swept later.
            raise
        except BaseException:
            with contextlib.suppress(DatabaseUnavailable, StorageFull):
                await self._remove(bucket, file_id)
            raise
        return PayloadRef(bucket=bucket, name=name, size=size, sha256=digest)

    async def put_new(self, bucket: str, chunks: AsyncIterable[bytes]) -> PayloadRef:
        """Store a stream under a new name of its own; as `put` otherwise."""
        return await self.put(bucket, uuid4().hex, chunks)

    async def find(self, bucket: str, name: str) -> PayloadRef | None:
        """The reference of the complete file of that name, or None."""
        row = await self._database[f"{bucket}.files"].one({"filename": name}, sort=[("uploadDate", -1)])
        if row is None:
            return None
        return PayloadRef(bucket=bucket, name=name, size=row["length"], sha256=row["metadata"]["sha256"])

    async def renew(self, bucket: str, name: str) -> PayloadRef | None:
        """As `find`, and from now on the file is as young as a new one; atomic against `delete_unused`."""
        renewed = {"$set": {"uploadDate": datetime.now(UTC)}}
        found = await self._database[f"{bucket}.files"].change({"filename": name}, renewed)
        return await self.find(bucket, name) if found else None

    async def delete_unused(self, bucket: str, before: datetime, is_used: Callable[[str], Awaitable[bool]]) -> int:
        """Delete the files older than `before` that are not used; how many. `is_used` is asked by a file's name."""
        deleted = 0
        old = {"uploadDate": {"$lt": before}}
        async for row in self._database[f"{bucket}.files"].each(old, {"filename": 1}, batch=100):
            if await is_used(row["filename"]):
                continue
            # Only if it is still old: it may have been placed again since it was looked at.
            if await self._database[f"{bucket}.files"].delete({"_id": row["_id"], **old}):
                await self._remove(bucket, row["_id"])
                deleted += 1
        return deleted

    async def read(self, ref: PayloadRef) -> bytes:
        """The whole file, its hash verified. Raises `PayloadMissing`."""
        data = b"".join([chunk async for chunk in self.stream(ref)])
        if hashlib.sha256(data).hexdigest() != ref.sha256:
            raise PayloadMissing(reference=f"{ref.bucket}/{ref.name}")
        return data

    async def stream(self, ref: PayloadRef) -> AsyncIterator[bytes]:
        """The file chunk by chunk. Raises `PayloadMissing` where it, or a part of it, is not there."""
        row = await self._database[f"{ref.bucket}.files"].one({"filename": ref.name}, sort=[("uploadDate", -1)])
        left = -1 if row is None else ref.size
        if row is not None:
            async for chunk in self._chunks(ref.bucket).each(
                {"files_id": row["_id"]}, sort=[("n", 1)], batch=READ_AHEAD
            ):
                left -= len(chunk["data"])
                yield chunk["data"]
        if left != 0:
            raise PayloadMissing(reference=f"{ref.bucket}/{ref.name}")

    async def settle(self, ref: PayloadRef) -> None:
        """Say that something durable refers to the file: it is no longer pending."""
        # By id and not by name: a try of the same name that broke off stays pending, and is swept.
        rows = await self._database[f"{ref.bucket}.files"].all({"filename": ref.name}, {"_id": 1})
        await self._pending(ref.bucket).delete({"_id": {"$in": [row["_id"] for row in rows]}})

    async def discard(self, ref: PayloadRef) -> None:
        """Delete a file that nothing refers to."""
        for row in await self._database[f"{ref.bucket}.files"].all({"filename": ref.name}, {"_id": 1}):
            await self._remove(ref.bucket, row["_id"])

    async def sweep(self, bucket: str, older_than: timedelta, is_kept: Callable[[str], Awaitable[bool]]) -> int:
        """Remove what uploads that never ended left behind; how many were removed.

        `older_than` must exceed the time one upload may take. `is_kept` says of a complete file's name whether
        something durable refers to it; then it is settled instead.
        """
        removed = 0
        for row in await self._pending(bucket).all({"started_at": {"$lt": datetime.now(UTC) - older_than}}):
            complete = await self._database[f"{bucket}.files"].one({"_id": row["_id"]}, {"_id": 1}) is not None
            if complete and await is_kept(row["name"]):
                await self._pending(bucket).delete({"_id": row["_id"]})
            else:
                await self._remove(bucket, row["_id"])
                removed += 1
        return removed

    async def _write_chunks(self, bucket: str, file_id: ObjectId, chunks: AsyncIterable[bytes]) -> tuple[str, int]:
        digest, size, number, buffer = hashlib.sha256(), 0, 0, bytearray()
        async for piece in chunks:
            digest.update(piece)
            size += len(piece)
            buffer += piece
            while len(buffer) >= CHUNK_BYTES:
                await self._write_chunk(bucket, file_id, number, bytes(buffer[:CHUNK_BYTES]))
                del buffer[:CHUNK_BYTES]
                number += 1
        if buffer:
            await self._write_chunk(bucket, file_id, number, bytes(buffer))
        return digest.hexdigest(), size

    async def _write_chunk(self, bucket: str, file_id: ObjectId, number: int, data: bytes) -> None:
        await self._chunks(bucket).insert({"files_id": file_id, "n": number, "data": data})

    async def _remove(self, bucket: str, file_id: ObjectId) -> None:
        """Header first, so that a reader never finds a file without its chunks; the pending row last."""
        await self._database[f"{bucket}.files"].delete({"_id": file_id})
        await self._chunks(bucket).delete({"files_id": file_id})
        await self._pending(bucket).delete({"_id": file_id})

    def _chunks(self, bucket: str) -> Collection:
        return self._database[f"{bucket}.chunks"]

    def _pending(self, bucket: str) -> Collection:
        return self._database[f"{bucket}.pending"]
