"""What is exported: columns with their types, and rows in order, document by document, as the heads say they count."""

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from services.store.packed import packed_lines
from shared.mongo import Database, Row
from shared.records import DOCUMENTS, FINDINGS, findings_in
from shared.sight import Sight

Kind = Literal["text", "number", "amount"]
Value = str | int | Decimal | None
Rows = AsyncIterator[list[tuple[Value, ...]]]
"""The rows, a document's at a time."""

_DOCUMENT: dict[str, Kind] = {
    "document_id": "text",
    "revision": "number",
    "region": "text",
    "unit_name": "text",
    "scope": "text",
    "kind": "text",
    "fiscal_year": "number",
}


@dataclass(frozen=True)
class Sheet:
    """One export: its name, its columns by name and type, and its rows."""

    name: str
    columns: Mapping[str, Kind]
    rows: Rows


_LINE: dict[str, Kind] = {
    "table": "number",
    "table_type": "text",
    "row_key": "text",
    "row_name": "text",
    "column_key": "text",
    "amount": "amount",
    "text": "text",
    "amount_unit": "text",
    "page": "number",
    "bbox": "text",
    "reader_version": "text",
    "pack_version": "text",
}
_FINDING: dict[str, Kind] = {
    "index": "number",
    "rule": "text",
    "severity": "text",
    "title_zh": "text",
    "title_en": "text",
    "message_zh": "text",
    "message_en": "text",
    "expected": "text",
    "difference": "text",
    "cells": "text",
    "quotes": "text",
    "pack_version": "text",
}


def lines_sheet(documents: Mapping[str, Any], table_type: str | None, sight: Sight, database: Database) -> Sheet:
    """Every line of the current revisions that match; `documents` filters heads."""
    return Sheet("lines", {**_DOCUMENT, **_LINE}, _lines(documents, table_type, sight, database))


def findings_sheet(documents: Mapping[str, Any], where: Mapping[str, Any], sight: Sight, database: Database) -> Sheet:
    """Every finding of the current revisions that match; `documents` filters heads, `where` findings."""
    return Sheet("findings", {**_DOCUMENT, **_FINDING}, _findings(documents, where, sight, database))


async def _lines(documents: Mapping[str, Any], table_type: str | None, sight: Sight, database: Database) -> Rows:
    async for head in _heads(documents, sight, database):
        described, versions = _described(head), (head["reader_version"], head["pack_version"])
        yield [
            (
                *described, line.table, line.table_type, line.row_key, line.row_name, line.column_key, line.amount,
                line.text, line.amount_unit, line.page, json.dumps(line.bbox) if line.bbox else None, *versions,
            )
            for line in await packed_lines(head["event_id"], database) or []
            if table_type in (None, line.table_type)
        ]  # fmt: skip


async def _findings(documents: Mapping[str, Any], where: Mapping[str, Any], sight: Sight, database: Database) -> Rows:
    async for head in _heads(documents, sight, database):
        described = _described(head)
        wanted = {**findings_in(head["_id"], head["event_id"]), **where}
        rows = await database[FINDINGS.name].all(wanted, sort=[("_id", 1)])
        yield [(*described, *_finding(row), head["pack_version"]) for row in rows]


def _finding(row: Row) -> tuple[Value, ...]:
    texts = (row["title"]["zh"], row["title"]["en"], row["message"]["zh"], row["message"]["en"])
    places = (json.dumps(row[name], ensure_ascii=False) for name in ("cells", "quotes"))
    return (row["index"], row["rule"], row["severity"], *texts, row["expected"], row["difference"], *places)


async def _heads(documents: Mapping[str, Any], sight: Sight, database: Database) -> AsyncIterator[Row]:
    """The heads that count, in order of receipt; each is read when its turn comes, so that it says what counts then."""
    where: Row = {**documents, **sight.of("_id"), "current": True}
    for known in await database[DOCUMENTS.name].all(where, {"_id": 1}, sort=[("sequence", 1)]):
        head = await database[DOCUMENTS.name].one({"_id": known["_id"]}) or {}
        if head.get("current") and "event_id" in head:
            yield head


def _described(head: Row) -> tuple[Value, ...]:
    return tuple(head["_id"] if name == "document_id" else head[name] for name in _DOCUMENT)
