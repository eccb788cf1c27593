"""Headings of the narrative: their levels, and the path of headings that a paragraph stands under."""

import re
from functools import lru_cache

from shared.amounts import fold

_LEVELS: tuple[tuple[int, re.Pattern[str]], ...] = (
    (1, re.compile(r"^第[一二三四五六七八九十]+(?:部分|章|篇)")),
    (2, re.compile(r"^[一二三四五六七八九十]+、")),
    (3, re.compile(r"^[(][一二三四五六七八九十]+[)]")),
    (4, re.compile(r"^\d{1,2}[.、．](?!\d)")),
    (5, re.compile(r"^[(]\d{1,2}[)]")),
)
_LONGEST = 45
_PROSE = re.compile(r"[。；;，：:]$|[。；]|\d(?:万元|元|%)|[(][类款项][)]")


@lru_cache(maxsize=4096)
def numbering_level(text: str) -> int | None:
    """The level of a text's numbering: 第一部分 1, 一、 2, （一） 3, 1. 4, （1） 5; None without one."""
    folded = fold(text)
    return next((level for level, pattern in _LEVELS if pattern.match(folded)), None)


@lru_cache(maxsize=4096)
def heading_level(text: str) -> int | None:
    """The level of a heading, None for prose. A numbered line that ends a sentence or names an amount is prose."""
    level = numbering_level(text)
    folded = fold(text)
    if level is None or len(folded) > _LONGEST or _PROSE.search(folded.rstrip("。")):
        return None
    if folded.endswith("。") and (level > 3 or len(folded) > 30):
        return None
    return level


def without_number(text: str) -> str:
    """A title, folded, without its numbering."""
    folded = fold(text)
    found = next((match for _, pattern in _LEVELS if (match := pattern.match(folded))), None)
    return folded[found.end() :] if found else folded


class SectionPath:
    """The headings that are open at a place of the document, outermost first."""

    def __init__(self) -> None:
        self._open: list[tuple[int, str]] = []

    def enter(self, level: int, title: str) -> None:
        """A heading closes those of its level and below."""
        self._open = [(known, name) for known, name in self._open if known < level]
        self._open.append((level, title.strip()))

    def __str__(self) -> str:
        return " / ".join(title for _, title in self._open)
