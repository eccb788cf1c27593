"""Every topic, declared once: its event, who produces it, who consumes it, partitions and retention.

Names are `<noun>-<past participle>-v<N>`. The key of a message is the document_id, so one document's events stay in
order; what is about a filing has a key of its own, which its topic tells. A dead-letter topic is always derived:
`<topic>-<service>-dlq`.
"""

from dataclasses import dataclass

from shared.events import (
    DocumentParsed,
    DocumentReceived,
    DocumentRejected,
    DocumentStored,
    DocumentValidated,
    Event,
)
from shared.publications import FigurePublished, FigureRetracted, FilingRevised

DAY_MS = 24 * 60 * 60 * 1000


@dataclass(frozen=True)
class Topic:
    """One topic. `retention_ms` -1 keeps for ever; `partitions` bounds how far its consumers scale.

    `key` says what the messages' key is. A compacted topic keeps the last message of each key; its `retraction` takes a
    key back.
    """

    name: str
    event: type[Event]
    producer: str
    consumers: tuple[str, ...]
    partitions: int = 12
    retention_ms: int = 30 * DAY_MS
    key: str = "document_id"
    retraction: type[Event] | None = None

    @property
    def compacted(self) -> bool:
        """True where the broker keeps the last message of each key."""
        return self.retraction is not None

    @property
    def cleanup(self) -> tuple[str, ...]:
        """Kafka's cleanup.policy. Of a topic that is only compacted nobody may delete, not even by hand."""
        return ("compact", "delete") if self.compacted else ("delete",)

    def dead_letter(self, service: str) -> str:
        """The name of the topic that takes the messages of this topic which `service` could not handle."""
        return f"{self.name}-{service}-dlq"


RECEIVED = Topic("document-received-v1", DocumentReceived, "ingest", ("parse", "store"))
PARSED = Topic("document-parsed-v1", DocumentParsed, "parse", ("validate", "store"))
VALIDATED = Topic("document-validated-v1", DocumentValidated, "validate", ("store",))
STORED = Topic("document-stored-v1", DocumentStored, "store", ())
REJECTED = Topic("document-rejected-v1", DocumentRejected, "parse", ("store",), retention_ms=365 * DAY_MS)
FILING_REVISED = Topic(
    "filing-revised-v1", FilingRevised, "store", ("store",), key="the filing: region|unit|scope|kind|year"
)
FACT_PUBLISHED = Topic(
    "fact-published-v1",
    FigurePublished,
    "store",
    (),
    retention_ms=-1,
    key="JSON array [region, unit, scope, kind, year, table type, row key, column key]",
    retraction=FigureRetracted,
)

TOPICS: tuple[Topic, ...] = (RECEIVED, PARSED, VALIDATED, STORED, REJECTED, FILING_REVISED, FACT_PUBLISHED)
DEAD_LETTER_PARTITIONS = 1
DEAD_LETTER_RETENTION_MS = 365 * DAY_MS


def topic_of(event: Event | type[Event]) -> Topic:
    """The topic an event travels on."""
    kind = event if isinstance(event, type) else type(event)
    return next(topic for topic in TOPICS if kind in (topic.event, topic.retraction))


def consumed_by(service: str) -> tuple[Topic, ...]:
    """The topics a service subscribes to, in the order of the line."""
    return tuple(topic for topic in TOPICS if service in topic.consumers)


def dead_letters() -> tuple[tuple[Topic, str, str], ...]:
    """(topic, service, dead-letter topic name) for every pair of topic and consuming service."""
    return tuple((t, s, t.dead_letter(s)) for t in TOPICS for s in t.consumers)
