"""How the handling of one message ends: handled, rejected, or dead-lettered. There is no fourth ending.

What passes by itself (`TransientError`) is tried again for as long as it takes; what is in no list of ours stops the
process, so that a bad deploy stops instead of dead-lettering everything.
"""

import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from shared import metrics
from shared.backoff import Backoff
from shared.envelope import Message, decode, incoming_trace_id, produced_at, readable
from shared.errors import BadMessage, Rejection
from shared.events import DeadLetter, DocumentRejected, Event, Hints, carry_over
from shared.kafka import Record
from shared.logs import log_context

Handler = Callable[[Any], Awaitable[Sequence[Event]]]
"""One event in, events out. Raises `Rejection`, `BadMessage` or `TransientError`; anything else stops the process."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Ending:
    """What becomes of one message: the events it gives rise to, encoded, or the letter that says why it was refused."""

    kind: Literal["handled", "rejected", "dead_lettered"]
    events: tuple[Event, ...] = ()
    messages: tuple[Message, ...] = ()
    letter: DeadLetter | None = None


@dataclass(frozen=True)
class Conclude:
    """Brings a message of one service to its ending. `encode` makes the message of an event (`MessageTooLarge`)."""

    service: str
    encode: Callable[[Event], Message]
    backoff: Backoff

    async def __call__(self, record: Record, handler: Handler) -> Ending:
        began = time.monotonic()
        with log_context(_document_of(record), incoming_trace_id(record.headers)), produced_at(record.timestamp_ms):
            tries = _Tries()
            try:
                event = decode(record.topic, record.value, record.headers)
                ending = await self._handle(event, handler, tries)
            except BadMessage as error:
                ending = Ending("dead_lettered", letter=self.letter(record, error, tries.count))
        metrics.HANDLING.labels(service=self.service).observe(time.monotonic() - began)
        return ending

    async def _handle(self, event: Event, handler: Handler, tries: "_Tries") -> Ending:
        try:
            events = tuple(await self._until_not_transient(event, handler, tries))
            kind: Literal["handled", "rejected"] = "handled"
        except Rejection as error:
            logger.info("document rejected", extra={"fields": {"reason": error.reason}})
            events, kind = (self._rejected(event, error, tries.count),), "rejected"
        return Ending(kind, events, tuple(self.encode(made) for made in events))

    async def _until_not_transient(self, event: Event, handler: Handler, tries: "_Tries") -> Sequence[Event]:
        retried = metrics.EVENTS.labels(service=self.service, outcome="retried")

        async def attempt() -> Sequence[Event]:
            tries.count += 1
            return await handler(event)

        return await self.backoff.until_up(attempt, on_retry=retried.inc)

    def _rejected(self, event: Event, error: Rejection, attempts: int) -> DocumentRejected:
        return DocumentRejected(
            **carry_over(event),
            at_stage=self.service,
            reason=error.reason,
            message_zh=error.message_zh,
            message_en=error.message_en,
            attempts=attempts,
            file_name=getattr(event, "file_name", ""),
            hints=getattr(event, "hints", Hints()),
        )

    def letter(self, record: Record, error: BadMessage, attempts: int) -> DeadLetter:
        """Why a message is refused, with the place it came from."""
        return DeadLetter(
            reason=error.reason,
            message=str(error),
            stage=self.service,
            attempts=max(1, attempts),
            topic=record.topic.name,
            partition=record.partition,
            offset=record.offset,
            failed_at=datetime.now(UTC),
            document_id=_document_of(record),
        )


def _document_of(record: Record) -> str | None:
    """The document that a message is about, as its header says; else as its key says, which most topics have it for."""
    return readable(record.headers).get("ce_subject") or (record.key or b"").decode("utf-8", "replace") or None


class _Tries:
    """How often the handler was called for one message."""

    count = 0
