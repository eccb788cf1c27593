"""PDFium's functions as the reader calls them, under their own names: plain addresses in, no wrapping of pointers.

A page needs two calls for every character, and one through these prototypes costs half of one through pypdfium2's own,
whose import alone takes as long as reading ten pages. They keep the interpreter lock, so nothing else may use PDFium in
another thread (nothing does).
"""

import ctypes
import os.path
import sys
from functools import cache
from importlib.machinery import PathFinder
from typing import Any

_NOTHING, _ADDRESS, _INT, _UNSIGNED, _FLOAT = None, ctypes.c_void_p, ctypes.c_int, ctypes.c_uint, ctypes.c_float
_BYTES, _SIZE = ctypes.c_char_p, ctypes.c_size_t


class Handle(ctypes.c_void_p):
    """A handle that goes from one call into the next as it is: one given as `c_void_p` would become a number first."""


PROTOTYPES: dict[str, tuple[Any, ...]] = {
    "FPDF_InitLibrary": (_NOTHING,),
    "FPDF_LoadMemDocument64": (_ADDRESS, _BYTES, _SIZE, _BYTES),
    "FPDF_GetLastError": (ctypes.c_ulong,),
    "FPDF_CloseDocument": (_NOTHING, _ADDRESS),
    "FPDF_GetPageCount": (_INT, _ADDRESS),
    "FPDF_LoadPage": (_ADDRESS, _ADDRESS, _INT),
    "FPDF_ClosePage": (_NOTHING, _ADDRESS),
    "FPDF_GetPageBoundingBox": (_INT, _ADDRESS, _ADDRESS),
    "FPDFPage_GetRotation": (_INT, _ADDRESS),
    "FPDFPage_CountObjects": (_INT, _ADDRESS),
    "FPDFPage_GetObject": (Handle, ...),
    "FPDFPageObj_GetType": (_INT, ...),
    "FPDFPageObj_GetBounds": (_INT, ...),
    "FPDFPageObj_GetMatrix": (_INT, _ADDRESS, _ADDRESS),
    "FPDFFormObj_CountObjects": (_INT, _ADDRESS),
    "FPDFFormObj_GetObject": (Handle, _ADDRESS, _SIZE),
    "FPDFPath_CountSegments": (_INT, ...),
    "FPDFPath_GetDrawMode": (_INT, _ADDRESS, _ADDRESS, _ADDRESS),
    "FPDFPath_GetPathSegment": (_ADDRESS, _ADDRESS, _INT),
    "FPDFPathSegment_GetType": (_INT, _ADDRESS),
    "FPDFPathSegment_GetPoint": (_INT, _ADDRESS, _ADDRESS, _ADDRESS),
    "FPDFPathSegment_GetClose": (_INT, _ADDRESS),
    "FPDFText_LoadPage": (_ADDRESS, _ADDRESS),
    "FPDFText_ClosePage": (_NOTHING, _ADDRESS),
    "FPDFText_CountChars": (_INT, _ADDRESS),
    "FPDFText_GetText": (_INT, _ADDRESS, _INT, _INT, _ADDRESS),
    "FPDFText_GetUnicode": (_UNSIGNED, _ADDRESS, _INT),
    "FPDFText_GetLooseCharBox": (_INT, ...),
    "FPDFText_GetCharOrigin": (_INT, ...),
    "FPDFText_GetCharAngle": (_FLOAT, _ADDRESS, _INT),
    "FPDFText_GetFillColor": (_INT, ...),
}
"""Every function used: what it gives, then what it takes. Handles and places to write to are addresses.

Those that are called for every character or object (...) take what needs no conversion, which is half of such a call:
the handle as a `Handle`, and places to write to as `byref` gives them.
"""


class Pdfium:
    """The library with these prototypes; its functions are its attributes."""

    def __init__(self) -> None:
        library = ctypes.PyDLL(_library_file())
        for name, (result, *arguments) in PROTOTYPES.items():
            function = getattr(library, name)
            function.restype = result
            if arguments != [...]:
                function.argtypes = arguments
            setattr(self, name, function)

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"{name} has no prototype here")


@cache
def pdfium() -> Pdfium:
    """PDFium, loaded when it is first asked for."""
    return Pdfium()


def _library_file() -> str:
    """Where the package that brings PDFium has put it."""
    package = PathFinder.find_spec("pypdfium2_raw")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("pypdfium2_raw", name="pypdfium2_raw")
    suffix = "dylib" if sys.platform == "darwin" else "so"
    return os.path.join(os.path.dirname(package.origin), f"libpdfium.{suffix}")  # noqa: PTH118, PTH120 -- slow to import
