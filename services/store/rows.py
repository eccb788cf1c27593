"""From a validated document to the rows that the store keeps of it.

Every row's `_id` begins with the event's id, so that the rows of one verdict are a range and a repetition of the same
event writes the same rows.
"""

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

from services.store.across.extract import Extract, extract_of
from services.store.across.rulebook import AcrossRules
from services.store.lines import Line, lines_of
from services.store.packed import packed_rows
from services.store.told import packed_facts
from shared.document import Document, Kind, Scope, Table
from shared.document_json import document_json, document_of, plain
from shared.events import DocumentValidated
from shared.figures import TableView, view_of
from shared.findings import SEVERITIES
from shared.layouts import Layouts
from shared.mongo import Row
from shared.records import (
    ASSESSMENTS,
    EXTRACTS,
    FACTS,
    FINDINGS,
    LINES,
    OUTLINES,
    PACKED_LINES,
    READINGS,
    TABLES,
    UNDECIDED,
    child_id,
)

PART_BYTES = 2_000_000
"""About the size of one part of a very long table; a row of the database may have 16 MB."""
_CELL_BYTES = 120
_MAX_NOTES = 2_000
_ORDER_STEP = 1_000_000


@dataclass(frozen=True)
class Identity:
    """What a document is of: region, unit, scope, kind, year. The text decides, then the uploader's hints.

    The region is that of the uploader's key: no text may put a document among the revisions of another region.
    """

    region: str | None
    unit_name: str | None
    scope: Scope
    kind: Kind
    fiscal_year: int | None


def identity_of(event: DocumentValidated, document: Document) -> Identity:
    """The identity of a validated document."""
    hints = event.hints
    return Identity(
        region=event.region_code or document.region or hints.region,
        unit_name=document.unit_name or hints.unit,
        scope=document.scope,
        kind=document.kind if document.kind != "unknown" else hints.kind or "unknown",
        fiscal_year=document.fiscal_year or hints.year,
    )


@dataclass(frozen=True)
class Rows:
    """The rows of a document and its verdict, by collection, and the figures that others are compared with."""

    by_collection: dict[str, list[Row]]
    extract: Extract


def rows_of(event: DocumentValidated, document: Document, layouts: Layouts, rules: AcrossRules) -> Rows:
    """The rows of a document and its verdict."""
    views = [view for i, table in enumerate(document.tables) if (view := view_of(table, i, layouts)) is not None]
    extract = extract_of(document, views, rules)
    return Rows(_by_collection(event, document, views, extract), extract)


def _by_collection(
    event: DocumentValidated, document: Document, views: Sequence[TableView], extract: Extract
) -> dict[str, list[Row]]:
    event_id, named, lines = event.event_id, _named(event, document), lines_of(document, views)
    return {
        TABLES.name: [row for i, table in enumerate(document.tables) for row in _table_rows(event_id, i, table)],
        LINES.name: [_line_row(event_id, number, line, named) for number, line in enumerate(lines)],
        PACKED_LINES.name: packed_rows(event_id, lines),
        FACTS.name: [
            {"_id": child_id(event_id, i), **named, "index": i, **plain(fact), "value": fact.value}
            for i, fact in enumerate(document.facts)
        ],
        ASSESSMENTS.name: [
            {"_id": child_id(event_id, i), "index": i, **plain(assessment)}
            for i, assessment in enumerate(document.assessments)
        ],
        OUTLINES.name: [_outline(event_id, document)],
        READINGS.name: [_reading(event_id, document)] if event.document is not None else [],
        EXTRACTS.name: [{"_id": child_id(event_id, 0), **extract.as_row(), "facts": packed_facts(document)}],
        FINDINGS.name: _finding_rows(event, named),
    }


def severity_counts(event: DocumentValidated) -> dict[str, int]:
    """Findings by severity."""
    return {
        severity: sum(finding.severity == severity for finding in event.verdict.findings) for severity in SEVERITIES
    }


def _named(event: DocumentValidated, document: Document) -> Row:
    identity = identity_of(event, document)
    return {
        "document_id": event.document_id,
        "region_code": event.region_code,
        "region": identity.region,
        "unit_name": identity.unit_name,
        "scope": identity.scope,
        "kind": identity.kind,
        "fiscal_year": identity.fiscal_year,
    }


def _table_rows(event_id: str, index: int, table: Table) -> Iterator[Row]:
    """One row a table; a very long one goes on in further parts."""
    header = plain(table)
    parts = list(_parts(header.pop("rows")))
    for number, rows in enumerate(parts):
        described = {**header, "row_count": len(table.rows), "parts": len(parts)} if number == 0 else {}
        yield {"_id": child_id(event_id, index, number), "index": index, "part": number, **described, "rows": rows}


def _parts(rows: Sequence[Sequence[Row]]) -> Iterator[list[Sequence[Row]]]:
    part: list[Sequence[Row]] = []
    size = 0
    for row in rows:
        size += sum(_CELL_BYTES + 3 * len(cell["text"]) for cell in row)
        if part and size > PART_BYTES:
            yield part
            part, size = [], 0
        part.append(row)
    yield part


def _line_row(event_id: str, number: int, line: Line, named: Row) -> Row:
    """Sorts by table. What the head says of all lines (revision, current) is not repeated on each."""
    return {"_id": child_id(event_id, line.table, number), **named, **asdict(line), "cell": line.cell}


def order_of(sequence: int, index: int) -> int:
    """Sorts findings: the document received last first, and its findings by their index."""
    return sequence * _ORDER_STEP + _ORDER_STEP - 1 - index


def _finding_rows(event: DocumentValidated, named: Row) -> list[Row]:
    return [
        {
            "_id": child_id(event.event_id, index),
            **named,
            "index": index,
            "order": order_of(event.sequence, index),
            "current": False,
            "shown_version": 0,
            "finding_id": finding.identity,
            **UNDECIDED,
            "file_name": event.file_name,
            "receipt_number": event.receipt_number,
            **finding.model_dump(mode="json"),
        }
        for index, finding in enumerate(event.verdict.findings)
    ]


def _reading(event_id: str, document: Document) -> Row:
    """A document that came inline is below the inline limit, so it fits into a row; a larger one stays in GridFS."""
    return {"_id": child_id(event_id, 0), "reading": zlib.compress(document_json(document))}


def read_back(row: Row) -> Document:
    """The parsed document of a row of `READINGS`."""
    return document_of(zlib.decompress(row["reading"]), newer=True)


def _outline(event_id: str, document: Document) -> Row:
    notes = document.reading_notes
    return {
        "_id": child_id(event_id, 0),
        "catalogue": [plain(entry) for entry in document.catalogue],
        "reading_notes": [plain(note) for note in notes[:_MAX_NOTES]],
        "reading_note_count": len(notes),
    }
