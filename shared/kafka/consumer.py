"""Reading events as a member of a service's consumer group; offsets are committed by `TransactionalProducer`."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import NamedTuple, Self

from aiokafka import ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka import errors as kafka_errors

from shared.envelope import Headers
from shared.errors import KafkaUnavailable
from shared.kafka.connection import REQUEST_TIMEOUT_MS, group_of, translated
from shared.kafka.reader import Reader
from shared.settings import Settings
from shared.topics import Topic

_STOP_SECONDS = 5.0
_LOOK_MS = 5
_ONE_DAY_MS = 24 * 60 * 60 * 1000


class Partition(NamedTuple):
    """One partition of a topic, by the topic's declared name."""

    topic: str
    number: int


class Record(NamedTuple):
    """One message as it was read, undecoded. `timestamp_ms` is when it was produced."""

    topic: Topic
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Headers
    timestamp_ms: int

    @property
    def place(self) -> Partition:
        return Partition(self.topic.name, self.partition)


class Progress(NamedTuple):
    """Before `position` everything was taken; `end` is behind the last message that can be read."""

    position: int
    end: int

    @property
    def waiting(self) -> int:
        return max(0, self.end - self.position)


Rebalanced = Callable[[Collection[Partition]], Awaitable[None]]


class EventConsumer:
    """One member of the consumer group of `service`. Use as an async context manager."""

    def __init__(
        self,
        settings: Settings,
        service: str,
        topics: Collection[Topic],
        *,
        on_assigned: Rebalanced,
        on_revoked: Rebalanced,
    ) -> None:
        self._settings = settings
        self._topics = {settings.topic_prefix + topic.name: topic for topic in topics}
        self._group = group_of(service, settings)
        self._client_id = f"gouji-{service}"
        # A rebalance waits for the slowest member, at most a session; longer means that the group is stuck.
        self._patience_s = 3 * settings.session_timeout_ms / 1000
        self._listener = _Listener(self, on_assigned, on_revoked)
        self._consumer: Reader | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Connect and join the group. Raises `KafkaUnavailable`, `TopicMissing`; call again later."""
        session = self._settings.session_timeout_ms
        consumer = Reader(
            bootstrap_servers=self._settings.kafka_servers,
            client_id=self._client_id,
            group_id=self._group,
            group_instance_id=self._settings.group_instance or None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            session_timeout_ms=session,
            heartbeat_interval_ms=min(3000, session // 3),
            request_timeout_ms=max(REQUEST_TIMEOUT_MS, session + 5000),
            # The loop polls only partitions that have room, so the time between polls says nothing; heartbeats come
            # from the same event loop and stop with it, and /readyz keeps its own clock.
            max_poll_interval_ms=_ONE_DAY_MS,
        )
        self._consumer = consumer  # the first rebalance happens inside start()
        try:
            with translated(", ".join(self._topics)):
                consumer.subscribe(list(self._topics), listener=self._listener)
                async with asyncio.timeout(self._patience_s):
                    await consumer.start()
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Leave the group and disconnect, within a few seconds."""
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            await _close(consumer)

    def assigned(self) -> frozenset[Partition]:
        """The partitions of this member."""
        if self._consumer is None:
            return frozenset()
        return frozenset(self._declared(tp) for tp in self._consumer.assignment())

    async def poll(self, wanted: Collection[Partition], *, max_records: int, timeout_s: float) -> list[Record]:
        """The next messages of the wanted partitions (of all where none is named), in order of offset per partition.

        Partitions that are not wanted keep their prefetched messages: to leave one out is to pause it, and heartbeats
        go on meanwhile. Raises `KafkaUnavailable` (also where a rebalance does not end: stop and start again) and
        `KafkaRefused`.
        """
        places = [self._actual(place) for place in wanted]
        with translated():
            async with asyncio.timeout(self._patience_s):
                batches = await self._fetch(places, max_records, timeout_s)
        return [self._record(message) for batch in batches.values() for message in batch]

    async def _fetch(
        self, places: Sequence[TopicPartition], max_records: int, timeout_s: float
    ) -> Mapping[TopicPartition, list[ConsumerRecord]]:
        consumer, pause_s = self._running(), self._settings.fetch_pause_ms / 1000
        batches: Mapping[TopicPartition, list[ConsumerRecord]]
        if not pause_s:
            batches = await consumer.getmany(*places, timeout_ms=round(timeout_s * 1000), max_records=max_records)
            return batches
        # aiokafka asks again at once after an empty answer: let it ask only while we look, and look now and then.
        _each_assigned(consumer, consumer.resume)
        batches = await consumer.getmany(*places, timeout_ms=_LOOK_MS, max_records=max_records)
        _each_assigned(consumer, consumer.pause)
        if not batches:
            await asyncio.sleep(min(pause_s, timeout_s))
        return batches

    async def settled(self, place: Partition) -> int:
        """The offset before which the group has settled all messages of a partition, as the broker knows it now."""
        with translated():
            return await self._running().committed(self._actual(place)) or 0

    async def progress(self, places: Collection[Partition]) -> Mapping[Partition, Progress]:
        """How far each partition was taken, and its end. The broker is asked, so an answer proves that it lives.

        Raises `KafkaUnavailable`, also where a rebalance takes a partition away meanwhile.
        """
        consumer = self._running()
        with translated():
            if not places:  # more members than partitions: nothing to ask about, so ask for the topics
                await consumer.topics()
            ends = await consumer.end_offsets([self._actual(place) for place in places])
            try:
                return {self._declared(tp): Progress(await consumer.position(tp), end) for tp, end in ends.items()}
            except kafka_errors.IllegalStateError as error:
                raise KafkaUnavailable(detail="rebalancing") from error

    async def backlog(self) -> int:
        """Messages not taken yet, of all partitions of this member."""
        return sum(progress.waiting for progress in (await self.progress(self.assigned())).values())

    def _running(self) -> Reader:
        assert self._consumer is not None, "the consumer is used between start and stop"
        return self._consumer

    def _record(self, message: ConsumerRecord) -> Record:
        return Record(
            topic=self._topics[message.topic],
            partition=message.partition,
            offset=message.offset,
            key=message.key,
            value=message.value,
            headers=tuple(message.headers),
            timestamp_ms=message.timestamp,
        )

    def _actual(self, place: Partition) -> TopicPartition:
        return TopicPartition(self._settings.topic_prefix + place.topic, place.number)

    def _declared(self, tp: TopicPartition) -> Partition:
        return Partition(self._topics[tp.topic].name, tp.partition)


class _Listener(ConsumerRebalanceListener):  # type: ignore[misc]
    """Passes rebalances on. aiokafka logs and swallows what is raised here, so the callbacks keep their own errors."""

    def __init__(self, consumer: EventConsumer, on_assigned: Rebalanced, on_revoked: Rebalanced) -> None:
        self._consumer = consumer
        self._on_assigned = on_assigned
        self._on_revoked = on_revoked

    async def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        await self._on_revoked([self._consumer._declared(tp) for tp in revoked])

    async def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        await self._on_assigned([self._consumer._declared(tp) for tp in assigned])


def _each_assigned(consumer: Reader, act: Callable[..., None]) -> None:
    with contextlib.suppress(kafka_errors.IllegalStateError):  # a rebalance took them meanwhile
        act(*consumer.assignment())


async def _close(consumer: Reader) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_STOP_SECONDS):
            await consumer.stop()
