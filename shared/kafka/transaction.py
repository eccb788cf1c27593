"""Consume, produce and commit in one Kafka transaction: subscribers see all of it or nothing, and see it once.

aiokafka knows no fencing by group generation (KIP-447), so a process that was taken for dead is fenced by the
transactional id alone: one id for each input partition, and whoever starts a producer under it shuts out the former
one, whose open transaction is aborted.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from aiokafka import AIOKafkaProducer, TopicPartition

from shared.envelope import Message
from shared.errors import KafkaUnavailable, TakenOver
from shared.kafka.connection import group_of, translated
from shared.kafka.consumer import Partition
from shared.kafka.producer import FENCED, OUT_OF_STEP, SENDING, acknowledged, begin_sending, close
from shared.settings import Settings

TRANSACTION_SECONDS = 30.0
"""A transaction that is open for longer is aborted, by the broker or by us: it holds up every subscriber."""


class TransactionalProducer:
    """Publishes messages together with the offsets of what they follow from. Used by one task at a time.

    `name` is lasting and tells what is delivered, e.g. `parse-document-received-v1-3`: of all processes only the one
    that started last under it can deliver. After any error the producer is stopped: start it again and ask the group
    how far it came, because a transaction whose answer was lost may have been committed.
    """

    def __init__(self, settings: Settings, name: str) -> None:
        self._settings = settings
        self._transactional_id = settings.topic_prefix + name
        self._producer: AIOKafkaProducer | None = None

    @property
    def started(self) -> bool:
        """False before the start and after any error."""
        return self._producer is not None

    async def start(self) -> None:
        """Connect, and shut out whoever delivered under this name before. Raises `KafkaUnavailable`."""
        await self.stop()
        producer = AIOKafkaProducer(
            bootstrap_servers=self._settings.kafka_servers,
            client_id=f"gouji-{self._transactional_id}",
            transactional_id=self._transactional_id,
            transaction_timeout_ms=round(TRANSACTION_SECONDS * 1000),
            **SENDING,
        )
        try:
            with translated(), _in_step():
                async with asyncio.timeout(TRANSACTION_SECONDS):
                    await producer.start()
        except BaseException:
            await close(producer, flush=False)
            raise
        self._producer = producer

    async def stop(self) -> None:
        """Disconnect, within a few seconds. A transaction that is open is aborted when the next one starts."""
        producer, self._producer = self._producer, None
        if producer is not None:
            await close(producer, flush=False)

    async def deliver(self, messages: Sequence[Message], group: str, offsets: Mapping[Partition, int]) -> None:
        """Publish messages in order and commit for the group of the service `group` that all before `offsets` is done.

        Raises `TakenOver`, `KafkaUnavailable`, `TopicMissing`, `MessageTooLarge`, `KafkaRefused`; nothing was delivered
        then, unless the answer was lost.
        """
        producer = self._producer
        if producer is None:
            raise KafkaUnavailable(detail="producer not started")
        places = {self._actual(place): offset for place, offset in offsets.items()}
        try:
            with translated(), _in_step():
                async with asyncio.timeout(TRANSACTION_SECONDS):
                    await producer.begin_transaction()
                    sent = await begin_sending(producer, messages, self._settings.topic_prefix)
                    await asyncio.gather(
                        acknowledged(messages, sent),
                        producer.send_offsets_to_transaction(places, group_of(group, self._settings)),
                    )
                    await producer.commit_transaction()
        except BaseException:
            await self.stop()
            raise

    def _actual(self, place: Partition) -> TopicPartition:
        return TopicPartition(self._settings.topic_prefix + place.topic, place.number)


@contextmanager
def _in_step() -> Iterator[None]:
    try:
        yield
    except FENCED as error:
        raise TakenOver from error
    except OUT_OF_STEP as error:
        raise KafkaUnavailable(detail=type(error).__name__) from error
