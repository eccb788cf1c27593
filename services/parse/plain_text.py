"""Plain text with tab-separated tables (.txt, .md), as a text extraction of a disclosure gives it.

It goes through the same captions, headers, recognition and narrative as a PDF: lines get a geometry that says what the
text says (a line that ends a sentence is short, one that does not is full), and fields become cells without boxes.
"""

import itertools
import re
from collections.abc import Iterator, Sequence

from services.parse.content import Content, PageContent, content_of
from services.parse.grids import Grid, GridCell
from services.parse.headings import heading_level
from services.parse.lines import Line, Segment, digits_in
from shared.amounts import fold, printed_amount
from shared.errors import NotAPdf

_FULL, _ENDED, _STEP, _SIZE = 400.0, 100.0, 15.0, 10.0
_BLANK_STEP = 60.0  # a blank line parts captions
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")
_CHINESE = re.compile(r"[一-鿿]")
_MARKUP = re.compile(r"^#{1,6}\s*|\*\*|^\s*[-*]\s+(?=\D)")
_CAPTION = re.compile(r"(?:金额)?单位:|(?:编制|填报|公开)?(?:部门|单位)(?:名称)?:")
_DIVIDER = re.compile(r"^\|?[\s:|-]+\|?$")
_TRIMMED = 2  # blank fields that may be missing at the ends of a part's rows
_SPREAD = re.compile(r"\s{4,}")
_BOX = (0.0, 0.0, 0.0, 0.0)


def text_content(data: bytes) -> Content:
    """A text taken apart like a PDF of one page. Raises `NotAPdf` where it is neither."""
    text = _decoded(data)
    lines: list[Line] = []
    grids: list[Grid] = []
    top = 0.0
    for is_table, block in _blocks(text.splitlines()):
        if is_table:
            grid = _grid([_fields(line) for line in block], top)
            if grids and not _between(lines, grids[-1]) and abs(grids[-1].columns - grid.columns) <= _TRIMMED:
                _append(grids[-1], grid)
            else:
                grids.append(grid)
            top = grids[-1].box[3] + _STEP
            continue
        for line in block:
            if line.strip():
                lines.append(_line(line, top))
                top += _STEP
            else:
                top += _BLANK_STEP
    page = PageContent(1, _FULL, top + 10 * _BLANK_STEP, grids, lines, characters=len(text))
    page.digits_in_grids = sum(digits_in(cell.text) for grid in grids for row in grid.rows for cell in row)
    page.digits = page.digits_in_grids + sum(digits_in(line.text) for line in lines)
    return content_of([page])


def _decoded(data: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not _CONTROL.search(text) and _CHINESE.search(text):
            return text
        break
    raise NotAPdf()


def _blocks(lines: Sequence[str]) -> Iterator[tuple[bool, list[str]]]:
    for is_table, block in itertools.groupby(lines, key=_is_row):
        yield is_table, [line for line in block if not _DIVIDER.match(line) or not is_table]


def _is_row(line: str) -> bool:
    """True for a row of a table; a heading with a tab before its page number is none."""
    fields = line.split("\t")
    if any(_CAPTION.match(fold(field)) for field in fields):
        return False
    if len(fields) == 2 and re.fullmatch(r"\s*\d{0,3}\s*", fields[1]) and not printed_amount(fields[0]):
        return False
    return len(fields) > 1 or line.strip().startswith("|")


def _fields(line: str) -> list[str]:
    if line.strip().startswith("|"):
        return [field.strip() for field in line.strip().strip("|").split("|")]
    return [field.strip() for field in line.split("\t")]


def _line(text: str, top: float) -> Line:
    words = _MARKUP.sub("", text).replace("\t", "    ").strip()
    ended = words[-1:] in "。；;：:！？）" or heading_level(words) is not None
    x1 = _ENDED if ended else _FULL
    segments = tuple(Segment(part, 0.0, x1) for part in _SPREAD.split(words) if part)
    return Line(" ".join(s.text for s in segments), 1, 0.0, top, x1, top + _SIZE, _SIZE, segments)


def _grid(rows: list[list[str]], top: float) -> Grid:
    """The fields as cells; in the header, blank fields belong to the text left of or above them."""
    width = max(len(row) for row in rows)
    rows = [row + [""] * (width - len(row)) for row in rows]
    header = _header_rows(rows)
    box = (0.0, top, _FULL, top + len(rows) * _STEP)
    cells: list[list[GridCell]] = [[] for _ in rows]
    owner: dict[tuple[int, int], GridCell] = {}
    for r, row in enumerate(rows):
        for c, text in enumerate(row):
            spread = None if text or r >= header else _spread(owner, r, c)
            if spread is None:
                spread = GridCell(r, c, 1, 1, text, _BOX, 1)
                cells[r].append(spread)
            owner[r, c] = spread
    for (r, c), cell in owner.items():
        cell.colspan, cell.rowspan = max(cell.colspan, c - cell.column + 1), max(cell.rowspan, r - cell.row + 1)
    xs = [_FULL * i / width for i in range(width + 1)]
    return Grid(1, xs, cells, box, [1], [1] * len(rows))


def _spread(owner: dict[tuple[int, int], GridCell], r: int, c: int) -> GridCell | None:
    """The header cell that a blank header field belongs to: the one above if it is narrow, else the one to its left."""
    above, left = owner.get((r - 1, c)), owner.get((r, c - 1))
    if above is not None and above.text and owner.get((r - 1, c + 1)) is not above and above.column == c:
        return above
    return left if left is not None and left.text and left.row == r else None


def _header_rows(rows: Sequence[Sequence[str]]) -> int:
    """How many leading rows name columns: up to 栏次 or the row of ordinals, else until a figure or a code stands."""
    for r, row in enumerate(rows[:6]):
        texts = [fold(field) for field in row if fold(field)]
        if any(text.startswith("栏次") for text in texts):
            return r
        if texts == [str(i) for i in range(1, len(texts) + 1)] and len(texts) > 1:
            return r
        if any(printed_amount(text) for text in texts):
            return r
    return 1


def _between(lines: Sequence[Line], grid: Grid) -> bool:
    return any(line.top >= grid.box[3] for line in lines)


def _widen(grid: Grid, width: int) -> None:
    for row in grid.rows:
        for c in range(grid.columns, width):
            row.append(GridCell(row[0].row if row else 0, c, 1, 1, "", _BOX, 1))
    grid.xs = [_FULL * i / width for i in range(width + 1)]


def _append(grid: Grid, more: Grid) -> None:
    """Rows of a table that a blank line had cut."""
    base, width = len(grid.rows), max(grid.columns, more.columns)
    _widen(grid, width)
    _widen(more, width)
    for row in more.rows:
        for cell in row:
            cell.row += base
    grid.rows.extend(more.rows)
    grid.row_pages.extend(more.row_pages)
    grid.box = (grid.box[0], grid.box[1], grid.box[2], more.box[3])
