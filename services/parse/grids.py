"""Grids: tables as their rules draw them, with merged cells, before anyone knows what they mean."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import isqrt

import numpy as np

from services.parse.pages import Box, Flags, Floats, Numbers, Page
from shared.errors import PageTooComplex

_SNAP = 3.0  # points: rules nearer than this are one
_LOWEST_ROW = 4.5  # points: horizontal rules nearer than this are one, for no type fits between them
_JOIN = 3.0  # points: pieces of one rule with a gap up to this are one
_OPEN = 8.0  # points: a rule that goes on so far beyond the last crossing bounds a cell that lacks its side

_MOST_CROSSINGS = 4_000_000  # of horizontal with vertical rules on a page
_MOST_CELLS = 50_000  # of one table on a page

Rule = tuple[float, float, float]


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
    regions: Numbers
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


def merge_rules(rules: Floats, snap: float) -> list[Rule]:
    """Rules at the same place joined: [place, start, end], sorted by place."""
    groups: list[list[tuple[float, float, float]]] = []
    last = -math.inf
    for place, start, end in sorted(map(tuple, rules.tolist())):
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
    if not horizontal or not vertical:
        return
    hs, vs = np.array(horizontal), np.array(vertical)
    y, x = hs[:, 0][:, None], vs[:, 0][None, :]
    touch = (
        (x >= hs[:, 1][:, None] - _SNAP)
        & (x <= hs[:, 2][:, None] + _SNAP)
        & (y >= vs[:, 1][None, :] - _SNAP)
        & (y <= vs[:, 2][None, :] + _SNAP)
    )
    left_h = set(range(len(hs)))
    while left_h:
        wave = {left_h.pop()}
        members_h = set(wave)
        members_v: set[int] = set()
        while wave:
            found_v = set(np.flatnonzero(touch[list(wave)].any(axis=0)).tolist()) - members_v
            members_v |= found_v
            wave = set(np.flatnonzero(touch[:, list(found_v)].any(axis=1)).tolist()) - members_h if found_v else set()
            members_h |= wave
        left_h -= members_h
        if members_v:
            yield [horizontal[i] for i in sorted(members_h)], [vertical[i] for i in sorted(members_v)]


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
    vertical_walls = _walls(vs, xs, ys)
    horizontal_walls = _walls(hs, ys, xs)
    regions, broken = regions_of(vertical_walls, horizontal_walls.T)
    return Frame(xs, ys, regions, broken)


def _walls(rules: list[Rule], places: list[float], across: list[float]) -> Flags:
    """walls[i, j]: is there a rule at places[j] along the whole of the i-th stretch between `across` lines?"""
    middles = (np.array(across[1:]) + np.array(across[:-1])) / 2
    walls = np.zeros((len(across) - 1, len(places)), np.bool_)
    lines = np.array(places)
    for place, start, end in rules:
        j = int(np.argmin(np.abs(lines - place)))
        if abs(lines[j] - place) <= _SNAP:
            walls[:, j] |= (middles >= start) & (middles <= end)
    walls[:, 0] = walls[:, -1] = True
    return walls


def regions_of(vertical: Flags, horizontal: Flags) -> tuple[Numbers, int]:
    """Base cells without a wall between them are one region; how many were no rectangle and were cut into rows."""
    rows, columns = vertical.shape[0], horizontal.shape[1]
    regions = _flood(vertical[:, 1:-1], horizontal[1:-1, :], rows, columns)
    broken = _not_rectangles(regions)
    if broken:
        cut = horizontal[1:-1, :].copy()
        odd = np.isin(regions, list(broken))
        cut |= odd[1:, :] | odd[:-1, :]
        regions = _flood(vertical[:, 1:-1], cut, rows, columns)
    return regions, len(broken)


def _flood(vertical: Flags, horizontal: Flags, rows: int, columns: int) -> Numbers:
    parent = list(range(rows * columns))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for r, c in np.argwhere(~vertical).tolist():
        parent[root(r * columns + c + 1)] = root(r * columns + c)
    for r, c in np.argwhere(~horizontal).tolist():
        a, b = root(r * columns + c), root((r + 1) * columns + c)
        parent[max(a, b)] = min(a, b)
    return np.array([root(i) for i in range(rows * columns)], np.int64).reshape(rows, columns)


def _not_rectangles(regions: Numbers) -> set[int]:
    labels, counts = np.unique(regions, return_counts=True)
    odd = set()
    for label, count in zip(labels.tolist(), counts.tolist(), strict=True):
        if count > 1:
            where = np.argwhere(regions == label)
            spans = where.max(axis=0) - where.min(axis=0) + 1
            if int(spans[0] * spans[1]) != count:
                odd.add(label)
    return odd


def _without_nested(frames: list[Frame]) -> list[Frame]:
    """Frames that are not inside a single other frame (a box drawn in a cell belongs to that cell)."""
    return [f for f in frames if not any(g is not f and _inside(f.box, g.box) for g in frames)]


def _inside(inner: Box, outer: Box) -> bool:
    return (
        inner[0] >= outer[0] - 1 and inner[1] >= outer[1] - 1 and inner[2] <= outer[2] + 1 and inner[3] <= outer[3] + 1
    )
