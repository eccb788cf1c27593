"""Taking a document back (撤回): it stays, with the reason, and the revision before it counts again."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from services.store.across.compare import compare_across
from services.store.across.rulebook import AcrossRules
from services.store.series import settle_series
from shared.access import Caller
from shared.audit import Entry, write_audit
from shared.errors import NotStoredYet, TransientError, UnknownDocument
from shared.events import Event
from shared.kafka import EventProducer
from shared.mongo import Database, Filter
from shared.publications import FilingRevised
from shared.records import DOCUMENTS
from shared.settings import Settings

EVERY_S = 5.0
_UNSAID: Filter = {"withdrawn.published": False}

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Withdrawal:
    """A document taken back, and the one that counts in its place, if there is one."""

    document_id: str
    reason: str
    at: datetime
    current: str | None


async def withdraw(document_id: str, reason: str, caller: Caller, rules: AcrossRules, database: Database) -> Withdrawal:
    """Take a document of the caller's region back; the audit knows of it first.

    Doing so again keeps the first reason and finishes what was left undone. Raises `UnknownDocument`, `NotStoredYet`.
    """
    heads = database[DOCUMENTS.name]
    head = await heads.one({"_id": document_id}, {"event_id": 1, "region_code": 1, "withdrawn": 1})
    if head is None or not caller.sees(head.get("region_code")):
        raise UnknownDocument(document_id=document_id)
    if "event_id" not in head:
        raise NotStoredYet(document_id=document_id)
    if "withdrawn" not in head:
        about = {"document_id": document_id, "reason": reason}
        await write_audit(Entry("withdrawal", caller.actor, about), database)
    at = datetime.now(UTC)
    first = {"_id": document_id, "withdrawn": {"$exists": False}}
    await heads.change(first, {"$set": {"withdrawn": {"reason": reason, "at": at, "published": False}}})
    await settle_series(document_id, database)
    await compare_across(document_id, rules, database)
    head = await heads.one({"_id": document_id}, {"series": 1, "withdrawn": 1}) or {}
    counts = await heads.one({"series": head["series"], "current": True}, {"_id": 1})
    if counts is not None:
        await compare_across(counts["_id"], rules, database)
    kept = head["withdrawn"]
    return Withdrawal(document_id, kept["reason"], kept["at"], counts["_id"] if counts is not None else None)


async def watch_withdrawals(settings: Settings, database: Database, stop: asyncio.Event) -> None:
    """Say of each withdrawal that what counts of its filings changed, until `stop`. Said twice is said once."""
    while not stop.is_set():
        try:
            if await database[DOCUMENTS.name].one(_UNSAID, {"_id": 1}) is not None:
                async with EventProducer(settings, "withdrawals") as producer:
                    await publish_withdrawals(producer.publish, database)
        except TransientError as error:
            _logger.debug("withdrawals not published: %s", error)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), EVERY_S)


async def publish_withdrawals(publish: Callable[[Sequence[Event]], Awaitable[None]], database: Database) -> None:
    """A `FilingRevised` for every filing that a withdrawn document was part of; then it is marked as said."""
    for head in await database[DOCUMENTS.name].all(_UNSAID):
        said = {name: head.get(name) for name in ("receipt_number", "received_at", "sequence", "replay", "region_code")}
        cause = f"withdrawal:{head['_id']}"
        filings = head.get("filings", [])
        await publish([FilingRevised(document_id=head["_id"], filing=one, cause=cause, **said) for one in filings])
        await database[DOCUMENTS.name].change({"_id": head["_id"]}, {"$set": {"withdrawn.published": True}})
