"""Figures: the cells of a table addressed by meaning (side, row key, column key) instead of by position.

One home for the question "which cell is 本年收入合计?", used by the rules and by the store's lines. A view is derived
from the table as read and its layout; the document itself keeps only what is printed.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from shared.amounts import fold
from shared.document import Cell, Table
from shared.layouts import ColumnLayout, Layouts, RowLayout, SideLayout, TableLayout, fitting_layouts

_NUMBERING = re.compile(r"^(其中:)?(\(?[一二三四五六七八九十]+[、.)]|\(?\d+[、.)])*(其中:)?")
_TOP_NUMERAL = re.compile(r"^[一二三四五六七八九十]+、")
_CODE = re.compile(r"\d{3}(?:\d{2}){0,2}")


@dataclass(frozen=True)
class Figure:
    """One amount cell with its address. `table`, `row`, `column` index `Document.tables` and `Table.rows`."""

    table: int
    row: int
    column: int
    side: str
    row_key: str
    row_name: str
    column_key: str
    cell: Cell
    group: str | None = None
    """`items` for the addends of the side's total, and the other groups of the layout."""
    subset: bool = False
    """True for a 其中 line or a layout row with `part_of`: a subset of another row, never an addend."""
    block: int = 0
    """Which of several side-by-side column blocks, from 0."""
    codes: tuple[str, ...] = ()
    """All codes printed in the row's block: of one classification in parts (类, 款, 项), or of several side by side."""

    @property
    def is_code(self) -> bool:
        """True where the row is keyed by a functional or economic code."""
        return _CODE.fullmatch(self.row_key) is not None


@dataclass(frozen=True)
class TableView:
    """A typed table's figures, addressable. Keys that occur twice keep the first; `repeated` lists the others."""

    index: int
    table: Table
    layout: TableLayout
    figures: tuple[Figure, ...]
    column_keys: tuple[str | None, ...]
    repeated: tuple[Figure, ...] = ()
    _by_key: dict[tuple[str, str, str], Figure] = field(default_factory=dict)

    def figure(self, row: str, column: str, side: str = "") -> Figure | None:
        """The figure at a row and column key of a side, or None where the table does not have it."""
        return self._by_key.get((side, row, column))

    def rows_of(self, column: str, side: str = "") -> list[Figure]:
        """All figures of a column of a side, in printed order."""
        return [figure for figure in self._by_key.values() if figure.side == side and figure.column_key == column]

    def group(self, group: str, column: str, side: str = "") -> list[Figure]:
        """The figures of a row group (`items`) in a column of a side."""
        return [figure for figure in self.rows_of(column, side) if figure.group == group and not figure.subset]


class _Block(NamedTuple):
    """Columns that belong together: what names the row, and the amounts of that row."""

    side: SideLayout
    number: int
    codes: tuple[int, ...]
    names: tuple[int, ...]
    ordinals: tuple[int, ...]
    amounts: tuple[tuple[int, ColumnLayout], ...]


def view_of(table: Table, index: int, layouts: Layouts) -> TableView | None:
    """The view of a table, or None where its type is unknown or none of its layouts has its required columns.

    Editions may share a table's type and columns; the layout that knows most of its rows and tells most of its columns
    apart is the table's own.
    """
    fitting = fitting_layouts(table.columns, layouts.of_type(table.type))
    views = [_view(table, index, layout, layouts) for layout in fitting]
    return max(views, key=_familiarity, default=None)


def _familiarity(view: TableView) -> tuple[int, int]:
    """How many rows of a table its layout knows by name, and how many columns it tells apart."""
    known = {row.key for side in view.layout.sides for row in side.rows} | {row.key for row in view.layout.rows}
    rows = {(figure.side, figure.row_key) for figure in view.figures if figure.row_key in known}
    return len(rows), len({key for key in view.column_keys if key is not None})


def _view(table: Table, index: int, layout: TableLayout, layouts: Layouts) -> TableView:
    columns = [layout.column(path) for path in table.columns]
    figures = list(_figures(table, index, layout, layouts))
    by_key: dict[tuple[str, str, str], Figure] = {}
    repeated: list[Figure] = []
    for figure in figures:
        key = (figure.side, figure.row_key, figure.column_key)
        if key in by_key:
            repeated.append(figure)
        else:
            by_key[key] = figure
    keys = tuple(column.key if column else None for column in columns)
    return TableView(index, table, layout, tuple(figures), keys, tuple(repeated), by_key)


def _blocks(columns: Sequence[ColumnLayout | None], layout: TableLayout) -> Iterator[_Block]:
    """Split columns into blocks: a new one begins with a code or name column that follows an amount."""
    spans: list[list[int]] = []
    amount_seen = True
    for i, column in enumerate(columns):
        if column is None:
            continue
        names_row = column.role in ("code", "name") or (column.role == "ordinal" and amount_seen)
        if not spans or (names_row and amount_seen):
            spans.append([])
            amount_seen = False
        amount_seen = amount_seen or column.role == "amount"
        spans[-1].append(i)
    for number, span in enumerate(spans):
        chosen = [(i, column) for i in span if (column := columns[i]) is not None]
        yield _Block(
            side=layout.sides[min(number, len(layout.sides) - 1)],
            number=number,
            codes=tuple(i for i, c in chosen if c.role == "code"),
            names=tuple(i for i, c in chosen if c.role == "name"),
            ordinals=tuple(i for i, c in chosen if c.role == "ordinal"),
            amounts=tuple((i, c) for i, c in chosen if c.role == "amount"),
        )


def _figures(table: Table, index: int, layout: TableLayout, layouts: Layouts) -> Iterator[Figure]:
    """All figures of a table, block by block, each row named by its own block."""
    blocks = list(_blocks([layout.column(path) for path in table.columns], layout))
    names = {side.key: _RowNames(side, layout, layouts) for side in layout.sides}
    named = [[_name_row(block, cells, names[block.side.key]) for block in blocks] for cells in table.rows]
    for r, cells in enumerate(table.rows):
        _lend_names(named[r], blocks, cells)
    for b, block in enumerate(blocks):
        for r, cells in enumerate(table.rows):
            row = named[r][b]
            for c, column in block.amounts:
                key = column.row or row.key
                if key or cells[c].text.strip():
                    yield Figure(
                        table=index, row=r, column=c, side=block.side.key, row_key=key or f"row:{r + 1}",
                        row_name=row.name, column_key=column.key, cell=cells[c], group=row.group,
                        subset=row.subset, block=block.number, codes=row.codes,
                    )  # fmt: skip


class _NamedRow(NamedTuple):
    """What one block calls one printed row."""

    key: str = ""
    name: str = ""
    group: str | None = None
    subset: bool = False
    codes: tuple[str, ...] = ()


def _name_row(block: _Block, cells: Sequence[Cell], names: "_RowNames") -> _NamedRow:
    codes = tuple(folded for i in block.codes if (folded := fold(cells[i].text)))
    code = _code(codes)
    name = next((cells[i].text for i in (*block.names, *block.codes) if cells[i].text.strip()), "")
    ordinal = next((cells[i].text.strip() for i in block.ordinals if cells[i].text.strip()), "")
    key, group, subset = names.key(code, name, ordinal)
    return _NamedRow(key, name.strip(), group, subset, codes)


def _lend_names(row: list[_NamedRow], blocks: Sequence[_Block], cells: Sequence[Cell]) -> None:
    """Give an amount without a name of its own the name left of it, where that name's own amount is blank.

    公用经费合计 is printed once, merged over several code blocks, and its amount stands in the last of them.
    """
    for b in range(1, len(blocks)):
        printed = any(cells[i].text.strip() for i, _ in blocks[b].amounts)
        if row[b].key or not printed or blocks[b].side is not blocks[b - 1].side:
            continue
        lender = next((k for k in range(b - 1, -1, -1) if row[k].key), None)
        if lender is not None and not any(cells[i].text.strip() for i, _ in blocks[lender].amounts):
            row[b], row[lender] = row[lender], _NamedRow()


def _code(digits: Sequence[str]) -> str:
    """The code of a row: 类/款/项 in one column or in several ('301' + '2' is 30102)."""
    if not digits or not all(part.isdecimal() for part in digits):
        return ""
    code = digits[0] + "".join(part.zfill(2) for part in digits[1:])
    return code if _CODE.fullmatch(code) else ""


class _RowNames:
    """Matches printed row names to a side's rows, in printed order, so that a name may occur twice."""

    def __init__(self, side: SideLayout, layout: TableLayout, layouts: Layouts) -> None:
        self._side = side
        self._layouts = layouts
        self._rows = (*side.rows, *layout.rows)
        self._names = [{fold(name) for name in row.names} for row in self._rows]
        self._last = -1

    def key(self, code: str, name: str, ordinal: str) -> tuple[str, str | None, bool]:
        """(row key, group, subset) of a printed row; the key is "" for a row without code and name."""
        if code:
            return code, "codes", False
        printed = fold(name)
        subset = printed.startswith("其中")
        bare = _NUMBERING.sub("", printed)
        if not bare:
            return f"line:{ordinal}" if ordinal else "", None, False
        row = self._match(bare, printed)
        if row is not None:
            return row.key, row.group, subset or row.part_of is not None
        if self._side.classes and bare in self._layouts.class_code:
            return self._layouts.class_code[bare], "items", subset
        return bare, "items" if _TOP_NUMERAL.match(printed) else None, subset

    def _match(self, *spellings: str) -> RowLayout | None:
        hits = [i for i, names in enumerate(self._names) if any(s in names for s in spellings)]
        if not hits:
            return None
        best = next((i for i in hits if i > self._last), hits[0])
        self._last = best
        return self._rows[best]
