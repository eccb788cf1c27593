"""What follows an ending: its events or its dead letter are published and its offset is committed, all or nothing.

The only place that decides how this happens: for each partition in transactions of its own, each with the endings of an
unbroken run of messages. A subscriber that reads committed messages sees every event once, whatever dies when.
"""

import logging
import time
from asyncio import sleep, timeout
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime

from shared import metrics
from shared.endings import Conclude, Ending
from shared.envelope import Message
from shared.errors import (
    DeadLetterFailed,
    DeadLetterLimitReached,
    KafkaRefused,
    MessageTooLarge,
    TakenOver,
    TopicMissing,
    TransientError,
)
from shared.events import DeadLetter, DocumentRejected, Event
from shared.kafka import Partition, Record, TransactionalProducer, dead_letter_message
from shared.settings import Settings

Settled = Callable[[Partition], Awaitable[int]]
"""Asks Kafka before which offset the messages of a partition are settled."""

UNHURRIED_SECONDS = 5.0
"""An offset that nothing is published with may be committed so much later: a death in between repeats the handling of
some messages, which handlers stand, and many messages share a transaction."""
_FAREWELL_SECONDS = 1.0

logger = logging.getLogger(__name__)


class DeadLetterLimit:
    """Dead letters of the last minute by our own clock; one too many stops the process before it is written."""

    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
        self._times: deque[float] = deque()

    def take(self) -> None:
        """Count one. Raises `DeadLetterLimitReached`."""
        now = time.monotonic()
        while self._times and now - self._times[0] >= 60:
            self._times.popleft()
        if len(self._times) >= self._per_minute:
            raise DeadLetterLimitReached(count=len(self._times) + 1, limit=self._per_minute)
        self._times.append(now)


class Delivery:
    """Delivers the endings of one partition's messages in order. Waits as long as Kafka is away.

    The producer is started with the first delivery. That shuts out the partition's former owner; only then Kafka is
    asked how far he came, and what he had delivered is left out.
    """

    def __init__(
        self, place: Partition, conclude: Conclude, limit: DeadLetterLimit, settings: Settings, settled: Settled
    ) -> None:
        self._place = place
        self._conclude = conclude
        self._service = conclude.service
        self._limit = limit
        self._ask_settled = settled
        self._producer = TransactionalProducer(settings, f"{conclude.service}-{place.topic}-{place.number}")
        # Within a heartbeat or two a process learns that it was taken for dead; until then it leaves the field.
        self._pause_s = settings.session_timeout_ms / 2000
        self._settled = self._unhurried = -1
        self._committed_at = self._delivered_at = float("-inf")

    async def __call__(self, head: Sequence[tuple[Record, Ending]]) -> None:
        """Deliver the endings of `head`, an unbroken run of messages.

        Raises `DeadLetterLimitReached`, `DeadLetterFailed`, `KafkaRefused`: the process stops, and the message that it
        is about stays uncommitted.
        """
        for done, (_, ending) in enumerate(head):
            if ending.letter is not None:
                try:
                    self._limit.take()
                except DeadLetterLimitReached:
                    await self._deliver(head[:done])
                    raise
        await self._deliver(head)

    async def advance(self, position: int) -> None:
        """Commit a position behind which no message waits: past the marks that transactions leave at the end.

        Otherwise the group would seem to lag behind for ever. Where it does not succeed it can wait; so it does while
        messages keep coming, whose own transactions commit the position.
        """
        idle = time.monotonic() - self._delivered_at >= UNHURRIED_SECONDS
        if idle and self._producer.started and position > self._settled:
            with suppress(TransientError):
                await self._producer.deliver((), self._service, {self._place: position})
                self._settled = position

    async def close(self) -> None:
        """Commit what could wait until now, and disconnect; what is not delivered is left to the next owner."""
        if self._producer.started and self._unhurried > self._settled:
            with suppress(TransientError, TimeoutError):
                async with timeout(_FAREWELL_SECONDS):
                    await self._producer.deliver((), self._service, {self._place: self._unhurried})
        await self._producer.stop()

    async def _deliver(self, head: Sequence[tuple[Record, Ending]]) -> None:
        try:
            await self._until_delivered(head)
        except (MessageTooLarge, TopicMissing, KafkaRefused):
            # Whose message was it? Each one alone will tell.
            for record, ending in head:
                await self._deliver_one(record, ending)

    async def _deliver_one(self, record: Record, ending: Ending) -> None:
        try:
            await self._until_delivered([(record, ending)])
        except (MessageTooLarge, TopicMissing, KafkaRefused) as error:
            if ending.letter is not None:
                topic = record.topic.dead_letter(self._service)
                raise DeadLetterFailed(topic=topic, detail=str(error)) from error
            if not isinstance(error, MessageTooLarge):
                raise
            # The topic takes less than we allow ourselves.
            self._limit.take()
            letter = self._conclude.letter(record, error, 1)
            await self._deliver_one(record, Ending("dead_lettered", letter=letter))

    async def _until_delivered(self, head: Sequence[tuple[Record, Ending]]) -> None:
        letters = any(ending.letter is not None for _, ending in head)
        not_for: tuple[type[TransientError], ...] = (TopicMissing,) if letters else ()
        await self._conclude.backoff.until_up(lambda: self._attempt(head), not_for=not_for)

    async def _attempt(self, head: Sequence[tuple[Record, Ending]]) -> None:
        try:
            if not self._producer.started:
                await self._open()
            # After an answer that was lost, or in the place of another, some or all of it may be delivered.
            left = [(record, ending) for record, ending in head if record.offset >= self._settled]
            if left:
                await self._transaction(left)
        except TakenOver:
            await sleep(self._pause_s)
            raise

    async def _open(self) -> None:
        await self._producer.start()
        try:
            self._settled = max(self._settled, await self._ask_settled(self._place))
        except BaseException:
            await self._producer.stop()
            raise

    async def _transaction(self, left: Sequence[tuple[Record, Ending]]) -> None:
        messages = [message for record, ending in left for message in _messages(record, ending)]
        behind = left[-1][0].offset + 1
        if messages or time.monotonic() - self._committed_at >= UNHURRIED_SECONDS:
            await self._producer.deliver(messages, self._service, {self._place: behind})
            self._settled, self._committed_at = behind, time.monotonic()
            metrics.TRANSACTIONS.labels(service=self._service).inc()
        self._unhurried, self._delivered_at = behind, time.monotonic()
        for record, ending in left:
            self._count(ending)
            if ending.letter is not None:
                _tell(record, ending.letter, self._service)

    def _count(self, ending: Ending) -> None:
        metrics.EVENTS.labels(service=self._service, outcome=ending.kind).inc()
        if ending.letter is not None:
            metrics.DEAD_LETTERS.labels(service=self._service, reason=ending.letter.reason).inc()
        for event in ending.events:
            if event.of_document:
                self._count_event(event)

    def _count_event(self, event: Event) -> None:
        metrics.DOCUMENTS.labels(stage=event.stage).inc()
        age = (datetime.now(UTC) - event.received_at).total_seconds()
        metrics.RECEIPT_TO_STAGE.labels(stage=event.stage).observe(max(0.0, age))
        if isinstance(event, DocumentRejected):
            metrics.REJECTIONS.labels(service=self._service, reason=event.reason).inc()


def _messages(record: Record, ending: Ending) -> Sequence[Message]:
    return ending.messages if ending.letter is None else (dead_letter_message(record, ending.letter),)


def _tell(record: Record, letter: DeadLetter, service: str) -> None:
    fields = {
        "reason": letter.reason,
        "topic": record.topic.dead_letter(service),
        "partition": letter.partition,
        "offset": letter.offset,
    }
    logger.error("dead letter: %s", letter.message, extra={"fields": fields})
