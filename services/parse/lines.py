"""Characters to lines of text: the lines of a page, and the text of a cell."""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from services.parse.pages import Floats, Indexes

_SAME_LINE = 0.45  # of an em between the baselines of neighbours
_WORD_GAP = 0.22  # of a character's height: a space was printed
_SEGMENT_GAP = 1.3  # of a character's height: another thing begins (部门：… 金额单位：…)

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a line without a wide gap."""

    text: str
    x0: float
    x1: float


@dataclass(frozen=True, slots=True)
class Line:
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


def group_lines(
    boxes: Floats, baselines: Floats, groups: npt.NDArray[np.int64]
) -> tuple[Indexes, npt.NDArray[np.int64]]:
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


def page_lines(text: Sequence[str], boxes: Floats, baselines: Floats, page: int) -> list[Line]:
    """The lines of a page from top to bottom."""
    order, numbers = group_lines(boxes, baselines, np.zeros(len(boxes), np.int64))
    if not len(order):
        return []
    placed = boxes[order]
    starts = np.concatenate(([0], np.flatnonzero(np.diff(numbers)) + 1, [len(order)])).tolist()
    x0s, tops, x1s, bottoms = (placed[:, i].tolist() for i in range(4))
    characters = [text[i] for i in order.tolist()]
    lines = []
    for start, end in itertools.pairwise(starts):
        height = _size(characters[start:end], x0s[start:end], x1s[start:end], tops[start:end], bottoms[start:end])
        segments = _segments(characters[start:end], x0s[start:end], x1s[start:end], height)
        lines.append(
            Line(
                text=" ".join(segment.text for segment in segments),
                page=page,
                x0=x0s[start],
                top=min(tops[start:end]),
                x1=max(x1s[start:end]),
                bottom=max(bottoms[start:end]),
                size=height,
                segments=segments,
            )
        )
    return lines


def _size(
    characters: Sequence[str], x0s: Sequence[float], x1s: Sequence[float], tops: Sequence[float],
    bottoms: Sequence[float],
) -> float:  # fmt: skip
    """The type size: the usual width of Chinese characters, which is one em, else the usual height."""
    widths = [x1 - x0 for c, x0, x1 in zip(characters, x0s, x1s, strict=True) if "\u4e00" <= c <= "\u9fff"]
    sizes = sorted(widths or (bottom - top for top, bottom in zip(tops, bottoms, strict=True)))
    return sizes[len(sizes) // 2]


def _segments(characters: list[str], x0s: list[float], x1s: list[float], height: float) -> tuple[Segment, ...]:
    wide, narrow = _SEGMENT_GAP * height, _WORD_GAP * height
    segments, piece, start = [], [characters[0]], 0
    for i in range(1, len(characters)):
        gap = x0s[i] - x1s[i - 1]
        if gap > wide:
            segments.append(Segment("".join(piece), x0s[start], x1s[i - 1]))
            piece, start = [], i
        elif gap > narrow and _takes_space(characters[i - 1], characters[i]):
            piece.append(" ")
        piece.append(characters[i])
    segments.append(Segment("".join(piece), x0s[start], max(x1s[start:])))
    return tuple(segments)


def _takes_space(before: str, after: str) -> bool:
    """A space is kept between Latin words and numbers; between Chinese characters it is only spacing."""
    return before.isascii() and after.isascii()


def text_of_groups(
    text: Sequence[str], boxes: Floats, baselines: Floats, chosen: Indexes, groups: npt.NDArray[np.int64]
) -> dict[int, str]:
    """The text of each group of characters (a cell's), its lines joined as one reads them."""
    if not len(chosen):
        return {}
    order, numbers = group_lines(boxes[chosen], baselines[chosen], groups)
    placed = boxes[chosen][order]
    starts = np.concatenate(([0], np.flatnonzero(np.diff(numbers)) + 1, [len(order)])).tolist()
    x0s, x1s = placed[:, 0].tolist(), placed[:, 2].tolist()
    heights = (placed[:, 3] - placed[:, 1]).tolist()
    characters = [text[i] for i in chosen[order].tolist()]
    owners = groups[order].tolist()
    lines: dict[int, list[str]] = {}
    for start, end in itertools.pairwise(starts):
        pieces = _segments(characters[start:end], x0s[start:end], x1s[start:end], heights[start])
        lines.setdefault(owners[start], []).append(" ".join(piece.text for piece in pieces))
    return {owner: cell_text(found) for owner, found in lines.items()}


def cell_text(lines: Iterable[str]) -> str:
    """The text of a cell from its lines: wrapped Chinese is joined, wrapped Latin words keep a space."""
    joined = ""
    for line in lines:
        if joined and joined[-1].isascii() and line[:1].isascii() and joined[-1].isalpha() and line[:1].isalpha():
            joined += " "
        joined += line
    return joined
