"""Creating topics and looking at them: partitions, messages, and how far each consumer is behind."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field

from aiokafka import TopicPartition
from aiokafka import errors as kafka_errors
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from shared.errors import KafkaRefused
from shared.kafka.connection import REQUEST_TIMEOUT_MS, group_of, translated
from shared.kafka.producer import MAX_LETTER_BYTES, MAX_MESSAGE_BYTES
from shared.kafka.reader import Reader
from shared.settings import Settings
from shared.topics import DEAD_LETTER_PARTITIONS, DEAD_LETTER_RETENTION_MS, TOPICS, dead_letters

_BATCH_OVERHEAD = 64 * 1024
_COORDINATOR_SECONDS = 0.2


@dataclass(frozen=True)
class TopicState:
    """One topic as it is on the broker; `lag` is messages not yet settled by each consuming service.

    Both are counted by offsets, of which the marks at the ends of transactions take some as well.
    """

    name: str
    partitions: int
    messages: int
    lag: Mapping[str, int] = field(default_factory=dict)


async def ping(settings: Settings) -> None:
    """Ask the broker for its metadata. Raises `KafkaUnavailable`."""
    async with admin_of(settings) as admin:
        with translated():
            await admin.describe_cluster()


async def create_topics(settings: Settings) -> tuple[str, ...]:
    """Create every topic and dead-letter topic that is not there yet; gives the names of those it created.

    Raises `KafkaUnavailable`, or `KafkaRefused` where the broker does not allow it.
    """
    async with admin_of(settings) as admin:
        with translated():
            answer = await admin.create_topics(_declared(settings))
    created = []
    for name, code, *message in answer.topic_errors:
        error = kafka_errors.for_code(code)
        if error is kafka_errors.NoError:
            created.append(name)
        elif error is not kafka_errors.TopicAlreadyExistsError:
            raise KafkaRefused(detail=f"{name}: {error.__name__} {' '.join(filter(None, message))}".strip())
    return tuple(created)


def _declared(settings: Settings) -> list[NewTopic]:
    topics = [
        _new_topic(
            settings,
            t.name,
            min(t.partitions, settings.topic_partitions),
            t.retention_ms,
            MAX_MESSAGE_BYTES,
            ",".join(t.cleanup),
        )
        for t in TOPICS
    ]
    letters = [
        _new_topic(settings, name, DEAD_LETTER_PARTITIONS, DEAD_LETTER_RETENTION_MS, MAX_LETTER_BYTES)
        for _, _, name in dead_letters()
    ]
    return topics + letters


def _new_topic(
    settings: Settings, name: str, partitions: int, retention_ms: int, largest: int, policy: str = "delete"
) -> NewTopic:
    return NewTopic(
        name=settings.topic_prefix + name,
        num_partitions=partitions,
        replication_factor=settings.topic_replication,
        topic_configs={
            "retention.ms": str(retention_ms),
            "cleanup.policy": policy,
            "max.message.bytes": str(largest + _BATCH_OVERHEAD),
        },
    )


async def topic_states(settings: Settings) -> tuple[TopicState, ...]:
    """Every topic of Gouji that exists on the broker, in the order of the line, dead-letter topics last.

    Raises `KafkaUnavailable`.
    """
    async with admin_of(settings) as admin, reader_of(settings) as reader:
        with translated():
            existing = {topic["topic"]: len(topic["partitions"]) for topic in await admin.describe_topics()}
            ends = await _ends(reader, existing, settings)
            settled = {service: await settled_by(admin, service, settings) for service in _consuming_services()}
    consumers: dict[str, tuple[str, ...]] = {topic.name: topic.consumers for topic in TOPICS}
    consumers |= {name: () for _, _, name in dead_letters()}
    return tuple(
        _state(settings.topic_prefix, name, services, ends, settled)
        for name, services in consumers.items()
        if settings.topic_prefix + name in existing
    )


def _state(
    prefix: str,
    name: str,
    services: tuple[str, ...],
    ends: Mapping[TopicPartition, tuple[int, int]],
    settled: Mapping[str, Mapping[TopicPartition, int]],
) -> TopicState:
    own = {tp: span for tp, span in ends.items() if tp.topic == prefix + name}
    return TopicState(
        name=name,
        partitions=len(own),
        messages=sum(end - first for first, end in own.values()),
        lag={
            service: sum(end - max(first, settled[service].get(tp, 0)) for tp, (first, end) in own.items())
            for service in services
        },
    )


async def _ends(
    reader: Reader, existing: Mapping[str, int], settings: Settings
) -> Mapping[TopicPartition, tuple[int, int]]:
    names = [t.name for t in TOPICS] + [name for _, _, name in dead_letters()]
    wanted = [settings.topic_prefix + name for name in names]
    places = [TopicPartition(name, number) for name in wanted for number in range(existing.get(name, 0))]
    first = await reader.beginning_offsets(places)
    end = await reader.end_offsets(places)
    return {place: (first[place], end[place]) for place in places}


async def settled_by(admin: AIOKafkaAdminClient, service: str, settings: Settings) -> Mapping[TopicPartition, int]:
    """The offset behind the last message that a service has settled, by partition."""
    async with asyncio.timeout(REQUEST_TIMEOUT_MS / 1000):
        while True:
            try:
                offsets = await admin.list_consumer_group_offsets(group_of(service, settings))
                break
            except kafka_errors.GroupCoordinatorNotAvailableError:
                await asyncio.sleep(_COORDINATOR_SECONDS)  # a broker just born makes its own topic for offsets first
    return {place: committed.offset for place, committed in offsets.items() if committed.offset >= 0}


def _consuming_services() -> list[str]:
    return sorted({service for topic in TOPICS for service in topic.consumers})


@contextlib.asynccontextmanager
async def admin_of(settings: Settings) -> AsyncIterator[AIOKafkaAdminClient]:
    """An administration client, connected."""
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka_servers, request_timeout_ms=REQUEST_TIMEOUT_MS)
    try:
        with translated():
            await admin.start()
        yield admin
    finally:
        await admin.close()


@contextlib.asynccontextmanager
async def reader_of(settings: Settings, isolation: str = "committed") -> AsyncIterator[Reader]:
    """A reader that belongs to no group; it sees committed messages only, or "uncommitted" ones too."""
    reader = Reader(
        bootstrap_servers=settings.kafka_servers,
        enable_auto_commit=False,
        isolation_level=f"read_{isolation}",
        request_timeout_ms=REQUEST_TIMEOUT_MS,
    )
    try:
        with translated():
            await reader.start()
        yield reader
    finally:
        await reader.stop()
