"""Pages from PDFium: fast, and exact about character boxes. The first source of pages.

Calls go to the raw API in bulk, because one Python object per character is what makes other readers slow. Characters
are read in `characters_pdfium`, rules in `paths_pdfium`.
"""

import ctypes
import re
from collections.abc import Iterator
from types import TracebackType
from typing import Any

from services.parse.buffers_pdfium import Bounds, Buffers
from services.parse.calls_pdfium import pdfium
from services.parse.characters_pdfium import read_characters
from services.parse.pages import Limits, Page, Placement
from services.parse.paths_pdfium import read_rules
from shared.errors import DamagedPdf, EmptyFile, EncryptedPdf, NoPages, NotAPdf, PageTooComplex, Rejection, TooManyPages

_ERROR_PASSWORD = 4
_NO_KIDS = re.compile(rb"/Kids\s*\[\s*\]")
_PAGE = re.compile(rb"/Type\s*/Page[^s]")


class PdfiumPages:
    """A PDF opened by PDFium, as a context manager.

    Raises `EmptyFile`, `NotAPdf`, `EncryptedPdf`, `DamagedPdf`, `NoPages` or `TooManyPages`. A file that only its
    owner's password protects opens with the empty user password, as any viewer does it.
    """

    def __init__(self, data: bytes, limits: Limits) -> None:
        if not data:
            raise EmptyFile()
        if not is_pdf(data):
            raise NotAPdf()
        pdfium().FPDF_InitLibrary()
        self._data = data  # PDFium reads from this memory as long as the document is open
        self._limits = limits
        self._handle: Any = pdfium().FPDF_LoadMemDocument64(data, len(data), None)
        if not self._handle:
            raise _refusal(int(pdfium().FPDF_GetLastError()), data)
        self._count = int(pdfium().FPDF_GetPageCount(self._handle))
        if self._count < 1:
            self.close()
            raise NoPages()
        if self._count > limits.max_pages:
            self.close()
            raise TooManyPages(pages=self._count, limit=limits.max_pages)

    def __len__(self) -> int:
        return self._count

    def __enter__(self) -> "PdfiumPages":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Free what PDFium holds."""
        if self._handle:
            pdfium().FPDF_CloseDocument(self._handle)
            self._handle = None

    def pages(self) -> Iterator[Page]:
        """The pages in order; one that PDFium cannot load comes without text and size."""
        buffers, bounds = Buffers(), Bounds()
        for index in range(self._count):
            handle = pdfium().FPDF_LoadPage(self._handle, index)
            if not handle:
                yield Page(index + 1, 0.0, 0.0)
                continue
            try:
                yield self._page(handle, index + 1, buffers, bounds)
            finally:
                pdfium().FPDF_ClosePage(handle)

    def _page(self, handle: Any, number: int, buffers: Buffers, bounds: Bounds) -> Page:
        limit = self._limits.max_page_objects
        count = pdfium().FPDFPage_CountObjects(handle)
        if count > limit:
            raise PageTooComplex(page=number, count=count, limit=limit)
        shown = place = _placement(handle)
        characters = read_characters(handle, place, number, limit, buffers)
        if characters.sideways:  # a landscape table printed on a portrait page: read it as its reader turns it
            place = shown._replace(rotation=(shown.rotation - characters.sideways) % 4)
            characters = read_characters(handle, place, number, limit, buffers)
        rules = read_rules(handle, place, number, limit, bounds)
        return Page(
            number,
            place.width,
            place.height,
            characters.text,
            characters.boxes,
            characters.baselines,
            rules.horizontal,
            rules.vertical,
            characters.overlaid,
            characters.unmapped,
            rules.pictures,
            None if place is shown else (place, shown),
        )


def is_pdf(data: bytes) -> bool:
    """True where the first kilobyte has the mark of a PDF, as viewers judge it."""
    return b"%PDF-" in data[:1024]


def _refusal(code: int, data: bytes) -> Rejection:
    """Why PDFium did not open a file; one whose tree of pages is empty it calls malformed."""
    if code == _ERROR_PASSWORD:
        return EncryptedPdf()
    if _NO_KIDS.search(data) and not _PAGE.search(data):
        return NoPages()
    return DamagedPdf(detail=f"PDFium {code}")


def _placement(handle: Any) -> Placement:
    box = (ctypes.c_float * 4)()
    pdfium().FPDF_GetPageBoundingBox(handle, ctypes.addressof(box))
    left, top, right, bottom = box
    return Placement(left, bottom, right, top, pdfium().FPDFPage_GetRotation(handle))
