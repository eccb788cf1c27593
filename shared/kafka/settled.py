"""Deleting what every service has settled, for a broker that cannot keep much: the embedded one."""

from collections.abc import Mapping

from aiokafka import TopicPartition
from aiokafka.admin import RecordsToDelete

from shared.kafka.admin import admin_of, settled_by
from shared.kafka.connection import translated
from shared.kafka.consumer import Partition
from shared.settings import Settings
from shared.topics import FILING_REVISED, PARSED, RECEIVED, VALIDATED

PASSED_ON = (RECEIVED, PARSED, VALIDATED, FILING_REVISED)
"""What a later topic of the line tells again. The others are its results, and stay."""


async def settled_by_all(settings: Settings) -> Mapping[Partition, int]:
    """The offset before which each of its services has settled a partition. Raises `KafkaUnavailable`."""
    found: dict[Partition, int] = {}
    async with admin_of(settings) as admin:
        with translated():
            services = sorted({service for topic in PASSED_ON for service in topic.consumers})
            settled = {service: await settled_by(admin, service, settings) for service in services}
    for topic in PASSED_ON:
        for number in range(min(topic.partitions, settings.topic_partitions)):
            place = TopicPartition(settings.topic_prefix + topic.name, number)
            found[Partition(topic.name, number)] = min(settled[service].get(place, 0) for service in topic.consumers)
    return found


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
