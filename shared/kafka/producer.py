"""Publishing events: idempotent, acknowledged by all replicas, compressed."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Any, Self

from aiokafka import AIOKafkaProducer
from aiokafka import errors as kafka_errors
from aiokafka.partitioner import DefaultPartitioner

from shared.envelope import Message, encode
from shared.errors import KafkaUnavailable, MessageTooLarge
from shared.events import Event
from shared.kafka.connection import REQUEST_TIMEOUT_MS, translated
from shared.settings import Settings

MAX_MESSAGE_BYTES = 4 * 1024 * 1024
"""Largest event; what is larger travels by reference."""

MAX_LETTER_BYTES = 10 * 1024 * 1024
"""Largest dead letter: another program may have put more on a topic than we allow ourselves."""

SENDING: Mapping[str, Any] = {
    "acks": "all",
    "compression_type": "gzip",
    "max_batch_size": 512 * 1024,
    "max_request_size": MAX_LETTER_BYTES,
    "request_timeout_ms": REQUEST_TIMEOUT_MS,
}
"""How every producer sends."""

_START_SECONDS = 30.0
_STOP_SECONDS = 5.0

FENCED = (kafka_errors.ProducerFenced, kafka_errors.InvalidProducerEpoch)
"""The same producer id was taken by another."""

OUT_OF_STEP = (
    *FENCED,
    kafka_errors.OutOfOrderSequenceNumber,
    kafka_errors.UnknownProducerId,
    kafka_errors.InvalidProducerIdMapping,
    kafka_errors.InvalidTxnState,
    kafka_errors.IllegalOperation,
    kafka_errors.ProducerClosed,
)
"""The broker and a producer no longer agree on what was sent or begun (e.g. a broker that lost its state); one that is
started anew does."""

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
            **SENDING,
        )
        try:
            with translated():
                async with asyncio.timeout(_START_SECONDS):  # by itself it tries for ever
                    await producer.start()
        except BaseException:
            await close(producer)
            raise
        self._producer = producer

    async def stop(self) -> None:
        """Send what is pending, within a few seconds, and disconnect."""
        producer, self._producer = self._producer, None
        if producer is not None:
            await close(producer)

    async def publish(self, events: Sequence[Event]) -> None:
        """Publish events in order and wait until all replicas have them.

        Raises `MessageTooLarge`, `KafkaUnavailable` (try again: ids are equal then), `TopicMissing`.
        """
        await self.send([encoded(event, self._source) for event in events])

    async def send(self, messages: Sequence[Message]) -> None:
        """Send messages in order and wait for their acknowledgements. Raises as `publish`."""
        producer = self._producer
        if producer is None:
            raise KafkaUnavailable(detail="producer not started")
        try:
            await acknowledged(messages, await begin_sending(producer, messages, self._settings.topic_prefix))
        except OUT_OF_STEP as error:
            await self._renew(producer)
            raise KafkaUnavailable(detail=type(error).__name__) from error

    async def _renew(self, broken: AIOKafkaProducer) -> None:
        async with self._renewing:
            if self._producer is broken:
                logger.warning("Kafka lost the sequence of this producer; starting a new one")
                await close(broken)
                await self.start()


def encoded(event: Event, source: str) -> Message:
    """The message of an event which the service `source` made. Raises `MessageTooLarge`."""
    message = encode(event, source)
    size = message_size(message)
    if size > MAX_MESSAGE_BYTES:
        raise MessageTooLarge(size=size, limit=MAX_MESSAGE_BYTES)
    return message


def message_size(message: Message) -> int:
    """Bytes of a message as Kafka's limit counts them, about: key, value, headers."""
    headers = sum(len(name) + len(content) + 10 for name, content in message.headers)
    return len(message.value or b"") + len(message.key or b"") + headers + 100


Sent = asyncio.Future[object]


async def begin_sending(producer: AIOKafkaProducer, messages: Sequence[Message], prefix: str) -> list[Sent]:
    """Hand messages to a started producer, in order; what they are answered comes later (`acknowledged`)."""
    sent: list[Sent] = []
    try:
        for message in messages:
            sent.append(await _begin(producer, message, prefix))
    except BaseException:
        for future in sent:
            future.cancel()
        raise
    return sent


async def acknowledged(messages: Sequence[Message], sent: Sequence[Sent]) -> None:
    """Wait until all replicas have the messages; raises the first error."""
    answers = await asyncio.gather(*sent, return_exceptions=True)
    for message, answer in zip(messages, answers, strict=True):
        if isinstance(answer, BaseException):
            _raise_translated(answer, message)


async def close(producer: AIOKafkaProducer, *, flush: bool = True) -> None:
    """Disconnect, within a few seconds; with `flush` send first what is pending."""
    sending = producer._sender.sender_task
    if sending is not None and not flush:
        sending.cancel()
    try:
        async with asyncio.timeout(_STOP_SECONDS):
            await producer.stop()
    except TimeoutError:
        # stop() waits for what is pending before it ends its own tasks; left alone they would go on trying for ever.
        while sending is not None and not sending.done():
            sending.cancel()
            await asyncio.sleep(0)
        await producer.client.close()


async def _begin(producer: AIOKafkaProducer, message: Message, prefix: str) -> Sent:
    topic = prefix + message.topic
    try:
        place = None if message.gathered_by is None else await _partition(producer, topic, message.gathered_by)
        sent: Sent = await producer.send(
            topic, message.value, key=message.key, partition=place, headers=list(message.headers)
        )
    except kafka_errors.KafkaError as error:
        _raise_translated(error, message)
        raise
    return sent


async def _partition(producer: AIOKafkaProducer, topic: str, gathered_by: bytes) -> int:
    """The partition that a key of these bytes has."""
    places = sorted(await producer.partitions_for(topic))
    chosen: int = DefaultPartitioner()(gathered_by, places, places)
    return chosen


def _raise_translated(error: BaseException, message: Message) -> None:
    if isinstance(error, OUT_OF_STEP):
        raise error
    if isinstance(error, kafka_errors.MessageSizeTooLargeError | kafka_errors.RecordListTooLargeError):
        raise MessageTooLarge(size=message_size(message), limit=MAX_MESSAGE_BYTES) from error
    with translated(message.topic):
        raise error
