"""What PDFium writes into: C arrays with a place for each character or path, made once and reused for every page."""

import ctypes
from array import array
from collections import deque
from collections.abc import Iterable, Sequence
from typing import Any

from services.parse.calls_pdfium import Handle, pdfium
from services.parse.floats import Floats, bounded

_SMALLEST_BUFFER = 1024


def _zeros(kind: str, count: int) -> "array[Any]":
    """A C array of zeros."""
    return array(kind, [0]) * count


def references(values: "array[Any]", kind: type[Any]) -> list[Any]:
    """Every element as a place to write to."""
    size = ctypes.sizeof(kind)
    shared = (kind * (len(values) * values.itemsize // size)).from_buffer(values)
    return [ctypes.byref(shared, start) for start in range(0, ctypes.sizeof(shared), size)]


def run(calls: Iterable[Any]) -> None:
    """Make the calls for what they write into buffers."""
    deque(calls, maxlen=0)


class Buffers:
    """Codes, boxes and origins of a page's characters."""

    def __init__(self) -> None:
        self.codes, self.rects, self.origins = array("H"), array("f"), array("d")
        self.to_rects = self.to_x = self.to_y = list[Any]()

    def hold(self, count: int) -> None:
        """Make room for at least `count` characters; a box that no call writes is empty, not another page's."""
        if count <= len(self.to_rects):
            ctypes.memset(self.rects.buffer_info()[0], 0, 4 * count * self.rects.itemsize)
            return
        size = max(_SMALLEST_BUFFER, count * 2)
        self.codes, self.rects, self.origins = _zeros("H", size + 1), _zeros("f", 4 * size), _zeros("d", 2 * size)
        self.to_rects = references(self.rects, ctypes.c_float * 4)
        places = references(self.origins, ctypes.c_double)
        self.to_x, self.to_y = places[:size], places[size:]


class Bounds:
    """The bounds of paths, of so many at a time."""

    AT_ONCE = 1024

    def __init__(self) -> None:
        self._sides = [_zeros("f", self.AT_ONCE) for _ in range(4)]
        self._places = [references(side, ctypes.c_float) for side in self._sides]

    def of(self, paths: Sequence[Handle]) -> list[Floats]:
        """Left, bottom, right and top of each path; 0 where a path has none."""
        for side in self._sides:
            ctypes.memset(side.buffer_info()[0], 0, len(paths) * side.itemsize)
        run(map(pdfium().FPDFPageObj_GetBounds, paths, *self._places))
        return [bounded(side[: len(paths)].tolist(), 0.0) for side in self._sides]
