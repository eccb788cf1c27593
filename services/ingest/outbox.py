"""The outbox relay: publishes what was accepted, in order of receipt, whatever happened in between.

It scans for receipts that are still `pending`; nothing else tells it what to do, so a relay that died is replaced by
one that finds the same rows. One process at a time holds the lease. A relay that loses its lease, or dies between
Kafka's acknowledgement and its mark, publishes an event twice with the same event id.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from shared.backoff import Backoff
from shared.errors import TransientError
from shared.events import DocumentReceived, Event
from shared.metrics import OUTBOX_DEPTH
from shared.mongo import Database
from shared.records import LEASES, RECEIPTS

Publish = Callable[[Sequence[Event]], Awaitable[None]]

BATCH = 200
LEASE = timedelta(seconds=5)
IDLE_S = 1.0
"""Looks for entries of other processes, and for a free lease, this often; own entries are relayed at once."""

_logger = logging.getLogger(__name__)


class OutboxRelay:
    """Publishes pending receipts until it is told to stop."""

    def __init__(self, database: Database, publish: Publish, backoff: Backoff) -> None:
        self._database = database
        self._publish = publish
        self._backoff = backoff
        self._holder = uuid4().hex
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """There is something new to publish."""
        self._wake.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Relay until `stop`; dependencies that are away are waited for, with growing pauses."""
        failures = 0
        while not stop.is_set():
            self._wake.clear()
            try:
                more = await self.relay_once()
                failures = 0
            except TransientError as error:
                failures += 1
                _logger.warning("outbox waits: %s", error)
                await _sleep(stop, self._backoff.wait_after(failures))
                continue
            if not more:
                await _first_of(self._wake, stop, IDLE_S)
        with contextlib.suppress(TransientError):
            await release_lease(self._database, "outbox", self._holder)

    async def relay_once(self) -> bool:
        """Publish the oldest pending entries; True where there may be more. Does nothing without the lease."""
        if not await hold_lease(self._database, "outbox", self._holder):
            return False
        published = await publish_pending(self._database, self._publish)
        return published == BATCH


async def publish_pending(database: Database, publish: Publish, limit: int = BATCH) -> int:
    """Publish the oldest pending entries, in order, then mark them; how many there were."""
    receipts = database[RECEIPTS.name]
    rows = await receipts.all({"pending": True}, {"event": 1}, sort=[("sequence", 1)], limit=limit)
    if rows:
        await publish([DocumentReceived.read(row["event"]) for row in rows])
        done = {"$unset": {"pending": ""}, "$set": {"published_at": datetime.now(UTC)}}
        await receipts.change_all({"_id": {"$in": [row["_id"] for row in rows]}}, done)
    OUTBOX_DEPTH.set(await receipts.count({"pending": True}))
    return len(rows)


async def hold_lease(database: Database, name: str, holder: str) -> bool:
    """Take or renew a lease; False where another holder has it. It only saves work: correctness never rests on it."""
    leases, now = database[LEASES.name], datetime.now(UTC)
    held = {"holder": holder, "until": now + LEASE}
    free = {"_id": name, "$or": [{"holder": holder}, {"until": {"$lt": now}}]}
    return await leases.change(free, {"$set": held}) is not None or await leases.insert({"_id": name, **held})


async def release_lease(database: Database, name: str, holder: str) -> None:
    """Give a lease back, so that the next holder need not wait for its end."""
    await database[LEASES.name].delete({"_id": name, "holder": holder})


async def _sleep(stop: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)


async def _first_of(wake: asyncio.Event, stop: asyncio.Event, seconds: float) -> None:
    waits = [asyncio.ensure_future(event.wait()) for event in (wake, stop)]
    await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()
