"""Continued tables: the rows of parts on following pages joined, repeated headers and empty leftovers dropped."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from services.parse.captions import Caption
from services.parse.columns import count_header_rows
from services.parse.grids import Grid, GridCell
from services.parse.lines import Line
from shared.amounts import fold, printed_amount

_SAME_SIDE = 14.0  # points between the outer sides of two parts
_SAME_LINE = 5.0  # points between column lines that are one
_REMNANT = 0.75  # of the usual height of a row
_MOST = 0.6  # of the coarser part's inner column lines
_FINER = 3  # times as many columns at most
_LONG = 15  # characters: a text that may have been cut by the page break
_FINISHED = "。；;！!？?）)"


@dataclass
class Placed:
    """A grid with its caption and notes, and whether anything stands above or below it on its page."""

    grid: Grid
    caption: Caption
    notes: list[Line] = field(default_factory=list)
    opens_page: bool = False
    closes_page: bool = False
    repeated: list[GridCell] = field(default_factory=list)
    """Cells of headers that were printed again on a following page."""


def continues(before: Placed, after: Placed) -> bool:
    """True where a grid goes on with the rows of the table before it."""
    if after.grid.page != before.grid.pages[-1] + 1 or not before.closes_page:
        return False
    if not _same_columns(before.grid, after.grid):
        return False
    if after.opens_page or after.caption.is_continuation:
        return True
    return _repeats_caption(before, after)


def _same_columns(before: Grid, after: Grid) -> bool:
    """Equal width, and most inner column lines of the coarser part found in the finer one."""
    if abs((before.xs[-1] - before.xs[0]) - (after.xs[-1] - after.xs[0])) > _SAME_SIDE:
        return False
    shift = before.xs[0] - after.xs[0]
    coarse, fine = sorted((list(before.xs), [x + shift for x in after.xs]), key=len)
    if len(fine) > _FINER * len(coarse):
        return False
    inner = coarse[1:-1]
    found = sum(1 for x in inner if min(abs(x - y) for y in fine) <= _SAME_LINE)
    return found >= _MOST * len(inner)


def _repeats_caption(before: Placed, after: Placed) -> bool:
    """The title printed again on each page, as spreadsheets do: the header is the same, the rows go on."""
    if not after.caption.title and after.caption.says_something and not after.caption.number:
        same_title = True  # only 单位：万元 above the second part
    else:
        same_title = bool(after.caption.title) and fold(before.caption.title) == fold(after.caption.title)
    if not same_title or before.grid.columns != after.grid.columns:
        return False
    header, _ = count_header_rows(before.grid)
    if not header or _repeated(before.grid, after.grid, header) < header or len(after.grid.rows) <= header:
        return False
    return _texts(before.grid.rows[header]) != _texts(after.grid.rows[header])


def append_rows(table: Placed, part: Placed) -> None:
    """Put a part's rows below a table's, without its repeated header."""
    grid, more = table.grid, part.grid
    header, _ = count_header_rows(grid)
    skip = _repeated(grid, more, max(header, 1))
    xs = _union(grid.xs, [x + grid.xs[0] - more.xs[0] for x in more.xs])
    _move(grid, xs, 0.0)
    _move(more, xs, grid.xs[0] - more.xs[0])
    table.repeated.extend(cell for row in more.rows[:skip] for cell in row)
    if skip < len(more.rows) and _is_remnant(more.rows[skip], more):
        skip += 1
    rows = more.rows[skip:]
    if rows and _is_cut(grid.rows[-1], rows[0]) and _finish(grid.rows[-1], rows[0]):
        skip += 1
        rows = rows[1:]
    if any(fold(cell.text) for row in rows for cell in row):
        base = len(grid.rows) - skip
        for row in rows:
            for cell in row:
                cell.row += base
        grid.rows.extend(rows)
        grid.row_pages.extend(more.row_pages[skip:])
    grid.pages.extend(more.pages)
    grid.doubt.extend(more.doubt)
    table.notes.extend(part.notes)
    table.closes_page = part.closes_page


def _is_remnant(row: Sequence[GridCell], part: Grid) -> bool:
    """A blank row, lower than the others, that the page break cut off the row before it."""
    if any(fold(cell.text) for cell in row) or not row:
        return False
    heights = sorted(cells[0].box[3] - cells[0].box[1] for cells in part.rows if cells)
    return row[0].box[3] - row[0].box[1] < _REMNANT * heights[len(heights) // 2]


def _repeated(grid: Grid, more: Grid, most: int) -> int:
    """How many leading rows of `more` say the same as those of `grid`."""
    count = 0
    while count < min(most, len(grid.rows), len(more.rows)):
        texts = _texts(more.rows[count])
        if not any(texts) or texts != _texts(grid.rows[count]):
            break
        count += 1
    return count


def _texts(row: Sequence[GridCell]) -> list[str]:
    return [text for cell in row if (text := fold(cell.text))]


def is_blank(grid: Grid) -> bool:
    """True for a grid without any text."""
    return not any(fold(cell.text) for row in grid.rows for cell in row)


def _union(xs: Sequence[float], others: Sequence[float]) -> list[float]:
    merged = list(xs)
    for x in others:
        if all(abs(x - known) > _SAME_LINE for known in merged):
            merged.append(x)
    return sorted(merged)


def _move(grid: Grid, xs: list[float], shift: float) -> None:
    """Count a grid's columns by other column lines."""
    places = [min(range(len(xs)), key=lambda i, x=x: abs(xs[i] - x - shift)) for x in grid.xs]  # type: ignore[misc]
    for row in grid.rows:
        for cell in row:
            first, last = places[cell.column], places[cell.column + cell.colspan]
            cell.column, cell.colspan = first, max(1, last - first)
    grid.xs = list(xs)


def _is_cut(last: Sequence[GridCell], first: Sequence[GridCell]) -> bool:
    """True where the page break cut a row: the rest fills only long texts that had not ended, and names nothing."""
    upper = {cell.column: cell.text for cell in last if fold(cell.text)}
    lower = {cell.column: cell.text for cell in first if fold(cell.text)}
    if not lower or not set(lower) < set(upper) or len(first) != len(last) or min(upper) in lower:
        return False
    for column, text in lower.items():
        above = fold(upper[column])
        if len(above) < _LONG or above[-1] in _FINISHED or printed_amount(above) or printed_amount(text):
            return False
    return True


def _finish(last: Sequence[GridCell], first: Sequence[GridCell]) -> bool:
    rest = {cell.column: cell.text for cell in first}
    for cell in last:
        cell.text += rest.get(cell.column, "")
    return True
