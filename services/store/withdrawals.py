"""Taking a document back (撤回): it stays, with the reason, and the revision before it counts again."""

from dataclasses import dataclass
from datetime import UTC, datetime

from services.store.across.compare import compare_across
from services.store.across.rulebook import AcrossRules
from services.store.series import settle_series
from shared.access import Caller
from shared.audit import Entry, write_audit
from shared.errors import NotStoredYet, UnknownDocument
from shared.mongo import Database
from shared.records import DOCUMENTS


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
    await heads.change(first, {"$set": {"withdrawn": {"reason": reason, "at": at}}})
    await settle_series(document_id, database)
    await compare_across(document_id, rules, database)
    head = await heads.one({"_id": document_id}, {"series": 1, "withdrawn": 1}) or {}
    counts = await heads.one({"series": head["series"], "current": True}, {"_id": 1})
    if counts is not None:
        await compare_across(counts["_id"], rules, database)
    kept = head["withdrawn"]
    return Withdrawal(document_id, kept["reason"], kept["at"], counts["_id"] if counts is not None else None)
