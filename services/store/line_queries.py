"""Asking for lines: by their address over all documents, or document by document; always what the heads say counts."""

import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

from services.store.lines import Line, cell_of
from services.store.packed import packed_lines
from shared.errors import InvalidField, UnknownDocument
from shared.mongo import Database, Filter, Row
from shared.records import DOCUMENTS, LINES
from shared.sight import Sight

MOST_DOCUMENTS = 20
"""Documents that one page looks through; there may be more behind a page that is not full."""
_CHECKED_AT_ONCE = 200
_ADDRESS_CURSOR = re.compile(r"[0-9a-f]{32}:\d{6}:\d{6,}")
_DOCUMENT_CURSOR = re.compile(r"(\d{1,15})\.(\d{1,9})")
_OF_THE_DOCUMENT = ("region", "unit_name", "scope", "kind", "fiscal_year")
_OF_THE_HEAD = ("revision", "current", "reader_version", "pack_version")


@dataclass(frozen=True)
class LineFilter:
    """Which lines are wanted: `documents` filters heads (fields as stored), the keys filter lines."""

    documents: Mapping[str, Any]
    table_type: str | None = None
    row_key: str | None = None
    column_key: str | None = None

    @property
    def cell(self) -> str | None:
        """The address, where all of it is given: then one index finds it in every document."""
        if self.table_type is None or self.row_key is None or self.column_key is None:
            return None
        return cell_of(self.table_type, self.row_key, self.column_key)

    def takes(self, line: Line) -> bool:
        """True where a line's keys are those wanted."""
        pairs = (
            (self.table_type, line.table_type), (self.row_key, line.row_key), (self.column_key, line.column_key),
        )  # fmt: skip
        return all(wanted is None or wanted == own for wanted, own in pairs)


@dataclass(frozen=True)
class Lines:
    """A page of lines, and the cursor of the next one."""

    rows: list[Row]
    next: str | None


async def lines_page(wanted: LineFilter, limit: int, cursor: str | None, sight: Sight, database: Database) -> Lines:
    """A page of the current lines that match; with a `document_id` those of that document, current or not.

    A page may hold fewer than `limit` lines; only a missing `next` says that it is the last.
    """
    if "document_id" in wanted.documents or wanted.cell is None:
        return await _by_document(wanted, limit, cursor, sight, database)
    return await _by_address(wanted.cell, wanted, limit, cursor, sight, database)


async def _by_address(
    cell: str, wanted: LineFilter, limit: int, cursor: str | None, sight: Sight, database: Database
) -> Lines:
    if cursor is not None and not _ADDRESS_CURSOR.fullmatch(cursor):
        raise _foreign_cursor()
    rows: list[Row] = []
    where: Row = {"cell": cell, **_on_lines(wanted.documents)}
    behind = {**where, "_id": {"$gt": cursor}} if cursor else where
    found = await database[LINES.name].all(behind, sort=[("_id", 1)], limit=limit + 1)
    async for row in _that_count(found[:limit], wanted.documents, sight, database):
        rows.append(row)
    return Lines(rows, found[limit - 1]["_id"] if len(found) > limit else None)


async def _by_document(wanted: LineFilter, limit: int, cursor: str | None, sight: Sight, database: Database) -> Lines:
    match = _DOCUMENT_CURSOR.fullmatch(cursor) if cursor is not None else None
    if cursor is not None and match is None:
        raise _foreign_cursor()
    where = {**_on_heads(wanted.documents), **sight.of("_id")}
    begun = {**where, "sequence": {"$lte": int(match[1])}} if match else where
    heads = await database[DOCUMENTS.name].all(begun, sort=[("sequence", -1)], limit=MOST_DOCUMENTS + 1)
    if not heads and "document_id" in wanted.documents:
        raise UnknownDocument(document_id=wanted.documents["document_id"])
    rows: list[Row] = []
    for head in heads[:MOST_DOCUMENTS]:
        skip = int(match[2]) if match and int(match[1]) == head["sequence"] else 0
        named = {"document_id": head["_id"], **{name: head.get(name) for name in _OF_THE_DOCUMENT}}
        for number, line in await _lines_of(head, wanted, database):
            if number < skip:
                continue
            if len(rows) == limit:
                return Lines(rows, f"{head['sequence']}.{number}")
            rows.append(_with_head({**named, **vars(line)}, head))
    more = heads[MOST_DOCUMENTS]["sequence"] if len(heads) > MOST_DOCUMENTS else None
    return Lines(rows, None if more is None else f"{more}.0")


async def _lines_of(head: Row, wanted: LineFilter, database: Database) -> list[tuple[int, Line]]:
    """The lines of a document that match, each with its number within the document."""
    lines = await packed_lines(head["event_id"], database) if "event_id" in head else None
    return [(number, line) for number, line in enumerate(lines or []) if wanted.takes(line)]


async def current_lines(
    cell: str, documents: Mapping[str, Any], sight: Sight, database: Database
) -> AsyncIterator[Row]:
    """Every current line of an address, one after the other."""
    batch: list[Row] = []
    where = {"cell": cell, **_on_lines(documents)}
    async for row in database[LINES.name].each(where, batch=_CHECKED_AT_ONCE):
        batch.append(row)
        if len(batch) == _CHECKED_AT_ONCE:
            async for line in _that_count(batch, documents, sight, database):
                yield line
            batch = []
    async for line in _that_count(batch, documents, sight, database):
        yield line


async def _that_count(
    rows: list[Row], documents: Mapping[str, Any], sight: Sight, database: Database
) -> AsyncIterator[Row]:
    """The lines whose document's head points to their verdict and is current and wanted."""
    ids = sorted({row["document_id"] for row in rows})
    where = {**_on_heads(documents), **sight.of("_id"), "_id": {"$in": ids}}
    heads = {head["_id"]: head for head in await database[DOCUMENTS.name].all(where)} if ids else {}
    for row in rows:
        head = heads.get(row["document_id"])
        if head is not None and row["_id"].startswith(f"{head.get('event_id')}:"):
            yield _with_head(row, head)


def _on_heads(documents: Mapping[str, Any]) -> Row:
    given = dict(documents)
    document_id = given.pop("document_id", None)
    return {**given, "_id": document_id} if document_id is not None else {**given, "current": True}


def _on_lines(documents: Mapping[str, Any]) -> Filter:
    return dict(documents)


def _with_head(row: Row, head: Row) -> Row:
    return {**row, "sequence": head["sequence"], **{name: head.get(name) for name in _OF_THE_HEAD}}


def _foreign_cursor() -> InvalidField:
    return InvalidField(field="cursor", detail="not from a page before 不是上一页给出的游标")
