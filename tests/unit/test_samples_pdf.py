import io
import re

import pdfplumber
import pypdfium2
import pytest

from cli.samples import Sample, build_sample, render_pdf
from cli.samples.edition import edition_names

EDITIONS = edition_names()
SPACE = re.compile(r"\s+")


def squeezed(text: str) -> str:
    return SPACE.sub("", text)


def pages_by_pdfium(data: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(data)
    try:
        return [squeezed(page.get_textpage().get_text_bounded()) for page in document]
    finally:
        document.close()


def pages_by_pdfplumber(data: bytes) -> list[str]:
    with pdfplumber.open(io.BytesIO(data)) as document:
        return [squeezed(page.extract_text()) for page in document.pages]


def missing_figures(sample: Sample, pages: list[str]) -> list[tuple[str, int]]:
    """Figures that the Document says are printed, and which the text of their page does not hold."""
    cells = [cell for table in sample.document.tables for row in table.rows for cell in row if cell.value is not None]
    figures = [(cell.text, cell.page or 0) for cell in cells]
    figures += [(fact.text, fact.page or 0) for fact in sample.document.facts]
    return [(text, page) for text, page in figures if text not in pages[page - 1]]


@pytest.mark.parametrize("edition", EDITIONS)
def test_the_pdf_prints_every_figure_on_the_page_that_the_document_names(edition: str) -> None:
    sample = build_sample(11, edition=edition, errors=2)
    data = render_pdf(sample)
    for pages in (pages_by_pdfium(data), pages_by_pdfplumber(data)):
        assert len(pages) == sample.document.pages
        assert missing_figures(sample, pages) == []


@pytest.mark.parametrize("edition", EDITIONS)
def test_cells_stand_in_the_boxes_that_the_document_names(edition: str) -> None:
    sample = build_sample(12, edition=edition)
    table = next(t for t in sample.document.tables if t.type == "general_public_budget_expenditure")
    with pdfplumber.open(io.BytesIO(render_pdf(sample))) as document:
        for row in table.rows:
            for cell in row:
                if cell.text and cell.bbox and cell.page:
                    printed = document.pages[cell.page - 1].crop(cell.bbox).extract_text()
                    assert squeezed(printed) == cell.text


def test_a_table_that_goes_on_over_a_page_repeats_its_header_where_the_edition_does() -> None:
    sample = build_sample(3, edition="shaanxi")
    pages = pages_by_pdfium(render_pdf(sample))
    table = next(t for t in sample.document.tables if len(t.pages) > 1 and t.type == "fiscal_appropriation_summary")
    assert all("一般公共预算财政拨款" in pages[page - 1] and "栏次" in pages[page - 1] for page in table.pages)


def test_pages_are_numbered_and_the_contents_point_to_them() -> None:
    for seed in range(4):
        sample = build_sample(seed, edition="shaanxi")
        pages = pages_by_pdfium(render_pdf(sample))
        assert all(f"-{number}-" in page for number, page in enumerate(pages[1:], 2))
        for entry in sample.document.catalogue:
            if entry.listed_page:
                title = squeezed(entry.title).partition("、")[2] or squeezed(entry.title)
                assert title in pages[entry.listed_page - 1]
