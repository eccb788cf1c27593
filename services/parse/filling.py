"""Putting a page's characters into the cells of its tables.

A cell takes the characters whose middles it holds. Where a stretch of text runs over a rule (an amount too wide for its
column, a name that goes on into a blank neighbour) it is kept whole, in the cell that it is aligned with, and the table
says so: a torn number would be two wrong ones.
"""

import itertools
from dataclasses import replace

import numpy as np

from services.parse.grids import Frame, Grid, GridCell
from services.parse.lines import text_of_groups
from services.parse.pages import Flags, Floats, Indexes, Numbers, Page

_TOUCHING = 0.12  # ems between characters of one stretch
_OVERLAP = 0.5  # ems
_LEVEL = 0.1  # ems between their baselines
_NEAR_SIDE = 0.7  # ems between an aligned text and its cell's side
_FIGURE = frozenset("0123456789.,%-+()，．－—")


def fill_frames(page: Page, frames: list[Frame]) -> tuple[list[Grid], Flags]:
    """Put the page's characters into frames; return the grids and which characters are in one."""
    taken = np.zeros(len(page.text), np.bool_)
    if not frames:
        return [], taken
    middles = np.stack([page.boxes[:, 0] + page.boxes[:, 2], page.boxes[:, 1] + page.boxes[:, 3]], axis=1) / 2
    stretches = _stretches(page)
    grids = []
    for frame in frames:
        x0, top, x1, bottom = frame.box
        x, y = middles[:, 0], middles[:, 1]
        held = (x >= x0) & (x <= x1) & (y >= top) & (y <= bottom)
        inside = _whole(held, stretches) & ~taken
        taken |= inside
        grids.append(_fill(page, frame, np.flatnonzero(inside), middles, stretches))
    return grids, taken


def _stretches(page: Page) -> Numbers:
    """The number of each character's stretch: what follows without a gap on one baseline."""
    boxes = page.boxes
    if not len(boxes):
        return np.zeros(0, np.int64)
    ems = np.maximum(boxes[:, 2] - boxes[:, 0], (boxes[:, 3] - boxes[:, 1]) / 2)
    em = np.minimum(ems[1:], ems[:-1])
    gap = boxes[1:, 0] - boxes[:-1, 2]
    apart = (gap > _TOUCHING * em) | (gap < -_OVERLAP * em) | (np.abs(np.diff(page.baselines)) > _LEVEL * em)
    return np.concatenate(([0], np.cumsum(apart)))


def _whole(held: Flags, stretches: Numbers) -> Flags:
    """Stretches of which most is held, held as a whole."""
    if not len(held):
        return held
    inside, all_of = np.bincount(stretches, weights=held), np.bincount(stretches)
    whole: Flags = (2 * inside > all_of)[stretches]
    return whole


def _fill(page: Page, frame: Frame, inside: Indexes, middles: Floats, stretches: Numbers) -> Grid:
    last_row, last_column = len(frame.ys) - 2, len(frame.xs) - 2
    rows = np.clip(np.searchsorted(frame.ys, middles[inside, 1], side="right") - 1, 0, last_row)
    columns = np.clip(np.searchsorted(frame.xs, middles[inside, 0], side="right") - 1, 0, last_column)
    regions = frame.regions[rows, columns]
    doubt = ["broken_rules"] if frame.broken else []
    if frame.borderless:
        doubt.append("no_vertical_rules" if frame.ruled else "no_rules")
    if _keep_whole(page, frame, inside, regions, stretches[inside], rows):
        doubt.append("text_over_rule")
    texts = text_of_groups(page, inside, regions)
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
    for r, row in enumerate(frame.regions.tolist()):
        for c, region in enumerate(row):
            if region not in seen:
                seen.add(region)
                grid.rows[r].append(_cell(page, frame, r, c, region, texts.get(region, "")))
    return grid


def _keep_whole(
    page: Page, frame: Frame, inside: Indexes, regions: Numbers, stretches: Numbers,
    rows: Indexes,
) -> bool:  # fmt: skip
    """Give every torn stretch to one region, in place. True where a stretch of more than one column was torn."""
    torn = np.flatnonzero((np.diff(regions) != 0) & (np.diff(stretches) == 0))
    found = False
    for number in np.unique(stretches[torn]).tolist():
        members = np.flatnonzero(stretches == number)
        boxes = page.boxes[inside[members]]
        x0, x1 = float(boxes[0, 0]), float(boxes[-1, 2])
        row = int(np.bincount(rows[members]).argmax())
        column = _aligned_column(frame, x0, x1, _is_figure(page, inside[members]), float(boxes[0, 2] - x0))
        regions[members] = frame.regions[row, column]
        found = True
    return found


def _is_figure(page: Page, members: Indexes) -> bool:
    return all(page.text[i] in _FIGURE for i in members.tolist())


def _aligned_column(frame: Frame, x0: float, x1: float, figure: bool, em: float) -> int:
    """The column of a text over a rule: for an amount where it ends, for words where they begin, else the middle."""
    columns = list(itertools.pairwise(frame.xs))
    if figure:
        ends = [c for c, (_, right) in enumerate(columns) if 0 <= right - x1 <= _NEAR_SIDE * em + 1]
        if ends:
            return ends[0]
    else:
        begins = [c for c, (left, _) in enumerate(columns) if 0 <= x0 - left <= _NEAR_SIDE * em]
        if begins:
            return begins[-1]
    middle = (x0 + x1) / 2
    return min(range(len(columns)), key=lambda c: max(columns[c][0] - middle, middle - columns[c][1], 0.0))


def _cell(page: Page, frame: Frame, r: int, c: int, region: int, text: str) -> GridCell:
    regions = frame.regions
    right, down = c + 1, r + 1
    while right < regions.shape[1] and regions[r, right] == region:
        right += 1
    while down < regions.shape[0] and regions[down, c] == region:
        down += 1
    box = (frame.xs[c], frame.ys[r], frame.xs[right], frame.ys[down])
    return GridCell(r, c, down - r, right - c, text, page.displayed(box), page.number)
