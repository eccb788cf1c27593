"""Tables without vertical rules: rows from horizontal rules, columns from their ends or the white between texts."""

import itertools
from collections import Counter
from collections.abc import Iterable, Sequence
from operator import itemgetter, sub

from services.parse.aligned import row_lines
from services.parse.floats import quantile
from services.parse.grids import Frame, Walls, draw, merge_rules
from services.parse.pages import Box, Page, Rule
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


def _outside(rules: Sequence[Rule], boxes: Sequence[Box]) -> list[Rule]:
    return [rule for rule in rules if not any(_is_inside(rule, box) for box in boxes)]


def _is_inside(rule: Rule, box: Box) -> bool:
    y, start, end = rule
    x0, top, x1, bottom = box
    return top - _SNAP <= y <= bottom + _SNAP and end >= x0 - _SNAP and start <= x1 + _SNAP


def _groups(page: Page, free: Sequence[Rule]) -> list[list[Rule]]:
    """Rules that belong to one table: near each other, or with the same ends, and no larger type between them."""
    free = sorted(free, key=itemgetter(0))
    breaks = [i for i, (upper, lower) in enumerate(itertools.pairwise(free), 1) if lower[0] - upper[0] > _SNAP]
    groups: list[list[list[Rule]]] = []
    for first, last in itertools.pairwise([0, *breaks, len(free)]):
        line = free[first:last]
        if groups and _same_table(page, groups[-1], line):
            groups[-1].append(line)
        else:
            groups.append([line])
    return [list(itertools.chain(*group)) for group in groups if len(group) >= _LEAST_ROWS]


def _same_table(page: Page, group: Sequence[Sequence[Rule]], line: Sequence[Rule]) -> bool:
    last = group[-1]
    top, bottom = _level(last), _level(line)
    (start, end), (other_start, other_end) = _reach(last), _reach(line)
    if min(end, other_end) - max(start, other_start) < 0.3 * (max(end, other_end) - min(start, other_start)):
        return False
    ends = _ends(itertools.chain(*group))
    same = [end for end in _ends(line) if any(abs(end - known) <= _SNAP for known in ends)]
    if bottom - top > _ROW_GAP and len(same) < max(3, 0.7 * len(_ends(line))):
        return False
    return not _larger_type_between(page, _level(group[0]), top, bottom)


def _level(line: Sequence[Rule]) -> float:
    return sum(rule[0] for rule in line) / len(line)


def _reach(rules: Sequence[Rule]) -> tuple[float, float]:
    """Where rules begin and end."""
    return min(start for _, start, _ in rules), max(end for _, _, end in rules)


def _larger_type_between(page: Page, first: float, top: float, bottom: float) -> bool:
    """True where the type between two rules is larger than that between the rules before."""
    if top - first < 1:
        return False
    widths = list(map(sub, page.boxes.x1, page.boxes.x0))
    inside = [width for width, level in zip(widths, page.boxes.levels, strict=True) if first < level < top]
    between = [width for width, level in zip(widths, page.boxes.levels, strict=True) if top < level < bottom]
    if not inside or not between:
        return False
    return quantile(between, 0.9) > _LARGER * quantile(inside, 0.9)


def _ends(rules: Iterable[Rule]) -> list[float]:
    """Distinct ends of rules."""
    places: list[float] = []
    for place in sorted(end for _, *ends in rules for end in ends):
        if not places or place - places[-1] > _SNAP:
            places.append(place)
    return places


def _frame(page: Page, rules: Sequence[Rule]) -> Frame | None:
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
            horizontal[j] = [True] * (len(xs) - 1)
    return frame_of(page, xs, ys, horizontal, ruled=True)


def _columns(rules: Sequence[Rule], bands: Sequence[Sequence[Piece]]) -> list[float]:
    """Column lines: where many rules end, or where no text of the finest rows stands."""
    left, right = _reach(rules)
    ends = _ends(rules)
    lines = merge_rules(rules, _SNAP)
    rows = len({line[0] for line in lines})
    counted = Counter(i for _, *reach in rules for x in reach for i, end in enumerate(ends) if abs(x - end) <= _SNAP)
    inner = [end for i, end in enumerate(ends) if counted[i] >= _ENDS_SHARE * rows and left + 2 < end < right - 2]
    if not inner:
        inner = gaps_between(bands, left, right)
    return [left, *inner, right]


def _row_walls(merged: Sequence[Rule], xs: Sequence[float], ys: Sequence[float]) -> Walls:
    """walls[j][c]: is there a rule at ys[j] over column c?"""
    middles = [(right + left) / 2 for left, right in itertools.pairwise(xs)]
    walls = [[False] * len(middles) for _ in ys]
    for place, start, end in merged:
        j = min(range(len(ys)), key=lambda i, place=place: abs(ys[i] - place))  # type: ignore[misc]
        draw(walls[j], middles, start, end)
    walls[0] = walls[-1] = [True] * len(middles)
    return walls
