"""Setting text and tables on pages: line breaking, page breaks, tables that go on over a page.

A small typesetter of our own instead of a document template engine: it knows the page and the box of every cell, which
the samples must state, and sets a page in a few milliseconds. Coordinates are points from the page's top left.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from cli.samples.fonts import Face, width_of
from cli.samples.grid import GridCell

A4 = (595.28, 841.89)
_TOKENS = re.compile(r"[!-~]+|\s|.", re.DOTALL)
_NOT_FIRST = set("，。；：、）”！？》％…")
_NOT_LAST = set("（“《")
CELL_PADDING = 3.0


@dataclass(frozen=True)
class Mark:
    """A piece of text on a page: its left end on the baseline."""

    x: float
    baseline: float
    face: Face
    size: float
    text: str


@dataclass
class Page:
    """One page: its size, texts and the boxes of table cells."""

    width: float
    height: float
    marks: list[Mark] = field(default_factory=list)
    boxes: list[tuple[float, float, float, float]] = field(default_factory=list)


@dataclass(frozen=True)
class TextLine:
    """Where a part [start, end) of a paragraph's text stands."""

    page: int
    start: int
    end: int


@dataclass(frozen=True)
class TextStyle:
    """How a paragraph is set."""

    size: float
    leading: float
    face: Face = "song"
    align: Literal["left", "center", "right"] = "left"
    indent: float = 0.0
    """First-line indent in ems."""
    before: float = 0.0
    keep_with_next: bool = False
    """True for a heading, which does not stand at the foot of a page."""


def break_lines(text: str, face: Face, size: float, width: float, indent: float = 0.0) -> list[tuple[int, int]]:
    """Break a text into lines of at most `width`: (start, end) of each. Figures and words are not divided."""
    if indent + width_of(text, face, size) <= width + 0.01:
        return [(0, len(text))]
    lines: list[tuple[int, int]] = []
    start, used = 0, indent
    for token in _TOKENS.finditer(text):
        advance = width_of(token[0], face, size)
        if used + advance > width + 0.01 and token.start() > start and token[0][0] not in _NOT_FIRST:
            end = token.start() - 1 if text[token.start() - 1] in _NOT_LAST else token.start()
            lines.append((start, end))
            start = end
            used = width_of(text[start : token.start()], face, size)
        used += advance
    return [*lines, (start, len(text))]


class Typesetter:
    """Fills pages from top to bottom. Page numbers count from 1."""

    def __init__(self, margins: tuple[float, float] = (80.0, 76.0)) -> None:
        self.pages: list[Page] = []
        self._margins = margins
        self._top = 0.0

    @property
    def page_number(self) -> int:
        """The number of the page that is being filled."""
        return len(self.pages)

    def new_page(self, *, landscape: bool = False, side: float | None = None) -> None:
        """Begin a page."""
        width, height = A4[::-1] if landscape else A4
        self.pages.append(Page(width, height))
        self._side = self._margins[0] if side is None else side
        self._top = self._margins[1]

    @property
    def _width(self) -> float:
        return self.pages[-1].width - 2 * self._side

    def _room(self, height: float) -> bool:
        return self._top + height <= self.pages[-1].height - self._margins[1] + 6

    def skip(self, height: float) -> None:
        """Leave space."""
        self._top += height

    def _continue_page(self) -> None:
        page = self.pages[-1]
        self.new_page(landscape=page.width > page.height, side=self._side)

    def paragraph(self, text: str, style: TextStyle) -> list[TextLine]:
        """Set a paragraph; it goes on over pages. Returns where each of its lines stands."""
        self._top += style.before
        indent = style.indent * style.size
        placed = []
        for number, (start, end) in enumerate(break_lines(text, style.face, style.size, self._width, indent)):
            if not self._room(style.leading * (2 if style.keep_with_next else 1)):
                self._continue_page()
            line = text[start:end]
            left = indent if number == 0 else 0.0
            if style.align != "left":
                spare = self._width - width_of(line, style.face, style.size)
                left = spare / 2 if style.align == "center" else spare
            baseline = self._top + style.leading / 2 + style.size * 0.36
            self._mark(self._side + left, baseline, style.face, style.size, line)
            placed.append(TextLine(self.page_number, start, end))
            self._top += style.leading
        return placed

    def line_of_three(self, left: str, middle: str, right: str, style: TextStyle) -> None:
        """Set one line with a text at the left, in the middle and at the right."""
        baseline = self._top + style.leading / 2 + style.size * 0.36
        for text, share in ((left, 0.0), (middle, 0.5), (right, 1.0)):
            if text:
                offset = (self._width - width_of(text, style.face, style.size)) * share
                self._mark(self._side + offset, baseline, style.face, style.size, text)
        self._top += style.leading

    def leader_line(self, text: str, page: int, style: TextStyle) -> None:
        """Set a line of a table of contents: the text, dots, the page number."""
        indent = style.indent * style.size
        number = str(page)
        room = self._width - indent - width_of(text, style.face, style.size) - width_of(number, style.face, style.size)
        dots = "." * max(2, int(room / width_of(".", style.face, style.size)) - 1)
        baseline = self._top + style.leading / 2 + style.size * 0.36
        self._mark(self._side + indent, baseline, style.face, style.size, text + dots)
        right = self._side + self._width - width_of(number, style.face, style.size)
        self._mark(right, baseline, style.face, style.size, number)
        self._top += style.leading

    def footer(self, page: int, text: str) -> None:
        """Print a page number at the bottom of a page."""
        sheet = self.pages[page - 1]
        left = (sheet.width - width_of(text, "song", 10.5)) / 2
        sheet.marks.append(Mark(left, sheet.height - 42, "song", 10.5, text))

    def _mark(self, x: float, baseline: float, face: Face, size: float, text: str) -> None:
        if text:
            self.pages[-1].marks.append(Mark(x, baseline, face, size, text))

    def table(
        self,
        header: Sequence[Sequence[GridCell]],
        rows: Sequence[Sequence[GridCell]],
        widths: Sequence[float],
        size: float,
        *,
        repeat_header: bool,
    ) -> None:
        """Set a table; each cell learns its page and box. Rows are never divided."""
        edges = self._edges(widths)
        heights = [_row_height(row, edges, size) for row in header]
        self._band(header, heights, edges, size)
        for row in rows:
            height = _row_height(row, edges, size)
            if not self._room(height):
                self._continue_page()
                if repeat_header:
                    self._band(header, heights, edges, size)
            self._band([row], [height], edges, size)

    def height(self, rows: Sequence[Sequence[GridCell]], widths: Sequence[float], size: float) -> float:
        """How high a form will be."""
        edges = self._edges(widths)
        return sum(_row_height(row, edges, size) for row in rows)

    def need(self, height: float) -> None:
        """Begin a new page where this one has no room for something so high."""
        if not self._room(height):
            self._continue_page()

    def form(self, rows: Sequence[Sequence[GridCell]], widths: Sequence[float], size: float) -> None:
        """Set a form, whose cells may reach over several rows, as one piece."""
        edges = self._edges(widths)
        self._band(rows, [_row_height(row, edges, size) for row in rows], edges, size)

    def _edges(self, widths: Sequence[float]) -> list[float]:
        """The sides of columns that share the width of the page in these proportions."""
        edges = [self._side]
        for width in widths:
            edges.append(edges[-1] + width / sum(widths) * self._width)
        return edges

    def _band(
        self, rows: Sequence[Sequence[GridCell]], heights: Sequence[float], edges: Sequence[float], size: float
    ) -> None:
        """Set some rows under each other, with cells that may reach over several of them."""
        tops = [self._top]
        for height in heights:
            tops.append(tops[-1] + height)
        for r, row in enumerate(rows):
            for c, cell in enumerate(row):
                cell.page = self.page_number
                if not cell.covered:
                    box = (edges[c], tops[r], edges[c + cell.columns], tops[r + cell.rows])
                    self._cell(cell, box, size)
        self._top = tops[-1]

    def _cell(self, cell: GridCell, box: tuple[float, float, float, float], size: float) -> None:
        x0, top, x1, bottom = box
        cell.box = (round(x0, 2), round(top, 2), round(x1, 2), round(bottom, 2))
        self.pages[-1].boxes.append(box)
        if not cell.text:
            return
        lines = break_lines(cell.text, "song", size, x1 - x0 - 2 * CELL_PADDING)
        leading = size * 1.25
        baseline = (top + bottom - leading * len(lines)) / 2 + leading / 2 + size * 0.36
        for start, end in lines:
            text = cell.text[start:end]
            spare = x1 - x0 - 2 * CELL_PADDING - width_of(text, "song", size)
            left = {"left": 0.0, "center": spare / 2, "right": spare}[cell.align]
            self._mark(x0 + CELL_PADDING + left, baseline, "song", size, text)
            baseline += leading


def _row_height(row: Sequence[GridCell], edges: Sequence[float], size: float) -> float:
    """The height that the cells of this row need; cells reaching over several rows do not count."""
    lines = 1
    for c, cell in enumerate(row):
        if cell.text and cell.rows == 1 and not cell.covered:
            width = edges[c + cell.columns] - edges[c] - 2 * CELL_PADDING
            lines = max(lines, len(break_lines(cell.text, "song", size, width)))
    return lines * size * 1.25 + 6.0
