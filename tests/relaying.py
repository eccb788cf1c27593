"""Relays that die at a chosen moment, and counting what became visible on the topic."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Literal

import documents
from callers import TEST

from services.ingest.intake import Upload
from services.ingest.leases import release_lease
from services.ingest.outbox import OutboxRelay
from services.ingest.receipts import accept_upload
from shared.backoff import Backoff
from shared.envelope import readable
from shared.events import Event
from shared.kafka import EventConsumer, OutboxProducer
from shared.mongo import Database, Files
from shared.records import LEASES
from shared.settings import Settings
from shared.topics import RECEIVED

Moment = Literal["before the commit", "behind the commit"]
_QUIET_POLLS = 4
_PATIENCE_S = 60.0


class Died(Exception):
    """The process ended here, as by kill -9."""


class Dying:
    """A publisher whose process dies at its n-th batch, once."""

    def __init__(self, inner: OutboxProducer, moment: Moment, batch: int = 1) -> None:
        self._inner = inner
        self._moment = moment
        self._left = batch

    async def start(self) -> int:
        return await self._inner.start()

    async def publish(self, batch: int, events: Sequence[Event]) -> None:
        self._left -= 1
        if self._left == 0 and self._moment == "before the commit":
            raise Died
        await self._inner.publish(batch, events)
        if self._left == 0:
            raise Died

    async def stop(self) -> None:
        await self._inner.stop()


class Handed:
    """A publisher that hands the events to a function instead of to Kafka, and remembers the last batch."""

    def __init__(self, take: Callable[[Sequence[Event]], Awaitable[None]]) -> None:
        self._take = take
        self._last = 0

    async def start(self) -> int:
        return self._last

    async def publish(self, batch: int, events: Sequence[Event]) -> None:
        await self._take(events)
        self._last = batch

    async def stop(self) -> None: ...


def relay_to(take: Callable[[Sequence[Event]], Awaitable[None]], database: Database, settings: Settings) -> OutboxRelay:
    """A relay whose batches go to a function."""
    return OutboxRelay(database, Handed(take), Backoff.of(settings))


@asynccontextmanager
async def relay_of(
    settings: Settings, database: Database, moment: Moment | None = None, batch: int = 1
) -> AsyncIterator[OutboxRelay]:
    """A relay to Kafka; one that is to die at a moment of its n-th batch, where a moment is given."""
    async with OutboxProducer(settings) as producer:
        publisher = Dying(producer, moment, batch) if moment is not None else producer
        yield OutboxRelay(database, publisher, Backoff.of(settings))


async def forget_lease(database: Database) -> None:
    """As if the time of a dead relay's lease were over."""
    row = await database[LEASES.name].one({"_id": "outbox"})
    if row is not None:
        await release_lease(database, "outbox", row["holder"])


async def accept(name: str, database: Database) -> str:
    """Accept a document whose bytes are `name`; its document_id."""

    async def whole() -> AsyncIterator[bytes]:
        yield name.encode()

    files = Files(database)
    receipt = await accept_upload(Upload(await files.put_new("uploads", whole()), f"{name}.pdf"), TEST, database, files)
    return receipt.document_id


async def visible_events(settings: Settings, expected: int, group: str = "", settle: bool = False) -> Counter[str]:
    """How often each event id is on the topic of received documents, as a read_committed subscriber sees it.

    It waits for so many messages as are expected, and then whether more come. A subscriber of a group that is given may
    also `settle` what it has seen.
    """

    async def nothing(_places: object) -> None: ...

    seen: Counter[str] = Counter()
    quiet = 0
    group = group or f"subscriber-{datetime.now(UTC).timestamp()}"
    async with (
        asyncio.timeout(_PATIENCE_S),
        EventConsumer(settings, group, [RECEIVED], on_assigned=nothing, on_revoked=nothing) as consumer,
    ):
        while seen.total() < expected or quiet < _QUIET_POLLS:
            records = await consumer.poll((), max_records=500, timeout_s=0.5)
            seen.update(readable(record.headers)["ce_id"] for record in records)
            await documents.settle(settings, group, records if settle else [])
            quiet = 0 if records else quiet + 1
    return seen
