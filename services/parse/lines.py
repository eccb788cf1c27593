"""Characters to lines of text: the lines of a page, and the text of a cell."""

import itertools
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from services.parse.pages import Page

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


def digits_in(text: str) -> int:
    """How many digits a text prints, full-width ones included."""
    return len(_DIGIT.findall(text))


def page_lines(page: Page, chosen: Sequence[int]) -> list[Line]:
    """The lines of some of a page's characters, from top to bottom."""
    return [_line(page, line) for line in _printed_lines(page, chosen)] if chosen else []


def _printed_lines(page: Page, chosen: Sequence[int]) -> Iterator[list[int]]:
    """Some of a page's characters as lines from top to bottom, each from left to right.

    Characters are on one line where their baselines are closer than half an em, so digits that a producer set on
    another baseline than their label stay with it.
    """
    baselines, ems, x0 = page.baselines, page.boxes.ems, page.boxes.x0
    order = sorted(chosen, key=baselines.__getitem__)
    ends: list[int] = []
    if baselines[order[0]] != baselines[order[-1]]:
        levels = [baselines[index] for index in order]
        steps = [k for k, (upper, lower) in enumerate(itertools.pairwise(levels), 1) if upper != lower]
        ends = [k for k in steps if levels[k] - levels[k - 1] > _SAME_LINE * min(ems[order[k]], ems[order[k - 1]])]
    for start, end in itertools.pairwise([0, *ends, len(order)]):
        line = sorted(order[start:end])
        line.sort(key=x0.__getitem__)
        yield line


def _line(page: Page, line: Sequence[int]) -> Line:
    boxes = page.boxes
    segments = tuple(
        Segment(words, boxes.x0[members[0]], max([boxes.x1[i] for i in members]))
        for words, members in _segments(page, line)
    )
    return Line(
        text=" ".join([segment.text for segment in segments]),
        page=page.number,
        x0=boxes.x0[line[0]],
        top=min([boxes.top[i] for i in line]),
        x1=max([segment.x1 for segment in segments]),
        bottom=max([boxes.bottom[i] for i in line]),
        size=_size(page, line),
        segments=segments,
    )


def _size(page: Page, line: Sequence[int]) -> float:
    """The type size: the usual width of Chinese characters, which is one em, else the usual height."""
    text, (x0, top, x1, bottom) = page.text, page.boxes.sides
    sizes = [x1[i] - x0[i] for i in line if "\u4e00" <= text[i] <= "\u9fff"] or [bottom[i] - top[i] for i in line]
    return sorted(sizes)[len(sizes) // 2]


def _segments(page: Page, line: Sequence[int]) -> list[tuple[str, Sequence[int]]]:
    """The stretches of a line between wide gaps: their words, and their characters."""
    x0, x1, ems = page.boxes.x0, page.boxes.x1, page.boxes.ems
    letters = "".join([page.text[i] for i in line])
    segments: list[tuple[str, Sequence[int]]] = []
    words: list[str] = []
    begin = start = 0
    gaps = [
        k for k, (one, other) in enumerate(itertools.pairwise(line), 1) if x0[other] - x1[one] > _WORD_GAP * ems[one]
    ]
    for k in gaps:
        before, after = line[k - 1], line[k]
        gap, em = x0[after] - x1[before], max(ems[before], ems[after])
        is_wide = gap > _SEGMENT_GAP * em
        if is_wide or (gap > _WORD_GAP * em and _takes_space(letters[k - 1], letters[k])):
            words.append(letters[start:k])
            start = k
        if is_wide:
            segments.append((" ".join(words), line[begin:k]))
            words, begin = [], k
    return [*segments, (" ".join([*words, letters[start:]]), line[begin:])]


def _takes_space(before: str, after: str) -> bool:
    """A space is kept between Latin words and numbers; between Chinese characters it is only spacing."""
    return before.isascii() and after.isascii()


def text_of(page: Page, stretches: Sequence[range]) -> str:
    """The text of stretches of a page's characters (a cell's), its lines joined as one reads them."""
    if len(stretches) == 1 and _is_in_order(page, stretches[0]):  # as most cells are
        return page.text[stretches[0].start : stretches[0].stop]
    lines = _printed_lines(page, list(itertools.chain(*stretches)))
    return cell_text([" ".join([words for words, _ in _segments(page, line)]) for line in lines])


def _is_in_order(page: Page, stretch: range) -> bool:
    """True where characters without a gap stand on one baseline from left to right, and so read as they are kept."""
    part = slice(stretch.start, stretch.stop)
    baselines, x0 = page.baselines[part], page.boxes.x0[part]
    return baselines.count(baselines[0]) == len(baselines) and x0 == sorted(x0)


def cell_text(lines: Sequence[str]) -> str:
    """The text of a cell from its lines: wrapped Chinese is joined, wrapped Latin words keep a space."""
    joined = lines[0]
    for line in lines[1:]:
        if joined and joined[-1].isascii() and line[:1].isascii() and joined[-1].isalpha() and line[:1].isalpha():
            joined += " "
        joined += line
    return joined
