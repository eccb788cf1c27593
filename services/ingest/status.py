"""“Where is my file?”: the status of documents and batches, put together from receipts, heads and the timeline."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from services.ingest.links import Links
from services.ingest.receipts import Receipt, receipts_where
from shared.errors import UnknownBatch, UnknownDocument
from shared.events import Hints
from shared.mongo import Database, Row
from shared.records import DOCUMENTS, EVENTS

Status = Literal["accepted", "parsed", "validated", "stored", "rejected", "dead_lettered"]
ENDINGS: tuple[Status, ...] = ("stored", "rejected", "dead_lettered")
FAILURES: tuple[Status, ...] = ("rejected", "dead_lettered")


class ReceiptBody(BaseModel):
    """A receipt 受理回执. `duplicate_of` is the number of the first receipt of the same bytes."""

    receipt: str = Field(examples=["GJ-20260312-000042"])
    document_id: str = Field(examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"])
    sequence: int = Field(description="order of receipt 受理顺序", examples=[42])
    duplicate: bool
    duplicate_of: str | None = None
    file_name: str
    size: int
    received_at: datetime
    hints: Hints
    batch_id: str | None = None
    links: Links


class Reason(BaseModel):
    """Why a document was not stored, and what to do next."""

    reason: str = Field(examples=["no_text_layer"])
    message_zh: str
    message_en: str
    at_stage: str = Field(examples=["parse"])


class StageReached(BaseModel):
    """One line of the timeline 处理进度."""

    stage: str
    at: datetime
    seconds: float = Field(description="since receipt 距受理的秒数")
    replay: int = 0


class Counts(BaseModel):
    """The verdict in numbers. `checked` of `rules` single checks could be made; the rest is unclear."""

    errors: int
    warnings: int
    infos: int
    rules: int
    checked: int
    passed: int
    failed: int
    unclear: int


class DocumentStatus(BaseModel):
    """Where a document is on the line, and what is known of it."""

    document_id: str
    status: Status
    file_name: str
    size: int
    received_at: datetime
    batch_id: str | None = None
    kind: str | None = None
    fiscal_year: int | None = None
    unit_name: str | None = None
    scope: str | None = None
    region: str | None = None
    pages: int | None = None
    tables: int | None = None
    revision: int | None = None
    current: bool | None = Field(None, description="no later revision supersedes it 是否为最新版本")
    superseded_by: str | None = None
    counts: Counts | None = None
    rejection: Reason | None = None
    timeline: list[StageReached] = []
    receipts: list[str] = []
    links: Links


class BatchStatus(BaseModel):
    """The documents of a batch 批次: how many are where, and which failed, and why."""

    batch_id: str
    receipts: int
    documents: int
    counts: dict[Status, int]
    done: bool = Field(description="every document is stored, rejected or dead-lettered")
    failed: list[DocumentStatus]
    members: list[DocumentStatus]


def receipt_body(receipt: Receipt, links: Links) -> ReceiptBody:
    """A receipt as the API shows it."""
    return ReceiptBody(
        receipt=receipt.number,
        document_id=receipt.document_id,
        sequence=receipt.sequence,
        duplicate=receipt.duplicate,
        duplicate_of=receipt.first_number if receipt.duplicate else None,
        file_name=receipt.file_name,
        size=receipt.size,
        received_at=receipt.received_at,
        hints=receipt.hints,
        batch_id=receipt.batch_id,
        links=links,
    )


async def document_status(document_id: str, links: Links, database: Database) -> DocumentStatus:
    """The status of one document with its timeline. Raises `UnknownDocument`."""
    receipts = await receipts_where({"document_id": document_id}, database)
    if not receipts:
        raise UnknownDocument(document_id=document_id)
    head = await database[DOCUMENTS.name].one({"_id": document_id})
    events = await database[EVENTS.name].all({"document_id": document_id}, sort=[("at", 1)])
    status = _status(receipts[0], head, links)
    return status.model_copy(
        update={"timeline": _timeline(receipts[0], events), "receipts": [receipt.number for receipt in receipts]}
    )


async def batch_status(batch_id: str, links: Any, database: Database) -> BatchStatus:
    """The status of a batch; `links` makes the links of a document_id. Raises `UnknownBatch`."""
    receipts = await receipts_where({"batch_id": batch_id}, database)
    if not receipts:
        raise UnknownBatch(batch_id=batch_id)
    by_document = {receipt.document_id: receipt for receipt in reversed(receipts)}
    rows = await database[DOCUMENTS.name].all({"_id": {"$in": list(by_document)}})
    heads = {row["_id"]: row for row in rows}
    members = [_status(receipt, heads.get(key), links(key)) for key, receipt in reversed(by_document.items())]
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
    accepted = StageReached(stage="accepted", at=first.received_at, seconds=0)
    later = [
        StageReached(
            stage=row["stage"],
            at=row["at"],
            seconds=round((row["at"] - first.received_at).total_seconds(), 3),
            replay=row["replay"],
        )
        for row in events
        if row["stage"] != "received"
    ]
    return [accepted, *later]
