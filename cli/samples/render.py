"""Pages as a PDF, by reportlab: the same pages give the same bytes."""

import io
from collections.abc import Sequence

from reportlab.pdfgen.canvas import Canvas

from cli.samples.fonts import register_fonts
from cli.samples.typeset import Page

LINE_WIDTH = 0.5


def pages_to_pdf(pages: Sequence[Page], title: str) -> bytes:
    """Draw the pages. The bytes depend on the pages and the title alone: no clock, no random id."""
    register_fonts()
    buffer = io.BytesIO()
    canvas = Canvas(buffer, invariant=1, pageCompression=1)
    canvas.setTitle(title)
    canvas.setProducer("gouji samples")
    for page in pages:
        _draw(canvas, page)
    canvas.save()
    return buffer.getvalue()


def _draw(canvas: Canvas, page: Page) -> None:
    canvas.setPageSize((page.width, page.height))
    canvas.setLineWidth(LINE_WIDTH)
    for x0, top, x1, bottom in page.boxes:
        canvas.rect(x0, page.height - bottom, x1 - x0, bottom - top)
    for mark in page.marks:
        canvas.setFont(mark.face, mark.size)
        canvas.drawString(mark.x, page.height - mark.baseline, mark.text)
    canvas.showPage()
