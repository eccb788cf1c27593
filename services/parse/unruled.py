"""Tables without vertical rules: rows from horizontal rules, columns from their ends or the white between texts."""

import itertools
from collections import Counter
from collections.abc import Sequence

import numpy as np

from services.parse.aligned import row_lines
from services.parse.grids import Frame, Rule, merge_rules
from services.parse.pages import Box, Flags, Floats, Page
from services.parse.partition import Piece, frame_of, gaps_between, pieces_between

_SNAP = 3.0
_ROW_GAP = 45.0  # points: rules further apart need the same column ends to be one table
_LARGER = 1.25  # times the table's type: a title or prose between two tables
_LEAST_ROWS = 3
_ENDS_SHARE = 0.5


def find_unruled(page: Page, frames: Sequence[Frame]) -> list[Frame]:
    """Tables that only horizontal rules draw, outside the frames that were found."""
    free = _outside(page.horizontal, [frame.box for frame in frames])
    if len(free) < _LEAST_ROWS:
        return []
    found = []
    for rules in _groups(page, free):
        frame = _frame(page, rules)
        if frame is not None:
            found.append(frame)
    return found


def _outside(rules: Floats, boxes: Sequence[Box]) -> Floats:
    if not len(rules):
        return rules
    keep = np.ones(len(rules), np.bool_)
    for x0, top, x1, bottom in boxes:
        inside = (rules[:, 0] >= top - _SNAP) & (rules[:, 0] <= bottom + _SNAP)
        keep &= ~(inside & (rules[:, 2] >= x0 - _SNAP) & (rules[:, 1] <= x1 + _SNAP))
    return rules[keep]


def _groups(page: Page, free: Floats) -> list[Floats]:
    """Rules that belong to one table: near each other, or with the same ends, and no larger type between them."""
    order = np.argsort(free[:, 0], kind="stable")
    free = free[order]
    breaks = np.flatnonzero(np.diff(free[:, 0]) > _SNAP) + 1
    lines = np.split(free, breaks)
    groups: list[list[Floats]] = []
    for line in lines:
        if groups and _same_table(page, groups[-1], line):
            groups[-1].append(line)
        else:
            groups.append([line])
    return [np.concatenate(group) for group in groups if len(group) >= _LEAST_ROWS]


def _same_table(page: Page, group: Sequence[Floats], line: Floats) -> bool:
    last = group[-1]
    top, bottom = float(last[:, 0].mean()), float(line[:, 0].mean())
    left, right = max(last[:, 1].min(), line[:, 1].min()), min(last[:, 2].max(), line[:, 2].max())
    if right - left < 0.3 * (max(last[:, 2].max(), line[:, 2].max()) - min(last[:, 1].min(), line[:, 1].min())):
        return False
    ends = _ends(np.concatenate(list(group)))
    same = [end for end in _ends(line) if any(abs(end - known) <= _SNAP for known in ends)]
    if bottom - top > _ROW_GAP and len(same) < max(3, 0.7 * len(_ends(line))):
        return False
    return not _larger_type_between(page, float(group[0][:, 0].mean()), top, bottom)


def _larger_type_between(page: Page, first: float, top: float, bottom: float) -> bool:
    """True where the type between two rules is larger than that between the rules before."""
    if top - first < 1 or not len(page.boxes):
        return False
    middles = (page.boxes[:, 1] + page.boxes[:, 3]) / 2
    ems = page.boxes[:, 2] - page.boxes[:, 0]
    inside = ems[(middles > first) & (middles < top)]
    between = ems[(middles > top) & (middles < bottom)]
    if not len(inside) or not len(between):
        return False
    return float(np.percentile(between, 90)) > _LARGER * float(np.percentile(inside, 90))


def _ends(rules: Floats) -> list[float]:
    """Distinct ends of rules."""
    places: list[float] = []
    for place in np.sort(np.concatenate([rules[:, 1], rules[:, 2]])).tolist():
        if not places or place - places[-1] > _SNAP:
            places.append(place)
    return places


def _frame(page: Page, rules: Floats) -> Frame | None:
    merged = merge_rules(rules, _SNAP)
    drawn = sorted({rule[0] for rule in merged})
    if len(drawn) < _LEAST_ROWS:
        return None
    ys = [drawn[0]]
    for top, bottom in itertools.pairwise(drawn):
        ys.extend([*row_lines(page, top, bottom), bottom])
    bands = [pieces_between(page, top, bottom, ()) for top, bottom in itertools.pairwise(ys)]
    xs = _columns(rules, bands)
    if len(xs) < 3:
        return None
    horizontal = _row_walls(merged, xs, ys)
    for j, y in enumerate(ys):
        if y not in drawn:
            horizontal[j] = True
    return frame_of(page, xs, ys, horizontal, ruled=True)


def _columns(rules: Floats, bands: Sequence[Sequence[Piece]]) -> list[float]:
    """Column lines: where many rules end, or where no text of the finest rows stands."""
    left, right = float(rules[:, 1].min()), float(rules[:, 2].max())
    ends = _ends(rules)
    lines = merge_rules(rules, _SNAP)
    rows = len({line[0] for line in lines})
    counted = Counter(
        i
        for x in np.concatenate([rules[:, 1], rules[:, 2]]).tolist()
        for i, end in enumerate(ends)
        if abs(x - end) <= _SNAP
    )
    inner = [end for i, end in enumerate(ends) if counted[i] >= _ENDS_SHARE * rows and left + 2 < end < right - 2]
    if not inner:
        inner = gaps_between(bands, left, right)
    return [left, *inner, right]


def _row_walls(merged: Sequence[Rule], xs: Sequence[float], ys: Sequence[float]) -> Flags:
    """walls[j, c]: is there a rule at ys[j] over column c?"""
    walls = np.zeros((len(ys), len(xs) - 1), np.bool_)
    middles = (np.array(xs[1:]) + np.array(xs[:-1])) / 2
    for place, start, end in merged:
        j = min(range(len(ys)), key=lambda i, place=place: abs(ys[i] - place))  # type: ignore[misc]
        walls[j] |= (middles >= start) & (middles <= end)
    walls[0] = walls[-1] = True
    return walls
