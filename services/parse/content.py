"""What each page holds: grids, and the lines of text outside them."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from services.parse.across import join_parts
from services.parse.aligned import find_aligned
from services.parse.captions import across_pages, count_notes, read_caption, take_caption_rows
from services.parse.continuation import Placed
from services.parse.filling import fill_frames
from services.parse.furniture import furniture_of
from services.parse.grids import Frame, Grid, find_frames
from services.parse.lines import Line, digits_in, page_lines
from services.parse.pages import Page
from services.parse.unruled import find_unruled


@dataclass
class PageContent:
    """One page taken apart: its grids from top to bottom, and the lines that are in none of them."""

    number: int
    width: float
    height: float
    grids: list[Grid]
    lines: list[Line]
    characters: int
    unmapped: int = 0
    overlaid: int = 0
    pictures: int = 0
    digits: int = 0
    digits_in_grids: int = 0


@dataclass
class Content:
    """A document taken apart: tables with captions, what is left as text, and the furniture."""

    pages: list[PageContent]
    tables: list[Placed]
    prose: list[Line]
    furniture: list[Line]
    after_table: set[tuple[int, int]] = field(default_factory=set)
    """(page, line id) of lines that follow a table."""


def take_apart(page: Page) -> PageContent:
    """A page's grids and remaining lines."""
    frames = find_frames(page)
    frames += find_unruled(page, frames)
    grids, lines = _filled(page, frames)
    if aligned := find_aligned(page, lines):
        grids, lines = _filled(page, [*frames, *aligned])
    return PageContent(
        number=page.number,
        width=page.width,
        height=page.height,
        grids=grids,
        lines=lines,
        characters=len(page.text),
        unmapped=page.unmapped,
        overlaid=page.overlaid,
        pictures=page.pictures,
        digits=digits_in(page.text),
        digits_in_grids=digits_in("".join(cell.text for grid in grids for row in grid.rows for cell in row)),
    )


def _filled(page: Page, frames: list[Frame]) -> tuple[list[Grid], list[Line]]:
    """The frames with the page's characters in them, and the lines of the characters that are in none."""
    grids, free = fill_frames(page, sorted(frames, key=lambda frame: (frame.ys[0], frame.xs[0])))
    return grids, page_lines(page, free)


def content_of(pages: Iterable[PageContent]) -> Content:
    """Put captions and notes to their tables, join continued tables, and keep the rest as prose."""
    pages = list(pages)
    furniture_ids = furniture_of([(page.height, page.lines) for page in pages])
    content = Content(pages, [], [], [])
    tables: list[Placed] = []
    waiting: list[Line] = []  # lines at the end of the page before, which may be a caption
    for page in pages:
        kept = [line for line in page.lines if id(line) not in furniture_ids]
        content.furniture.extend(line for line in page.lines if id(line) in furniture_ids)
        placed, waiting = _place(page, kept, waiting, content)
        tables.extend(placed)
    content.tables = join_parts(tables)
    return content


def _place(
    page: PageContent, lines: list[Line], before: list[Line], content: Content
) -> tuple[list[Placed], list[Line]]:
    """The page's tables with what belongs to them; everything else is prose. Also the lines below the last table."""
    placed: list[Placed] = []
    rest = list(lines)
    for i, grid in enumerate(page.grids):
        top, bottom = grid.box[1], grid.box[3]
        above = [line for line in rest if line.middle < top]
        below_until = page.grids[i + 1].box[1] if i + 1 < len(page.grids) else page.height
        below = [line for line in rest if bottom <= line.middle < below_until]
        caption = read_caption(above) if i else across_pages(above, before)
        if any(line.page < page.number for line in caption.lines):
            content.prose = [line for line in content.prose if line not in caption.lines]
        caption.page = page.number
        take_caption_rows(grid, caption)
        table = Placed(grid, caption, opens_page=i == 0 and not above)
        count = count_notes(below, grid.box[2])
        table.notes = below[:count]
        table.closes_page = i + 1 == len(page.grids) and not below
        used = {id(line) for line in (*caption.lines, *table.notes)}
        prose = [line for line in above if id(line) not in used]
        content.prose.extend(prose)
        if following := next((line for line in below[count:]), None):
            content.after_table.add((page.number, id(following)))
        rest = [line for line in rest if id(line) not in used and line.middle >= top]
        placed.append(table)
    content.prose.extend(rest)
    return placed, (rest if rest else [])
