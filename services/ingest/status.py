"""“Where is my file?”: the status of documents and batches, put together from receipts, heads and the timeline."""

from collections import Counter
from collections.abc import Callable, Sequence

from services.ingest.bodies import (
    ENDINGS,
    FAILURES,
    BalanceBody,
    BatchStatus,
    Counts,
    DocumentStatus,
    Overview,
    Reason,
    ReceiptBody,
    StageReached,
    Status,
)
from services.ingest.links import Links
from services.ingest.receipts import Receipt, receipt_of, receipts_where
from shared.access import Caller
from shared.errors import UnknownBatch, UnknownDocument
from shared.mongo import Database, Row
from shared.records import BALANCE, DOCUMENTS, EVENTS, RECEIPTS
from shared.sight import sight_of

_AFTER_ACCEPTANCE: tuple[Status, ...] = ("parsed", "validated", *ENDINGS)
LinksOf = Callable[[str], Links]
"""Makes the links of a document_id."""


def receipt_body(receipt: Receipt, links: Links) -> ReceiptBody:
    """A receipt as the API shows it."""
    return ReceiptBody(
        receipt=receipt.number,
        document_id=receipt.document_id,
        sequence=receipt.sequence,
        duplicate=receipt.duplicate and not receipt.foreign,
        duplicate_of=receipt.first_number if receipt.duplicate and not receipt.foreign else None,
        file_name=receipt.file_name,
        size=receipt.size,
        received_at=receipt.received_at,
        hints=receipt.hints,
        batch_id=receipt.batch_id,
        links=links,
    )


async def document_status(document_id: str, caller: Caller, links: Links, database: Database) -> DocumentStatus:
    """The status of one document with its timeline, as the caller may see it. Raises `UnknownDocument`."""
    receipts = await receipts_where({"document_id": document_id, **caller.region_filter}, database)
    if not receipts:
        raise UnknownDocument(document_id=document_id)
    head = await database[DOCUMENTS.name].one({"_id": document_id})
    events = await database[EVENTS.name].all({"document_id": document_id}, sort=[("at", 1)])
    status = _status(receipts[0], head, links)
    return status.model_copy(
        update={"timeline": _timeline(receipts[0], events), "receipts": [receipt.number for receipt in receipts]}
    )


async def batch_status(batch_id: str, caller: Caller, links: LinksOf, database: Database) -> BatchStatus:
    """The status of what the caller may see of a batch. Raises `UnknownBatch`."""
    receipts = await receipts_where({"batch_id": batch_id, **caller.region_filter}, database)
    if not receipts:
        raise UnknownBatch(batch_id=batch_id)
    by_document: dict[str, Receipt] = {}
    for receipt in receipts:
        by_document.setdefault(receipt.document_id, receipt)
    rows = await database[DOCUMENTS.name].among("_id", list(by_document))
    heads = {row["_id"]: row for row in rows}
    members = [_status(receipt, heads.get(key), links(key)) for key, receipt in by_document.items()]
    counts = Counter(member.status for member in members)
    return BatchStatus(
        batch_id=batch_id,
        receipts=len(receipts),
        documents=len(members),
        counts=dict(counts),
        done=all(member.status in ENDINGS for member in members),
        failed=[member for member in members if member.status in FAILURES],
        members=members,
    )


async def overview_of(latest: int, caller: Caller, links: LinksOf, database: Database) -> Overview:
    """The overview of what the caller may see, with so many of the latest documents; a district sees no balance."""
    receipts, region = database[RECEIPTS.name], caller.region_filter
    first = {"$or": [{"first": True}, {"foreign": True}], **region} if region else {"first": True}
    sight = await sight_of(caller, database)
    accepted = await receipts.count({"first": True, **region}) + len(sight.shared)
    own = sight.of("_id")
    counts = {status: await database[DOCUMENTS.name].count({"status": status, **own}) for status in _AFTER_ACCEPTANCE}
    counts = {"accepted": accepted - sum(counts.values()), **counts}
    rows = await receipts.all(first, {"event": 0}, [("sequence", -1)], limit=latest) if latest else []
    newest = [receipt_of(row) for row in rows]
    found = await database[DOCUMENTS.name].among("_id", [receipt.document_id for receipt in newest])
    heads = {row["_id"]: row for row in found}
    balance = await database[BALANCE.name].one({"_id": "latest"}) if not region else None
    return Overview(
        accepted=accepted,
        counts=counts,
        balance=BalanceBody.model_validate(balance) if balance else None,
        unpublished=await receipts.count({"pending": True, **region}),
        latest=[_status(receipt, heads.get(receipt.document_id), links(receipt.document_id)) for receipt in newest],
    )


def _status(receipt: Receipt, head: Row | None, links: Links) -> DocumentStatus:
    head = head or {}
    return DocumentStatus(
        document_id=receipt.document_id,
        status=head.get("status", "accepted"),
        file_name=receipt.file_name,
        size=receipt.size,
        received_at=receipt.received_at,
        batch_id=receipt.batch_id,
        counts=Counts(**head["counts"]) if head.get("counts") else None,
        rejection=Reason(**head["rejection"]) if head.get("rejection") else None,
        links=links,
        **{name: head.get(name) for name in _FROM_HEAD},
    )


_FROM_HEAD = (
    "kind", "fiscal_year", "unit_name", "scope", "region", "pages", "tables", "revision", "current", "superseded_by",
)  # fmt: skip


def _timeline(first: Receipt, events: Sequence[Row]) -> list[StageReached]:
    """What happened, in order; a replay that reads the file anew begins with `replayed`."""
    accepted = StageReached(stage="accepted", at=first.received_at, seconds=0)
    later = [
        StageReached(
            stage="replayed" if row["stage"] == "received" else row["stage"],
            at=row["at"],
            seconds=round((row["at"] - first.received_at).total_seconds(), 3),
            replay=row["replay"],
        )
        for row in events
        if row["stage"] != "received" or row["replay"]
    ]
    return [accepted, *later]
