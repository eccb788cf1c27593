"""The table of contents (目录): its entries, apart from the narrative, and the headings that it announces."""

import re
from collections.abc import Iterable, Sequence

from services.parse.headings import numbering_level, without_number
from services.parse.lines import Line
from shared.amounts import fold
from shared.document import CatalogueEntry

_LEADERS = ".·…．- \u3000"
_PAGE = re.compile(r"(?<!\d)\d{1,3}$")
_DOTS = re.compile(r"[.·…．]{4,}|…{2,}")
_CONTENTS = re.compile(r"^目录$|^目次$")
_OWN = re.compile(r"^(?:20\d\d年?度?|(?:本)?(?:部门|单位|项目)(?=.{4}))+")
_PUNCTUATION = re.compile(r"[，,。；;：:、]")
_LEAST_TITLE = 4
_LONGEST = 45


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
            not dotted
            and lines[end].page > lines[end - 1].page
            and first
            and (_opens_part(title, first) or _DOTS.search(lines[end - 1].text))
        ):
            break
        first = first or fold(title)
        end += 1
    contents = list(lines[start:end])
    return [_entry(line) for line in contents[1:]], contents, [*lines[:start], *lines[end:]]


def _opens_part(title: str, first: str) -> bool:
    """True where a line is the first entry again: as it is listed, or behind the unit's name."""
    folded = fold(title)
    return folded.startswith(first[:4]) or first.startswith(folded[:6]) or _ends_with(folded, _bare(first))


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


class Announced:
    """The headings that a table of contents announces."""

    def __init__(self, entries: Iterable[CatalogueEntry]) -> None:
        listed = ((_bare(entry.title), numbering_level(entry.title) or 1) for entry in entries)
        self._levels = {title: level for title, level in listed if title and level <= 3}

    def lists(self, text: str) -> bool:
        """True where a heading, numbered or not, has the words of an entry."""
        return bool(self._levels) and _bare(text) in self._levels

    def excludes(self, text: str, level: int) -> bool:
        """True where the contents list the headings of a level, and this is none of them."""
        return level in self._levels.values() and not self.lists(text)

    def level(self, text: str) -> int | None:
        """The level of a title without number that an entry announces, the unit's name or a year before it or not."""
        folded = fold(text)
        if not self._levels or len(folded) > _LONGEST or _PUNCTUATION.search(folded):
            return None
        return next((level for title, level in self._levels.items() if _ends_with(folded, title)), None)


def _bare(title: str) -> str:
    """An entry's words: without number, year, and 部门 or 单位."""
    return _OWN.sub("", without_number(title))


def _ends_with(text: str, title: str) -> bool:
    return len(title) >= _LEAST_TITLE and text.endswith(title)
