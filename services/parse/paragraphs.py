"""Paragraphs of the narrative: lines joined over line and page breaks, with the headings they stand under."""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from services.parse.contents import Announced
from services.parse.floats import quantile
from services.parse.headings import SectionPath, heading_level, numbering_level
from services.parse.lines import Line
from shared.amounts import fold
from shared.document import Paragraph

_INDENT = 1.2  # ems
_SHORT = 2.2  # ems that a line may end before the margin and still be full
_FINISHED = "。；;！!？?：:"
_CHINESE = re.compile(r"[一-鿿]")


class Bounds(NamedTuple):
    """Where a page width's text usually begins and ends."""

    left: float
    right: float


def paragraphs_of(
    lines: Sequence[Line], widths: dict[int, float], breaks: set[tuple[int, int]], announced: Announced
) -> list[Paragraph]:
    """Join lines to paragraphs. `breaks` holds (page, line id) of lines that follow a table."""
    bounds = _bounds(lines, widths)
    paragraphs: list[Paragraph] = []
    path = SectionPath()
    for group in _grouped(lines, widths, bounds, breaks, announced):
        text = _join(group)
        level = _heading_level(text, announced)
        if level is not None and level <= 4 and (level < 4 or len(group) == 1):
            path.enter(level, text)
            paragraphs.append(Paragraph(text=text, page=group[0].page, section=str(path), level=level))
        else:
            turns = _turns(group)
            paragraphs.append(Paragraph(text=text, page=group[0].page, section=str(path), turns=turns))
    return paragraphs


def _heading_level(text: str, announced: Announced) -> int | None:
    """The level of a heading: by its number, or as the contents announce it. A numbered sentence (…。) that the
    contents do not list among their headings is prose."""
    level = heading_level(text)
    if level is None:
        return announced.level(text)
    return None if fold(text).endswith("。") and announced.excludes(text, level) else level


def _bounds(lines: Iterable[Line], widths: dict[int, float]) -> dict[int, Bounds]:
    """The usual margins for every page width."""
    by_width: dict[int, list[Line]] = {}
    for line in lines:
        by_width.setdefault(round(widths[line.page]), []).append(line)
    found = {}
    for width, group in by_width.items():
        long = [line for line in group if line.x1 - line.x0 > 0.35 * width] or group
        found[width] = Bounds(quantile([line.x0 for line in long], 0.15), quantile([line.x1 for line in long], 0.85))
    return found


def _grouped(
    lines: Sequence[Line],
    widths: dict[int, float],
    bounds: dict[int, Bounds],
    breaks: set[tuple[int, int]],
    announced: Announced,
) -> Iterable[list[Line]]:
    group: list[Line] = []
    for line in lines:
        if group and (
            (line.page, id(line)) in breaks
            or _follows_heading(group, line, announced)
            or _begins(group, line, bounds[round(widths[line.page])])
        ):
            yield group
            group = []
        group.append(line)
    if group:
        yield group


def _follows_heading(group: Sequence[Line], line: Line, announced: Announced) -> bool:
    """True below a heading that the contents list word by word: it is complete, however long its line is."""
    return len(group) == 1 and announced.lists(group[0].text) and not announced.lists(group[0].text + line.text)


def _begins(group: Sequence[Line], line: Line, bounds: Bounds) -> bool:
    """True where a line begins a new paragraph."""
    before, size = group[-1], line.size
    previous = fold(before.text)
    full = before.x1 > bounds.right - _SHORT * size
    if _wrapped_title(group, line, full):
        return False
    if heading_level(line.text) in (1, 2, 3) and line.x1 < bounds.right - size:
        return True
    if len(group) == 1 and not full and heading_level(before.text) is not None:
        return True
    if _other_type(before, line) or (line.page == before.page and line.top - before.bottom > 2.2 * size):
        return True
    finished = previous[-1:] in _FINISHED
    level = numbering_level(line.text)
    if level is not None and (finished or not full):
        return True
    indented = line.x0 > min(bounds.left, *(other.x0 for other in group)) + _INDENT * size
    if not full:
        far = before.x1 < bounds.left + 0.7 * (bounds.right - bounds.left)
        return finished or indented or far
    if len(group) == 1 and abs(line.x0 - before.x0) < 0.5 * size and line.x0 > bounds.left + _INDENT * size:
        return finished
    return indented


def _wrapped_title(group: Sequence[Line], line: Line, full: bool) -> bool:
    """A part's title that goes on in a second, centred line."""
    first = heading_level(group[0].text) == 1 and len(group) == 1 and full
    return first and abs(line.size - group[0].size) < 0.05 * line.size and numbering_level(line.text) is None


def _other_type(before: Line, line: Line) -> bool:
    """True where the type size changes; lines without Chinese have no comparable size."""
    comparable = bool(_CHINESE.search(before.text)) and bool(_CHINESE.search(line.text))
    return comparable and abs(before.size - line.size) > 0.15 * line.size


def _turns(lines: Sequence[Line]) -> tuple[tuple[int, int], ...]:
    """Where a paragraph's text goes on to another page: (offset, page)."""
    return tuple(
        (len(_join(lines[:i])), lines[i].page) for i in range(1, len(lines)) if lines[i].page != lines[i - 1].page
    )


def _join(lines: Sequence[Line]) -> str:
    text = lines[0].text.strip()
    for line in lines[1:]:
        more = line.text.strip()
        if text[-1:].isascii() and text[-1:].isalpha() and more[:1].isascii() and more[:1].isalpha():
            text += " "
        text += more
    return text
