"""Made-up documents on their way through the line, and reading what came out of it."""

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from shared.envelope import decode
from shared.events import DocumentParsed, DocumentReceived, Event, PayloadRef, carry_over
from shared.kafka import EventConsumer, Record, TransactionalProducer
from shared.settings import Settings
from shared.topics import Topic

WAIT_S = 30.0
"""Generous, so that a busy machine fails no test; every wait ends as soon as what it waits for is there."""


def received(name: str, sequence: int = 1) -> DocumentReceived:
    """The event of an accepted file whose bytes would be `name`."""
    digest = hashlib.sha256(name.encode()).hexdigest()
    return DocumentReceived(
        document_id=digest,
        receipt_number=f"GJ-20260101-{sequence:06}",
        received_at=datetime.now(UTC),
        sequence=sequence,
        file=PayloadRef(bucket="uploads", name=digest, size=1, sha256=digest),
        file_name=f"{name}.pdf",
    )


def parsed(event: DocumentReceived) -> DocumentParsed:
    """What reading that file would give."""
    return DocumentParsed(
        **carry_over(event), reader_version="r1", pages=1, tables=0, facts=0, file_name=event.file_name
    )


async def until(condition: Callable[[], Any], seconds: float = WAIT_S) -> None:
    """Wait until the condition holds; fail where it does not in time."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.02)


async def nothing(_places: object) -> None:
    """What a reader does about rebalances."""


async def read_records(settings: Settings, topic: Topic, count: int, service: str = "reader") -> list[Record]:
    """The first `count` messages on a topic, as a consumer group of its own sees them."""
    found: list[Record] = []
    async with (
        asyncio.timeout(WAIT_S),
        EventConsumer(settings, service, [topic], on_assigned=nothing, on_revoked=nothing) as consumer,
    ):
        while len(found) < count:
            found += await consumer.poll((), max_records=500, timeout_s=0.2)
    return found


async def read_events(settings: Settings, topic: Topic, count: int) -> list[Event]:
    """The first `count` events on a topic."""
    return [decode(topic, record.value, record.headers) for record in await read_records(settings, topic, count)]


async def read_all(settings: Settings, topic: Topic, service: str = "reader-of-all") -> list[Event]:
    """Every event that a subscriber of a topic sees until now."""
    return [decode(topic, record.value, record.headers) for record in await all_records(settings, topic, service)]


async def all_records(settings: Settings, topic: Topic, service: str = "reader-of-all") -> list[Record]:
    """Every message that a subscriber of a topic sees until now."""
    found: list[Record] = []
    async with (
        asyncio.timeout(WAIT_S),
        EventConsumer(settings, service, [topic], on_assigned=nothing, on_revoked=nothing) as consumer,
    ):
        while await consumer.backlog():
            found += await consumer.poll((), max_records=500, timeout_s=0.2)
    return found


async def settle(settings: Settings, service: str, records: Sequence[Record]) -> None:
    """Commit for the group of a service that it has done with these messages."""
    if records:
        producer = TransactionalProducer(settings, f"{service}-settling")
        await producer.start()
        await producer.deliver([], service, {record.place: record.offset + 1 for record in records})
        await producer.stop()
