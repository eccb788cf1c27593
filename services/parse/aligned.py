"""Tables without rules, or with rules round the header only: rows and columns of aligned texts.

A run of lines is a table where most of them hold several texts with amounts among them and the white between the texts
runs down through all of them. It is read with less confidence than any other.
"""

import itertools
import re
from collections.abc import Sequence

from services.parse.grids import Frame
from services.parse.lines import Line, page_lines
from services.parse.pages import Page
from services.parse.partition import frame_of, gaps_between, pieces_between
from shared.amounts import fold, printed_amount

_NEAR = 2.6  # ems between the lines of one run
_WRAPPED = 0.75  # ems between the lines of one wrapped text
_LEAST_ROWS = 4
_LEAST_COLUMNS = 3
_MARGIN = 3.0  # points around the texts
_CAPTION = re.compile(r"单位[:：]|部门[:：]|公开\d+表|^注[:：]")
_DECIMALS = re.compile(r"\d\.\d|\d,\d{3}")


def find_aligned(page: Page, lines: Sequence[Line]) -> list[Frame]:
    """The tables among lines that stand in no frame."""
    frames = []
    for run in _runs(lines):
        rows = [line for line in run if len(line.segments) > 1 and _has_amount(line)]
        if len(rows) >= _LEAST_ROWS and 2 * len(rows) >= len(run):
            frame = _frame(page, run)
            if frame is not None:
                frames.append(frame)
    return frames


def row_lines(page: Page, top: float, bottom: float) -> list[float]:
    """Where rows end between two rules, where the texts between them are the rows of a table without rules."""
    lines = page_lines(page, [i for i, level in enumerate(page.boxes.levels) if top < level < bottom])
    if sum(1 for line in lines if len(line.segments) > 1 and _has_amount(line)) < _LEAST_ROWS:
        return []
    return [
        (upper.bottom + lower.top) / 2 for upper, lower in itertools.pairwise(lines) if not _is_wrapped(upper, lower)
    ]


def _has_amount(line: Line) -> bool:
    return any(_DECIMALS.search(segment.text) and printed_amount(segment.text) for segment in line.segments)


def _runs(lines: Sequence[Line]) -> list[list[Line]]:
    runs: list[list[Line]] = [[]]
    for line in lines:
        last = runs[-1][-1] if runs[-1] else None
        is_row = len(line.segments) > 1 and not any(_CAPTION.search(fold(s.text)) for s in line.segments)
        wraps = last is not None and _is_wrapped(last, line)
        if not (is_row or wraps):
            runs.append([])
        elif last is not None and line.top - last.bottom > _NEAR * line.size:
            runs.append([line] if is_row else [])
        else:
            runs[-1].append(line)
    return [run for run in runs if run]


def _is_wrapped(upper: Line, lower: Line) -> bool:
    """True for a line that goes on a text of the line above: one text without an amount, close below it."""
    close = lower.top - upper.bottom < _WRAPPED * lower.size
    single = len(lower.segments) == 1 and not printed_amount(lower.text)
    under = any(s.x0 - lower.size < lower.x0 < s.x1 for s in upper.segments)
    return close and single and under and len(upper.segments) > 1


def _frame(page: Page, run: Sequence[Line]) -> Frame | None:
    left, right = min(line.x0 for line in run) - _MARGIN, max(line.x1 for line in run) + _MARGIN
    inner = [(a.bottom + b.top) / 2 for a, b in itertools.pairwise(run) if not _is_wrapped(a, b)]
    ys = [run[0].top - _MARGIN, *inner, run[-1].bottom + _MARGIN]
    bands = [pieces_between(page, top, bottom, ()) for top, bottom in itertools.pairwise(ys)]
    xs = [left, *gaps_between(bands, left, right), right]
    if len(xs) <= _LEAST_COLUMNS:
        return None
    walls = [[True] * (len(xs) - 1) for _ in ys]
    return frame_of(page, xs, ys, walls, ruled=False)
