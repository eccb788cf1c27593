"""What changed between two documents, figure by figure: the way to see what a revision cured.

Lines are matched by what they mean, not by where they stand: table type, side, row (with an ordinal where its key is
printed more than once) and column. A figure changed where its printed value did; another print of one value (1,200.00
for 1200.00) is none.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple, TypeVar

from services.store.reading import fingerprint_of
from shared.amounts import fold, is_dash
from shared.errors import NotStoredYet, UnknownDocument
from shared.findings import Finding
from shared.interval import YUAN
from shared.mongo import Database, Row
from shared.records import DOCUMENTS, FACTS, FINDINGS, LINES, children_of


class LineKey(NamedTuple):
    """What a line means."""

    table_type: str
    side: str
    row_key: str
    ordinal: int
    """1 for the first line of that key, 2 for the next: a name may be printed twice."""
    column_key: str


class FactKey(NamedTuple):
    """What a figure of the text means."""

    measure: str
    subject: str
    ordinal: int


Key = TypeVar("Key", LineKey, FactKey)


@dataclass(frozen=True)
class ChangedFigure:
    """One figure printed otherwise; None where one of the two does not print it."""

    key: LineKey | FactKey
    before: Row | None
    after: Row | None


@dataclass(frozen=True)
class Difference:
    """From one document to another."""

    before: Row
    after: Row
    changed: tuple[ChangedFigure, ...]
    told_otherwise: tuple[ChangedFigure, ...]
    """Figures of the text."""
    rows_added: tuple[Row, ...]
    rows_gone: tuple[Row, ...]
    cured: tuple[Finding, ...]
    created: tuple[Finding, ...]


@dataclass(frozen=True)
class _Side:
    """One of the two documents."""

    head: Row
    lines: Mapping[LineKey, Row]
    facts: Mapping[FactKey, Row]
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
        children = children_of(head["event_id"])
        lines = _by_key(await database[LINES.name].all(children))
        facts = _facts_by_key(await database[FACTS.name].all(children, sort=[("_id", 1)]))
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
    where = {**children_of(head["event_id"]), "comparison": {"$in": [None, fingerprint_of(head)]}}
    rows = await database[FINDINGS.name].all(where, sort=[("_id", 1)])
    return [Finding.model_validate(row, extra="ignore") for row in rows]


def _by_key(rows: Iterable[Row]) -> dict[LineKey, Row]:
    seen: Counter[tuple[str, str, str, str]] = Counter()
    found: dict[LineKey, Row] = {}
    for row in sorted(rows, key=lambda line: (line["table"], line["row"], line["column"])):
        key = (row["table_type"], row["side"], row["row_key"], row["column_key"])
        seen[key] += 1
        found[LineKey(*key[:3], seen[key], key[3])] = row
    return found


def _facts_by_key(rows: Iterable[Row]) -> dict[FactKey, Row]:
    seen: Counter[tuple[str, str]] = Counter()
    found: dict[FactKey, Row] = {}
    for row in rows:
        key = (row["measure"], row["subject"])
        seen[key] += 1
        found[FactKey(*key, seen[key])] = row
    return found


def _difference(before: _Side, after: _Side) -> Difference:
    gone, added = _rows_only_in(before.lines, after.lines), _rows_only_in(after.lines, before.lines)
    whole = set(gone) | set(added)
    lines = [key for key in sorted({*before.lines, *after.lines}) if key[:4] not in whole]
    facts = sorted({*before.facts, *after.facts})
    return Difference(
        before=before.head,
        after=after.head,
        changed=tuple(_changed(lines, before.lines, after.lines, _line_value)),
        told_otherwise=tuple(_changed(facts, before.facts, after.facts, _fact_value)),
        rows_added=tuple(added.values()),
        rows_gone=tuple(gone.values()),
        cured=_only_in(before, after),
        created=_only_in(after, before),
    )


def _changed(
    keys: Iterable[Key], before: Mapping[Key, Row], after: Mapping[Key, Row], value: Callable[[Row | None], object]
) -> Iterator[ChangedFigure]:
    for key in keys:
        one, other = before.get(key), after.get(key)
        if value(one) != value(other):
            yield ChangedFigure(key, one, other)


def _rows_only_in(these: Mapping[LineKey, Row], others: Mapping[LineKey, Row]) -> dict[tuple[object, ...], Row]:
    """The first line of each row that only one of the two documents has, in tables whose rows are not prescribed."""
    there = {key[:4] for key in others}
    found: dict[tuple[object, ...], Row] = {}
    for key, row in these.items():
        if key[:4] not in there and not _is_prescribed(key):
            found.setdefault(key[:4], row)
    return found


def _is_prescribed(key: LineKey) -> bool:
    """True for a row that the form prints for everyone: it is there in both documents, blank or not."""
    return bool(key.side) or (key.row_key.isascii() and not key.row_key[:1].isdigit())


def _line_value(line: Row | None) -> object:
    """What a line stands for, in yuan; a blank and a dash are nothing; words stand for themselves."""
    if line is None or not line["text"].strip() or is_dash(line["text"]):
        return Decimal(0)
    if line["amount"] is None:
        return fold(line["text"])
    amount: Decimal = line["amount"]
    return amount * YUAN.get(line["amount_unit"] or "", Decimal(1))


def _fact_value(fact: Row | None) -> object:
    """What a figure of the text stands for; one that is not told differs from every one that is."""
    if fact is None:
        return None
    value: Decimal = fact["value"]
    return value * YUAN.get(fact["unit"], Decimal(1)), fact["unit"] in YUAN or fact["unit"]


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
