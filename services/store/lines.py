"""Lines: every printed amount of a document's typed tables, each with an address that lasts from revision to revision.

The address of a line within its filing is (table type, row key, column key). The row key is all codes of the row, or
its name path (a side, 其中 under what it is part of), with an ordinal where the document repeats it.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from shared.document import Box, Document, Table
from shared.figures import Figure, TableView


@dataclass(frozen=True)
class Line:
    """One printed amount. `table`, `row`, `column` are its place in the document, the keys its address."""

    table: int
    table_type: str
    row: int
    column: int
    side: str
    block: int
    row_key: str
    row_name: str
    column_key: str
    amount: Decimal | None
    """None where what is printed is no number (—)."""
    text: str
    amount_unit: str | None
    page: int | None
    bbox: Box | None

    @property
    def cell(self) -> str:
        """The address as one text: table type, row key, column key."""
        return cell_of(self.table_type, self.row_key, self.column_key)


def cell_of(table_type: str, row_key: str, column_key: str) -> str:
    """The address of a line as one text; the same cell of many documents has the same one."""
    return f"{table_type}|{row_key}|{column_key}"


def lines_of(document: Document, views: Sequence[TableView]) -> list[Line]:
    """One line for each row and amount column that prints something, of the tables that a layout knows (`views`)."""
    keys = _Keys()
    return [
        _line(figure, document.tables[view.index], *address)
        for view in views
        for figure, *address in keys.of(view.table.type, view.figures)
        if figure.cell.text.strip()
    ]


class _Keys:
    """Gives out row and column keys; of what a document repeats, the second has `#2` behind it."""

    def __init__(self) -> None:
        self._rows: Counter[tuple[str, str]] = Counter()
        self._taken: Counter[tuple[str, str, str]] = Counter()

    def of(self, table_type: str, figures: Sequence[Figure]) -> Iterator[tuple[Figure, str, str]]:
        """The figures of one table, each with its row key and its column key."""
        given: dict[tuple[int, int, str], str] = {}
        above: dict[str, str] = {}
        for figure in figures:
            path = _path(figure, above)
            place = (figure.row, figure.block, path)
            if place not in given:
                self._rows[table_type, path] += 1
                given[place] = _numbered(path, self._rows[table_type, path])
            cell = (table_type, given[place], figure.column_key)
            self._taken[cell] += 1
            yield figure, given[place], _numbered(figure.column_key, self._taken[cell])


def _path(figure: Figure, above: dict[str, str]) -> str:
    """Side, what the row is part of, and the row. `above` is the last whole row by side, and is kept up to date."""
    key = figure.row_key
    if not figure.is_code and len(figure.codes) > 1 and all(code.isdecimal() for code in figure.codes):
        key = "-".join(figure.codes)
    if figure.subset and not key.isascii():
        key = "/".join((*((above[figure.side],) if figure.side in above else ()), key))
    elif not figure.subset:
        above[figure.side] = key
    return f"{figure.side}/{key}" if figure.side else key


def _numbered(key: str, times: int) -> str:
    return key if times == 1 else f"{key}#{times}"


def _line(figure: Figure, table: Table, row_key: str, column_key: str) -> Line:
    return Line(
        table=figure.table,
        table_type=table.type,
        row=figure.row,
        column=figure.column,
        side=figure.side,
        block=figure.block,
        row_key=row_key,
        row_name=figure.row_name,
        column_key=column_key,
        amount=figure.cell.value,
        text=figure.cell.text,
        amount_unit=table.amount_unit,
        page=figure.cell.page,
        bbox=figure.cell.bbox,
    )
