"""A page's rules from PDFium: thin paths, the sides of stroked rectangles, and the segments of longer paths."""

import ctypes
import itertools
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from typing import Any

import numpy as np
import pypdfium2_raw as pdfium

from services.parse.calls_pdfium import address_of, calls
from services.parse.pages import Floats, Placement, no_rules
from shared.errors import PageTooComplex

_THIN = 5.0  # points: a path at most this thick is a rule; PDFium's bounds of a line are twice its width
_SHORT = 3.0  # points: a rule at least this long counts
_SIMPLE = 5  # a path with no more segments, and thin, is one line or one box; a curve with two lines has six
_FARTHEST = 1e6  # points: malformed files draw beyond any page
_LEVELS = 6  # of forms inside forms

Matrix = tuple[float, float, float, float, float, float]
Corners = tuple[float, float, float, float]

_TEXT, _PATH, _IMAGE, _FORM = (
    pdfium.FPDF_PAGEOBJ_TEXT,
    pdfium.FPDF_PAGEOBJ_PATH,
    pdfium.FPDF_PAGEOBJ_IMAGE,
    pdfium.FPDF_PAGEOBJ_FORM,
)


@dataclass(frozen=True)
class Rules:
    """Horizontal rules [y, x0, x1], vertical rules [x, top, bottom], and how many pictures the page has."""

    horizontal: Floats = field(default_factory=no_rules)
    vertical: Floats = field(default_factory=no_rules)
    pictures: int = 0


def read_rules(page: Any, place: Placement, number: int, limit: int) -> Rules:
    """The rules of a page as displayed. Raises `PageTooComplex` above `limit` objects, forms included."""
    walk = _Walk(number, limit)
    count = pdfium.FPDFPage_CountObjects(page)
    things = list(map(calls().object_at, repeat(address_of(page)), range(count)))
    paths = []
    for thing, kind in zip(things, map(calls().object_kind, things), strict=True):
        if kind == _PATH:
            paths.append(thing)
        elif kind != _TEXT:
            walk.visit(thing, kind, None, 0)
    thin = _thin_paths(paths, walk)
    if not walk.found and not len(thin):
        return Rules(pictures=walk.pictures)
    found = np.clip(np.nan_to_num(np.array(walk.found, np.float64).reshape(-1, 4)), -_FARTHEST, _FARTHEST)
    boxes = place.boxes(np.concatenate([thin, found]))
    wide, high = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    flat = (high <= _THIN) & (wide >= _SHORT) & (wide >= 2 * high)
    tall = (wide <= _THIN) & (high >= _SHORT) & (high >= 2 * wide) & ~flat
    middle_y, middle_x = (boxes[:, 1] + boxes[:, 3]) / 2, (boxes[:, 0] + boxes[:, 2]) / 2
    return Rules(
        np.stack([middle_y[flat], boxes[flat, 0], boxes[flat, 2]], axis=1),
        np.stack([middle_x[tall], boxes[tall, 1], boxes[tall, 3]], axis=1),
        walk.pictures,
    )


def _thin_paths(paths: Sequence[int], walk: "_Walk") -> Floats:
    """The corners of paths that are one thin line or box, all at once; the others are visited one by one."""
    if not paths:
        return np.zeros((0, 4))
    sides = (ctypes.c_float * (4 * len(paths)))()
    first, last = ctypes.addressof(sides), ctypes.addressof(sides) + ctypes.sizeof(sides)
    segments = np.fromiter(map(calls().segment_count, paths), np.int64, len(paths))
    deque(map(calls().bounds, paths, *(range(first + 4 * side, last, 16) for side in range(4))), maxlen=0)
    corners = np.frombuffer(memoryview(sides), np.float32).reshape(-1, 4).astype(np.float64)
    corners = np.clip(np.nan_to_num(corners), -_FARTHEST, _FARTHEST)
    thin = (corners[:, 2] - corners[:, 0] <= _THIN) | (corners[:, 3] - corners[:, 1] <= _THIN)
    simple = segments <= _SIMPLE
    for index in np.flatnonzero(~(thin & simple) & (segments > 2)).tolist():
        walk.visit(paths[index], _PATH, None, 0)
    return corners[thin & simple]


class _Walk:
    """Visits page objects and gathers the corners of everything thin, in user space."""

    def __init__(self, number: int, limit: int) -> None:
        self.found: list[Corners] = []
        self.pictures = 0
        self._number = number
        self._limit = limit
        self._seen = 0
        self._sides = (ctypes.c_float * 4)()
        first = ctypes.addressof(self._sides)
        self._at = (first, first + 4, first + 8, first + 12)

    def visit(self, thing: int, kind: int, matrix: Matrix | None, level: int) -> None:
        """Gather the rules of one object; a form's objects are placed by its matrix."""
        if kind == _PATH:
            self._path(thing, matrix)
        elif kind == _IMAGE:
            self.pictures += 1
        elif kind == _FORM and level < _LEVELS:
            self._form(thing, matrix, level)

    def _form(self, address: int, matrix: Matrix | None, level: int) -> None:
        form = _pointer(address)
        placed = _times(_matrix_of(form), matrix)
        for index in range(max(0, pdfium.FPDFFormObj_CountObjects(form))):
            self._count()
            thing = address_of(pdfium.FPDFFormObj_GetObject(form, index))
            self.visit(thing, calls().object_kind(thing), placed, level + 1)

    def _count(self) -> None:
        self._seen += 1
        if self._seen > self._limit:
            raise PageTooComplex(page=self._number, count=self._seen, limit=self._limit)

    def _path(self, path: int, matrix: Matrix | None) -> None:
        segments = calls().segment_count(path)
        if segments > _SIMPLE:
            self._segments(_pointer(path), segments, matrix)
            return
        if not calls().bounds(path, *self._at):
            return
        left, bottom, right, top = self._sides
        if right - left <= _THIN or top - bottom <= _THIN:
            self.found.append(_placed(left, bottom, right, top, matrix))
        elif segments > 2 and _is_stroked(_pointer(path)):
            self._segments(_pointer(path), segments, matrix)

    def _segments(self, path: Any, count: int, matrix: Matrix | None) -> None:
        """Straight segments of a long path, taken one by one where it is stroked, or as the thin boxes it fills."""
        whole = _times(_matrix_of(path), matrix)
        stroked = _is_stroked(path)
        for points in _subpaths(path, count, whole):
            self._count()
            if stroked:
                for (x0, y0), (x1, y1) in itertools.pairwise(points):
                    self.found.append((x0, y0, x1, y1))
            elif len(points) > 1:
                xs, ys = [p[0] for p in points], [p[1] for p in points]
                self.found.append((min(xs), min(ys), max(xs), max(ys)))


def _pointer(address: int) -> Any:
    return ctypes.cast(address, pdfium.FPDF_PAGEOBJECT)


def _is_stroked(path: Any) -> bool:
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    pdfium.FPDFPath_GetDrawMode(path, fill, stroke)
    return bool(stroke.value)


def _subpaths(path: Any, count: int, matrix: Matrix | None) -> Iterator[list[tuple[float, float]]]:
    """The points of each subpath, placed; a curve ends it."""
    points: list[tuple[float, float]] = []
    x, y = ctypes.c_float(), ctypes.c_float()
    for index in range(count):
        segment = pdfium.FPDFPath_GetPathSegment(path, index)
        kind = pdfium.FPDFPathSegment_GetType(segment)
        pdfium.FPDFPathSegment_GetPoint(segment, x, y)
        if kind != pdfium.FPDF_SEGMENT_LINETO and points:
            yield points
            points = []
        if kind != pdfium.FPDF_SEGMENT_BEZIERTO:
            points.append(_point(x.value, y.value, matrix))
        if points and pdfium.FPDFPathSegment_GetClose(segment):
            points.append(points[0])
    if points:
        yield points


def _matrix_of(thing: Any) -> Matrix:
    matrix = pdfium.FS_MATRIX()
    pdfium.FPDFPageObj_GetMatrix(thing, matrix)
    return matrix.a, matrix.b, matrix.c, matrix.d, matrix.e, matrix.f


def _times(inner: Matrix, outer: Matrix | None) -> Matrix:
    if outer is None:
        return inner
    a, b, c, d, e, f = inner
    A, B, C, D, E, F = outer  # noqa: N806 -- the six numbers of a PDF matrix
    return a * A + b * C, a * B + b * D, c * A + d * C, c * B + d * D, e * A + f * C + E, e * B + f * D + F


def _point(x: float, y: float, matrix: Matrix | None) -> tuple[float, float]:
    if matrix is None:
        return x, y
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f


def _placed(left: float, bottom: float, right: float, top: float, matrix: Matrix | None) -> Corners:
    if matrix is None:
        return left, bottom, right, top
    (x0, y0), (x1, y1) = _point(left, bottom, matrix), _point(right, top, matrix)
    return x0, y0, x1, y1
