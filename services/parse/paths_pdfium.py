"""A page's rules from PDFium: thin paths, the sides of stroked rectangles, and the segments of longer paths."""

import ctypes
import itertools
from array import array
from collections.abc import Iterator, Sequence
from itertools import repeat
from typing import NamedTuple

from services.parse.buffers_pdfium import Bounds, references
from services.parse.calls_pdfium import Handle, pdfium
from services.parse.floats import bounded
from services.parse.pages import Placement, Rule
from shared.errors import PageTooComplex

_THIN = 5.0  # points: a path at most this thick is a rule; PDFium's bounds of a line are twice its width
_SHORT = 3.0  # points: a rule at least this long counts
_SIMPLE = 5  # a path with no more segments, and thin, is one line or one box; a curve with two lines has six
_LEVELS = 6  # of forms inside forms

Matrix = tuple[float, float, float, float, float, float]
Corners = tuple[float, float, float, float]

_TEXT, _PATH, _IMAGE, _FORM = 1, 2, 3, 5  # FPDF_PAGEOBJ_…
_LINE_TO, _BEZIER_TO = 0, 1  # FPDF_SEGMENT_…


class Rules(NamedTuple):
    """Horizontal rules [y, x0, x1], vertical rules [x, top, bottom], and how many pictures the page has."""

    horizontal: list[Rule]
    vertical: list[Rule]
    pictures: int


def read_rules(page: int, place: Placement, number: int, limit: int, bounds: "Bounds") -> Rules:
    """The rules of a page as displayed. Raises `PageTooComplex` above `limit` objects, forms included."""
    walk = _Walk(number, limit)
    count = pdfium().FPDFPage_CountObjects(page)
    things = list(map(pdfium().FPDFPage_GetObject, repeat(Handle(page)), range(count)))
    kinds = list(map(pdfium().FPDFPageObj_GetType, things))
    paths = [thing for thing, kind in zip(things, kinds, strict=True) if kind == _PATH]
    if len(paths) + kinds.count(_TEXT) < count:
        for thing, kind in zip(things, kinds, strict=True):
            if kind not in (_PATH, _TEXT):
                walk.visit(thing, kind, None, 0)
    thin = _thin_paths(paths, walk, bounds)
    rules = Rules([], [], walk.pictures)
    if not thin and not walk.found:
        return rules
    sides = (bounded(list(side), 0.0) for side in zip(*thin, *walk.found, strict=True))
    for x0, top, x1, bottom in zip(*place.boxes(*sides).sides, strict=True):
        wide, high = x1 - x0, bottom - top
        if high <= _THIN and wide >= _SHORT and wide >= 2 * high:
            rules.horizontal.append(((top + bottom) / 2, x0, x1))
        elif wide <= _THIN and high >= _SHORT and high >= 2 * wide:
            rules.vertical.append(((x0 + x1) / 2, top, bottom))
    return rules


def _thin_paths(paths: Sequence[Handle], walk: "_Walk", bounds: Bounds) -> list[Corners]:
    """The corners of paths that are one thin line or box, many at once; the others are visited one by one."""
    thin = []
    for start in range(0, len(paths), bounds.AT_ONCE):
        some = paths[start : start + bounds.AT_ONCE]
        segments = map(pdfium().FPDFPath_CountSegments, some)
        for path, count, left, bottom, right, top in zip(some, segments, *bounds.of(some), strict=True):
            if count <= _SIMPLE and (right - left <= _THIN or top - bottom <= _THIN):
                thin.append((left, bottom, right, top))
            elif count > 2:
                walk.visit(path, _PATH, None, 0)
    return thin


class _Walk:
    """Visits page objects and gathers the corners of everything thin, in user space."""

    def __init__(self, number: int, limit: int) -> None:
        self.found: list[Corners] = []
        self.pictures = 0
        self._number = number
        self._limit = limit
        self._seen = 0
        self._sides = array("f", [0.0] * 4)
        self._at = references(self._sides, ctypes.c_float)

    def visit(self, thing: Handle, kind: int, matrix: Matrix | None, level: int) -> None:
        """Gather the rules of one object; a form's objects are placed by its matrix."""
        if kind == _PATH:
            self._path(thing, matrix)
        elif kind == _IMAGE:
            self.pictures += 1
        elif kind == _FORM and level < _LEVELS:
            self._form(thing, matrix, level)

    def _form(self, form: Handle, matrix: Matrix | None, level: int) -> None:
        placed = _times(_matrix_of(form), matrix)
        for index in range(max(0, pdfium().FPDFFormObj_CountObjects(form))):
            self._count()
            thing = pdfium().FPDFFormObj_GetObject(form, index)
            self.visit(thing, pdfium().FPDFPageObj_GetType(thing), placed, level + 1)

    def _count(self) -> None:
        self._seen += 1
        if self._seen > self._limit:
            raise PageTooComplex(page=self._number, count=self._seen, limit=self._limit)

    def _path(self, path: Handle, matrix: Matrix | None) -> None:
        segments = pdfium().FPDFPath_CountSegments(path)
        if segments > _SIMPLE:
            self._segments(path, segments, matrix)
            return
        if not pdfium().FPDFPageObj_GetBounds(path, *self._at):
            return
        left, bottom, right, top = self._sides
        if right - left <= _THIN or top - bottom <= _THIN:
            self.found.append(_placed(left, bottom, right, top, matrix))
        elif segments > 2 and _is_stroked(path):
            self._segments(path, segments, matrix)

    def _segments(self, path: Handle, count: int, matrix: Matrix | None) -> None:
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


def _is_stroked(path: Handle) -> bool:
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    pdfium().FPDFPath_GetDrawMode(path, ctypes.addressof(fill), ctypes.addressof(stroke))
    return bool(stroke.value)


def _subpaths(path: Handle, count: int, matrix: Matrix | None) -> Iterator[list[tuple[float, float]]]:
    """The points of each subpath, placed; a curve ends it."""
    points: list[tuple[float, float]] = []
    x, y = ctypes.c_float(), ctypes.c_float()
    to_x, to_y = ctypes.addressof(x), ctypes.addressof(y)
    for index in range(count):
        segment = pdfium().FPDFPath_GetPathSegment(path, index)
        kind = pdfium().FPDFPathSegment_GetType(segment)
        pdfium().FPDFPathSegment_GetPoint(segment, to_x, to_y)
        if kind != _LINE_TO and points:
            yield points
            points = []
        if kind != _BEZIER_TO:
            points.append(_point(x.value, y.value, matrix))
        if points and pdfium().FPDFPathSegment_GetClose(segment):
            points.append(points[0])
    if points:
        yield points


def _matrix_of(thing: Handle) -> Matrix:
    matrix = (ctypes.c_float * 6)()
    pdfium().FPDFPageObj_GetMatrix(thing, ctypes.addressof(matrix))
    a, b, c, d, e, f = matrix
    return a, b, c, d, e, f


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
