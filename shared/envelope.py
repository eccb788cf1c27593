"""Events on the wire: CloudEvents 1.0 in Kafka's binary mode (attributes as headers `ce_*`, the event as JSON).

A message that another program put on a topic is decoded with suspicion: each way to be wrong has its error.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime

from shared.errors import UndecodableMessage, UnknownEventType, UnknownSchemaVersion
from shared.events import Event
from shared.logs import current_trace_id
from shared.topics import Topic, topic_of

Headers = tuple[tuple[str, bytes], ...]

_TYPE_PREFIX = "gouji."
_VERSIONED = re.compile(r"(?P<name>.+)-v(?P<version>\d+)")
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-(?P<trace>[0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")


@dataclass(frozen=True)
class Message:
    """What goes to Kafka: the topic's declared name (the adapter adds the prefix), key, value and headers.

    `gathered_by` chooses the partition; where it is None the key does.
    """

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers = ()
    gathered_by: bytes | None = None


_produced_at: ContextVar[datetime | None] = ContextVar("produced_at", default=None)


@contextmanager
def produced_at(timestamp_ms: int) -> Iterator[None]:
    """The event handled inside was produced at this time (Kafka's own timestamp of the message)."""
    token = _produced_at.set(datetime.fromtimestamp(timestamp_ms / 1000, UTC))
    try:
        yield
    finally:
        _produced_at.reset(token)


def current_event_time() -> datetime:
    """When the event at hand was produced; now, where none is being handled."""
    return _produced_at.get() or datetime.now(UTC)


def encode(event: Event, source: str) -> Message:
    """The message of an event. `source` is the service that made it."""
    topic, event_id = topic_of(event), event.event_id
    attributes = {
        "ce_specversion": "1.0",
        "ce_id": event_id,
        "ce_source": f"/gouji/{source}",
        "ce_type": _TYPE_PREFIX + topic.name,
        "ce_time": datetime.now(UTC).isoformat(),
        "ce_subject": event.document_id,
        "ce_traceparent": f"00-{trace_id_of(event)}-{event_id[:16]}-01",
        "content-type": "application/json",
    }
    headers = tuple((name, text.encode()) for name, text in attributes.items())
    body = None if event.bodiless else event.model_dump_json().encode()
    together = event.gathered_by
    return Message(topic.name, event.key.encode(), body, headers, together.encode() if together is not None else None)


def trace_id_of(event: Event) -> str:
    """The trace that the event belongs to: the one at hand, else one derived from the document and its replay."""
    return current_trace_id() or hashlib.sha256(f"{event.document_id}|{event.replay}".encode()).hexdigest()[:32]


def decode(topic: Topic, value: bytes | None, headers: Sequence[tuple[str, bytes]]) -> Event:
    """The event of a message read from `topic`.

    Raises `UndecodableMessage` (no CloudEvents headers, empty or malformed body, wrong fields),
    `UnknownSchemaVersion` (a version this service does not know) or `UnknownEventType` (an event of another topic).
    """
    attributes = readable(headers)
    if attributes.get("ce_specversion") != "1.0":
        raise UndecodableMessage(detail="ce_specversion 1.0 missing")
    _expect_type(topic, attributes.get("ce_type", ""))
    if not attributes.get("ce_id"):
        raise UndecodableMessage(detail="ce_id missing")
    if value is None:
        raise UndecodableMessage(detail="empty body")
    return topic.event.read(value)


def readable(headers: Sequence[tuple[str, bytes]]) -> Mapping[str, str]:
    """The headers as text, whatever bytes they hold; of equal names the last counts."""
    return {name: (content or b"").decode("utf-8", "replace") for name, content in headers}


def incoming_trace_id(headers: Sequence[tuple[str, bytes]]) -> str | None:
    """The trace id of a message's `ce_traceparent`, or None where it has none or a malformed one."""
    match = _TRACEPARENT.fullmatch(readable(headers).get("ce_traceparent", ""))
    return match["trace"] if match else None


def _expect_type(topic: Topic, kind: str) -> None:
    if kind == _TYPE_PREFIX + topic.name:
        return
    if not kind:
        raise UndecodableMessage(detail="ce_type missing")
    own = _VERSIONED.fullmatch(topic.name)
    other = _VERSIONED.fullmatch(kind.removeprefix(_TYPE_PREFIX))
    if own and other and own["name"] == other["name"]:
        raise UnknownSchemaVersion(version=f"v{other['version']} ({kind})")
    raise UnknownEventType(topic=topic.name, type=kind)
