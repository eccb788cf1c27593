"""Grids: tables as their rules draw them, with merged cells, before anyone knows what they mean."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import isqrt

from services.parse.pages import Box, Page, Rule
from shared.errors import PageTooComplex

_SNAP = 3.0  # points: rules nearer than this are one
_LOWEST_ROW = 4.5  # points: horizontal rules nearer than this are one, for no type fits between them
_JOIN = 3.0  # points: pieces of one rule with a gap up to this are one
_OPEN = 8.0  # points: a rule that goes on so far beyond the last crossing bounds a cell that lacks its side

_MOST_CROSSINGS = 4_000_000  # of horizontal with vertical rules on a page
_MOST_CELLS = 50_000  # of one table on a page

Walls = list[list[bool]]
"""walls[j][i]: is there a rule at the j-th place along the whole of the i-th stretch across?"""


@dataclass(slots=True)
class GridCell:
    """A cell at the top left of what it covers. `box` is in points of its page."""

    row: int
    column: int
    rowspan: int
    colspan: int
    text: str
    box: Box
    page: int


@dataclass(slots=True)
class Grid:
    """A table on one page (or joined over several): lines of columns `xs`, and cells by row."""

    page: int
    xs: list[float]
    rows: list[list[GridCell]]
    box: Box
    pages: list[int] = field(default_factory=list)
    row_pages: list[int] = field(default_factory=list)
    doubt: list[str] = field(default_factory=list)
    borderless: bool = False

    @property
    def columns(self) -> int:
        """How many columns the finest row has."""
        return len(self.xs) - 1


@dataclass(slots=True)
class Frame:
    """Column and row lines, and which region every base cell belongs to (regions are rectangles)."""

    xs: list[float]
    ys: list[float]
    regions: list[list[int]]
    broken: int = 0
    borderless: bool = False
    """True where no vertical rules were drawn."""
    ruled: bool = True
    """False where no rules were drawn at all."""

    @property
    def box(self) -> Box:
        """The outer box."""
        return self.xs[0], self.ys[0], self.xs[-1], self.ys[-1]


def find_frames(page: Page) -> list[Frame]:
    """The ruled tables of a page, as frames without text, from top to bottom."""
    horizontal = merge_rules(page.horizontal, _LOWEST_ROW)
    vertical = merge_rules(page.vertical, _SNAP)
    if len(horizontal) * len(vertical) > _MOST_CROSSINGS:
        raise PageTooComplex(page=page.number, count=len(horizontal) + len(vertical), limit=2 * isqrt(_MOST_CROSSINGS))
    frames = []
    for hs, vs in _connected(horizontal, vertical):
        frame = _frame(hs, vs)
        if frame is not None:
            frames.append(frame)
    return sorted(_without_nested(frames), key=lambda frame: (frame.ys[0], frame.xs[0]))


def merge_rules(rules: Iterable[Rule], snap: float) -> list[Rule]:
    """Rules at the same place joined: [place, start, end], sorted by place."""
    groups: list[list[tuple[float, float, float]]] = []
    last = -math.inf
    for place, start, end in sorted(rules):
        if place - last > snap:
            groups.append([])
        last = place
        groups[-1].append((start, end, place))
    merged: list[Rule] = []
    for group in groups:
        group.sort()
        place = group[len(group) // 2][2]
        start, end, _ = group[0]
        for low, high, _ in group[1:]:
            if low > end + _JOIN:
                merged.append((place, start, end))
                start, end = low, high
            elif high > end:
                end = high
        merged.append((place, start, end))
    return merged


def _connected(horizontal: list[Rule], vertical: list[Rule]) -> Iterable[tuple[list[Rule], list[Rule]]]:
    """Groups of rules that cross or touch each other."""
    crossing = [list(_crossing(rule, vertical)) for rule in horizontal]
    crossed: list[list[int]] = [[] for _ in vertical]
    for h, found in enumerate(crossing):
        for v in found:
            crossed[v].append(h)
    left = set(range(len(horizontal)))
    while left:
        members_h, members_v = {min(left)}, set[int]()
        wave = set(members_h)
        while wave:
            found_v = {v for h in wave for v in crossing[h]} - members_v
            members_v |= found_v
            wave = {h for v in found_v for h in crossed[v]} - members_h
            members_h |= wave
        left -= members_h
        if members_v:
            yield [horizontal[h] for h in sorted(members_h)], [vertical[v] for v in sorted(members_v)]


def _crossing(horizontal: Rule, vertical: list[Rule]) -> Iterator[int]:
    """The numbers of the vertical rules, which stand in order, that a horizontal one crosses or touches."""
    y, start, end = horizontal
    for v in range(bisect_left(vertical, (start - _SNAP,)), len(vertical)):
        x, top, bottom = vertical[v]
        if x > end + _SNAP:
            break
        if top - _SNAP <= y <= bottom + _SNAP:
            yield v


def _places(rules: list[Rule], low: float, high: float) -> list[float]:
    """Distinct places of rules, with the outer bounds where rules across go on beyond the last of them."""
    places: list[float] = []
    for place in sorted(rule[0] for rule in rules):
        if not places or place - places[-1] > _SNAP:
            places.append(place)
    if places[0] - low > _OPEN:
        places.insert(0, low)
    if high - places[-1] > _OPEN:
        places.append(high)
    return places


def _frame(hs: list[Rule], vs: list[Rule]) -> Frame | None:
    xs = _places(vs, min(h[1] for h in hs), max(h[2] for h in hs))
    ys = _places(hs, min(v[1] for v in vs), max(v[2] for v in vs))
    if len(xs) < 2 or len(ys) < 2 or (len(xs) == 2 and len(ys) == 2) or len(xs) * len(ys) > _MOST_CELLS:
        return None  # a single box, or a drawing
    regions, broken = regions_of(_walls(vs, xs, ys), _walls(hs, ys, xs))
    return Frame(xs, ys, regions, broken)


def _walls(rules: list[Rule], places: list[float], across: list[float]) -> Walls:
    """Where rules stand at places, along the stretches between `across` lines."""
    middles = [(upper + lower) / 2 for lower, upper in pairwise(across)]
    walls = [[False] * len(middles) for _ in places]
    for place, start, end in rules:
        j = nearest(places, place)
        if abs(places[j] - place) <= _SNAP:
            draw(walls[j], middles, start, end)
    walls[0] = walls[-1] = [True] * len(middles)
    return walls


def nearest(places: Sequence[float], place: float) -> int:
    """The number of the place, among ascending ones, that is nearest; the first of two."""
    after = min(bisect_left(places, place), len(places) - 1)
    return after - 1 if after and place - places[after - 1] <= places[after] - place else after


def draw(wall: list[bool], middles: Sequence[float], start: float, end: float) -> None:
    """A rule from start to end stands along the stretches whose middles it covers."""
    first, last = bisect_left(middles, start), bisect_right(middles, end)
    wall[first:last] = [True] * (last - first)


def regions_of(vertical: Walls, horizontal: Walls) -> tuple[list[list[int]], int]:
    """Base cells without a wall between them are one region; how many were no rectangle and were cut into rows."""
    regions = _flood(vertical, horizontal)
    broken = _not_rectangles(regions)
    if broken:
        odd = [[region in broken for region in row] for row in regions]
        inner = [list(map(max, *three)) for three in zip(horizontal[1:-1], odd, odd[1:], strict=False)]
        regions = _flood(vertical, [horizontal[0], *inner, horizontal[-1]])
    return regions, len(broken)


def _flood(vertical: Walls, horizontal: Walls) -> list[list[int]]:
    rows, columns = len(horizontal) - 1, len(vertical) - 1
    parent = list(range(rows * columns))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for c, wall in enumerate(vertical[1:-1]):
        for r, closed in enumerate(wall):
            if not closed:
                parent[root(r * columns + c + 1)] = root(r * columns + c)
    for r, wall in enumerate(horizontal[1:-1]):
        for c, closed in enumerate(wall):
            if not closed:
                a, b = root(r * columns + c), root((r + 1) * columns + c)
                parent[max(a, b)] = min(a, b)
    return [[root(r * columns + c) for c in range(columns)] for r in range(rows)]


def _not_rectangles(regions: list[list[int]]) -> set[int]:
    held: dict[int, list[tuple[int, int]]] = {}
    for r, row in enumerate(regions):
        for c, region in enumerate(row):
            held.setdefault(region, []).append((r, c))
    return {region for region, cells in held.items() if len(cells) > 1 and not _is_rectangle(cells)}


def _is_rectangle(cells: Sequence[tuple[int, int]]) -> bool:
    """True where cells, in reading order, fill what they span."""
    columns = [c for _, c in cells]
    return (cells[-1][0] - cells[0][0] + 1) * (max(columns) - min(columns) + 1) == len(cells)


def _without_nested(frames: list[Frame]) -> list[Frame]:
    """Frames that are not inside a single other frame (a box drawn in a cell belongs to that cell)."""
    return [f for f in frames if not any(g is not f and _inside(f.box, g.box) for g in frames)]


def _inside(inner: Box, outer: Box) -> bool:
    return (
        inner[0] >= outer[0] - 1 and inner[1] >= outer[1] - 1 and inner[2] <= outer[2] + 1 and inner[3] <= outer[3] + 1
    )
