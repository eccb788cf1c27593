"""A page's characters from PDFium, without what is laid over the page.

Watermarks and seals are dropped where they are text: what stands oblique on the displayed page, and characters much
larger than the rest in a pale or transparent colour, or in the colour of the oblique ones.
"""

import ctypes
import math
import re
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from itertools import compress, pairwise
from operator import lt, sub
from typing import NamedTuple

from services.parse.buffers_pdfium import Buffers, references
from services.parse.calls_pdfium import Handle, pdfium
from services.parse.floats import Floats, changes
from services.parse.glyphs_pdfium import Glyphs, read_glyphs
from services.parse.pages import Boxes, Placement, no_boxes
from shared.errors import PageTooComplex

_QUARTER = math.pi / 2
_OBLIQUE = 0.013  # quarters of a turn
_SIDEWAYS = 0.6  # of the characters of a page that is printed sideways
_SLANT = 0.04  # of an em between the baselines of neighbours
_LARGE = 1.8  # times the usual height of the page's characters
_PALE = 150  # least of red, green and blue
_OPAQUE = 170  # alpha
_DARK = 90
_TWICE = 0.15  # of a character's width between its two printings
_NO_CHARACTER = re.compile("[\ud800-\udfff]")
_UNMAPPED = re.compile("[\ufffd\ue000-\uf8ff]")

Colour = tuple[int, int, int, int]


class Characters(NamedTuple):
    """What a page prints: characters, displayed boxes, and how many were dropped or have no known character."""

    text: str
    boxes: Boxes
    baselines: Floats
    overlaid: int = 0
    unmapped: int = 0
    sideways: int = 0
    """Quarters of a turn, clockwise, by which most characters of the page are turned."""


def read_characters(page: int, place: Placement, number: int, limit: int, buffers: Buffers) -> Characters:
    """The visible characters of a page. Raises `PageTooComplex` above `limit` characters."""
    handle = pdfium().FPDFText_LoadPage(page)
    if not handle:
        return Characters("", no_boxes(), [])
    try:
        count = max(0, pdfium().FPDFText_CountChars(handle))
        if count > limit:
            raise PageTooComplex(page=number, count=count, limit=limit)
        return _characters(handle, read_glyphs(handle, count, place, buffers), place.rotation)
    finally:
        pdfium().FPDFText_ClosePage(handle)


def _characters(handle: int, glyphs: Glyphs, rotation: int) -> Characters:
    turned = _turned(handle, glyphs, rotation)
    for index, turn in turned.items():
        # Upright letters run down the page, sideways ones up or down it: those that run up are read from below.
        if round(turn) == -1:
            glyphs.baselines[index] *= -1
    overlaid = _overlaid(handle, glyphs, [i for i, turn in turned.items() if abs(turn - round(turn)) > _OBLIQUE])
    dropped = overlaid | _second_printings(glyphs, overlaid)
    kept = glyphs.only([index not in dropped for index in range(len(glyphs.codes))]) if dropped else glyphs
    text = _NO_CHARACTER.sub("\ufffd", "".join(map(chr, kept.codes)))
    quarters = Counter(round(turn) for index, turn in turned.items() if index not in dropped)
    sideways = [q for q in (1, -1, 2, -2) if quarters[q] > _SIDEWAYS * len(text)]
    return Characters(
        text,
        kept.boxes,
        kept.baselines,
        len(overlaid),
        len(_UNMAPPED.findall(text)),
        sideways[0] if sideways else 0,
    )


def _turned(handle: int, glyphs: Glyphs, rotation: int) -> Mapping[int, float]:
    """By how many quarters characters are turned on the displayed page; those that are not named stand upright.

    Only those are asked for their angle that share a baseline with neither neighbour, or that run leftwards.
    """
    baselines, count = glyphs.baselines, len(glyphs.baselines)
    if not count:
        return {}
    ems = glyphs.boxes.ems
    apart = {i for i in changes(baselines) if abs(baselines[i] - baselines[i - 1]) > _SLANT * min(ems[i], ems[i - 1])}
    apart |= {0, count}
    asked = {index for index in apart if index + 1 in apart}
    x0 = glyphs.boxes.x0
    if sum(map(lt, x0[1:], x0)) > _SIDEWAYS * count:
        backwards = {i for i in range(count - 1) if i + 1 not in apart and x0[i + 1] < x0[i]}
        if len(backwards) > _SIDEWAYS * count:  # a page printed upside down, line for line
            asked |= backwards
    turned = {}
    for index in sorted(asked):
        angle = pdfium().FPDFText_GetCharAngle(handle, glyphs.numbers[index]) + rotation * _QUARTER
        turned[index] = math.remainder(angle, 4 * _QUARTER) / _QUARTER
    return turned


def _overlaid(handle: int, glyphs: Glyphs, oblique: Sequence[int]) -> Set[int]:
    """The oblique characters, and upright ones of a seal or watermark: pale and large, or coloured like the oblique."""
    overlaid = set(oblique)
    heights = list(map(sub, glyphs.boxes.bottom, glyphs.boxes.top))
    large = _LARGE * _median([heights[i] for i in range(len(heights)) if i not in overlaid] if overlaid else heights)
    sample = oblique[:: max(1, len(oblique) // 16)]
    seals = {colour for _, colour in _colours(handle, glyphs, sample) if max(colour[:3]) > _DARK}
    suspects = [i for i, height in enumerate(heights) if height > large or seals]
    for index, colour in _colours(handle, glyphs, [i for i in suspects if i not in overlaid]):
        pale = min(colour[:3]) > _PALE or colour[3] < _OPAQUE
        if colour in seals or (pale and heights[index] > large):
            overlaid.add(index)
    return overlaid


def _median(values: Floats) -> float:
    """The median, 0 where there is none."""
    ordered, half = sorted(values), len(values) // 2
    return (ordered[half] + ordered[~half]) / 2 if ordered else 0.0


def _second_printings(glyphs: Glyphs, overlaid: Set[int]) -> Set[int]:
    """The second of characters printed twice at one place, as some producers make bold type."""
    x0, baselines = glyphs.boxes.x0, glyphs.baselines
    near = [_TWICE * width if width > 1 else _TWICE for width in map(sub, glyphs.boxes.x1, x0)]
    again: set[int] = set()
    if not near or not _one_over_another(x0, baselines, near):
        return again
    order = zip(glyphs.codes, map(round, baselines), x0, range(len(x0)), strict=True)
    upright = [index for _, _, _, index in sorted(order) if index not in overlaid]
    for one, other in pairwise(upright):
        if (
            glyphs.codes[one] == glyphs.codes[other]
            and abs(x0[other] - x0[one]) < near[other]
            and abs(baselines[other] - baselines[one]) < near[other]
        ):
            again.add(other)
    return again


def _one_over_another(x0: Floats, baselines: Floats, near: Floats) -> bool:
    """True where some characters of a page may begin nearer each other than that on one line, which is rare.

    Characters that follow each other from left to right on one baseline are a run, and runs are few.
    """
    back = compress(range(1, len(x0)), map(lt, map(sub, x0[1:], x0), near[1:]))
    ends = sorted({*back, *changes(baselines)})
    runs = [(baselines[s], x0[s], x0[e - 1], max(near[s:e])) for s, e in pairwise([0, *ends, len(x0)])]
    runs.sort()
    farthest = max(near)
    line: list[tuple[float, float, float]] = []
    above = -math.inf
    for baseline, first, last, reach in runs:
        if baseline - above >= farthest:
            if _overlap(line):
                return True
            line = []
        line.append((first, last, reach))
        above = baseline
    return _overlap(line)


def _overlap(runs: list[tuple[float, float, float]]) -> bool:
    """True where a run (its first, its last character, how near is too near) begins before the one left of it ends."""
    end, near = -math.inf, 0.0
    for first, last, reach in sorted(runs):
        near = max(near, reach)
        if first - end < near:
            return True
        end = max(end, last)
    return False


def _colours(handle: int, glyphs: Glyphs, indexes: Iterable[int]) -> Iterator[tuple[int, Colour]]:
    """Fill colour (red, green, blue, alpha) of some characters."""
    parts, text = array("I", [0] * 4), Handle(handle)
    places = references(parts, ctypes.c_uint)
    for index in indexes:
        if pdfium().FPDFText_GetFillColor(text, glyphs.numbers[index], *places):
            red, green, blue, alpha = parts
            yield index, (red, green, blue, alpha)
