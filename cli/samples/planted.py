"""Where a planted error ended up in the finished document."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cli.samples.booklet import Booklet
from cli.samples.document import clause, page_of
from cli.samples.grid import Grid, GridCell
from cli.samples.performance_figures import is_form
from cli.samples.planters import Planting
from cli.samples.quantities import NARRATIVE, FigureKey


@dataclass(frozen=True)
class Planted:
    """What was planted, as `NAME.json` states it. Indexes are those of `Document.tables` and its rows.

    An error of the narrative has no table; `quote` then is the clause it stands in. One in a self-evaluation form has
    the form's index in `Document.assessments` instead of a table. A dropped row is where it would have stood.
    """

    kind: str
    table: int | None
    row: int | None
    column: int | None
    before: str
    after: str
    page: int | None
    violates: bool
    quote: str | None = None
    assessment: int | None = None

    def as_json(self) -> dict[str, Any]:
        """The fields in the order of the contract."""
        return dict(self.__dict__)


def describe(planting: Planting, grids: Sequence[Grid], booklet: Booklet) -> Planted:
    """Where a planting ended up in the finished document."""
    if planting.target.table == NARRATIVE:
        return _in_narrative(planting, booklet)
    if is_form(planting.target.table):
        return _in_form(planting, booklet)
    shown = [grid for grid in grids if grid.is_set]
    number, grid = next((i, grid) for i, grid in enumerate(shown) if grid.form.type == planting.target.table)
    table = number + bool(booklet.catalogue_rows)
    if planting.drops_row:
        row = _place_of(planting.target.row, grid)
        return _planted(planting, table, row, None, grid.rows[min(row, len(grid.rows) - 1)][0].page)
    row, column = _cell_of(planting.target, grid.rows)
    return _planted(planting, table, row, column, grid.rows[row][column].page)


def _planted(planting: Planting, table: int | None, row: int | None, column: int | None, page: int | None) -> Planted:
    return Planted(planting.kind, table, row, column, planting.before, planting.after, page, planting.violates)


def _cell_of(key: FigureKey, rows: Sequence[Sequence[GridCell]]) -> tuple[int, int]:
    """Row and column of a figure."""
    return next((r, c) for r, cells in enumerate(rows) for c, cell in enumerate(cells) if cell.key == key)


def _in_form(planting: Planting, booklet: Booklet) -> Planted:
    """An error in a self-evaluation form; its texts are those of the whole cell, % included."""
    number, grid = next((i, grid) for i, grid in enumerate(booklet.assessments) if grid.scope == planting.target.table)
    # The form of the whole unit prints a rate twice, as 完成情况 and as 执行率 behind the funds: the latter counts.
    row, column = [
        (r, c) for r, cells in enumerate(grid.rows) for c, cell in enumerate(cells) if cell.key == planting.target
    ][-1]
    cell = grid.rows[row][column]
    before = cell.text.replace(planting.after, planting.before)
    return Planted(
        planting.kind, None, row, column, before, cell.text, cell.page, planting.violates, assessment=number
    )  # fmt: skip


def _place_of(code: str, grid: Grid) -> int:
    """The index at which the row of a dropped code would stand."""
    for number, cells in enumerate(grid.rows):
        row = next((cell.key.row for cell in cells if cell.key), "")
        if row.isdecimal() and row > code:
            return number
    return len(grid.rows)


def _in_narrative(planting: Planting, booklet: Booklet) -> Planted:
    for placed in booklet.paragraphs:
        for figure in placed.paragraph.figures:
            if figure.key == planting.target:
                quote = clause(placed.paragraph.text, figure)
                return Planted(
                    planting.kind, None, None, None, planting.before, planting.after, page_of(placed, figure),
                    planting.violates, quote,
                )  # fmt: skip
    raise LookupError(planting.target)
