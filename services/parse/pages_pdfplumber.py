"""Pages from pdfplumber, which reads PDFs by other code (pdfminer): the reference, and the second opinion.

It is several times slower than PDFium. The reader asks it for single pages whose fonts PDFium could not map to
characters; tests compare both sources page by page.
"""

import logging
import struct
import zlib
from io import BytesIO
from types import TracebackType
from typing import Any

import pdfplumber
from pdfminer.pdfexceptions import PDFException
from pdfplumber.utils.exceptions import MalformedPDFException, PdfminerException

from services.parse.pages import Boxes, Page, Rule

# What pdfminer raises on malformed files besides its own errors: plain ones from deep inside its parsers.
_MALFORMED = (
    PdfminerException,
    MalformedPDFException,
    PDFException,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    AssertionError,
    RecursionError,
    OSError,
    struct.error,
    zlib.error,
)


class PdfplumberPages:
    """A PDF opened by pdfplumber, as a context manager."""

    def __init__(self, data: bytes) -> None:
        logging.getLogger("pdfminer").setLevel(logging.CRITICAL)  # it warns of every malformed operator
        self._pdf = pdfplumber.open(BytesIO(data))

    def __enter__(self) -> "PdfplumberPages":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pdf.close()

    def page(self, number: int) -> Page:
        """One page, by its number from 1."""
        page = self._pdf.pages[number - 1]
        try:
            characters = [c for c in page.chars if c["upright"] and c["text"].strip()]
            horizontal = [_rule(e, "top", "x0", "x1") for e in page.edges if e["orientation"] == "h"]
            vertical = [_rule(e, "x0", "top", "bottom") for e in page.edges if e["orientation"] == "v"]
            boxes = Boxes(*([float(c[side]) for c in characters] for side in ("x0", "top", "x1", "bottom")))
            return Page(
                number,
                float(page.width),
                float(page.height),
                "".join("\ufffd" if _is_unmapped(c["text"]) else c["text"][0] for c in characters),
                boxes,
                list(boxes.bottom),
                horizontal,
                vertical,
                unmapped=sum(1 for c in characters if _is_unmapped(c["text"])),
                pictures=len(page.images),
            )
        finally:
            page.close()


def second_opinion(data: bytes, page: Page) -> Page:
    """The page as pdfplumber reads it, where that leaves fewer characters unmapped; else the page itself."""
    try:
        with PdfplumberPages(data) as source:
            other = source.page(page.number)
    except _MALFORMED:
        return page
    better = other.unmapped < page.unmapped and len(other.text) >= 0.8 * len(page.text)
    return other if better else page


def _is_unmapped(text: str) -> bool:
    return text.startswith("(cid:") or text == "\ufffd" or "\ud800" <= text[0] <= "\uf8ff"


def _rule(edge: dict[str, Any], place: str, start: str, end: str) -> Rule:
    return float(edge[place]), float(edge[start]), float(edge[end])
