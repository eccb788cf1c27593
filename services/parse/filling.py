"""Putting a page's characters into the cells of its tables.

A cell takes the characters whose middles it holds. Where a stretch of text runs over a rule (an amount too wide for its
column, a name that goes on into a blank neighbour) it is kept whole, in the cell that it is aligned with, and the table
says so: a torn number would be two wrong ones.
"""

import itertools
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from services.parse.floats import Floats
from services.parse.grids import Frame, Grid, GridCell
from services.parse.lines import text_of
from services.parse.pages import Box, Page

_TOUCHING = 0.12  # ems between characters of one stretch
_OVERLAP = 0.5  # ems
_LEVEL = 0.1  # ems between their baselines
_NEAR_SIDE = 0.7  # ems between an aligned text and its cell's side
_FIGURE = frozenset("0123456789.,%-+()，．－—")


def fill_frames(page: Page, frames: list[Frame]) -> tuple[list[Grid], list[int]]:
    """Put the page's characters into frames; return the grids and the characters that are in none."""
    if not frames:
        return [], list(range(len(page.text)))
    middles = [(x0 + x1) / 2 for x0, x1 in zip(page.boxes.x0, page.boxes.x1, strict=True)]
    stretches = _stretches(page, middles)
    grids = []
    for frame in frames:
        inside: list[Stretch] = []
        outside: list[Stretch] = []
        for stretch in stretches:
            (inside if _holds(frame.box, stretch, middles, page.boxes.levels) else outside).append(stretch)
        grids.append(_fill(page, frame, inside, middles))
        stretches = outside
    return grids, [index for stretch in stretches for index in range(stretch.start, stretch.stop)]


class Stretch(NamedTuple):
    """Characters that follow each other without a gap on one baseline, and how far their middles reach."""

    start: int
    stop: int
    left: float
    top: float
    right: float
    bottom: float


def _stretches(page: Page, middles: Floats) -> list[Stretch]:
    """The page's characters in stretches."""
    x0, x1, ems, baselines = page.boxes.x0, page.boxes.x1, page.boxes.ems, page.baselines
    ends = [
        index
        for index, (begin, end, lower, upper, one, other) in enumerate(
            zip(x0[1:], x1, baselines[1:], baselines, ems[1:], ems, strict=False), 1
        )
        for em in [one if one < other else other]
        if not -_OVERLAP * em <= begin - end <= _TOUCHING * em or (lower != upper and abs(lower - upper) > _LEVEL * em)
    ]
    levels = page.boxes.levels
    return [
        Stretch(start, end, min(across), min(down), max(across), max(down))
        for start, end in itertools.pairwise([0, *ends, len(x0)])
        if start < end
        for across, down in [(middles[start:end], levels[start:end])]
    ]


def _holds(box: Box, stretch: Stretch, middles: Floats, levels: Floats) -> bool:
    """True where a box holds most of a stretch."""
    x0, top, x1, bottom = box
    if stretch.left > x1 or stretch.right < x0 or stretch.top > bottom or stretch.bottom < top:
        return False
    if x0 <= stretch.left and stretch.right <= x1 and top <= stretch.top and stretch.bottom <= bottom:
        return True
    members = range(stretch.start, stretch.stop)
    return 2 * sum([x0 <= middles[i] <= x1 and top <= levels[i] <= bottom for i in members]) > len(members)


def _fill(page: Page, frame: Frame, inside: Sequence[Stretch], middles: Floats) -> Grid:
    doubt = ["broken_rules"] if frame.broken else []
    if frame.borderless:
        doubt.append("no_vertical_rules" if frame.ruled else "no_rules")
    members, torn = _members(page, frame, inside, middles)
    if torn:
        doubt.append("text_over_rule")
    last_row = len(frame.ys) - 2
    grid = Grid(
        page=page.number,
        xs=list(frame.xs),
        rows=[[] for _ in range(last_row + 1)],
        box=frame.box,
        pages=[page.number],
        row_pages=[page.number] * (last_row + 1),
        doubt=doubt,
        borderless=frame.borderless,
    )
    frame = replace(frame, xs=[round(x, 1) for x in frame.xs], ys=[round(y, 1) for y in frame.ys])
    seen: set[int] = set()
    for r, row in enumerate(frame.regions):
        for c, region in enumerate(row):
            if region not in seen:
                seen.add(region)
                text = text_of(page, members[region]) if region in members else ""
                grid.rows[r].append(_cell(page, frame, r, c, text))
    return grid


def _members(
    page: Page, frame: Frame, inside: Sequence[Stretch], middles: Floats
) -> tuple[dict[int, list[range]], bool]:
    """The stretches of each region, and whether a stretch ran over a rule; it goes to one region as a whole."""
    members: dict[int, list[range]] = {}
    rows, columns, levels, regions = frame.ys[1:-1], frame.xs[1:-1], page.boxes.levels, frame.regions
    torn = False
    for stretch in inside:
        row, column = bisect_right(rows, stretch.top), bisect_right(columns, stretch.left)
        if bisect_right(rows, stretch.bottom) > row or bisect_right(columns, stretch.right) > column:
            numbers = range(stretch.start, stretch.stop)
            places = [(bisect_right(rows, levels[i]), bisect_right(columns, middles[i])) for i in numbers]
            row, column = places[0]
            if any(regions[r][c] != regions[row][column] for r, c in set(places)):
                torn = True
                row = min(Counter(r for r, _ in places).items(), key=lambda counted: (-counted[1], counted[0]))[0]
                column = _aligned_column(page, frame, numbers)
        members.setdefault(regions[row][column], []).append(range(stretch.start, stretch.stop))
    return members, torn


def _aligned_column(page: Page, frame: Frame, stretch: range) -> int:
    """The column of a text over a rule: for an amount where it ends, for words where they begin, else the middle."""
    first, last = stretch[0], stretch[-1]
    x0, x1, em = page.boxes.x0[first], page.boxes.x1[last], page.boxes.x1[first] - page.boxes.x0[first]
    columns = list(itertools.pairwise(frame.xs))
    if _FIGURE.issuperset(page.text[first : last + 1]):
        ends = [c for c, (_, right) in enumerate(columns) if 0 <= right - x1 <= _NEAR_SIDE * em + 1]
        if ends:
            return ends[0]
    else:
        begins = [c for c, (left, _) in enumerate(columns) if 0 <= x0 - left <= _NEAR_SIDE * em]
        if begins:
            return begins[-1]
    middle = (x0 + x1) / 2
    return min(range(len(columns)), key=lambda c: max(columns[c][0] - middle, middle - columns[c][1], 0.0))


def _cell(page: Page, frame: Frame, r: int, c: int, text: str) -> GridCell:
    regions, right, down = frame.regions, c + 1, r + 1
    region = regions[r][c]
    while right < len(regions[r]) and regions[r][right] == region:
        right += 1
    while down < len(regions) and regions[down][c] == region:
        down += 1
    box = (frame.xs[c], frame.ys[r], frame.xs[right], frame.ys[down])
    return GridCell(r, c, down - r, right - c, text, page.displayed(box), page.number)
