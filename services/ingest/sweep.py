"""Removes what cut uploads left behind: chunks without a file, files that no receipt refers to."""

import asyncio
import contextlib
import logging
from datetime import timedelta

from shared.errors import TransientError
from shared.mongo import Database, Files
from shared.records import PARSED_BUCKET, RECEIPTS, UPLOADS_BUCKET

EVERY_S = 600.0
OLDER_THAN = timedelta(hours=2)
"""Twice the time that one upload may take."""

_logger = logging.getLogger(__name__)


async def sweep_until(stop: asyncio.Event, database: Database, files: Files) -> None:
    """Sweep now and then, until `stop`. Several processes may do so at once."""
    while not stop.is_set():
        try:
            removed = await sweep(database, files)
            if removed:
                _logger.info("swept what %d uploads left behind", removed)
        except TransientError as error:
            _logger.warning("sweep waits: %s", error)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), EVERY_S)


async def sweep(database: Database, files: Files, older_than: timedelta = OLDER_THAN) -> int:
    """Sweep once; how many unfinished files were removed."""

    async def has_receipt(name: str) -> bool:
        return await database[RECEIPTS.name].one({"file.name": name}, {"_id": 1}) is not None

    async def is_complete(_name: str) -> bool:
        # A parsed document is named by its content and found again when its message is; only cut ones are swept.
        return True

    uploads = await files.sweep(UPLOADS_BUCKET, older_than, has_receipt)
    return uploads + await files.sweep(PARSED_BUCKET, older_than, is_complete)
