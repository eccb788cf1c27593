"""The characters that PDFium finds on a page and that print something on it: codes, displayed boxes and baselines."""

import ctypes
from array import array
from collections import deque
from collections.abc import Iterable, Sequence
from itertools import chain, compress, repeat
from operator import sub
from typing import Any, NamedTuple

from services.parse.calls_pdfium import pdfium
from services.parse.pages import Boxes, Floats, Placement, bounded

_BLANK = frozenset([*range(0x21), 0xA0, 0x3000, *range(0x2000, 0x200E)])
_LAST_CODE, _NO_CHARACTER = 0x10FFFF, 0xFFFD
_SMALLEST_BUFFER = 1024


class Buffers:
    """Codes, boxes and origins as C arrays, made once and reused for every page."""

    def __init__(self) -> None:
        self.codes, self.rects, self.origins = array("H"), array("f"), array("d")
        self.to_rects = self.to_x = self.to_y = list[Any]()

    def hold(self, count: int) -> None:
        """Make room for at least `count` characters."""
        if count <= len(self.to_rects):
            return
        size = max(_SMALLEST_BUFFER, count * 2)
        self.codes, self.rects, self.origins = _zeros("H", size + 1), _zeros("f", 4 * size), _zeros("d", 2 * size)
        self.to_rects = _references(self.rects, ctypes.c_float * 4)
        places = _references(self.origins, ctypes.c_double)
        self.to_x, self.to_y = places[:size], places[size:]


def _zeros(kind: str, count: int) -> "array[Any]":
    return array(kind, [0]) * count


def _references(values: "array[Any]", kind: type[Any]) -> list[Any]:
    """Every element as a place to write to."""
    size = ctypes.sizeof(kind)
    shared = (kind * (len(values) * values.itemsize // size)).from_buffer(values)
    return [ctypes.byref(shared, start) for start in range(0, ctypes.sizeof(shared), size)]


def addresses(values: "array[Any]") -> range:
    """The address of every element."""
    first, count = values.buffer_info()
    return range(first, first + count * values.itemsize, values.itemsize)


def run(calls: Iterable[Any]) -> None:
    """Make the calls for what they write into buffers."""
    deque(calls, maxlen=0)


class Glyphs(NamedTuple):
    """Characters by their numbers in PDFium's text, with codes, displayed boxes and what they stand on."""

    numbers: list[int]
    codes: list[int]
    boxes: Boxes
    baselines: Floats

    def only(self, flags: Sequence[bool]) -> "Glyphs":
        """Those with a flag."""
        return Glyphs(
            list(compress(self.numbers, flags)),
            list(compress(self.codes, flags)),
            self.boxes.only(flags),
            list(compress(self.baselines, flags)),
        )


def read_glyphs(handle: int, count: int, place: Placement, buffers: Buffers) -> Glyphs:
    """The characters that print something inside the page (those PDFium adds between words have no width)."""
    buffers.hold(count)
    text = ctypes.c_void_p(handle)
    run(map(pdfium().FPDFText_GetLooseCharBox, repeat(text), range(count), buffers.to_rects))
    left, top, right, bottom = (bounded(buffers.rects[side : 4 * count : 4].tolist()) for side in range(4))
    boxes = place.boxes(left, top, right, bottom)
    codes = _codes(handle, count, buffers)
    across, down = 2 * place.width, 2 * place.height
    flags = [
        code not in _BLANK and x0 < x1 and y0 < y1 and 0 <= x0 + x1 <= across and 0 <= y0 + y1 <= down
        for code, x0, y0, x1, y1 in zip(codes, *boxes.sides, strict=True)
    ]
    numbers, boxes = list(compress(range(count), flags)), boxes.only(flags)
    return Glyphs(numbers, list(compress(codes, flags)), boxes, _baselines(text, numbers, boxes, place, buffers))


def _codes(handle: int, count: int, buffers: Buffers) -> Sequence[int]:
    """The page's characters, in one call where it gives one code for each."""
    if pdfium().FPDFText_GetText(handle, 0, count, buffers.codes.buffer_info()[0]) == count + 1:
        return buffers.codes[:count]
    codes = map(pdfium().FPDFText_GetUnicode, repeat(handle), range(count))
    return [code if code <= _LAST_CODE else _NO_CHARACTER for code in codes]


def _baselines(
    text: ctypes.c_void_p, numbers: Sequence[int], boxes: Boxes, place: Placement, buffers: Buffers
) -> Floats:
    """What each character stands on.

    A loose box reaches from its font's descent to its ascent, so a neighbour whose box is exactly as high stands on the
    same baseline: only the first of such a run is asked for.
    """
    tops, bottoms = boxes.top, boxes.bottom
    begins = [
        index
        for index, (top, before, bottom, above) in enumerate(zip(tops[1:], tops, bottoms[1:], bottoms, strict=False), 1)
        if top != before or bottom != above
    ]
    starts = [0, *begins] if numbers else []
    asked = [numbers[start] for start in starts]
    run(map(pdfium().FPDFText_GetCharOrigin, repeat(text), asked, buffers.to_x, buffers.to_y))
    half = len(buffers.to_x)
    xs = bounded(buffers.origins[: len(asked)].tolist())
    ys = bounded(buffers.origins[half : half + len(asked)].tolist())
    lengths = map(sub, [*begins, len(numbers)], starts)
    return list(chain.from_iterable(map(repeat, place.down(xs, ys), lengths)))
