"""What is refused at the door of the reader, and why."""

import pytest
from drawn_pdfs import HEIGHT, LEFT, WIDTH, encrypted, pdf, summary, text
from reportlab.pdfgen.canvas import Canvas

from services.parse.pages import Limits
from services.parse.reader import read_document
from shared.document import Document
from shared.errors import (
    DamagedPdf,
    EmptyFile,
    EncryptedPdf,
    NoKnownTable,
    NoPages,
    NotAPdf,
    NoTextLayer,
    PageTooComplex,
    TooManyPages,
)


def read(data: bytes, **limits: int) -> Document:
    return read_document(data, limits=Limits(**limits))


def test_empty_file_is_rejected_with_its_reason() -> None:
    with pytest.raises(EmptyFile):
        read(b"")


def test_file_without_the_pdf_mark_is_rejected_with_its_reason() -> None:
    with pytest.raises(NotAPdf):
        read(b"PK\x03\x04 a spreadsheet with the wrong extension")


def test_truncated_pdf_is_rejected_or_read_but_never_crashes() -> None:
    whole = pdf(summary)
    with pytest.raises((DamagedPdf, NoPages, NoTextLayer, NoKnownTable)):
        read(whole[: len(whole) // 20])


def test_pdf_with_an_opening_password_is_rejected_with_its_reason() -> None:
    with pytest.raises(EncryptedPdf):
        read(encrypted(summary, "secret", "owner"))


def test_pdf_that_only_its_owner_protects_is_read() -> None:
    assert read(encrypted(summary, "", "owner")).tables[0].type == "income_expenditure_summary"


def test_pdf_without_pages_is_rejected_with_its_reason() -> None:
    without = (
        b"%PDF-1.4\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n"
        b"2 0 obj\n<</Type/Pages/Kids[]/Count 0>>\nendobj\ntrailer\n<</Root 1 0 R>>\n"
    )
    with pytest.raises(NoPages):
        read(without)


def test_scan_without_text_layer_is_rejected_with_its_number_of_pages() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.rect(LEFT, 100, WIDTH - 2 * LEFT, HEIGHT - 200, fill=1)
        canvas.showPage()
        canvas.rect(LEFT, 100, 50, 50)

    with pytest.raises(NoTextLayer) as caught:
        read(pdf(draw))
    assert caught.value.details["pages"] == 2


def test_more_pages_than_the_limit_are_rejected_with_both_numbers() -> None:
    def draw(canvas: Canvas) -> None:
        for _ in range(4):
            summary(canvas)
            canvas.showPage()

    with pytest.raises(TooManyPages) as caught:
        read(pdf(draw), max_pages=3)
    assert caught.value.details == {"pages": 4, "limit": 3}


def test_page_with_more_objects_than_the_limit_is_rejected_with_its_number() -> None:
    def draw(canvas: Canvas) -> None:
        summary(canvas)
        canvas.showPage()
        for i in range(300):
            canvas.line(10, i, 20, i)

    with pytest.raises(PageTooComplex) as caught:
        read(pdf(draw), max_page_objects=200)
    assert caught.value.details["page"] == 2


def test_pdf_without_any_known_table_is_rejected_with_its_reason() -> None:
    with pytest.raises(NoKnownTable):
        read(pdf(lambda canvas: text(canvas, LEFT, 100, "会议通知：请于周三参加例会。")))


def test_page_of_thousands_of_crossing_rules_is_rejected_with_its_number() -> None:
    def draw(canvas: Canvas) -> None:
        for i in range(2100):
            canvas.line(10, 10 + i * 5.2, 900, 10 + i * 5.2)
            canvas.line(10 + i * 5.2, 10, 10 + i * 5.2, 900)

    with pytest.raises(PageTooComplex) as caught:
        read(pdf(draw))
    assert caught.value.details["page"] == 1
