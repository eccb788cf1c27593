"""Deletes parsed documents that nothing can need any more (the claim check's garbage).

A parsed payload is deleted only when all of this holds:

- no head refers to it, so no reader sees it and no replay can start from it
- it was placed longer ago than the topics keep messages, so no message on them can still refer to it
- its document is at an end, and its verdict has stood for as long: no replay that began from it is under way
- no dead letter refers to it, replayed or not: these are kept for a year
"""

import asyncio
import contextlib
import logging
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from services.ingest.leases import hold_lease
from shared.errors import TransientError
from shared.kafka import StoredLetter, read_dead_letters
from shared.metrics import GARBAGE
from shared.mongo import Database, Files
from shared.records import DOCUMENTS, PARSED_BUCKET
from shared.settings import Settings
from shared.topics import PARSED, VALIDATED

EVERY = timedelta(hours=6)
_AGAIN_S = 60.0
RETENTION = timedelta(milliseconds=max(PARSED.retention_ms, VALIDATED.retention_ms)) + timedelta(days=1)
_STANDING = {"status": 1, "payload": 1, "validated_at": 1}

_logger = logging.getLogger(__name__)


async def collect_until(stop: asyncio.Event, settings: Settings, database: Database, files: Files) -> None:
    """Collect now and then, until `stop`; one process at a time. Needs Kafka, because dead letters are looked at."""
    holder = uuid4().hex
    while not stop.is_set():
        wait = EVERY.total_seconds()
        try:
            if await hold_lease(database, "garbage", holder, EVERY):
                deleted = await delete_garbage(database, files, await read_dead_letters(settings))
                GARBAGE.inc(deleted)
                _logger.info("deleted %d parsed documents that nothing needs", deleted)
        except TransientError as error:
            _logger.info("garbage waits: %s", error)
            wait = _AGAIN_S
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), wait)


async def delete_garbage(
    database: Database, files: Files, letters: Collection[StoredLetter], older_than: timedelta = RETENTION
) -> int:
    """Delete the parsed payloads that nothing can need any more; how many. `letters` are all dead letters there are."""
    before = datetime.now(UTC) - older_than
    bodies = [stored.original.value or b"" for stored in letters]

    async def is_used(name: str) -> bool:
        head = await database[DOCUMENTS.name].one({"_id": name.partition("/")[0]}, _STANDING)
        if head is None or head["status"] not in ("stored", "rejected"):
            return True
        if "validated_at" in head and head["validated_at"] >= before:
            return True
        return (head.get("payload") or {}).get("name") == name or any(name.encode() in body for body in bodies)

    return await files.delete_unused(PARSED_BUCKET, before, is_used)
