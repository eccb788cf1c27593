"""Page sources: PDFium's pages agree with pdfplumber's, and what is plain text goes through the same model."""

from pathlib import Path

import pytest
from drawn_pdfs import SUMMARY_ROWS, pdf, summary
from reportlab.pdfgen.canvas import Canvas

from services.parse.content import take_apart
from services.parse.pages import Limits, Page
from services.parse.pages_pdfium import PdfiumPages
from services.parse.pages_pdfplumber import PdfplumberPages, second_opinion
from services.parse.reader import read_document
from shared.errors import NotAPdf

CORPUS = Path(__file__).parents[3].parent / "shared" / "corpus"
SAMPLE = [
    ("retypeset/000_libre.pdf", 16),
    ("retypeset/001_word.pdf", 9),
    ("retypeset/003_word.pdf", 18),
    ("real/shanghai_putuo_finance_2024_final_accounts.pdf", 10),
    ("real/university_2023_final_accounts.pdf", 8),
]
TEXT = """某市某区水利局2023年度部门决算

第二部分 决算情况说明

一、收入支出决算总体情况说明

2023年度收入总计12.00万元，与上年相比增加1.00万元，增长
9.09%。

第三部分 决算表

收入支出决算总表

公开01表

部门：某市某区水利局	金额单位：万元

收入		支出
项目	决算数	项目	决算数
栏次	1	栏次	2
一、财政拨款收入	12.00	一、教育支出	12.00

总计	12.00	总计	12.00

注：本表反映部门本年度的总收支情况。
"""


def cells(page: Page) -> list[list[str]]:
    return [[cell.text for row in grid.rows for cell in row] for grid in take_apart(page).grids]


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not beside the repository")
@pytest.mark.parametrize(("name", "number"), SAMPLE)
def test_both_sources_of_pages_give_the_same_cells(name: str, number: int) -> None:
    data = (CORPUS / name).read_bytes()
    with PdfiumPages(data, Limits()) as fast, PdfplumberPages(data) as reference:
        page = next(page for page in fast.pages() if page.number == number)
        assert cells(page) == cells(reference.page(number))


def test_second_opinion_is_taken_only_where_it_maps_more_characters() -> None:
    data = pdf(summary)
    unmapped = Page(1, 595, 842, "\ufffd", unmapped=1)
    assert len(second_opinion(data, unmapped).text) > 1
    with PdfiumPages(data, Limits()) as source:
        page = next(source.pages())
    assert second_opinion(data, page) is page


def test_every_rule_of_a_page_is_found_however_many_there_are() -> None:
    lines, a_column = 2500, 700

    def draw(canvas: Canvas) -> None:
        for number in range(lines):
            left, bottom = 40 + 130 * (number // a_column), 40 + number % a_column
            canvas.line(left, bottom, left + 100, bottom)
        canvas.showPage()
        canvas.line(40, 40, 40, 140)

    with PdfiumPages(pdf(draw), Limits()) as source:
        first, second = source.pages()
    assert len({(round(y, 1), round(x0, 1)) for y, x0, _ in first.horizontal}) == lines
    assert (first.vertical, second.horizontal, len(second.vertical)) == ([], [], 1)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_plain_text_with_tab_separated_tables_is_read(encoding: str) -> None:
    document = read_document(TEXT.encode(encoding), limits=Limits())
    table = document.tables[0]
    assert (document.source_format, document.kind, document.fiscal_year) == ("text", "final_accounts", 2023)
    assert (table.type, table.number, table.amount_unit) == ("income_expenditure_summary", "公开01表", "万元")
    assert table.columns == (("收入", "项目"), ("收入", "决算数"), ("支出", "项目"), ("支出", "决算数"))
    assert [[cell.text for cell in row] for row in table.rows] == [
        ["一、财政拨款收入", "12.00", "一、教育支出", "12.00"],
        ["总计", "12.00", "总计", "12.00"],
    ]
    assert table.notes == ("注：本表反映部门本年度的总收支情况。",)
    assert [str(fact.value) for fact in document.facts] == ["12.00", "1.00", "9.09"]


def test_markdown_tables_are_read_like_tab_separated_ones() -> None:
    rows = "\n".join("|" + "|".join(row) + "|" for row in [["项目", "决算数"] * 2, *SUMMARY_ROWS])
    text = f"# 某局2023年度部门决算\n\n收入支出决算总表\n\n{rows}\n"
    table = read_document(text.encode(), limits=Limits()).tables[0]
    assert [[cell.text for cell in row] for row in table.rows] == SUMMARY_ROWS


@pytest.mark.parametrize("data", [b"plain ascii", b"\x89PNG\r\n\x1a\n\x00\x00", "中文\x00".encode()])
def test_what_is_neither_a_pdf_nor_chinese_text_is_rejected(data: bytes) -> None:
    with pytest.raises(NotAPdf):
        read_document(data, limits=Limits())
