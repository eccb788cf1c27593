"""PDFium's functions as they are called a thousand times a page: plain addresses in, no wrapping of pointers.

A call through these costs half of one through pypdfium2's own prototypes, and a page needs two for every character.
The prototypes keep the interpreter lock, so nothing else may use PDFium in another thread (nothing does).
"""

import ctypes
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import pypdfium2_raw as pdfium

_ADDRESS = ctypes.c_void_p
_INT = ctypes.c_int


@dataclass(frozen=True)
class Calls:
    """The functions, by what they give. Handles and places to write to are addresses."""

    object_at: Callable[[int, int], int]
    object_kind: Callable[[int], int]
    bounds: Callable[[int, int, int, int, int], int]
    segment_count: Callable[[int], int]
    character: Callable[[int, int], int]
    loose_box: Callable[[int, int, int], int]
    origin: Callable[[int, int, int, int], int]
    angle: Callable[[int, int], float]


@cache
def calls() -> Calls:
    """The prototypes, made once."""
    return Calls(
        object_at=_function(pdfium.FPDFPage_GetObject, _ADDRESS, _ADDRESS, _INT),
        object_kind=_function(pdfium.FPDFPageObj_GetType, _INT, _ADDRESS),
        bounds=_function(pdfium.FPDFPageObj_GetBounds, _INT, *([_ADDRESS] * 5)),
        segment_count=_function(pdfium.FPDFPath_CountSegments, _INT, _ADDRESS),
        character=_function(pdfium.FPDFText_GetUnicode, ctypes.c_uint, _ADDRESS, _INT),
        loose_box=_function(pdfium.FPDFText_GetLooseCharBox, _INT, _ADDRESS, _INT, _ADDRESS),
        origin=_function(pdfium.FPDFText_GetCharOrigin, _INT, _ADDRESS, _INT, _ADDRESS, _ADDRESS),
        angle=_function(pdfium.FPDFText_GetCharAngle, ctypes.c_float, _ADDRESS, _INT),
    )


def _function(of: Any, result: Any, *arguments: Any) -> Any:
    return ctypes.PYFUNCTYPE(result, *arguments)(address_of(of))


def address_of(pointer: Any) -> int:
    """The address that a ctypes pointer holds."""
    return ctypes.cast(pointer, ctypes.c_void_p).value or 0
