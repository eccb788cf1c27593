"""How far each service has read: when the oldest message was produced that it has not settled yet."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from aiokafka import TopicPartition

from shared.errors import KafkaUnavailable, TopicMissing
from shared.kafka.admin import admin_of, reader_of, settled_by
from shared.kafka.connection import translated
from shared.kafka.reader import Reader
from shared.settings import Settings
from shared.topics import TOPICS

_POLL_MS = 500
_PATIENCE_POLLS = 20

OPEN_AT_MOST = timedelta(seconds=60)
"""Most by which the messages of a transaction can be older than its end: the broker aborts one that is open longer."""

Unread = Mapping[tuple[str, str], datetime | None]
"""(topic, service) → when the oldest message was produced that the service has not settled; None where it has all."""


async def oldest_unread(settings: Settings) -> Unread:
    """Look at every topic and each of its consuming services. Raises `KafkaUnavailable`, `TopicMissing`."""
    async with admin_of(settings) as admin, reader_of(settings) as reader, reader_of(settings, "uncommitted") as ends:
        with translated():
            existing = {topic["topic"]: len(topic["partitions"]) for topic in await admin.describe_topics()}
            services = sorted({service for topic in TOPICS for service in topic.consumers})
            settled = {service: await settled_by(admin, service, settings) for service in services}
            found: dict[tuple[str, str], datetime | None] = {}
            for topic in TOPICS:
                places = _places(settings.topic_prefix + topic.name, existing)
                for service in topic.consumers:
                    found[topic.name, service] = await _oldest(reader, ends, places, settled[service])
    return found


def _places(topic: str, existing: Mapping[str, int]) -> list[TopicPartition]:
    if not existing.get(topic):
        raise TopicMissing(topic=topic)
    return [TopicPartition(topic, number) for number in range(existing[topic])]


async def _oldest(
    reader: Reader,
    ends: Reader,
    places: list[TopicPartition],
    settled: Mapping[TopicPartition, int],
) -> datetime | None:
    last = await ends.end_offsets(places)
    first, end = await reader.beginning_offsets(places), await reader.end_offsets(places)
    begun = {place: max(first[place], settled.get(place, 0)) for place in places}
    times = [await _first_times(reader, begun, {place: end[place] for place in places if begun[place] < end[place]})]
    if any(end[place] < last[place] for place in places):
        times.append([datetime.now(UTC) - OPEN_AT_MOST])
    return min((time for found in times for time in found), default=None)


async def _first_times(
    reader: Reader, begun: Mapping[TopicPartition, int], behind: Mapping[TopicPartition, int]
) -> list[datetime]:
    """The time of the first message of each partition; none where nothing but markers of transactions is left."""
    if not behind:
        return []
    reader.assign(list(behind))
    for place in behind:
        reader.seek(place, begun[place])
    waiting, times = dict(behind), list[datetime]()
    for _ in range(_PATIENCE_POLLS):
        found = await reader.getmany(*waiting, timeout_ms=_POLL_MS, max_records=len(waiting))
        for place, messages in found.items():
            if messages:
                times.append(datetime.fromtimestamp(messages[0].timestamp / 1000, UTC))
                waiting.pop(place)
        for place in [place for place, end in waiting.items() if await reader.position(place) >= end]:
            waiting.pop(place)
        if not waiting:
            return times
    raise KafkaUnavailable(detail=f"{len(waiting)} partitions do not answer")
