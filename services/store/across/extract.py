"""What other documents are compared with: the few figures of a document that the rules name, taken when it is stored.

A comparison then reads some kilobytes of each document, not the documents. A blank cell is kept (it counts as 0), a
cell that is not there is not: blank and missing are different things.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from services.store.across.members import members_of, speaker
from services.store.across.rulebook import CODES, AcrossRules, FactName
from services.store.naming import unit_key
from shared.amounts import fold, is_dash
from shared.document import Box, Document, Fact, Table
from shared.figures import Figure, TableView
from shared.interval import YUAN, Interval, last_place, printed
from shared.layouts import fold_pattern

DOUBTFUL_BELOW = 0.8
"""A table read with less confidence than this accuses nobody."""
_FUNCTIONAL = re.compile(r"\d{7}")


@dataclass(frozen=True)
class Printed:
    """One printed figure with its place: a cell of a table, or a clause of the text."""

    address: str
    text: str
    value: Decimal | None
    unit: str
    label: str
    readable: bool = True
    doubtful: bool = False
    page: int | None = None
    table: int | None = None
    row: int | None = None
    column: int | None = None
    bbox: Box | None = None
    quote: str | None = None
    fact: int | None = None
    member: str | None = None
    """Of which unit a department's text says it."""

    @property
    def scale(self) -> Decimal:
        """What one of its unit is in yuan."""
        return YUAN.get(self.unit, Decimal(1))

    @property
    def interval(self) -> Interval:
        """What it can stand for, in yuan."""
        return printed(self.value, self.scale)

    @property
    def step(self) -> Decimal:
        """One unit of its last place, in yuan; 0 for a blank or a dash."""
        return last_place(self.value) * self.scale if self.value is not None else Decimal(0)


@dataclass(frozen=True)
class Extract:
    """The figures of one document that rules between documents name."""

    figures: tuple[Printed, ...]
    members: tuple[str, ...] = ()
    """The units (单位) that a department says it adds up, as printed."""

    @property
    def by_address(self) -> dict[str, Printed]:
        """The first figure at each address."""
        found: dict[str, Printed] = {}
        for figure in self.figures:
            if figure.member is None:
                found.setdefault(figure.address, figure)
        return found

    def as_row(self) -> dict[str, Any]:
        """For the database."""
        return {"figures": [asdict(figure) for figure in self.figures], "members": list(self.members)}


def extract_of_row(row: Mapping[str, Any]) -> Extract:
    """An extract as the database holds it."""
    figures = tuple(Printed(**figure) for figure in row["figures"])
    return Extract(figures, tuple(row["members"]))


def extract_of(document: Document, views: Sequence[TableView], rules: AcrossRules) -> Extract:
    """Take the figures that the rules name from a document."""
    tables = _of_type(views)
    members = members_of(document)
    cells = [figure for address in sorted(rules.cells) for figure in _cells(address, tables)]
    facts = [f for name, fact in rules.file.facts.items() for f in _named(f"facts/{name}", fact, document, tables)]
    told = [f for name, fact in rules.file.restated.items() for f in _restated(name, fact, document, members)]
    return Extract((*cells, *facts, *told), members)


def _of_type(views: Sequence[TableView]) -> dict[str, TableView]:
    """The first table of each type that holds figures; an empty one where there is no other."""
    found: dict[str, TableView] = {}
    for view in views:
        known = found.get(view.table.type)
        if known is None or (known.table.empty and not view.table.empty):
            found[view.table.type] = view
    return found


def _cells(address: str, tables: Mapping[str, TableView]) -> Iterator[Printed]:
    kind, *side, row, column = address.split("/")
    view = tables.get(kind)
    if view is None:
        return
    for figure in view.rows_of(column, *side):
        if figure.row_key == row or (row == CODES and figure.is_code):
            yield _cell("/".join((kind, *side, figure.row_key, column)), figure, view.table)


def _cell(address: str, figure: Figure, table: Table) -> Printed:
    cell, path = figure.cell, table.columns[figure.column]
    row = " ".join(dict.fromkeys(part for part in (figure.row_key if figure.is_code else "", figure.row_name) if part))
    name = " ".join(part for part in (table.number, table.title or table.type) if part)
    return Printed(
        address=address,
        text=cell.text.strip(),
        value=cell.value,
        unit=table.amount_unit or "万元",
        label=" · ".join(part for part in (name, row, "/".join(dict.fromkeys(path))) if part),
        readable=cell.value is not None or not cell.text.strip() or is_dash(cell.text),
        doubtful=table.confidence < DOUBTFUL_BELOW,
        page=cell.page,
        table=figure.table,
        row=figure.row,
        column=figure.column,
        bbox=cell.bbox,
    )


def _named(address: str, name: FactName, document: Document, tables: Mapping[str, TableView]) -> Iterator[Printed]:
    codes = _codes_of(tables.get(name.coded)) if name.coded else {}
    for index, fact in _facts(name, document):
        if not name.coded:
            yield _fact(address, index, fact)
            return
        code = _code(fact.subject, codes)
        if code:
            yield _fact(f"{address}/{code}", index, fact)


def _facts(name: FactName, document: Document) -> Iterator[tuple[int, Fact]]:
    subject, section = re.compile(fold_pattern(name.subject)), re.compile(fold_pattern(name.section))
    for index, fact in enumerate(document.facts):
        if fact.measure not in name.measure or not section.search(fold(fact.section)):
            continue
        if name.quote not in fold(fact.quote) or fact.unit not in YUAN:
            continue
        if any(subject.fullmatch(fold(part)) for part in fact.subject.split("、")):
            yield index, fact


def _fact(address: str, index: int, fact: Fact, member: str | None = None) -> Printed:
    return Printed(
        address=address,
        text=fact.text,
        value=fact.value,
        unit=fact.unit,
        label=f"正文「{fact.subject}」",
        page=fact.page,
        quote=fact.quote,
        fact=index,
        member=member,
    )


def _code(subject: str, codes: Mapping[tuple[str, ...], str | None]) -> str | None:
    """The functional code that a sentence speaks of: as printed, or of the row with these names."""
    printed_code = _FUNCTIONAL.match(subject)
    if printed_code:
        return printed_code[0]
    return codes.get(tuple(fold(part) for part in subject.split("/")))


def _codes_of(view: TableView | None) -> dict[tuple[str, ...], str | None]:
    """Names of 类, 款 and 项 → code, of a table with all three; None where the names fit several."""
    rows = {f.row_key: fold(f.row_name) for f in view.figures if f.is_code} if view is not None else {}
    found: dict[tuple[str, ...], str | None] = {}
    for code in rows:
        if _FUNCTIONAL.fullmatch(code):
            names = tuple(rows.get(code[:length], "") for length in (3, 5, 7))
            found[names] = None if names in found else code
    return found


def _restated(name: str, said: FactName, document: Document, members: Sequence[str]) -> Iterator[Printed]:
    """What a department's text says of one of its units: the sentence names that unit and no other."""
    seen: set[str] = set()
    for index, fact in _facts(said, document) if members else ():
        member = speaker(fact, document, members)
        if member is not None and member not in seen:
            seen.add(member)
            yield _fact(f"restated/{name}", index, fact, unit_key(member))
