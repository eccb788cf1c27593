"""Documents are conserved: accepted = stored + rejected + in flight + dead-lettered, each document looked at by itself.

A first receipt is `open` until its document is seen stored or rejected. Of an open one whose document makes no progress
for long, it is proved that nothing of it can still be on its way before it is called lost:

1. the service that its last event was for has settled everything up to that event (seen at the time T);
   what the service made of it was therefore on a topic at T, because both are one transaction
2. later, the store has settled everything that was produced before T, and still there is no progress

So a backlog, a service that is down or a long retry is never taken for a loss. What is lost is published again from the
start with the same event id and the replay number it had: every stage is idempotent by id.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared.kafka import Unread
from shared.mongo import Row
from shared.topics import PARSED, RECEIVED, VALIDATED, consumed_by

NEXT_READER = {
    "accepted": (RECEIVED.name, "parse"),
    "parsed": (PARSED.name, "validate"),
    "validated": (VALIDATED.name, "store"),
}
"""Which service has to read which topic next, by status."""
ENDED = ("stored", "rejected")
CLOCKS_DIFFER = timedelta(seconds=5)
"""Most by which the clocks of two machines may differ."""


@dataclass(frozen=True)
class OpenDocument:
    """An open receipt with what is known of its document: status, last sign of life, and the replay it is in."""

    receipt: str
    document_id: str
    status: str
    pending: bool
    since: datetime
    replay: int


@dataclass
class Judged:
    """The open documents by where they are."""

    ended: dict[str, list[str]] = field(default_factory=lambda: {ending: [] for ending in ENDED})
    """Receipts by ending."""
    dead_lettered: int = 0
    in_flight: int = 0
    lost: list[OpenDocument] = field(default_factory=list)


class Suspects:
    """Those that made no progress although the next service has read on, and since when this is known."""

    def __init__(self, stuck_after: timedelta) -> None:
        self._stuck_after = stuck_after
        self._seen: dict[tuple[str, datetime], datetime] = {}

    def judge(self, documents: Sequence[OpenDocument], unread: Unread | None, now: datetime) -> Judged:
        """Where each is. `unread` was looked at before the documents were; None where Kafka is away."""
        judged, before = Judged(), self._seen
        if unread is not None:
            self._seen = {}
        for document in documents:
            if document.status in ENDED:
                judged.ended[document.status].append(document.receipt)
            elif document.status == "dead_lettered":
                judged.dead_lettered += 1
            elif unread is not None and self._is_lost(document, unread, before, now):
                judged.lost.append(document)
            else:
                judged.in_flight += 1
        return judged

    def _is_lost(
        self, document: OpenDocument, unread: Unread, before: Mapping[tuple[str, datetime], datetime], now: datetime
    ) -> bool:
        if document.pending or now - document.since < self._stuck_after:
            return False
        oldest = unread[NEXT_READER[document.status]]
        if oldest is not None and oldest <= document.since:
            return False
        key = (document.receipt, document.since)
        known = before.get(key)
        self._seen[key] = known or now
        return known is not None and _has_read(unread, known)


def _has_read(unread: Unread, before: datetime) -> bool:
    """True where the store has settled everything that was produced before this time."""
    waiting = [unread[topic.name, "store"] for topic in consumed_by("store")]
    return all(oldest is None or oldest > before + CLOCKS_DIFFER for oldest in waiting)


def described(receipts: Sequence[Row], heads: Mapping[str, Row], events: Sequence[Row]) -> Iterator[OpenDocument]:
    """The open documents of some receipts, their heads and the events of their timelines."""
    signs: dict[str, list[Row]] = {}
    for event in events:
        signs.setdefault(event["document_id"], []).append(event)
    for row in receipts:
        seen = signs.get(row["document_id"], [])
        times = [row.get("published_at", row["received_at"]), *(event["at"] for event in seen)]
        yield OpenDocument(
            receipt=row["_id"],
            document_id=row["document_id"],
            status=heads.get(row["document_id"], {}).get("status", "accepted"),
            pending=row.get("pending", False),
            since=max(times),
            replay=max((event["replay"] for event in seen), default=0),
        )
