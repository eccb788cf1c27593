"""Documents whose message was refused: nobody publishes an event for them, so the store looks at the dead letters."""

import asyncio
import contextlib
import logging
from collections.abc import Iterable

from services.store.handler import Store
from services.store.heads import dead_letter_head
from shared.errors import TransientError
from shared.kafka import StoredLetter, read_dead_letters
from shared.mongo import Row
from shared.records import EVENTS, RECEIPTS
from shared.settings import Settings
from shared.topics import FILING_REVISED, PARSED, RECEIVED

EVERY_S = 10.0
_ONLY_NOTED = frozenset((RECEIVED.name, PARSED.name, FILING_REVISED.name))
"""Refused here, the document goes on all the same: the store only keeps the time of it, or it is stored already."""

_logger = logging.getLogger(__name__)


async def watch_dead_letters(settings: Settings, store: Store, stop: asyncio.Event) -> None:
    """Record dead letters now and then, until `stop`. Several processes may do so at once."""
    known: set[str] = set()
    while not stop.is_set():
        try:
            letters = await read_dead_letters(settings)
            known |= await record_dead_letters((one for one in letters if one.id not in known), store)
        except TransientError as error:
            _logger.debug("dead letters not read: %s", error)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), EVERY_S)


async def record_dead_letters(letters: Iterable[StoredLetter], store: Store) -> set[str]:
    """Note in the status and the timeline of its document each letter that waits for a replay; the ids of all."""
    seen: set[str] = set()
    for stored in letters:
        seen.add(stored.id)
        ends = not (stored.letter.stage == "store" and stored.letter.topic in _ONLY_NOTED)
        if ends and not stored.replayed and (receipt := await _receipt(stored, store)) is not None:
            await _record(stored, receipt, store)
    return seen


async def _receipt(stored: StoredLetter, store: Store) -> Row | None:
    """The first receipt of the letter's document; none where another program wrote it."""
    where = {"document_id": stored.letter.document_id, "first": True}
    return await store.database[RECEIPTS.name].one(where, {"event": 0})


async def _record(stored: StoredLetter, receipt: Row, store: Store) -> None:
    letter = stored.letter
    if await store.database[EVENTS.name].one({"_id": stored.id}, {"_id": 1}) is not None:
        return  # noted before; the document may be in a replay by now
    replay = await dead_letter_head(letter, receipt, store.database)
    row = {
        "_id": stored.id,
        "document_id": receipt["document_id"],
        "stage": "dead_lettered",
        "at": letter.failed_at,
        "replay": replay,
        "producer_version": f"{letter.stage}:{letter.reason}",
    }
    await store.database[EVENTS.name].insert(row)
