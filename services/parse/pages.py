"""A page as the reader sees it: characters with boxes, rules, size. What delivers it is a `PageSource`.

Coordinates are points of the page as displayed (after /Rotate), origin at its top left. Characters outside the page
box, white space, and text that is laid over the page (watermarks, seals) are left out by the source.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol, Self

import numpy as np

from shared.limits import MAX_PAGE_OBJECTS, MAX_PAGES

Box = tuple[float, float, float, float]
"""x0, top, x1, bottom."""

# Spelled out, for numpy.typing is slow to import.
Floats = np.ndarray[Any, np.dtype[np.float64]]
Flags = np.ndarray[Any, np.dtype[np.bool_]]
Indexes = np.ndarray[Any, np.dtype[np.intp]]
Numbers = np.ndarray[Any, np.dtype[np.int64]]


def no_boxes() -> Floats:
    """An array of boxes that holds none."""
    return np.zeros((0, 4))


def no_rules() -> Floats:
    """An array of rules that holds none."""
    return np.zeros((0, 3))


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

    def boxes(self, corners: Floats) -> Floats:
        """Displayed boxes [x0, top, x1, bottom] of user-space corners [x0, y0, x1, y1], in any order of corners."""
        x0, x1 = corners[:, 0] - self.left, corners[:, 2] - self.left
        y0, y1 = corners[:, 1] - self.bottom, corners[:, 3] - self.bottom
        wide, high = self.right - self.left, self.top - self.bottom
        if self.rotation == 0:
            across, down = (x0, x1), (high - y1, high - y0)
        elif self.rotation == 1:
            across, down = (y0, y1), (x0, x1)
        elif self.rotation == 2:
            across, down = (wide - x1, wide - x0), (y0, y1)
        else:
            across, down = (high - y1, high - y0), (wide - x1, wide - x0)
        boxes = np.empty((len(corners), 4))
        np.minimum(*across, out=boxes[:, 0])
        np.minimum(*down, out=boxes[:, 1])
        np.maximum(*across, out=boxes[:, 2])
        np.maximum(*down, out=boxes[:, 3])
        return boxes

    def user_boxes(self, boxes: Floats) -> Floats:
        """The user-space corners [x0, y0, x1, y1] of displayed boxes."""
        across, down = boxes[:, [0, 2]], boxes[:, [1, 3]]
        wide, high = self.right - self.left, self.top - self.bottom
        if self.rotation == 0:
            x, y = across, high - down
        elif self.rotation == 1:
            x, y = down, across
        elif self.rotation == 2:
            x, y = wide - across, down
        else:
            x, y = wide - down, high - across
        return np.stack(
            [x[:, 0] + self.left, y[:, 0] + self.bottom, x[:, 1] + self.left, y[:, 1] + self.bottom], axis=1
        )


@dataclass(frozen=True)
class Page:
    """One page. `boxes[i]` is [x0, top, x1, bottom] of the character `text[i]`, `baselines[i]` what it stands on.

    `horizontal` holds rules as [y, x0, x1], `vertical` as [x, top, bottom]. `overlaid` counts characters that were
    dropped as a watermark or a seal, `unmapped` those whose font does not say which character they are.
    """

    number: int
    width: float
    height: float
    text: str = ""
    boxes: Floats = field(default_factory=no_boxes)
    baselines: Floats = field(default_factory=lambda: np.zeros(0))
    horizontal: Floats = field(default_factory=no_rules)
    vertical: Floats = field(default_factory=no_rules)
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
        x0, top, x1, bottom = shown.boxes(read.user_boxes(np.array([box])))[0].tolist()
        return round(x0, 1), round(top, 1), round(x1, 1), round(bottom, 1)


class PageSource(Protocol):
    """An opened document: how many pages it has, and each of them in order."""

    def __len__(self) -> int: ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *exc: Any) -> None: ...

    def pages(self) -> Iterator[Page]:
        """The pages in order. Raises `PageTooComplex` for one with more objects than the limit."""
        ...
