"""Characters to lines of text: the lines of a page, and the text of a cell."""

import itertools
import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from services.parse.pages import Floats, Indexes, Numbers, Page

_SAME_LINE = 0.45  # of an em between the baselines of neighbours
_WORD_GAP = 0.22  # of a character's height: a space was printed
_SEGMENT_GAP = 1.3  # of a character's height: another thing begins (部门：… 金额单位：…)

_DIGIT = re.compile(r"\d")


class Segment(NamedTuple):
    """A stretch of a line without a wide gap."""

    text: str
    x0: float
    x1: float


class Line(NamedTuple):
    """One line of text with its box, its characters' height and its segments."""

    text: str
    page: int
    x0: float
    top: float
    x1: float
    bottom: float
    size: float
    segments: tuple[Segment, ...]

    @property
    def middle(self) -> float:
        """Half way down the line."""
        return (self.top + self.bottom) / 2


def group_lines(boxes: Floats, baselines: Floats, groups: Numbers) -> tuple[Indexes, Numbers]:
    """Order characters by group, line and place; return the order and the line number of each.

    Characters of one group are on one line where their baselines are closer than half an em, so digits that a producer
    set on another baseline than their label stay with it.
    """
    if not len(boxes):
        return np.zeros(0, np.intp), np.zeros(0, np.int64)
    ems = np.maximum(boxes[:, 2] - boxes[:, 0], (boxes[:, 3] - boxes[:, 1]) / 2)
    by_height = np.lexsort((baselines, groups))
    near = np.minimum(ems[by_height][1:], ems[by_height][:-1])
    breaks = (np.diff(baselines[by_height]) > _SAME_LINE * near) | (np.diff(groups[by_height]) != 0)
    numbers = np.empty(len(boxes), np.int64)
    numbers[by_height] = np.concatenate(([0], np.cumsum(breaks)))
    order = np.lexsort((boxes[:, 0], numbers))
    return order, numbers[order]


class _Ordered(NamedTuple):
    """Characters in reading order: where each line starts, and where a wide or a narrow gap stands before one."""

    characters: str
    boxes: Floats
    starts: list[int]
    wide: list[int]
    narrow: list[int]


def _ordered(text: str, boxes: Floats, order: Indexes, numbers: Numbers) -> _Ordered:
    """`order` and `numbers` as `group_lines` gives them; `text` and `boxes` are the whole page's."""
    placed = boxes[order]
    ems = np.maximum(placed[:, 2] - placed[:, 0], (placed[:, 3] - placed[:, 1]) / 2)
    gaps = placed[1:, 0] - placed[:-1, 2]
    em = np.maximum(ems[1:], ems[:-1])
    wide, narrow = gaps > _SEGMENT_GAP * em, (gaps > _WORD_GAP * em)
    return _Ordered(
        characters="".join([text[i] for i in order.tolist()]),
        boxes=placed,
        starts=[0, *((numbers[1:] != numbers[:-1]).nonzero()[0] + 1).tolist(), len(order)],
        wide=(wide.nonzero()[0] + 1).tolist(),
        narrow=((narrow & ~wide).nonzero()[0] + 1).tolist(),
    )


def digits_in(text: str) -> int:
    """How many digits a text prints, full-width ones included."""
    return len(_DIGIT.findall(text))


def page_lines(page: Page, chosen: Indexes) -> list[Line]:
    """The lines of some of a page's characters, from top to bottom."""
    if not len(chosen):
        return []
    order, numbers = group_lines(page.boxes[chosen], page.baselines[chosen], np.zeros(len(chosen), np.int64))
    ordered = _ordered(page.text, page.boxes, chosen[order], numbers)
    x0s, tops, x1s, bottoms = (ordered.boxes[:, i].tolist() for i in range(4))
    lines = []
    for start, end in itertools.pairwise(ordered.starts):
        segments = tuple(
            Segment(words, x0s[first], max(x1s[first:last])) for words, first, last in _segments(ordered, start, end)
        )
        lines.append(
            Line(
                text=" ".join(segment.text for segment in segments),
                page=page.number,
                x0=x0s[start],
                top=min(tops[start:end]),
                x1=max(x1s[start:end]),
                bottom=max(bottoms[start:end]),
                size=_size(ordered.characters, x0s, x1s, tops, bottoms, range(start, end)),
                segments=segments,
            )
        )
    return lines


def _size(
    characters: Sequence[str], x0s: Sequence[float], x1s: Sequence[float], tops: Sequence[float],
    bottoms: Sequence[float], span: range,
) -> float:  # fmt: skip
    """The type size: the usual width of Chinese characters, which is one em, else the usual height."""
    widths = [x1s[i] - x0s[i] for i in span if "\u4e00" <= characters[i] <= "\u9fff"]
    sizes = sorted(widths or (bottoms[i] - tops[i] for i in span))
    return sizes[len(sizes) // 2]


def _segments(ordered: _Ordered, start: int, end: int) -> list[tuple[str, int, int]]:
    """(text, first, last) of the stretches of a line between wide gaps."""
    cuts = ordered.wide[bisect_right(ordered.wide, start) : bisect_left(ordered.wide, end)]
    if not cuts:
        return [(_words(ordered, start, end), start, end)]
    return [(_words(ordered, first, last), first, last) for first, last in itertools.pairwise([start, *cuts, end])]


def _words(ordered: _Ordered, start: int, end: int) -> str:
    characters = ordered.characters
    gaps = ordered.narrow[bisect_right(ordered.narrow, start) : bisect_left(ordered.narrow, end)]
    spaces = [i for i in gaps if _takes_space(characters[i - 1], characters[i])]
    if not spaces:
        return characters[start:end]
    return " ".join([characters[a:b] for a, b in itertools.pairwise([start, *spaces, end])])


def _takes_space(before: str, after: str) -> bool:
    """A space is kept between Latin words and numbers; between Chinese characters it is only spacing."""
    return before.isascii() and after.isascii()


def text_of_groups(page: Page, chosen: Indexes, groups: Numbers) -> dict[int, str]:
    """The text of each group of a page's characters (a cell's), its lines joined as one reads them."""
    if not len(chosen):
        return {}
    order, numbers = group_lines(page.boxes[chosen], page.baselines[chosen], groups)
    ordered = _ordered(page.text, page.boxes, chosen[order], numbers)
    owners = groups[order][ordered.starts[:-1]].tolist()
    lines: dict[int, list[str]] = {}
    for owner, (start, end) in zip(owners, itertools.pairwise(ordered.starts), strict=True):
        words = " ".join([words for words, _, _ in _segments(ordered, start, end)])
        lines.setdefault(owner, []).append(words)
    return {owner: cell_text(found) for owner, found in lines.items()}


def cell_text(lines: Sequence[str]) -> str:
    """The text of a cell from its lines: wrapped Chinese is joined, wrapped Latin words keep a space."""
    joined = lines[0]
    for line in lines[1:]:
        if joined and joined[-1].isascii() and line[:1].isascii() and joined[-1].isalpha() and line[:1].isalpha():
            joined += " "
        joined += line
    return joined
