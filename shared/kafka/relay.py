"""The outbox relay's producer: a batch of events and its number become visible in one transaction, or not at all.

The number is committed as the offset of a consumer group of the relay's own (it has no members) on the first partition
of `document-received-v1`; Kafka takes any number there. The transactional id is fixed: whoever starts last fences all
others, and an open transaction of a dead relay is aborted by the start of the next.
"""

from collections.abc import Sequence
from typing import Self

from shared.errors import KafkaUnavailable, TakenOver
from shared.events import Event
from shared.kafka.admin import admin_of
from shared.kafka.connection import group_of, translated
from shared.kafka.consumer import Partition
from shared.kafka.producer import encoded
from shared.kafka.transaction import TransactionalProducer
from shared.settings import Settings
from shared.topics import RECEIVED

SERVICE = "ingest"
_PLACE = Partition(RECEIVED.name, 0)


class OutboxProducer:
    """Publishes numbered batches of received documents, each exactly once. Use as an async context manager."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._producer = TransactionalProducer(settings, f"{SERVICE}-outbox")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> int:
        """Fence every other relay; the number of the last batch that is published, 0 where none is known.

        Raises `KafkaUnavailable`; call again later.
        """
        await self._producer.start()
        # Asked after the start: by then Kafka has ended the transaction of the relay before.
        return await self._committed()

    async def publish(self, batch: int, events: Sequence[Event]) -> None:
        """Publish events in order and commit the batch's number, in one transaction.

        Raises `KafkaUnavailable` (whether it was committed is known after the next `start`), `TopicMissing`.
        """
        try:
            await self._producer.deliver([encoded(event, SERVICE) for event in events], SERVICE, {_PLACE: batch})
        except TakenOver as error:
            raise KafkaUnavailable(detail="another relay took over") from error

    async def stop(self) -> None:
        """Disconnect; a transaction under way is left to be aborted."""
        await self._producer.stop()

    async def _committed(self) -> int:
        async with admin_of(self._settings) as admin:
            with translated(RECEIVED.name):
                offsets = await admin.list_consumer_group_offsets(group_of(SERVICE, self._settings))
        known = [int(at.offset) for place, at in offsets.items() if place.partition == _PLACE.number]
        return max([0, *known])
