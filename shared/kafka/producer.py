"""Publishing events: idempotent, acknowledged by all replicas, compressed."""

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from typing import Self

from aiokafka import AIOKafkaProducer
from aiokafka import errors as kafka_errors

from shared.envelope import Message, encode
from shared.errors import KafkaUnavailable, MessageTooLarge
from shared.events import Event
from shared.kafka.connection import REQUEST_TIMEOUT_MS, translated
from shared.settings import Settings

MAX_MESSAGE_BYTES = 4 * 1024 * 1024
"""Largest event; what is larger travels by reference."""

MAX_LETTER_BYTES = 10 * 1024 * 1024
"""Largest dead letter: another program may have put more on a topic than we allow ourselves."""

_STOP_SECONDS = 5.0

# After these the broker and this producer no longer agree on the sequence of messages (a broker that lost its state, or
# the same producer id taken by another). A new producer starts a new sequence; ids derived from content tell repeats.
_SEQUENCE_LOST = (
    kafka_errors.OutOfOrderSequenceNumber,
    kafka_errors.UnknownProducerId,
    kafka_errors.InvalidProducerIdMapping,
    kafka_errors.InvalidProducerEpoch,
    kafka_errors.ProducerFenced,
    kafka_errors.ProducerClosed,
)

logger = logging.getLogger(__name__)


class EventProducer:
    """Publishes events of one service. Use as an async context manager.

    While Kafka is away a started producer waits and sends in order when it is back; messages are never dropped.
    """

    def __init__(self, settings: Settings, source: str) -> None:
        self._settings = settings
        self._source = source
        self._producer: AIOKafkaProducer | None = None
        self._renewing = asyncio.Lock()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Connect. Raises `KafkaUnavailable`; call again later."""
        producer = AIOKafkaProducer(
            bootstrap_servers=self._settings.kafka_servers,
            client_id=f"gouji-{self._source}",
            enable_idempotence=True,
            acks="all",
            compression_type="gzip",
            max_request_size=MAX_LETTER_BYTES,
            request_timeout_ms=REQUEST_TIMEOUT_MS,
        )
        try:
            with translated():
                await producer.start()
        except BaseException:
            await _close(producer)
            raise
        self._producer = producer

    async def stop(self) -> None:
        """Send what is pending, within a few seconds, and disconnect."""
        producer, self._producer = self._producer, None
        if producer is not None:
            await _close(producer)

    async def publish(self, events: Sequence[Event]) -> None:
        """Publish events in order and wait until all replicas have them.

        Raises `MessageTooLarge`, `KafkaUnavailable` (try again: ids are equal then), `TopicMissing`.
        """
        await self.send([self.encoded(event) for event in events])

    def encoded(self, event: Event) -> Message:
        """The message of an event of this service. Raises `MessageTooLarge`."""
        message = encode(event, self._source)
        size = message_size(message)
        if size > MAX_MESSAGE_BYTES:
            raise MessageTooLarge(size=size, limit=MAX_MESSAGE_BYTES)
        return message

    async def send(self, messages: Sequence[Message]) -> None:
        """Send messages in order and wait for their acknowledgements. Raises as `publish`."""
        producer = self._producer
        if producer is None:
            raise KafkaUnavailable(detail="producer not started")
        try:
            await self._send_all(producer, messages)
        except _SEQUENCE_LOST as error:
            await self._renew(producer)
            raise KafkaUnavailable(detail=type(error).__name__) from error

    async def _send_all(self, producer: AIOKafkaProducer, messages: Sequence[Message]) -> None:
        sent: list[asyncio.Future[object]] = []
        try:
            for message in messages:
                sent.append(await self._begin(producer, message))
        finally:
            answers = await asyncio.gather(*sent, return_exceptions=True)
        for message, answer in zip(messages, answers, strict=True):
            if isinstance(answer, BaseException):
                _raise_translated(answer, message)

    async def _begin(self, producer: AIOKafkaProducer, message: Message) -> asyncio.Future[object]:
        topic = self._settings.topic_prefix + message.topic
        try:
            sent: asyncio.Future[object] = await producer.send(
                topic, message.value, key=message.key, headers=list(message.headers)
            )
        except kafka_errors.KafkaError as error:
            _raise_translated(error, message)
            raise
        return sent

    async def _renew(self, broken: AIOKafkaProducer) -> None:
        async with self._renewing:
            if self._producer is broken:
                logger.warning("Kafka lost the sequence of this producer; starting a new one")
                await _close(broken)
                await self.start()


def message_size(message: Message) -> int:
    """Bytes of a message as Kafka's limit counts them, about: key, value, headers."""
    headers = sum(len(name) + len(content) + 10 for name, content in message.headers)
    return len(message.value or b"") + len(message.key or b"") + headers + 100


def _raise_translated(error: BaseException, message: Message) -> None:
    if isinstance(error, _SEQUENCE_LOST):
        raise error
    if isinstance(error, kafka_errors.MessageSizeTooLargeError | kafka_errors.RecordListTooLargeError):
        raise MessageTooLarge(size=message_size(message), limit=MAX_MESSAGE_BYTES) from error
    with translated(message.topic):
        raise error


async def _close(producer: AIOKafkaProducer) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_STOP_SECONDS):
            await producer.stop()
