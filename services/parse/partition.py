"""Rows of texts to frames: which columns each text covers, where no vertical rule says so.

Merged cells have no rule to tell them: a text that crosses a column's side joins its columns, and a text centred over
several blank columns belongs to all of them (收入 over 项目, 行次, 决算数; 合计 over code and name).
"""

import itertools
import math
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from services.parse.grids import Frame, Walls, regions_of
from services.parse.pages import Page
from shared.amounts import is_dash, printed_amount

_CROSSING = 2.0  # points on both sides of a column's side
_CENTRED = 2.5  # points between a text's middle and the middle of its columns
_ALIGNED = 3.0
_WORD = 0.8  # ems of white that part two texts of a row
_PARTING = 1.5  # points of white at a column's side that part two texts
_SPACED = re.compile(r"收入|支出|项目|合计|总计|栏次|小计|金额")  # words printed with a space between
_SPACED_GAP = 6  # ems
_NARROW = 3.0  # points: white narrower than this parts no columns


Span = tuple[int, int]
"""The first and the last column that a text covers."""


class Piece(NamedTuple):
    """A stretch of text in a row."""

    x0: float
    x1: float
    text: str

    @property
    def middle(self) -> float:
        """Half way across."""
        return (self.x0 + self.x1) / 2


def frame_of(page: Page, xs: list[float], ys: list[float], horizontal: Walls, *, ruled: bool) -> Frame:
    """The frame with these column and row lines; `horizontal[j][c]` says whether a row ends at ys[j] in column c."""
    bands = [pieces_between(page, top, bottom, xs[1:-1]) for top, bottom in itertools.pairwise(ys)]
    vertical = [[True] * (len(ys) - 1) for _ in xs]
    starts, ends = _alignments(bands, xs)
    joined: set[Span] = set()
    for r, pieces in enumerate(bands):
        closed = [above and below for above, below in zip(horizontal[r], horizontal[r + 1], strict=True)]
        row = _Row(pieces, [_place(piece, xs) for piece in pieces], closed, joined)
        spans = _partition(row, xs, starts, ends)
        for first, last in spans:
            for wall in vertical[first + 1 : last + 1]:
                wall[r] = False
        joined = _still_joined(joined, spans)
    _propagate(vertical, horizontal)
    regions, broken = regions_of(vertical, horizontal)
    return Frame(xs, ys, regions, broken, borderless=True, ruled=ruled)


def pieces_between(page: Page, top: float, bottom: float, sides: Sequence[float]) -> list[Piece]:
    """The stretches of text in a row, lines of one cell put together; white at a column's side always parts two."""
    inside = [i for i, level in enumerate(page.boxes.levels) if top < level < bottom]
    pieces: list[Piece] = []
    for i in sorted(inside, key=page.boxes.x0.__getitem__):
        piece = Piece(page.boxes.x0[i], page.boxes.x1[i], page.text[i])
        if pieces and _goes_on(pieces[-1], piece, page.boxes.ems[i], sides):
            last = pieces[-1]
            pieces[-1] = Piece(last.x0, max(last.x1, piece.x1), last.text + piece.text)
        else:
            pieces.append(piece)
    return pieces


def _goes_on(last: Piece, piece: Piece, em: float, sides: Sequence[float]) -> bool:
    gap = piece.x0 - last.x1
    if gap > _PARTING and any(last.x1 - 1 <= side <= piece.x0 + 1 for side in sides):
        spaced = len(last.text) == 1 and _SPACED.match(last.text + piece.text) is not None
        return spaced and gap < _SPACED_GAP * em
    if len(last.text) == 1 and _SPACED.match(last.text + piece.text):
        return gap < _SPACED_GAP * em
    return gap <= _WORD * em


def gaps_between(bands: Sequence[Sequence[Piece]], left: float, right: float) -> list[float]:
    """Middles of the white stretches that run down through the finest rows."""
    most = max((len(pieces) for pieces in bands), default=0)
    finest = [pieces for pieces in bands if len(pieces) >= max(2, 0.6 * most)]
    if len(finest) < 2:
        return []
    covered = [0] * (int(right - left) + 2)
    for piece in itertools.chain(*finest):
        for x in range(max(0, int(piece.x0 - left)), min(len(covered), math.ceil(piece.x1 - left))):
            covered[x] += 1
    white = [count <= 0.08 * len(finest) for count in covered]
    gaps = []
    start = None
    for i, is_white in enumerate([*white, False]):
        if is_white and start is None:
            start = i
        elif not is_white and start is not None:
            if start > 0 and i < len(white) and i - start >= _NARROW:
                gaps.append(left + (start + i) / 2)
            start = None
    return gaps


def _place(piece: Piece, xs: Sequence[float]) -> tuple[int, int]:
    """The columns that a text stands in; one that straddles a side in its middle stands in both."""
    astride = next((c for c in range(1, len(xs) - 1) if abs(xs[c] - piece.middle) <= _CENTRED), None)
    if astride is not None and piece.x0 < xs[astride] < piece.x1:
        return astride - 1, astride
    inside = [c for c in range(len(xs) - 1) if min(piece.x1, xs[c + 1]) - max(piece.x0, xs[c]) > _CROSSING]
    if not inside:
        nearest = min(range(len(xs) - 1), key=lambda c: abs((xs[c] + xs[c + 1]) / 2 - piece.middle))
        return nearest, nearest
    return inside[0], inside[-1]


def _alignments(bands: Sequence[Sequence[Piece]], xs: Sequence[float]) -> tuple[list[list[float]], list[list[float]]]:
    """Where the words of each column begin and end."""
    starts: list[list[float]] = [[] for _ in xs]
    ends: list[list[float]] = [[] for _ in xs]
    for piece in itertools.chain.from_iterable(bands):
        first, last = _place(piece, xs)
        if first == last and not printed_amount(piece.text):
            starts[first].append(piece.x0)
            ends[first].append(piece.x1)
    return starts, ends


class _Row(NamedTuple):
    """The texts of a row, the columns they stand in, which columns have a rule above and below, and which are joined
    by a text above."""

    pieces: Sequence[Piece]
    places: Sequence[Span]
    closed: Sequence[bool]
    joined: set[Span]


def _partition(
    row: _Row, xs: Sequence[float], starts: Sequence[Sequence[float]], ends: Sequence[Sequence[float]]
) -> list[tuple[int, int]]:
    """The columns that each text covers, so that as few columns as possible stay blank.

    A text may cover more than it stands in only where it is centred over them and not aligned with its column's others.
    """
    best: dict[int, tuple[int, list[tuple[int, int]]]] = {0: (0, [])}
    for k, (piece, place) in enumerate(zip(row.pieces, row.places, strict=True)):
        until = row.places[k + 1][0] if k + 1 < len(row.pieces) else len(xs) - 1
        following: dict[int, tuple[int, list[tuple[int, int]]]] = {}
        for begin, (blank, spans) in best.items():
            for first, last in _choices(row, piece, place, begin, until, xs, starts, ends):
                cost = blank + first - begin
                if last + 1 not in following or cost < following[last + 1][0]:
                    following[last + 1] = (cost, [*spans, (first, last)])
        best = following or {place[1] + 1: (0, [*next(iter(best.values()))[1], place])}
    return min((cost + len(xs) - 1 - end, spans) for end, (cost, spans) in best.items())[1]


def _choices(
    row: _Row, piece: Piece, place: tuple[int, int], begin: int, until: int, xs: Sequence[float],
    starts: Sequence[Sequence[float]], ends: Sequence[Sequence[float]],
) -> Iterator[tuple[int, int]]:  # fmt: skip
    own = (max(begin, place[0]), max(begin, place[1]))
    if own[1] >= len(row.closed):
        return  # texts one over the other fill the row already
    yield own
    column = own[0]
    if not all(row.closed[c] for c in range(own[0], own[1] + 1)):
        return
    figure = printed_amount(piece.text) is not None or is_dash(piece.text)
    if not figure and own[0] == own[1] and _aligned(piece, starts[column], ends[column], xs, column):
        return
    for first in range(begin, own[0] + 1):
        for last in range(own[1], until):
            centred = abs((xs[first] + xs[last + 1]) / 2 - piece.middle) <= _CENTRED
            if figure and (first, last) not in row.joined:
                continue  # an amount belongs to one column, unless its header joins several
            if centred and all(row.closed[c] for c in range(first, last + 1)):
                yield first, last


def _aligned(piece: Piece, starts: Sequence[float], ends: Sequence[float], xs: Sequence[float], column: int) -> bool:
    """True where other texts of the column begin or end at the same place, and not because all are centred."""
    if abs((xs[column] + xs[column + 1]) / 2 - piece.middle) <= _CENTRED:
        return False
    same = max(
        sum(1 for x in starts if abs(x - piece.x0) <= _ALIGNED), sum(1 for x in ends if abs(x - piece.x1) <= _ALIGNED)
    )
    return same > max(2, 0.3 * len(starts))


def _still_joined(joined: set[Span], spans: Sequence[Span]) -> set[Span]:
    """The columns that the texts of a row join, and those joined above that no text of the row has parted."""
    parted = {one for one in joined for first, last in spans if one[0] <= last and first <= one[1]}
    return (joined - parted) | {(first, last) for first, last in spans if last > first}


def _propagate(vertical: Walls, horizontal: Walls) -> None:
    """Within a cell of several rows, columns joined in one row are joined in all."""
    changed = True
    while changed:
        changed = False
        for r in range(len(horizontal) - 2):
            for x in range(1, len(vertical) - 1):
                open_below = not horizontal[r + 1][x - 1] and not horizontal[r + 1][x]
                if open_below and vertical[x][r] != vertical[x][r + 1]:
                    vertical[x][r] = vertical[x][r + 1] = False
                    changed = True
