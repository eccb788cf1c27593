"""Tables as grids of cells, with the header that the paths of their columns make."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from cli.samples.edition import Column, TableForm
from cli.samples.quantities import FigureKey

Align = Literal["left", "center", "right"]
UNUSED = "———"


@dataclass
class GridCell:
    """A cell of a grid. `page` and `box` are set when the table is set on pages; a covered cell has no box."""

    text: str = ""
    key: FigureKey | None = None
    align: Align = "center"
    columns: int = 1
    rows: int = 1
    covered: bool = False
    page: int | None = None
    box: tuple[float, float, float, float] | None = None


@dataclass
class Grid:
    """One table: what stands above it, its header, its rows, its notes."""

    form: TableForm
    above: tuple[tuple[str, str, str], ...]
    header: list[list[GridCell]]
    rows: list[list[GridCell]]
    notes: tuple[str, ...]
    numbers: list[list[GridCell]] = field(default_factory=list)
    """The row of column numbers (栏次), where the edition prints one; repeated like the header."""

    @property
    def is_set(self) -> bool:
        """True where the table was set on a page; small documents leave some out."""
        return self.rows[0][0].page is not None

    @property
    def empty(self) -> bool:
        """True where no cell holds a figure."""
        return not any(cell.key and cell.text not in ("", "—", UNUSED, "0.00") for row in self.rows for cell in row)


def header_of(columns: Sequence[Column]) -> list[list[GridCell]]:
    """Header cells from the columns' paths: equal neighbours merge, a shorter path reaches down."""
    depth = max(len(column.path) for column in columns)
    levels = [_levels(column, depth) for column in columns]
    rows = [[GridCell(covered=True) for _ in columns] for _ in range(depth)]
    for c, column in enumerate(columns):
        for level, text in enumerate(column.path):
            if c and _share(column, columns[c - 1], level):
                continue
            wide = next((k for k in range(c + 1, len(columns)) if not _share(column, columns[k], level)), len(columns))
            top, bottom = levels[c][level : level + 2]
            rows[top][c] = GridCell(text, columns=wide - c, rows=bottom - top)
    return rows


def _levels(column: Column, depth: int) -> list[int]:
    """The header row in which each part of a column's path begins, and where the last one ends."""
    steps = list(range(len(column.path)))
    if column.last_at_bottom:
        steps[-1] = depth - 1
    return [*steps, depth]


def _share(one: Column, other: Column, level: int) -> bool:
    """True where a merged header cell of this level covers both columns; the last level never merges."""
    longer = level < min(len(one.path), len(other.path)) - 1
    return longer and one.path[: level + 1] == other.path[: level + 1]


def number_row(form: TableForm) -> list[list[GridCell]]:
    """The row 栏次 | 1 | 2 …: only amount columns are numbered."""
    if form.ordinals is None:
        return []
    number, named = 0, set[int]()
    cells = []
    for column in form.columns:
        if column.role == "amount":
            number += 1
            cells.append(GridCell(str(number)))
        else:
            cells.append(GridCell("" if column.side in named or column.role == "ordinal" else form.ordinals))
            named.add(column.side)
    merge_names(cells, form.columns)
    return [cells]


def merge_names(cells: list[GridCell], columns: Sequence[Column]) -> None:
    """Merge the code columns with the name column where a row has one text for both (合计, 栏次)."""
    names = [i for i, column in enumerate(columns) if column.role in ("code", "section", "subsection", "item", "name")]
    if len(names) > 1 and cells[names[0]].text and columns[names[0]].role != "name":
        cells[names[0]].columns = len(names)
        for i in names[1:]:
            cells[i].covered = True
