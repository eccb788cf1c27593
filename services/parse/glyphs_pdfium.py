"""The characters that PDFium finds on a page and that print something on it: codes, displayed boxes and baselines."""

from collections.abc import Sequence
from itertools import chain, compress, repeat
from operator import lt, sub
from typing import NamedTuple

from services.parse.buffers_pdfium import Buffers, run
from services.parse.calls_pdfium import Handle, pdfium
from services.parse.floats import Floats, bounded, changes
from services.parse.pages import Box, Boxes, Placement

_BLANK = frozenset([*range(0x21), 0xA0, 0x3000, *range(0x2000, 0x200E)])
_LAST_CODE, _NO_CHARACTER = 0x10FFFF, 0xFFFD


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
    text = Handle(handle)
    every = _codes(handle, count, buffers)
    numbers = [number for number, code in enumerate(every) if code not in _BLANK]
    codes = [every[number] for number in numbers]
    run(map(pdfium().FPDFText_GetLooseCharBox, repeat(text), numbers, buffers.to_rects))
    left, top, right, bottom = (bounded(buffers.rects[side : 4 * len(numbers) : 4].tolist()) for side in range(4))
    boxes = place.boxes(left, top, right, bottom)
    if numbers and not _all_printed(boxes, place):
        flags = [_is_printed(box, place) for box in zip(*boxes.sides, strict=True)]
        numbers, codes, boxes = list(compress(numbers, flags)), list(compress(codes, flags)), boxes.only(flags)
    return Glyphs(numbers, codes, boxes, _baselines(text, numbers, boxes, place, buffers))


def _all_printed(boxes: Boxes, place: Placement) -> bool:
    """True where every box has an extent and lies on the page, as on most pages."""
    return (
        min(boxes.x0) >= 0
        and min(boxes.top) >= 0
        and max(boxes.x1) <= place.width
        and max(boxes.bottom) <= place.height
        and all(map(lt, boxes.x0, boxes.x1))
        and all(map(lt, boxes.top, boxes.bottom))
    )


def _is_printed(box: Box, place: Placement) -> bool:
    """True where a box has an extent, and its middle lies on the page."""
    x0, y0, x1, y1 = box
    return x0 < x1 and y0 < y1 and 0 <= x0 + x1 <= 2 * place.width and 0 <= y0 + y1 <= 2 * place.height


def _codes(handle: int, count: int, buffers: Buffers) -> Sequence[int]:
    """The page's characters, in one call where it gives one code for each."""
    if pdfium().FPDFText_GetText(handle, 0, count, buffers.codes.buffer_info()[0]) == count + 1:
        return buffers.codes[:count].tolist()
    codes = map(pdfium().FPDFText_GetUnicode, repeat(handle), range(count))
    return [code if code <= _LAST_CODE else _NO_CHARACTER for code in codes]


def _baselines(text: Handle, numbers: Sequence[int], boxes: Boxes, place: Placement, buffers: Buffers) -> Floats:
    """What each character stands on.

    A loose box reaches from its font's descent to its ascent, so a neighbour whose box is exactly as high stands on the
    same baseline: only the first of such a run is asked for.
    """
    begins = changes(boxes.top, boxes.bottom)
    starts = [0, *begins] if numbers else []
    asked = [numbers[start] for start in starts]
    run(map(pdfium().FPDFText_GetCharOrigin, repeat(text), asked, buffers.to_x, buffers.to_y))
    half = len(buffers.to_x)
    xs = bounded(buffers.origins[: len(asked)].tolist())
    ys = bounded(buffers.origins[half : half + len(asked)].tolist())
    lengths = map(sub, [*begins, len(numbers)], starts)
    return list(chain.from_iterable(map(repeat, place.down(xs, ys), lengths)))
