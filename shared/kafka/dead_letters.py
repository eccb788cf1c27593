"""Dead letters: the refused message as it came, with headers `dlq_*` that say why; listing and replaying them.

A replay puts the message back on its topic byte for byte, so with the same event id: services that had handled it drop
it, the one that had refused it handles it. That it was replayed is written behind it on the dead-letter topic, as a
message without a body whose header `dlq_replayed` names its offset.
"""

import contextlib
from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from aiokafka import ConsumerRecord, TopicPartition
from pydantic import ValidationError

from shared.envelope import Message, readable
from shared.errors import TopicMissing
from shared.events import DeadLetter
from shared.kafka.connection import REQUEST_TIMEOUT_MS, translated
from shared.kafka.consumer import Record
from shared.kafka.producer import EventProducer
from shared.kafka.reader import Reader
from shared.settings import Settings
from shared.topics import dead_letters

DEAD_LETTER_HEADERS = ("reason", "message", "stage", "attempts", "topic", "partition", "offset", "time")
"""Each as header `dlq_<name>`."""

_PREFIX = "dlq_"
_REPLAYED = "dlq_replayed"
_MOST_MESSAGE_BYTES = 8 * 1024
_LOOK_MS = 200


@dataclass(frozen=True)
class StoredLetter:
    """A dead letter on its topic. `id` is what `gouji dlq` calls it; `original` is the message to replay."""

    dead_letter_topic: str
    dead_letter_offset: int
    letter: DeadLetter
    original: Message
    replayed: bool

    @property
    def id(self) -> str:
        return f"{self.dead_letter_topic}/{self.dead_letter_offset}"


def dead_letter_message(record: Record, letter: DeadLetter) -> Message:
    """The message that goes to the dead-letter topic: key, value and headers as they came, and why it was refused."""
    facts = {
        "reason": letter.reason,
        "message": letter.message.encode()[:_MOST_MESSAGE_BYTES].decode("utf-8", "ignore"),
        "stage": letter.stage,
        "attempts": str(letter.attempts),
        "topic": letter.topic,
        "partition": str(letter.partition),
        "offset": str(letter.offset),
        "time": letter.failed_at.isoformat(),
    }
    added = tuple((_PREFIX + name, text.encode()) for name, text in facts.items())
    kept = tuple((name, content) for name, content in record.headers if not name.startswith(_PREFIX))
    return Message(record.topic.dead_letter(letter.stage), record.key, record.value, kept + added)


async def read_dead_letters(settings: Settings) -> tuple[StoredLetter, ...]:
    """All dead letters of all topics, the oldest first, with whether they were replayed. Raises `KafkaUnavailable`."""
    names = {settings.topic_prefix + name: name for _, _, name in dead_letters()}
    async with _reading(settings) as reader:
        messages = await _all_messages(reader, names)
    found = [
        stored
        for topic, name in names.items()
        for stored in _letters(name, [message for message in messages if message.topic == topic])
    ]
    return tuple(sorted(found, key=lambda stored: stored.letter.failed_at))


async def replay_dead_letter(stored: StoredLetter, producer: EventProducer) -> None:
    """Put the message back on its topic, then note beside it that this was done. Raises as `EventProducer.send`."""
    mark = Message(
        stored.dead_letter_topic, _REPLAYED.encode(), None, ((_REPLAYED, str(stored.dead_letter_offset).encode()),)
    )
    await producer.send([stored.original])
    await producer.send([mark])


def _letters(topic: str, messages: Sequence[ConsumerRecord]) -> list[StoredLetter]:
    texts = [readable(message.headers) for message in messages]
    replayed = {text[_REPLAYED] for text in texts if _REPLAYED in text}
    return [
        StoredLetter(
            dead_letter_topic=topic,
            dead_letter_offset=message.offset,
            letter=_letter(message),
            original=_original(message),
            replayed=str(message.offset) in replayed,
        )
        for message, text in zip(messages, texts, strict=True)
        if _REPLAYED not in text
    ]


def _original(message: ConsumerRecord) -> Message:
    headers = tuple((name, content) for name, content in message.headers if not name.startswith(_PREFIX))
    return Message(readable(message.headers).get("dlq_topic", ""), message.key, message.value, headers)


def _letter(message: ConsumerRecord) -> DeadLetter:
    """The facts in the headers; what another program left on the topic without them is shown as such."""
    text = readable(message.headers)
    fields = {name.removeprefix(_PREFIX): content for name, content in text.items() if name.startswith(_PREFIX)}
    subject = text.get("ce_subject") or (message.key or b"").decode("utf-8", "replace") or None
    try:
        return DeadLetter.model_validate({**fields, "failed_at": fields.get("time"), "document_id": subject})
    except ValidationError:
        return DeadLetter(
            reason="foreign_message",
            message="不是 Gouji 写入的死信 / not written by Gouji",
            stage="",
            attempts=0,
            topic="",
            partition=message.partition,
            offset=message.offset,
            failed_at=datetime.fromtimestamp(message.timestamp / 1000, UTC),
            document_id=subject,
        )


async def _all_messages(reader: Reader, topics: Collection[str]) -> list[ConsumerRecord]:
    """Everything that was on the topics when the reading began; each has one partition, see `shared.topics`."""
    with translated(", ".join(topics)):
        for missing in sorted(set(topics) - await reader.topics()):
            raise TopicMissing(topic=missing)
        places = [TopicPartition(topic, 0) for topic in topics]
        reader.assign(places)
        await reader.seek_to_beginning(*places)
        ends = await reader.end_offsets(places)
        messages: list[ConsumerRecord] = []
        while waiting := [place for place in places if await reader.position(place) < ends[place]]:
            for batch in (await reader.getmany(*waiting, timeout_ms=_LOOK_MS)).values():
                messages += batch
    return messages


@contextlib.asynccontextmanager
async def _reading(settings: Settings) -> AsyncIterator[Reader]:
    reader = Reader(
        bootstrap_servers=settings.kafka_servers,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        request_timeout_ms=REQUEST_TIMEOUT_MS,
        fetch_max_wait_ms=_LOOK_MS,
    )
    try:
        with translated():
            await reader.start()
        yield reader
    finally:
        await reader.stop()
