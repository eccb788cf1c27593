"""A page as the reader sees it: characters with boxes, rules, size. What delivers it is a `PageSource`.

Coordinates are points of the page as displayed (after /Rotate), origin at its top left. Characters outside the page
box, white space, and text that is laid over the page (watermarks, seals) are left out by the source.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import compress
from operator import gt
from typing import Any, NamedTuple, Protocol, Self

from services.parse.floats import Floats
from shared.limits import MAX_PAGE_OBJECTS, MAX_PAGES

Box = tuple[float, float, float, float]
"""x0, top, x1, bottom."""

Rule = tuple[float, float, float]
"""A horizontal rule as y, x0, x1; a vertical one as x, top, bottom."""


@dataclass(frozen=True)
class Boxes:
    """Boxes by their sides: the i-th is x0[i], top[i], x1[i], bottom[i]."""

    x0: Floats
    top: Floats
    x1: Floats
    bottom: Floats

    @property
    def sides(self) -> tuple[Floats, Floats, Floats, Floats]:
        """The four sides, in the order of a `Box`."""
        return self.x0, self.top, self.x1, self.bottom

    def only(self, flags: Sequence[bool]) -> "Boxes":
        """Those with a flag."""
        return Boxes(*(list(compress(side, flags)) for side in self.sides))

    @cached_property
    def ems(self) -> Floats:
        """The type size that each box of a character tells: its width, or half its height where that is more."""
        return [
            wide if wide > half else half
            for x0, top, x1, bottom in zip(*self.sides, strict=True)
            for wide, half in [(x1 - x0, (bottom - top) / 2)]
        ]

    @cached_property
    def levels(self) -> Floats:
        """How far down the middle of each is."""
        return [(top + bottom) / 2 for top, bottom in zip(self.top, self.bottom, strict=True)]


def no_boxes() -> Boxes:
    """Boxes of a page without characters."""
    return Boxes([], [], [], [])


class Limits(NamedTuple):
    """How large a document may be, beyond which it is refused."""

    max_pages: int = MAX_PAGES
    max_page_objects: int = MAX_PAGE_OBJECTS


class Placement(NamedTuple):
    """From PDF user space (origin at the bottom left, unrotated) to the page as displayed."""

    left: float
    bottom: float
    right: float
    top: float
    rotation: int
    """Quarter turns clockwise."""

    @property
    def width(self) -> float:
        """Width as displayed."""
        return self.top - self.bottom if self.rotation % 2 else self.right - self.left

    @property
    def height(self) -> float:
        """Height as displayed."""
        return self.right - self.left if self.rotation % 2 else self.top - self.bottom

    def boxes(self, x0: Floats, y0: Floats, x1: Floats, y1: Floats) -> Boxes:
        """The displayed boxes of user-space corners, any two that are opposite."""
        left, right = _ordered(self._across(x0, y0), self._across(x1, y1))
        top, bottom = _ordered(self.down(x0, y0), self.down(x1, y1))
        return Boxes(left, top, right, bottom)

    def _across(self, xs: Floats, ys: Floats) -> Floats:
        """How far points are from the left side as displayed."""
        left, bottom, wide, high = self.left, self.bottom, self.right - self.left, self.top - self.bottom
        if self.rotation == 0:
            return [x - left for x in xs] if left else xs
        if self.rotation == 1:
            return [y - bottom for y in ys]
        if self.rotation == 2:
            return [wide - (x - left) for x in xs]
        return [high - (y - bottom) for y in ys]

    def down(self, xs: Floats, ys: Floats) -> Floats:
        """How far points are from the top as displayed."""
        left, bottom, wide, high = self.left, self.bottom, self.right - self.left, self.top - self.bottom
        if self.rotation == 0:
            return [high - (y - bottom) for y in ys]
        if self.rotation == 1:
            return [x - left for x in xs]
        if self.rotation == 2:
            return [y - bottom for y in ys]
        return [wide - (x - left) for x in xs]

    def user_point(self, across: float, down: float) -> tuple[float, float]:
        """The point in user space of one on the page as displayed."""
        wide, high = self.right - self.left, self.top - self.bottom
        x, y = (
            (across, high - down),
            (down, across),
            (wide - across, down),
            (wide - down, high - across),
        )[self.rotation]
        return x + self.left, y + self.bottom


def _ordered(one: Floats, other: Floats) -> tuple[Floats, Floats]:
    """The lesser and the greater of each pair; most pages give them in order."""
    if any(map(gt, one, other)):
        return list(map(min, one, other)), list(map(max, one, other))
    return one, other


@dataclass(frozen=True)
class Page:
    """One page. `boxes` holds the box of every character of `text`, `baselines` what it stands on.

    `overlaid` counts characters that were dropped as a watermark or a seal, `unmapped` those whose font does not say
    which character they are.
    """

    number: int
    width: float
    height: float
    text: str = ""
    boxes: Boxes = field(default_factory=no_boxes)
    baselines: Floats = field(default_factory=list)
    horizontal: list[Rule] = field(default_factory=list)
    vertical: list[Rule] = field(default_factory=list)
    overlaid: int = 0
    unmapped: int = 0
    pictures: int = 0
    turned: tuple[Placement, Placement] | None = None
    """Where the page is read turned: how it is read, and how it is displayed."""

    def displayed(self, box: Box) -> Box:
        """A box of the page as read, on the page as displayed."""
        if self.turned is None:
            return box
        read, shown = self.turned
        x0, y0 = read.user_point(box[0], box[1])
        x1, y1 = read.user_point(box[2], box[3])
        (left,), (top,), (right,), (bottom,) = shown.boxes([x0], [y0], [x1], [y1]).sides
        return round(left, 1), round(top, 1), round(right, 1), round(bottom, 1)


class PageSource(Protocol):
    """An opened document: how many pages it has, and each of them in order."""

    def __len__(self) -> int: ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *exc: Any) -> None: ...

    def pages(self) -> Iterator[Page]:
        """The pages in order. Raises `PageTooComplex` for one with more objects than the limit."""
        ...
