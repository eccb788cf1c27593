"""Headers: which rows of a grid name its columns, and each column's header path."""

import re
from collections.abc import Sequence

from services.parse.grids import Grid, GridCell
from shared.amounts import fold, printed_amount

_ITEM = re.compile(r"^(?:[一二三四五六七八九十]+、|[(（][一二三四五六七八九十\d]+[)）]|\d+[、.])")
_CODE = re.compile(r"\d{3}(?:\d{2}){0,2}")
_PART = re.compile(r"类|款|项|合计|小计|基本支出|项目支出|金额|预算数|决算数")
_FILLED = 0.8
_MOST_HEADER_ROWS = 8


def cover(grid: Grid) -> list[list[GridCell]]:
    """For every row and column, the cell that covers it."""
    covered: list[list[GridCell]] = []
    width = grid.columns
    open_cells: list[GridCell | None] = [None] * width
    for r, row in enumerate(grid.rows):
        for cell in row:
            for c in range(cell.column, min(cell.column + cell.colspan, width)):
                open_cells[c] = cell
        covered.append([cell or _blank(r, c, grid) for c, cell in enumerate(open_cells)])
    return covered


def _blank(r: int, c: int, grid: Grid) -> GridCell:
    return GridCell(r, c, 1, 1, "", grid.box, grid.page)


def count_header_rows(grid: Grid) -> tuple[int, bool]:
    """How many rows are the header, the 栏次 row included, and whether there is such a row of ordinals."""
    covered = cover(grid)
    if not grid.rows or _is_section(grid.rows[0], grid):
        return 0, False
    for r, row in enumerate(grid.rows[:_MOST_HEADER_ROWS]):
        if _is_ordinals(row, grid):
            return r + 1, True
    count = 0
    last = min(len(grid.rows) - 1, _MOST_HEADER_ROWS)
    while count < last and _names_columns(covered[count], count):
        count += 1
        # A header cell may be split by a rule without text under it.
        if count + 1 < last and _is_blank(grid.rows[count]) and _names_columns(covered[count + 1], count + 1):
            count += 1
    if count:
        spanned = max(cell.row + cell.rowspan for cell in grid.rows[0])
        if spanned <= _MOST_HEADER_ROWS:
            count = min(max(count, spanned), len(grid.rows) - 1)
    return count, False


def _is_section(row: Sequence[GridCell], grid: Grid) -> bool:
    """A first row that is one merged, numbered cell (一、…) names a section of rows, not columns."""
    return len(row) == 1 and row[0].colspan == grid.columns > 1 and _ITEM.match(fold(row[0].text)) is not None


def _is_ordinals(row: Sequence[GridCell], grid: Grid) -> bool:
    """The 栏次 row: 1, 2, 3 … under the headers, with or without the word."""
    texts = [fold(cell.text) for cell in row if fold(cell.text)]
    if any(text.startswith("栏次") for text in texts):
        return True
    numbers = [int(text) for text in texts if text.isdecimal() and len(text) <= 2]
    wide = len(texts) >= max(2, len(row) // 2) and len(numbers) == len(texts)
    return wide and numbers == list(range(1, len(numbers) + 1)) and len(numbers) * 2 >= grid.columns


def _is_blank(row: Sequence[GridCell]) -> bool:
    return not any(fold(cell.text) for cell in row)


def _names_columns(cells: Sequence[GridCell], r: int) -> bool:
    texts = [fold(cell.text) for cell in cells]
    if sum(1 for text in texts if text) < _FILLED * len(texts):
        return False
    own = [fold(cell.text) for cell in cells if cell.row == r]
    if not own or any(printed_amount(text) or _CODE.fullmatch(text) or _ITEM.match(text) for text in own):
        return False
    return not any(text in ("合计", "总计") for text in own[:1]) or all(own)


def header_paths(grid: Grid, header_rows: int, ordinals: bool) -> tuple[tuple[str, ...], ...]:
    """The header path of every column, from the top down."""
    covered = cover(grid)
    rows = covered[: header_rows - 1 if ordinals else header_rows]
    if not header_rows:
        rows = [next((row for row in covered if _is_plain_header(row)), [])]
    paths: list[list[str]] = []
    for c in range(grid.columns):
        path: list[str] = []
        seen: set[int] = set()
        for row in rows:
            if c < len(row) and id(row[c]) not in seen and fold(row[c].text):
                seen.add(id(row[c]))
                path.append(row[c].text.replace("\n", ""))
        paths.append(path)
    _name_parts(paths, covered, header_rows, ordinals)
    return tuple(tuple(path) for path in paths)


def _is_plain_header(row: Sequence[GridCell]) -> bool:
    texts = [fold(cell.text) for cell in row]
    distinct = len({id(cell) for cell in row}) == len(row) > 1
    return distinct and all(texts) and not any(printed_amount(text) for text in texts)


def _name_parts(
    paths: list[list[str]], covered: Sequence[Sequence[GridCell]], header_rows: int, ordinals: bool
) -> None:
    """Columns under one merged header are told apart by the row below, even where that row is 栏次 or already 合计.

    类, 款 and 项 often stand beside 栏次 or 合计, and so do 合计, 基本支出, 项目支出 under 本年支出.
    """
    for r in range(max(0, header_rows - ordinals), min(header_rows + 1, len(covered))):
        for c, path in enumerate(paths):
            text = fold(covered[r][c].text)
            twins = [other for other in (c - 1, c + 1) if 0 <= other < len(paths) and paths[other][: len(path)] == path]
            if path and twins and covered[r][c].colspan == 1 and _PART.fullmatch(text) and fold(path[-1]) != text:
                paths[c] = [*path, text]
