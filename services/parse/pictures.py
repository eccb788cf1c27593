"""Pictures of pages, for reports that show where a finding stands."""

import io
from collections.abc import Collection
from typing import NamedTuple

import pypdfium2

_JPEG_QUALITY = 72


class Picture(NamedTuple):
    """A page as a JPEG, and its size as displayed, in points."""

    jpeg: bytes
    width: float
    height: float


def page_pictures(data: bytes, pages: Collection[int], scale: float = 1.5) -> dict[int, Picture]:
    """The pictures of some pages (counted from 1) of a PDF that was read before; `scale` is pixels a point."""
    pictures: dict[int, Picture] = {}
    pdf = pypdfium2.PdfDocument(data)
    try:
        for number in sorted(pages):
            if not 1 <= number <= len(pdf):
                continue
            page = pdf[number - 1]
            buffer = io.BytesIO()
            page.render(scale=scale).to_pil().convert("RGB").save(buffer, format="JPEG", quality=_JPEG_QUALITY)
            pictures[number] = Picture(buffer.getvalue(), *page.get_size())
            page.close()
    finally:
        pdf.close()
    return pictures
