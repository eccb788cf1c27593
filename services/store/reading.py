"""Reading the store: filters, pages with a stable cursor, and always the verdict that the head points to."""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from pydantic import TypeAdapter

from services.store.bodies import (
    DocumentDetail,
    DocumentFindings,
    DocumentItem,
    DocumentPage,
    DocumentTables,
    FindingItem,
    FindingPage,
    TableItem,
)
from shared.access import Caller
from shared.errors import InvalidField, UnknownBatch, UnknownDocument, UnknownTable
from shared.mongo import Database, Row
from shared.records import DOCUMENTS, FINDINGS, OUTLINES, RECEIPTS, TABLES, VERDICTS, child_id, findings_in
from shared.sight import Sight

Result = TypeVar("Result")


@dataclass(frozen=True)
class Page:
    """Which page is wanted: at most `limit` rows behind the cursor that the page before gave."""

    limit: int
    cursor: str | None = None

    @property
    def after(self) -> int | None:
        """The cursor as a number. Raises `InvalidField`."""
        if self.cursor is None:
            return None
        if not self.cursor.isdecimal() or len(self.cursor) > 18:
            raise InvalidField(field="cursor", detail="not from a page before 不是上一页给出的游标")
        return int(self.cursor)


async def list_documents(
    filters: Mapping[str, Any], batch_id: str | None, page: Page, sight: Sight, database: Database
) -> DocumentPage:
    """Documents, the one received last first. `filters` are those of `document_filters`."""
    where = {**filters, **sight.of("_id")}
    if batch_id is not None:
        where["_id"] = {"$in": await _documents_of(batch_id, sight.caller, database)}
    behind = {**where, "sequence": {"$lt": page.after}} if page.after is not None else where
    rows = await database[DOCUMENTS.name].all(behind, sort=[("sequence", -1)], limit=page.limit + 1)
    return DocumentPage(
        total=await database[DOCUMENTS.name].count(where),
        items=[DocumentItem.model_validate(sight.shown(_document(row))) for row in rows[: page.limit]],
        next=str(rows[page.limit - 1]["sequence"]) if len(rows) > page.limit else None,
    )


def document_filters(*, unit: str | None, severity: str | None, **equal: object) -> dict[str, Any]:
    """The filter of a list of documents: unit's name contains, a severity is among its findings, the rest equal."""
    where = {name: value for name, value in equal.items() if value is not None}
    if unit is not None:
        where["unit_name"] = {"$regex": re.escape(unit)}
    if severity is not None:
        where["severities"] = severity
    return where


async def one_document(document_id: str, sight: Sight, database: Database) -> DocumentDetail:
    """One document with its outcomes. Raises `UnknownDocument`."""

    async def read(head: Row) -> tuple[Row, Row]:
        event_id = head["event_id"]
        verdict = await database[VERDICTS.name].one({"_id": event_id})
        outline = await database[OUTLINES.name].one({"_id": child_id(event_id, 0)})
        return verdict or {}, outline or {}

    head, found = await _follow(document_id, database, read)
    verdict, outline = found or ({}, {})
    fields = {name: outline[name] for name in ("catalogue", "reading_notes", "reading_note_count") if name in outline}
    outcomes = verdict.get("summary", {}).get("outcomes", [])
    return DocumentDetail.model_validate({**sight.shown(_document(head)), **fields, "outcomes": outcomes})


async def findings_of(
    document_id: str, filters: Mapping[str, Any], page: Page, sight: Sight, database: Database
) -> DocumentFindings:
    """One document's findings: those of its verdict, then those across documents. Raises `UnknownDocument`."""

    async def read(head: Row) -> tuple[int, list[Row]]:
        compared = {"comparison": {"$in": [None, fingerprint_of(head)]}}
        where = {**findings_in(document_id, head["event_id"]), **compared, **_given(**filters)}
        behind = {**where, "index": {"$gt": page.after}} if page.after is not None else where
        rows = await database[FINDINGS.name].all(behind, sort=[("_id", 1)], limit=page.limit + 1)
        return await database[FINDINGS.name].count(where), rows

    head, found = await _follow(document_id, database, read)
    total, rows = found or (0, [])
    return DocumentFindings(
        document_id=document_id,
        status=head["status"],
        counts=head.get("counts"),
        total=total,
        items=[FindingItem.model_validate(sight.shown(row)) for row in rows[: page.limit]],
        next=str(rows[page.limit - 1]["index"]) if len(rows) > page.limit else None,
    )


async def all_findings(filters: Mapping[str, Any], page: Page, sight: Sight, database: Database) -> FindingPage:
    """Findings of all current documents, the document received last first."""
    where = {"current": True, **_given(**filters), **sight.of()}
    behind = {**where, "order": {"$lt": page.after}} if page.after is not None else where
    rows = await database[FINDINGS.name].all(behind, sort=[("order", -1)], limit=page.limit + 1)
    return FindingPage(
        total=await database[FINDINGS.name].count(where),
        items=[FindingItem.model_validate(sight.shown(row)) for row in rows[: page.limit]],
        next=str(rows[page.limit - 1]["order"]) if len(rows) > page.limit else None,
    )


async def tables_of(document_id: str, table_type: str | None, page: Page, database: Database) -> DocumentTables:
    """One document's tables with all cells. Raises `UnknownDocument`."""

    async def read(head: Row) -> tuple[int, list[Row], list[Row]]:
        event_id, types = head["event_id"], head["table_types"]
        wanted = [index for index, name in enumerate(types) if table_type in (None, name)]
        behind = [index for index in wanted if page.after is None or index > page.after][: page.limit + 1]
        # By their very ids: the embedded database has no index for a range of `_id`.
        ids = [child_id(event_id, index, 0) for index in behind]
        rows = await database[TABLES.name].all({"_id": {"$in": ids}}, sort=[("_id", 1)]) if ids else []
        parts = await _further_parts(event_id, rows[: page.limit], database)
        return len(wanted), rows, parts

    head, found = await _follow(document_id, database, read)
    total, rows, parts = found or (0, [], [])
    return DocumentTables(
        document_id=document_id,
        status=head["status"],
        total=total,
        items=[_table(row, parts) for row in rows[: page.limit]],
        next=str(rows[page.limit - 1]["index"]) if len(rows) > page.limit else None,
    )


async def one_table(document_id: str, index: int, database: Database) -> TableItem:
    """One table with all cells. Raises `UnknownDocument`, `UnknownTable`."""

    async def read(head: Row) -> tuple[Row | None, list[Row]]:
        event_id = head["event_id"]
        row = await database[TABLES.name].one({"_id": child_id(event_id, index, 0)})
        return row, await _further_parts(event_id, [row] if row else [], database)

    head, found = await _follow(document_id, database, read)
    row, parts = found or (None, [])
    if row is None:
        raise UnknownTable(index=index, count=head.get("tables", 0))
    return _table(row, parts)


async def _follow(
    document_id: str, database: Database, read: Callable[[Row], Awaitable[Result]]
) -> tuple[Row, Result | None]:
    """Read the rows of the verdict that counts; once more where another took its place meanwhile."""
    while True:
        head = await documents_head(document_id, database)
        if "event_id" not in head:
            return head, None
        found = await read(head)
        again = await database[DOCUMENTS.name].one({"_id": document_id}, {"event_id": 1, "across.fingerprint": 1})
        if again is not None and _points_to(again) == _points_to(head):
            return head, found


def fingerprint_of(head: Row) -> str | None:
    """The comparison across documents whose findings count."""
    across = head.get("across") or {}
    return across.get("fingerprint")


def _points_to(head: Row) -> tuple[str, str | None]:
    return head["event_id"], fingerprint_of(head)


async def documents_head(document_id: str, database: Database) -> Row:
    """The head of a document; of one that the store has not seen yet, what its receipt says."""
    head = await database[DOCUMENTS.name].one({"_id": document_id})
    if head is not None:
        return head
    receipt = await database[RECEIPTS.name].one({"document_id": document_id, "first": True})
    if receipt is None:
        raise UnknownDocument(document_id=document_id)
    accepted = {name: receipt[name] for name in ("sequence", "received_at", "file_name")}
    return {"_id": document_id, "status": "accepted", "receipt_number": receipt["_id"], **accepted}


async def _documents_of(batch_id: str, caller: Caller, database: Database) -> list[str]:
    receipts = await database[RECEIPTS.name].all({"batch_id": batch_id, **caller.region_filter}, {"document_id": 1})
    if not receipts:
        raise UnknownBatch(batch_id=batch_id)
    return sorted({receipt["document_id"] for receipt in receipts})


async def _further_parts(event_id: str, tables: list[Row], database: Database) -> list[Row]:
    ids = [child_id(event_id, row["index"], part) for row in tables for part in range(1, row["parts"])]
    return await database[TABLES.name].all({"_id": {"$in": ids}}, sort=[("_id", 1)]) if ids else []


def _table(row: Row, parts: list[Row]) -> TableItem:
    rows = [*row["rows"], *(cells for part in parts if part["index"] == row["index"] for cells in part["rows"])]
    return _table_item().validate_python({**row, "rows": rows})


@cache
def _table_item() -> TypeAdapter[TableItem]:
    return TypeAdapter(TableItem)


def _document(row: Row) -> Row:
    return {**row, "document_id": row["_id"]}


def _given(**filters: object) -> dict[str, object]:
    return {name: value for name, value in filters.items() if value is not None}
