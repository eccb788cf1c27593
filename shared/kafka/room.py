"""Making room on a broker that cannot hold much: the embedded one."""

from collections.abc import Mapping

from aiokafka import TopicPartition
from aiokafka.admin import RecordsToDelete

from shared.kafka.admin import admin_of, reader_of, settled_by
from shared.kafka.connection import translated
from shared.kafka.consumer import Partition
from shared.settings import Settings
from shared.topics import Topic


async def expendable(newest: Mapping[Topic, int], settings: Settings) -> Mapping[Partition, int]:
    """The offset before which the messages of a partition may go: its services have settled them, and newer ones stay.

    `newest` says how many of its newest messages each topic keeps, over all its partitions. Raises `KafkaUnavailable`.
    """
    places = {
        TopicPartition(settings.topic_prefix + topic.name, number): topic
        for topic in newest
        for number in range(_partitions(topic, settings))
    }
    async with admin_of(settings) as admin, reader_of(settings) as reader:
        with translated():
            ends = await reader.end_offsets(list(places))
            services = sorted({service for topic in newest for service in topic.consumers})
            settled = {service: await settled_by(admin, service, settings) for service in services}
    found: dict[Partition, int] = {}
    for place, topic in places.items():
        old = max(0, ends[place] - newest[topic] // _partitions(topic, settings))
        read = [settled[service].get(place, 0) for service in topic.consumers]
        found[Partition(topic.name, place.partition)] = min(old, *read) if read else old
    return found


def _partitions(topic: Topic, settings: Settings) -> int:
    return min(topic.partitions, settings.topic_partitions)


async def delete_before(offsets: Mapping[Partition, int], settings: Settings) -> None:
    """Delete the messages before these offsets. Raises `KafkaUnavailable`, `TopicMissing`."""
    places = {
        TopicPartition(settings.topic_prefix + place.topic, place.number): RecordsToDelete(before_offset=offset)
        for place, offset in offsets.items()
        if offset > 0
    }
    if not places:
        return
    async with admin_of(settings) as admin:
        with translated():
            await admin.delete_records(places)
