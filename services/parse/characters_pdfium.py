"""A page's characters from PDFium, with their boxes, without what is laid over the page.

Watermarks and seals are dropped where they are text: what stands oblique on the displayed page, and characters much
larger than the rest in a pale or transparent colour, or in the colour of the oblique ones.
"""

import ctypes
import math
from collections import deque
from collections.abc import Iterable
from itertools import repeat
from typing import Any, NamedTuple

import numpy as np

from services.parse.calls_pdfium import pdfium
from services.parse.pages import Flags, Floats, Indexes, Placement, no_boxes
from shared.errors import PageTooComplex

_QUARTER = math.pi / 2
_OBLIQUE = 0.013  # quarters of a turn
_SIDEWAYS = 0.6  # of the characters of a page that is printed sideways
_SLANT = 0.04  # of an em between the baselines of neighbours
_LARGE = 1.8  # times the usual height of the page's characters
_PALE = 150  # least of red, green and blue
_OPAQUE = 170  # alpha
_DARK = 90
_FARTHEST = 1e6  # points: malformed files print beyond any page
_TWICE = 0.15  # of a character's width between its two printings
_SMALLEST_BUFFER = 4096

Codes = np.ndarray[Any, np.dtype[np.uint32]]
Colour = tuple[int, int, int, int]


class Characters(NamedTuple):
    """What a page prints: characters, displayed boxes, and how many were dropped or have no known character."""

    text: str = ""
    boxes: Floats = no_boxes()
    baselines: Floats = np.zeros(0)
    overlaid: int = 0
    unmapped: int = 0
    sideways: int = 0
    """Quarters of a turn, clockwise, by which most characters of the page are turned."""


class CharacterBuffers:
    """Boxes and origins as C structures, made once and reused for every page."""

    def __init__(self) -> None:
        self.codes = (ctypes.c_ushort * 0)()
        self.rects = (ctypes.c_float * 4 * 0)()
        self.origins = (ctypes.c_double * 0)()
        self.to_rects = self.to_x = self.to_y = range(0)

    def hold(self, count: int) -> None:
        """Make room for at least `count` characters."""
        if count <= len(self.to_rects):
            return
        size = max(_SMALLEST_BUFFER, count * 2)
        self.codes = (ctypes.c_ushort * (size + 1))()
        self.rects = (ctypes.c_float * 4 * size)()
        self.origins = (ctypes.c_double * (2 * size))()
        self.to_rects = _addresses(self.rects)
        places = _addresses(self.origins)
        self.to_x, self.to_y = places[:size], places[size:]


def _addresses(array: Any) -> range:
    """The address of every element."""
    step = ctypes.sizeof(array._type_)
    return range(ctypes.addressof(array), ctypes.addressof(array) + ctypes.sizeof(array), step)


def read_characters(page: int, place: Placement, number: int, limit: int, buffers: CharacterBuffers) -> Characters:
    """The visible characters of a page. Raises `PageTooComplex` above `limit` characters."""
    handle = pdfium().FPDFText_LoadPage(page)
    if not handle:
        return Characters()
    try:
        count = max(0, pdfium().FPDFText_CountChars(handle))
        if count > limit:
            raise PageTooComplex(page=number, count=count, limit=limit)
        return _characters(handle, count, place, buffers) if count else Characters()
    finally:
        pdfium().FPDFText_ClosePage(handle)


def _characters(handle: int, count: int, place: Placement, buffers: CharacterBuffers) -> Characters:
    span = range(count)
    buffers.hold(count)
    codes = _codes(handle, count, buffers)
    _run(map(pdfium().FPDFText_GetLooseCharBox, repeat(handle), span, buffers.to_rects))
    corners = np.frombuffer(memoryview(buffers.rects), np.float32, count * 4).reshape(count, 4).astype(np.float64)
    boxes = place.boxes(_bounded(corners))  # a rectangle is left, top, right, bottom; any two corners will do
    visible = _visible(codes, boxes, place)
    baselines = _baselines(handle, boxes, visible, place, buffers)
    turned = _turned(handle, visible, boxes, baselines, place.rotation)
    quarters = np.rint(turned)
    oblique = visible & (np.abs(turned - quarters) > _OBLIQUE)
    # Upright letters run down the page, sideways ones up or down it: those that run up are read from below.
    baselines = np.where(quarters == -1, -baselines, baselines)
    overlaid = oblique | _overlaid(handle, boxes, visible & ~oblique, np.flatnonzero(oblique))
    kept = _once(codes, boxes, baselines, np.flatnonzero(visible & ~overlaid))
    shown = codes[kept]
    shown = np.where((shown > 0x10FFFF) | ((shown >= 0xD800) & (shown <= 0xDFFF)), 0xFFFD, shown)
    unmapped = (shown == 0) | (shown == 0xFFFD) | ((shown >= 0xE000) & (shown <= 0xF8FF))
    text = "".join(map(chr, shown.tolist()))
    sideways = [q for q in (1, -1, 2, -2) if np.count_nonzero(quarters[kept] == q) > _SIDEWAYS * len(kept)]
    return Characters(
        text,
        boxes[kept],
        baselines[kept],
        int(np.count_nonzero(overlaid)),
        int(np.count_nonzero(unmapped)),
        sideways[0] if sideways else 0,
    )


def _baselines(handle: int, boxes: Floats, visible: Flags, place: Placement, buffers: CharacterBuffers) -> Floats:
    """What each visible character stands on.

    A loose box reaches from its font's descent to its ascent, so a neighbour whose box is exactly as high stands on the
    same baseline: only the first of such a run is asked for.
    """
    baselines = np.zeros(len(boxes))
    shown = np.flatnonzero(visible)
    if not len(shown):
        return baselines
    edges = boxes[shown][:, [1, 3]]
    begins = np.concatenate(([True], (edges[1:] != edges[:-1]).any(axis=1)))
    asked = shown[begins]
    _run(map(pdfium().FPDFText_GetCharOrigin, repeat(handle), asked.tolist(), buffers.to_x, buffers.to_y))
    half = len(buffers.to_x)
    places = np.frombuffer(memoryview(buffers.origins), np.float64, 2 * half)
    origins = _bounded(np.stack([places[: len(asked)], places[half : half + len(asked)]], axis=1))
    baselines[shown] = place.boxes(origins[:, [0, 1, 0, 1]])[np.cumsum(begins) - 1, 1]
    return baselines


def _bounded(places: Floats) -> Floats:
    """Places within bounds; what is no number stands far outside the page."""
    bounded: Floats = np.fmin(np.fmax(places, -_FARTHEST), _FARTHEST)
    return bounded


def _run(calls: Iterable[Any]) -> None:
    """Make the calls for what they write into buffers."""
    deque(calls, maxlen=0)


def _visible(codes: Codes, boxes: Floats, place: Placement) -> Flags:
    """True for characters that print something inside the page (those PDFium adds between words have no width)."""
    x, y = (boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2
    inside = (x >= 0) & (x <= place.width) & (y >= 0) & (y <= place.height)
    blank = (codes <= 0x20) | (codes == 0xA0) | (codes == 0x3000) | ((codes >= 0x2000) & (codes <= 0x200D))
    visible: Flags = inside & ~blank & (boxes[:, 2] > boxes[:, 0]) & (boxes[:, 3] > boxes[:, 1])
    return visible


def _codes(handle: int, count: int, buffers: CharacterBuffers) -> Codes:
    """The page's characters, in one call where it gives one code for each."""
    if pdfium().FPDFText_GetText(handle, 0, count, ctypes.addressof(buffers.codes)) == count + 1:
        codes: Codes = np.frombuffer(memoryview(buffers.codes), np.uint16, count).astype(np.uint32)
        return codes
    return np.fromiter(map(pdfium().FPDFText_GetUnicode, repeat(handle), range(count)), np.uint32, count)


def _turned(handle: int, visible: Flags, boxes: Floats, baselines: Floats, rotation: int) -> Floats:
    """By how many quarters each visible character is turned on the displayed page, 0 for an upright one.

    Only those are asked for their angle that share a baseline with neither neighbour, or that run leftwards.
    """
    turned = np.zeros(len(visible))
    shown = np.flatnonzero(visible)
    if not len(shown):
        return turned
    ems = np.maximum(boxes[shown, 2] - boxes[shown, 0], (boxes[shown, 3] - boxes[shown, 1]) / 2)
    apart = np.abs(np.diff(baselines[shown])) > _SLANT * np.minimum(ems[1:], ems[:-1])
    alone = np.concatenate(([True], apart)) & np.concatenate((apart, [True]))
    backwards = ~apart & (np.diff(boxes[shown, 0]) < 0)
    if np.count_nonzero(backwards) > _SIDEWAYS * len(shown):  # a page printed upside down, line for line
        alone[:-1] |= backwards
    for index in shown[alone].tolist():
        angle = math.remainder(pdfium().FPDFText_GetCharAngle(handle, index) + rotation * _QUARTER, 4 * _QUARTER)
        turned[index] = angle / _QUARTER
    return turned


def _overlaid(handle: int, boxes: Floats, upright: Flags, oblique: Indexes) -> Flags:
    """Upright characters of a seal or watermark: pale and large, or coloured like the oblique ones."""
    overlaid = np.zeros(len(boxes), np.bool_)
    seals = {c for c in _colours(handle, oblique[:: max(1, len(oblique) // 16)]).values() if max(c[:3]) > _DARK}
    heights = boxes[:, 3] - boxes[:, 1]
    usual = _median(heights[upright])
    suspects = np.flatnonzero(upright if seals else upright & (heights > _LARGE * usual))
    for index, colour in _colours(handle, suspects).items():
        pale = min(colour[:3]) > _PALE or colour[3] < _OPAQUE
        overlaid[index] = colour in seals or (pale and heights[index] > _LARGE * usual)
    return overlaid


def _median(values: Floats) -> float:
    """The median, 0 where there is none; `np.median` takes longer to set out than to find it."""
    ordered, half = np.sort(values), len(values) // 2
    return float(ordered[half] + ordered[~half]) / 2 if len(ordered) else 0.0


def _once(codes: Codes, boxes: Floats, baselines: Floats, shown: Indexes) -> Indexes:
    """The characters without those printed twice at one place, as some producers make bold type."""
    order = shown[np.lexsort((boxes[shown, 0], np.round(baselines[shown]), codes[shown]))]
    ems = np.maximum(boxes[order, 2] - boxes[order, 0], 1.0)[1:]
    again = (
        (np.diff(codes[order]) == 0)
        & (np.abs(np.diff(boxes[order, 0])) < _TWICE * ems)
        & (np.abs(np.diff(baselines[order])) < _TWICE * ems)
    )
    once: Indexes = np.sort(np.delete(order, np.flatnonzero(again) + 1))
    return once


def _colours(handle: int, indexes: Iterable[int]) -> dict[int, Colour]:
    """Fill colour (red, green, blue, alpha) of some characters."""
    parts = (ctypes.c_uint * 4)()
    places = list(_addresses(parts))
    found: dict[int, Colour] = {}
    for index in indexes:
        if pdfium().FPDFText_GetFillColor(handle, int(index), *places):
            red, green, blue, alpha = parts
            found[int(index)] = (red, green, blue, alpha)
    return found
