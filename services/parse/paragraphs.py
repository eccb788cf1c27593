"""Paragraphs of the narrative: lines joined over line and page breaks, with the headings they stand under."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from services.parse.headings import SectionPath, heading_level, numbering_level
from services.parse.lines import Line
from shared.amounts import fold
from shared.document import CatalogueEntry, Paragraph

_INDENT = 1.2  # ems
_SHORT = 2.2  # ems that a line may end before the margin and still be full
_LEADERS = ".·…．- \u3000"
_PAGE = re.compile(r"(?<!\d)\d{1,3}$")
_DOTS = re.compile(r"[.·…．]{4,}|…{2,}")
_FINISHED = "。；;！!？?：:"
_CONTENTS = re.compile(r"^目录$|^目次$")
_CHINESE = re.compile(r"[一-鿿]")


@dataclass(frozen=True)
class Bounds:
    """Where a page width's text usually begins and ends."""

    left: float
    right: float


def split_contents(lines: Sequence[Line]) -> tuple[list[CatalogueEntry], list[Line], list[Line]]:
    """The entries of the 目录, its lines, and the other lines.

    The table of contents goes from its heading until its first entry is printed again as a heading, or prose begins.
    """
    start = next((i for i, line in enumerate(lines) if _CONTENTS.match(fold(line.text))), None)
    if start is None:
        listed = [line for line in lines if _DOTS.search(line.text)]
        return [_entry(line) for line in listed], listed, [line for line in lines if line not in listed]
    end, first = start + 1, ""
    while end < len(lines):
        title = _entry(lines[end]).title
        dotted = _DOTS.search(lines[end].text)
        if (first and fold(title) == first and not dotted) or (not dotted and _is_prose(lines[end])):
            break
        if lines[end].page > lines[start].page + 3 or (
            not dotted and lines[end].page > lines[end - 1].page and first and _opens_part(title, first)
        ):
            break
        first = first or fold(title)
        end += 1
    contents = list(lines[start:end])
    return [_entry(line) for line in contents[1:]], contents, [*lines[:start], *lines[end:]]


def _opens_part(title: str, first: str) -> bool:
    return fold(title).startswith(first[:4]) or first.startswith(fold(title)[:6])


def _is_prose(line: Line) -> bool:
    text = fold(line.text)
    return text.endswith("。") or len(text) > 48


def _entry(line: Line) -> CatalogueEntry:
    """A line of the contents: the title, and the page after its leaders (……) or at the far right."""
    body = line.text.strip().rstrip(_LEADERS)
    number = _PAGE.search(body)
    apart = number is not None and (body[number.start() - 1 : number.start()] in _LEADERS or len(line.segments) > 1)
    if number is None or not apart or number.start() == 0:
        return CatalogueEntry(title=body, page=line.page)
    title = body[: number.start()].rstrip(_LEADERS)
    return CatalogueEntry(title=title, page=line.page, listed_page=int(number.group()))


def paragraphs_of(lines: Sequence[Line], widths: dict[int, float], breaks: set[tuple[int, int]]) -> list[Paragraph]:
    """Join lines to paragraphs. `breaks` holds (page, line id) of lines that follow a table."""
    bounds = _bounds(lines, widths)
    paragraphs: list[Paragraph] = []
    path = SectionPath()
    for group in _grouped(lines, widths, bounds, breaks):
        text = _join(group)
        level = heading_level(text)
        if level is not None and level <= 4 and (level < 4 or len(group) == 1):
            path.enter(level, text)
            paragraphs.append(Paragraph(text=text, page=group[0].page, section=str(path), level=level))
        else:
            paragraphs.append(Paragraph(text=text, page=group[0].page, section=str(path)))
    return paragraphs


def _bounds(lines: Iterable[Line], widths: dict[int, float]) -> dict[int, Bounds]:
    """The usual margins for every page width."""
    by_width: dict[int, list[Line]] = {}
    for line in lines:
        by_width.setdefault(round(widths[line.page]), []).append(line)
    found = {}
    for width, group in by_width.items():
        long = [line for line in group if line.x1 - line.x0 > 0.35 * width] or group
        found[width] = Bounds(
            float(np.percentile([line.x0 for line in long], 15)), float(np.percentile([line.x1 for line in long], 85))
        )
    return found


def _grouped(
    lines: Sequence[Line], widths: dict[int, float], bounds: dict[int, Bounds], breaks: set[tuple[int, int]]
) -> Iterable[list[Line]]:
    group: list[Line] = []
    for line in lines:
        if group and ((line.page, id(line)) in breaks or _begins(group, line, bounds[round(widths[line.page])])):
            yield group
            group = []
        group.append(line)
    if group:
        yield group


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


def _join(lines: Sequence[Line]) -> str:
    text = lines[0].text.strip()
    for line in lines[1:]:
        more = line.text.strip()
        if text[-1:].isascii() and text[-1:].isalpha() and more[:1].isascii() and more[:1].isalpha():
            text += " "
        text += more
    return text
