"""Characters to lines of text: the lines of a page, and the text of a cell."""

import itertools
import re
from collections.abc import Iterator, Sequence
from operator import sub
from typing import NamedTuple

from services.parse.floats import Floats, changes
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


def _printed_lines(page: Page, chosen: Sequence[int]) -> Iterator[Sequence[int]]:
    """Some of a page's characters as lines from top to bottom, each from left to right.

    Characters are on one line where their baselines are closer than half an em, so digits that a producer set on
    another baseline than their label stay with it.
    """
    baselines, ems, x0 = page.baselines, page.boxes.ems, page.boxes.x0
    order = sorted(chosen, key=baselines.__getitem__)
    ends: list[int] = []
    if baselines[order[0]] != baselines[order[-1]]:
        levels = [baselines[index] for index in order]
        ends = [
            k for k in changes(levels) if levels[k] - levels[k - 1] > _SAME_LINE * min(ems[order[k]], ems[order[k - 1]])
        ]
    for start, end in itertools.pairwise([0, *ends, len(order)]):
        line = sorted(order[start:end])
        stretch = range(line[0], line[-1] + 1)
        if len(stretch) == len(line) and (begins := _taken(x0, stretch)) == sorted(begins):
            yield stretch  # as most are kept
        else:
            line.sort(key=x0.__getitem__)
            yield line


def _taken(values: Floats, numbers: Sequence[int]) -> Floats:
    """The values of these numbers."""
    if isinstance(numbers, range):
        return values[numbers.start : numbers.stop]
    return [values[number] for number in numbers]


class _Row(NamedTuple):
    """The characters of one line from left to right."""

    text: str
    x0: Floats
    x1: Floats
    ems: Floats


def _row(page: Page, line: Sequence[int]) -> _Row:
    text = page.text[line.start : line.stop] if isinstance(line, range) else "".join([page.text[i] for i in line])
    return _Row(text, *(_taken(values, line) for values in (page.boxes.x0, page.boxes.x1, page.boxes.ems)))


def _line(page: Page, line: Sequence[int]) -> Line:
    row, top, bottom = _row(page, line), _taken(page.boxes.top, line), _taken(page.boxes.bottom, line)
    segments = tuple([Segment(words, row.x0[part.start], max(row.x1[part])) for words, part in _segments(row)])
    return Line(
        text=" ".join([segment.text for segment in segments]),
        page=page.number,
        x0=row.x0[0],
        top=min(top),
        x1=max(row.x1),
        bottom=max(bottom),
        size=_size(row, top, bottom),
        segments=segments,
    )


def _size(row: _Row, top: Floats, bottom: Floats) -> float:
    """The type size: the usual width of Chinese characters, which is one em, else the usual height."""
    letters = zip(row.text, row.x0, row.x1, strict=True)
    sizes = [x1 - x0 for letter, x0, x1 in letters if "\u4e00" <= letter <= "\u9fff"] or list(map(sub, bottom, top))
    return sorted(sizes)[len(sizes) // 2]


def _segments(row: _Row) -> list[tuple[str, slice]]:
    """The stretches of a line between wide gaps: their words, and which of its characters they are."""
    text, x0, x1, ems = row
    segments: list[tuple[str, slice]] = []
    words: list[str] = []
    begin = start = 0
    steps = zip(x0[1:], x1, ems, strict=False)
    gaps = [k for k, (after, before, em) in enumerate(steps, 1) if after - before > _WORD_GAP * em]
    for k in gaps:
        gap, em = x0[k] - x1[k - 1], max(ems[k - 1], ems[k])
        is_wide = gap > _SEGMENT_GAP * em
        if is_wide or (gap > _WORD_GAP * em and _takes_space(text[k - 1], text[k])):
            words.append(text[start:k])
            start = k
        if is_wide:
            segments.append((" ".join(words), slice(begin, k)))
            words, begin = [], k
    return [*segments, (" ".join([*words, text[start:]]), slice(begin, len(text)))]


def _takes_space(before: str, after: str) -> bool:
    """A space is kept between Latin words and numbers; between Chinese characters it is only spacing."""
    return before.isascii() and after.isascii()


def text_of(page: Page, stretches: Sequence[range]) -> str:
    """The text of stretches of a page's characters (a cell's), its lines joined as one reads them."""
    if len(stretches) == 1 and _is_in_order(page, stretches[0]):  # as most cells are
        return page.text[stretches[0].start : stretches[0].stop]
    lines = _printed_lines(page, list(itertools.chain(*stretches)))
    return cell_text([" ".join([words for words, _ in _segments(_row(page, line))]) for line in lines])


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
