"""What changed between two documents, figure by figure: the way to see what a revision cured.

Lines are matched by their address (`lines`), not by where they stand: table type, row (with an ordinal where it is
repeated) and column. A figure changed where its printed value did; another print of one value (1,200.00 for 1200.00)
is none.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from services.store.lines import Line
from services.store.packed import packed_lines
from services.store.reading import fingerprint_of
from services.store.told import Told, facts_told
from shared.amounts import fold, is_dash
from shared.errors import NotStoredYet, UnknownDocument
from shared.findings import Finding
from shared.interval import YUAN
from shared.mongo import Database, Row
from shared.records import DOCUMENTS, FINDINGS, findings_in


class LineKey(NamedTuple):
    """The address of a line, as `services.store.lines` gives it out."""

    table_type: str
    row_key: str
    column_key: str


class FactKey(NamedTuple):
    """What a figure of the text means."""

    measure: str
    subject: str
    ordinal: int


@dataclass(frozen=True)
class ChangedLine:
    """A figure of a table printed otherwise; None where one of the two does not print it."""

    key: LineKey
    before: Line | None
    after: Line | None


@dataclass(frozen=True)
class ChangedFact:
    """A figure of the text told otherwise."""

    key: FactKey
    before: Told | None
    after: Told | None


@dataclass(frozen=True)
class Difference:
    """From one document to another."""

    before: Row
    after: Row
    changed: tuple[ChangedLine, ...]
    told_otherwise: tuple[ChangedFact, ...]
    rows_added: tuple[Line, ...]
    """The first line of each."""
    rows_gone: tuple[Line, ...]
    cured: tuple[Finding, ...]
    created: tuple[Finding, ...]


@dataclass(frozen=True)
class _Side:
    """One of the two documents."""

    head: Row
    lines: Mapping[LineKey, Line]
    facts: Mapping[FactKey, Told]
    findings: Sequence[Finding]

    @property
    def meanings(self) -> list[tuple[object, ...]]:
        """What each finding means, wherever its cells stand."""
        return [_meaning(finding, self.head["_id"]) for finding in self.findings]


async def difference_of(before: str, after: str, database: Database) -> Difference:
    """The difference between two documents. Raises `UnknownDocument`, `NotStoredYet`."""
    return _difference(await _side(before, database), await _side(after, database))


async def _side(document_id: str, database: Database) -> _Side:
    """A document as its verdict that counts says; read again where another took its place meanwhile."""
    while True:
        head = await _head(document_id, database)
        lines = await _lines(head["event_id"], database)
        facts = await _facts(head["event_id"], database)
        findings = await _findings(head, database)
        if _state(await _head(document_id, database)) == _state(head):
            return _Side(head, lines, facts, findings)


async def _head(document_id: str, database: Database) -> Row:
    head = await database[DOCUMENTS.name].one({"_id": document_id})
    if head is None:
        raise UnknownDocument(document_id=document_id)
    if "event_id" not in head:
        raise NotStoredYet(document_id=document_id)
    return head


def _state(head: Row) -> tuple[str, str | None]:
    return head["event_id"], fingerprint_of(head)


async def _findings(head: Row, database: Database) -> list[Finding]:
    where = {**findings_in(head["_id"], head["event_id"]), "comparison": {"$in": [None, fingerprint_of(head)]}}
    rows = await database[FINDINGS.name].all(where, sort=[("_id", 1)])
    return [Finding.model_validate(row, extra="ignore") for row in rows]


async def _lines(event_id: str, database: Database) -> dict[LineKey, Line]:
    lines = await packed_lines(event_id, database) or []
    return {LineKey(line.table_type, line.row_key, line.column_key): line for line in lines}


async def _facts(event_id: str, database: Database) -> dict[FactKey, Told]:
    seen: Counter[tuple[str, str]] = Counter()
    found: dict[FactKey, Told] = {}
    for fact in await facts_told(event_id, database):
        key = (fact.measure, fact.subject)
        seen[key] += 1
        found[FactKey(*key, seen[key])] = fact
    return found


def _difference(before: _Side, after: _Side) -> Difference:
    gone, added = _rows_only_in(before.lines, after.lines), _rows_only_in(after.lines, before.lines)
    whole = set(gone) | set(added)
    changed = [
        ChangedLine(key, before.lines.get(key), after.lines.get(key))
        for key in sorted({*before.lines, *after.lines})
        if key[:2] not in whole and _line_value(before.lines.get(key)) != _line_value(after.lines.get(key))
    ]
    told = [
        ChangedFact(key, before.facts.get(key), after.facts.get(key))
        for key in sorted({*before.facts, *after.facts})
        if _fact_value(before.facts.get(key)) != _fact_value(after.facts.get(key))
    ]
    return Difference(
        before=before.head,
        after=after.head,
        changed=tuple(changed),
        told_otherwise=tuple(told),
        rows_added=tuple(added.values()),
        rows_gone=tuple(gone.values()),
        cured=_only_in(before, after),
        created=_only_in(after, before),
    )


def _rows_only_in(these: Mapping[LineKey, Line], others: Mapping[LineKey, Line]) -> dict[tuple[str, str], Line]:
    """The first line of each row that only one of the two documents has, in tables whose rows are not prescribed."""
    there = {key[:2] for key in others}
    found: dict[tuple[str, str], Line] = {}
    for key, line in these.items():
        if key[:2] not in there and not _is_prescribed(line):
            found.setdefault(key[:2], line)
    return found


def _is_prescribed(line: Line) -> bool:
    """True for a row that the form prints for everyone: it is there in both documents, blank or not."""
    return bool(line.side) or (line.row_key.isascii() and not line.row_key[:1].isdigit())


def _line_value(line: Line | None) -> object:
    """What a line stands for, in yuan; a blank and a dash are nothing; words stand for themselves."""
    if line is None or is_dash(line.text):
        return Decimal(0)
    if line.amount is None:
        return fold(line.text)
    return line.amount * YUAN.get(line.amount_unit or "", Decimal(1))


def _fact_value(fact: Told | None) -> object:
    """What a figure of the text stands for; one that is not told differs from every one that is."""
    if fact is None:
        return None
    return fact.value * YUAN.get(fact.unit, Decimal(1)), fact.unit in YUAN or fact.unit


def _only_in(one: _Side, other: _Side) -> tuple[Finding, ...]:
    there = set(other.meanings)
    told = zip(one.findings, one.meanings, strict=True)
    return tuple(finding for finding, meaning in told if meaning not in there)


def _meaning(finding: Finding, document_id: str) -> tuple[object, ...]:
    """The same for a finding of both documents: rule, its own places in words, the texts printed there."""
    own = (None, document_id)
    cells = sorted((cell.label, cell.text) for cell in finding.cells if cell.document_id in own)
    quotes = sorted(quote.text for quote in finding.quotes if quote.document_id in own)
    return (finding.rule, tuple(cells), tuple(quotes), finding.difference)
