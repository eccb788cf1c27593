"""Furniture of pages: page numbers, running headers and footers, which belong to no sentence and no table."""

import re
from collections import Counter
from collections.abc import Sequence

from services.parse.lines import Line
from shared.amounts import fold

_PAGE_NUMBER = re.compile(
    r"[-—–－~·\s]*(?:第?\d{1,4}页?|[ivxIVX]{1,6})[-—–－~·\s]*|第?\d{1,4}页?[,，/]?(?:共|of)\d{1,4}页?|\d{1,4}/\d{1,4}"
)
_MARGIN = 0.12  # of the page's height: furniture stands in it
_LEAST_PAGES = 4
_SHARE = 0.4  # of the pages a running line stands on


def furniture_of(pages: Sequence[tuple[float, Sequence[Line]]]) -> set[int]:
    """The ids of the lines that are furniture. `pages` holds the height and all lines of each page."""
    found: set[int] = set()
    running: Counter[tuple[str, bool]] = Counter()
    candidates: list[tuple[Line, tuple[str, bool]]] = []
    for height, lines in pages:
        for line in lines:
            at_top = line.middle < _MARGIN * height
            if not at_top and line.middle < (1 - _MARGIN) * height:
                continue
            text = fold(line.text)
            if _PAGE_NUMBER.fullmatch(text):
                found.add(id(line))
            else:
                candidates.append((line, (re.sub(r"\d+", "#", text), at_top)))
        running.update({key for line, key in candidates if line.page == (lines[0].page if lines else 0)})
    least = max(_LEAST_PAGES, _SHARE * len(pages))
    found.update(id(line) for line, key in candidates if running[key] >= least)
    return found
