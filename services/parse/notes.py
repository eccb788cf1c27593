"""Reading notes: what was hard to read or could not be placed, and whether all numbers were kept.

Numbers are conserved: every digit that a page prints is in exactly one cell, sentence, caption, note or piece of
furniture. Where that fails, or where figures stand in a way that a lost rule would leave them, it is said here with its
place. The codes are explained in docs/reading.md.
"""

import itertools
import re
from collections.abc import Iterator, Sequence

from services.parse.content import Content
from services.parse.continuation import Placed
from services.parse.lines import Line, digits_in
from services.parse.recognition import Recognised
from shared.amounts import printed_amount
from shared.document import ReadingNote, Table

_TWO_FIGURES = re.compile(r"-?\d{1,3}(?:,\d{3})*\.\d{2}(?=-?\d)|\d\s+-?\d+\.\d")
_LEAST_FIGURES = 2


def notes_of(
    content: Content, tables: Sequence[tuple[Placed, Table, Recognised]], prose: Sequence[Line]
) -> Iterator[ReadingNote]:
    """All notes of a document, pages first, then tables, then what is left over."""
    yield from _page_notes(content)
    for placed in content.tables:
        for doubt in dict.fromkeys(placed.grid.doubt):
            yield ReadingNote(
                code=doubt, text=placed.caption.title, page=placed.grid.page, bbox=tenths(placed.grid.box)
            )
    for placed, table, recognised in tables:
        if recognised.doubtful:
            yield ReadingNote(code="columns_unlike_title", text=table.title, page=table.pages[0])
        yield from _crowded_cells(placed, table)
    yield from _orphans(prose)
    yield from _lost_numbers(content)


def tenths(box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    """A box in tenths of points, as it is published."""
    return round(box[0], 1), round(box[1], 1), round(box[2], 1), round(box[3], 1)


def _page_notes(content: Content) -> Iterator[ReadingNote]:
    for page in content.pages:
        if not page.characters:
            yield ReadingNote(code="picture_page" if page.pictures else "blank_page", page=page.number)
        if page.unmapped:
            yield ReadingNote(code="unmapped_characters", text=str(page.unmapped), page=page.number)
        if page.overlaid:
            yield ReadingNote(code="overlaid_text", text=str(page.overlaid), page=page.number)


def crowded(text: str) -> bool:
    """True for a cell that holds two figures: the rule between them was not seen."""
    return not printed_amount(text) and _TWO_FIGURES.search(text) is not None and not re.search(r"[一-鿿]", text)


def _crowded_cells(placed: Placed, table: Table) -> Iterator[ReadingNote]:
    for row in table.rows:
        for cell in row:
            if cell.text and crowded(cell.text):
                yield ReadingNote(
                    code="two_figures_in_cell",
                    text=f"{placed.caption.title}: {cell.text}",
                    page=cell.page,
                    bbox=cell.bbox,
                )


def _orphans(prose: Sequence[Line]) -> Iterator[ReadingNote]:
    """Lines of nothing but figures outside every table: a row whose rules were not seen."""
    for line in prose:
        figures = [segment for segment in line.segments if printed_amount(segment.text)]
        if len(figures) >= _LEAST_FIGURES and len(figures) * 2 > len(line.segments):
            box = tenths((line.x0, line.top, line.x1, line.bottom))
            yield ReadingNote(code="figures_outside_tables", text=line.text, page=line.page, bbox=box)


def _lost_numbers(content: Content) -> Iterator[ReadingNote]:
    for page in content.pages:
        placed = page.digits_in_grids + digits_in("".join(line.text for line in page.lines))
        if placed != page.digits:
            text = f"{page.digits} digits printed, {placed} placed"
            yield ReadingNote(code="numbers_not_conserved", text=text, page=page.number)
    before = sum(page.digits_in_grids for page in content.pages)
    after = sum(_digits_of(table) for table in content.tables)
    if before != after:
        yield ReadingNote(code="numbers_not_conserved", text=f"{before} digits in tables of pages, {after} in tables")


def _digits_of(table: Placed) -> int:
    cells = itertools.chain(*table.grid.rows, table.repeated)
    return digits_in("".join(cell.text for cell in cells))
