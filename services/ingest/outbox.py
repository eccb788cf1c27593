"""The outbox relay: publishes what was accepted, in order of receipt, each exactly once.

A batch of pending receipts goes through four steps, and a relay may die behind any of them:

1. intent: the row of `outbox` takes the next number and the batch's receipts, by compare and swap
2. one Kafka transaction: the events, and the number as committed offset of the relay's own group
3. mark: the receipts are `pending` no more
4. the intent is marked as done

Receipts become durable in another order than that of their sequence, so no sequence can say up to where all is
published. The relay numbers its own batches instead, of receipts that are durable, before it produces them: a receipt
that comes late is in a later batch. The relay that takes over starts its producer first, which fences the one before
(the transactional id is fixed), then compares the committed number with the intent's: where Kafka has committed it,
only the marks are made up for; where not, the very batch is published, without what is no longer pending. Because the
marks of a committed batch always precede the next transaction, no receipt is published by two of them. The lease only
saves work.

Kafka forgetting the number (its group's offsets expire after a week without a batch, or a broker lost its disk) costs a
repetition, with the same event ids, only where a relay had died between steps 2 and 3 as well. A MongoDB restored from
a backup goes on behind Kafka's number, so nothing accepted afterwards is taken for published.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol
from uuid import uuid4

from services.ingest.leases import LEASE, hold_lease, release_lease
from shared.backoff import Backoff
from shared.errors import KafkaUnavailable, TransientError
from shared.events import DocumentReceived, Event
from shared.metrics import OUTBOX_DEPTH
from shared.mongo import Database, Row
from shared.records import OUTBOX, RECEIPTS

BATCH = 200
IDLE_S = 1.0
"""Looks for entries of other processes, and for a free lease, this often; own entries are relayed at once."""

_logger = logging.getLogger(__name__)


class BatchPublisher(Protocol):
    """Publishes numbered batches, each in one transaction with its number."""

    async def start(self) -> int:
        """Fence every other publisher; the number of the last batch that is published."""

    async def publish(self, batch: int, events: Sequence[Event]) -> None:
        """Publish a batch and its number, both or none."""

    async def stop(self) -> None:
        """Disconnect."""


class OutboxRelay:
    """Publishes pending receipts until it is told to stop."""

    def __init__(self, database: Database, publisher: BatchPublisher, backoff: Backoff) -> None:
        self._database = database
        self._publisher = publisher
        self._backoff = backoff
        self._holder = uuid4().hex
        self._wake = asyncio.Event()
        self._batches: Batches | None = None
        self._renew_at = float("-inf")

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

    async def relay_once(self, limit: int = BATCH) -> bool:
        """Publish the oldest pending entries; True where there may be more. Does nothing without the lease."""
        batches, self._batches = self._batches, None
        if (batches is None or time.monotonic() >= self._renew_at) and not await self._holds_lease():
            if batches is not None:
                await self._publisher.stop()
            return False
        batches = batches or await Batches.taken_over(self._database, self._publisher)
        published = await batches.publish_next(limit)
        # Kept only where nothing failed: after a failure the next turn finds out what Kafka has committed.
        self._batches = batches
        return published == limit

    async def _holds_lease(self) -> bool:
        self._renew_at = time.monotonic() + LEASE.total_seconds() / 2
        return await hold_lease(self._database, "outbox", self._holder)


@dataclass
class Batches:
    """The relay's batches from the number behind `last`; of several at once only the one started last gets through."""

    database: Database
    publisher: BatchPublisher
    last: int

    @classmethod
    async def taken_over(cls, database: Database, publisher: BatchPublisher) -> "Batches":
        """Fence the relay before, and finish the batch it was at, where it left one."""
        committed = await publisher.start()
        intent = await _intent(database)
        self = cls(database, publisher, intent["number"])
        if not intent["marked"]:
            if intent["number"] > committed:
                await self._publish(intent["number"], await self._left_of(intent["receipts"]))
            await self._mark(intent["number"], intent["receipts"])
        if committed > intent["number"]:
            await self._intend(committed, [])
        return self

    async def publish_next(self, limit: int) -> int:
        """Publish the oldest pending receipts as one batch; how many there were."""
        receipts = self.database[RECEIPTS.name]
        rows = await receipts.all({"pending": True}, {"event": 1}, sort=[("sequence", 1)], limit=limit)
        depth = len(rows) if len(rows) < limit else await receipts.count({"pending": True})
        OUTBOX_DEPTH.set(depth)
        if rows:
            numbers = [row["_id"] for row in rows]
            await self._intend(self.last + 1, numbers)
            await self._publish(self.last, rows)
            await self._mark(self.last, numbers)
            OUTBOX_DEPTH.set(max(0, depth - len(rows)))
        return len(rows)

    async def _intend(self, number: int, receipts: Sequence[str]) -> None:
        """Write down what the batch holds, unless another relay has gone on meanwhile."""
        wanted = {"number": number, "receipts": list(receipts), "marked": not receipts}
        if not await self.database[OUTBOX.name].change({"_id": "batch", "number": self.last}, {"$set": wanted}):
            raise KafkaUnavailable(detail="another relay has gone on")
        self.last = number

    async def _left_of(self, receipts: Sequence[str]) -> Sequence[Row]:
        where = {"_id": {"$in": list(receipts)}, "pending": True}
        return await self.database[RECEIPTS.name].all(where, {"event": 1}, sort=[("sequence", 1)])

    async def _publish(self, number: int, rows: Sequence[Row]) -> None:
        await self.publisher.publish(number, [DocumentReceived.read(row["event"]) for row in rows])

    async def _mark(self, number: int, receipts: Sequence[str]) -> None:
        done = {"$unset": {"pending": ""}, "$set": {"published_at": datetime.now(UTC)}}
        where = {"_id": {"$in": list(receipts)}, "pending": True}
        await self.database[RECEIPTS.name].change_all(where, done)
        await self.database[OUTBOX.name].change({"_id": "batch", "number": number}, {"$set": {"marked": True}})


async def _intent(database: Database) -> Row:
    known = await database[OUTBOX.name].one({"_id": "batch"})
    if known is None:
        await database[OUTBOX.name].insert({"_id": "batch", "number": 0, "receipts": [], "marked": True})
        return await _intent(database)
    return known


async def _sleep(stop: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)


async def _first_of(wake: asyncio.Event, stop: asyncio.Event, seconds: float) -> None:
    waits = [asyncio.ensure_future(event.wait()) for event in (wake, stop)]
    await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()
