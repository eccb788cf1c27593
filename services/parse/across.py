"""Wide tables: a matrix whose columns go on over following pages, its rows the same on each.

Sichuan prints functional codes by economic codes over several landscape pages. Parts belong together where they have
as many rows, of the same heights or with the same codes and names in front, and the same title or none.
"""

from collections.abc import Sequence

from services.parse.columns import count_header_rows
from services.parse.continuation import Placed, append_rows, continues, is_blank
from services.parse.grids import Grid, GridCell
from shared.amounts import fold, printed_amount

_LEAST_ROWS = 4
_SAME_HEIGHT = 1.5  # points
_MOST_KEYS = 5  # columns in front that name the rows


def join_parts(tables: Sequence[Placed]) -> list[Placed]:
    """Tables in document order, each joined with its parts on the pages that follow, below it or to its right."""
    joined: list[Placed] = []
    for table in tables:
        if joined and _goes_on(joined[-1], table):
            _append_columns(joined[-1], table)
        elif joined and continues(joined[-1], table):
            append_rows(joined[-1], table)
        elif not is_blank(table.grid) or table.caption.title:
            joined.append(table)
    wide: list[Placed] = []
    for table in joined:  # printed down first, then to the right
        if wide and _goes_on(wide[-1], table):
            _append_columns(wide[-1], table)
        else:
            wide.append(table)
    return wide


def _goes_on(before: Placed, after: Placed) -> bool:
    grid, more = before.grid, after.grid
    if more.page != grid.pages[-1] + 1 or len(grid.rows) != len(more.rows) or len(grid.rows) < _LEAST_ROWS:
        return False
    same_title = bool(after.caption.title) and fold(before.caption.title) == fold(after.caption.title)
    if not same_title and (after.caption.title or not after.opens_page):
        return False
    ours, theirs = _header(grid), _header(more)
    if not ours or not theirs or ours == theirs:
        return False  # no columns of its own: another table, or its next rows
    return _repeated_keys(grid, more) > 0 or _same_heights(grid, more)


def _header(grid: Grid) -> list[str]:
    rows, _ordinals = count_header_rows(grid)
    return [fold(cell.text) for row in grid.rows[:rows] for cell in row]


def _repeated_keys(grid: Grid, more: Grid) -> int:
    """How many leading columns of the part name the same rows as those of the table."""
    rows, _ = count_header_rows(grid)
    count = 0
    while count < min(_MOST_KEYS, grid.columns, more.columns):
        ours, theirs = _column(grid, count, rows), _column(more, count, rows)
        named = [text for text in ours if text]
        if ours != theirs or (named and all(printed_amount(text) and "." in text for text in named)):
            break
        count += 1
    return count if any(any(_column(grid, c, rows)) for c in range(count)) else 0


def _column(grid: Grid, column: int, header_rows: int) -> list[str]:
    texts = []
    for row in grid.rows[header_rows:]:
        texts.append(next((fold(cell.text) for cell in row if cell.column == column), ""))
    return texts


def _same_heights(grid: Grid, more: Grid) -> bool:
    return all(
        abs(_height(ours) - _height(theirs)) <= _SAME_HEIGHT
        for ours, theirs in zip(grid.rows, more.rows, strict=True)
        if ours and theirs
    )


def _height(row: Sequence[GridCell]) -> float:
    return min(cell.box[3] - cell.box[1] for cell in row)


def _append_columns(table: Placed, part: Placed) -> None:
    grid, more = table.grid, part.grid
    keys = _repeated_keys(grid, more)
    shift = grid.columns - keys
    width = grid.xs[-1] - more.xs[keys]
    grid.xs.extend(x + width for x in more.xs[keys + 1 :])
    for ours, theirs in zip(grid.rows, more.rows, strict=True):
        for cell in theirs:
            if cell.column >= keys:
                cell.column += shift
                ours.append(cell)
            else:
                table.repeated.append(cell)
    grid.pages.extend(more.pages)
    grid.doubt.extend(more.doubt)
    table.notes.extend(part.notes)
    table.closes_page = part.closes_page
