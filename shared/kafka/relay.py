"""The outbox relay's producer: a batch of events and its number become visible in one transaction, or not at all.

The number is committed as the offset of a consumer group of the relay's own (it has no members) on the first partition
of `document-received-v1`; Kafka takes any number there. The transactional id is fixed: whoever starts last fences all
others, and an open transaction of a dead relay is aborted by the start of the next.
"""

import asyncio
import contextlib
from collections.abc import Iterator, Sequence
from typing import Self

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka import errors as kafka_errors
from aiokafka.admin import AIOKafkaAdminClient

from shared.envelope import encode
from shared.errors import KafkaUnavailable
from shared.events import Event
from shared.kafka.connection import REQUEST_TIMEOUT_MS, group_of, translated
from shared.settings import Settings
from shared.topics import RECEIVED

_TRANSACTION_TIMEOUT_MS = 30_000
_PATIENCE_S = 30.0
_STOP_SECONDS = 5.0

_FENCED = (kafka_errors.ProducerFenced, kafka_errors.InvalidProducerEpoch, kafka_errors.ProducerClosed)


class OutboxProducer:
    """Publishes numbered batches of received documents, each exactly once. Use as an async context manager."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._group = group_of("ingest", settings)
        self._place = TopicPartition(settings.topic_prefix + RECEIVED.name, 0)
        self._producer: AIOKafkaProducer | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> int:
        """Fence every other relay; the number of the last batch that is published, 0 where none is known.

        Raises `KafkaUnavailable`, `TopicMissing`; call again later.
        """
        await self.stop()
        self._producer = AIOKafkaProducer(
            bootstrap_servers=self._settings.kafka_servers,
            client_id="gouji-ingest",
            transactional_id=f"{self._group}-relay",
            transaction_timeout_ms=_TRANSACTION_TIMEOUT_MS,
            acks="all",
            compression_type="gzip",
            request_timeout_ms=REQUEST_TIMEOUT_MS,
        )
        try:
            with _translated():
                async with asyncio.timeout(_PATIENCE_S):
                    await self._producer.start()
                return await self._committed()
        except BaseException:
            await self.stop()
            raise

    async def publish(self, batch: int, events: Sequence[Event]) -> None:
        """Publish events in order and commit the batch's number, in one transaction.

        Raises `KafkaUnavailable` (whether it was committed is known after the next `start`), `TopicMissing`.
        """
        producer = self._producer
        if producer is None:
            raise KafkaUnavailable(detail="the relay's producer is not started")
        with _translated():
            async with asyncio.timeout(_PATIENCE_S):
                await producer.begin_transaction()
                await asyncio.gather(*[await self._send(producer, event) for event in events])
                await producer.send_offsets_to_transaction({self._place: batch}, self._group)
                await producer.commit_transaction()

    async def stop(self) -> None:
        """Disconnect; a transaction under way is left to be aborted."""
        producer, self._producer = self._producer, None
        if producer is not None:
            await _abandon(producer)

    async def _send(self, producer: AIOKafkaProducer, event: Event) -> asyncio.Future[object]:
        message = encode(event, "ingest")
        topic = self._settings.topic_prefix + message.topic
        sent: asyncio.Future[object] = await producer.send(
            topic, message.value, key=message.key, headers=list(message.headers)
        )
        return sent

    async def _committed(self) -> int:
        # Asked after the start: by then Kafka has ended the transaction of the relay before.
        admin = AIOKafkaAdminClient(
            bootstrap_servers=self._settings.kafka_servers, request_timeout_ms=REQUEST_TIMEOUT_MS
        )
        try:
            await admin.start()
            offsets = await admin.list_consumer_group_offsets(self._group, partitions=[self._place])
        finally:
            await admin.close()
        known = offsets.get(self._place)
        return max(0, known.offset) if known is not None else 0


async def _abandon(producer: AIOKafkaProducer) -> None:
    """End the producer's own tasks first: left alone they would go on sending in a transaction that nobody ends."""
    sending = producer._sender.sender_task
    while sending is not None and not sending.done():
        sending.cancel()
        await asyncio.sleep(0)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_STOP_SECONDS):
            await producer.stop()
    producer._message_accumulator.fail_all(kafka_errors.ProducerClosed())
    await producer.client.close()


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    with translated(RECEIVED.name):
        try:
            yield
        except _FENCED as error:
            raise KafkaUnavailable(detail=f"another relay took over ({type(error).__name__})") from error
