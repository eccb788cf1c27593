"""What follows an ending: its events are published, or its dead letter is written; then the offset is committed.

The only place that decides in which order this happens. Today: publish, wait for the acknowledgement, commit.
"""

import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime

from shared import metrics
from shared.endings import Conclude, Ending
from shared.errors import (
    DeadLetterFailed,
    DeadLetterLimitReached,
    FatalError,
    KafkaRefused,
    MessageTooLarge,
    TopicMissing,
)
from shared.events import DeadLetter, DocumentRejected, Event
from shared.kafka import EventProducer, Partition, Record, dead_letter_message
from shared.settings import Settings

Commit = Callable[[Partition, int], Awaitable[bool]]

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
    """Delivers the endings of one partition's messages in order. Waits as long as Kafka is away."""

    def __init__(self, conclude: Conclude, settings: Settings, producer: EventProducer, commit: Commit) -> None:
        self._conclude = conclude
        self._service = conclude.service
        self._producer = producer
        self._commit = commit
        self._backoff = conclude.backoff
        self._limit = DeadLetterLimit(settings.dead_letters_per_minute)

    async def __call__(self, place: Partition, head: Sequence[tuple[Record, Ending]]) -> None:
        """Publish the endings of `head`, an unbroken run of messages, and commit the offset behind them.

        Raises `DeadLetterLimitReached`, `DeadLetterFailed`, `KafkaRefused`: the process stops, and the message that it
        is about stays uncommitted.
        """
        delivered = await self._publish(head)
        for done, (record, ending) in enumerate(delivered):
            if ending.letter is not None:
                try:
                    await self._write_letter(record, ending.letter)
                except FatalError:
                    await self._settle(place, delivered[:done])
                    raise
        await self._settle(place, delivered)

    async def _settle(self, place: Partition, delivered: Sequence[tuple[Record, Ending]]) -> None:
        if not delivered:
            return
        last, _ = delivered[-1]
        await self._backoff.until_up(lambda: self._commit_behind(place, last.offset))
        for _, ending in delivered:
            self._count(ending)

    async def _publish(self, head: Sequence[tuple[Record, Ending]]) -> Sequence[tuple[Record, Ending]]:
        messages = [message for _, ending in head for message in ending.messages]
        try:
            await self._backoff.until_up(lambda: self._producer.send(messages))
        except MessageTooLarge:
            return [(record, await self._publish_alone(record, ending)) for record, ending in head]
        return head

    async def _publish_alone(self, record: Record, ending: Ending) -> Ending:
        """The topic takes less than we allow ourselves: find whose event it was; that message is dead-lettered."""
        try:
            await self._backoff.until_up(lambda: self._producer.send(ending.messages))
        except MessageTooLarge as error:
            return Ending("dead_lettered", letter=self._conclude.letter(record, error, 1))
        return ending

    async def _write_letter(self, record: Record, letter: DeadLetter) -> None:
        self._limit.take()
        message = dead_letter_message(record, letter)
        fields = {
            "reason": letter.reason,
            "topic": message.topic,
            "partition": letter.partition,
            "offset": letter.offset,
        }
        logger.error("dead letter: %s", letter.message, extra={"fields": fields})
        try:
            await self._backoff.until_up(lambda: self._producer.send([message]), not_for=(TopicMissing,))
        except (TopicMissing, MessageTooLarge, KafkaRefused) as error:
            raise DeadLetterFailed(topic=message.topic, detail=str(error)) from error

    async def _commit_behind(self, place: Partition, offset: int) -> None:
        if not await self._commit(place, offset + 1):
            logger.warning("partition taken over by another process; its messages will be handled again there")

    def _count(self, ending: Ending) -> None:
        metrics.EVENTS.labels(service=self._service, outcome=ending.kind).inc()
        if ending.letter is not None:
            metrics.DEAD_LETTERS.labels(service=self._service, reason=ending.letter.reason).inc()
        for event in ending.events:
            self._count_event(event)

    def _count_event(self, event: Event) -> None:
        metrics.DOCUMENTS.labels(stage=event.stage).inc()
        age = (datetime.now(UTC) - event.received_at).total_seconds()
        metrics.RECEIPT_TO_STAGE.labels(stage=event.stage).observe(max(0.0, age))
        if isinstance(event, DocumentRejected):
            metrics.REJECTIONS.labels(service=self._service, reason=event.reason).inc()
