"""The narrative: paragraphs over lines and pages, headings, contents, identity."""

from collections.abc import Sequence

import pytest
from drawn_pdfs import HEIGHT, LEFT, pdf, summary, text
from reportlab.pdfgen.canvas import Canvas

from services.parse.contents import split_contents
from services.parse.lines import Line, Segment
from services.parse.pages import Limits
from services.parse.reader import read_document
from shared.document import Document

BODY = 14.0
RIGHT = 535.0


def prose(canvas: Canvas, lines: Sequence[str], top: float = 80) -> None:
    """Lines as a word processor sets them; a leading space indents by two characters."""
    for i, line in enumerate(lines):
        indent = 2 * BODY if line.startswith(" ") else 0
        text(canvas, LEFT + indent, top + i * 26, line.strip(), BODY)


def numbered(canvas: Canvas, number: int) -> None:
    text(canvas, 290, HEIGHT - 50, f"- {number} -", 9)


def document(
    *pages: Sequence[str], cover: str = "某市某区水利局2023年度部门决算", unit: str = "某市某区水利局"
) -> Document:
    def draw(canvas: Canvas) -> None:
        text(canvas, 120, 300, cover, 22)
        canvas.showPage()
        for number, lines in enumerate(pages, 1):
            prose(canvas, lines)
            numbered(canvas, number)
            canvas.showPage()
        summary(canvas, department=unit)

    return read_document(pdf(draw), limits=Limits())


FULL = "按照部署要求本年度本部门严格执行有关规定并且完成了各项工作任"


def test_sentence_over_a_page_break_is_one_paragraph_without_the_page_number() -> None:
    found = document([" " + FULL[:-2], FULL], [FULL[:-1], "务，本年收入合计12.00万元。"])
    joined = FULL[:-2] + FULL + FULL[:-1] + "务，本年收入合计12.00万元。"
    assert [p.text for p in found.paragraphs if "严格执行" in p.text] == [joined]
    assert [str(fact.value) for fact in found.facts] == ["12.00"]


def test_indented_line_begins_a_paragraph() -> None:
    found = document([" " + FULL[:-2], "务。", " 另一段从这里开始。"])
    assert [p.text for p in found.paragraphs][-2:] == [FULL[:-2] + "务。", "另一段从这里开始。"]


def test_headings_give_the_section_of_what_follows() -> None:
    found = document(["第二部分 决算情况说明", " 一、收入决算情况说明", " 本年收入合计12.00万元。"])
    assert found.facts[0].section == "第二部分决算情况说明 / 一、收入决算情况说明"
    assert [p.level for p in found.paragraphs][-3:] == [1, 2, None]


def test_contents_are_catalogue_entries_and_no_paragraphs() -> None:
    found = document(
        ["目录", "第一部分 概况............1", "第二部分 决算表..........12"], ["第一部分 概况", " 正文。"]
    )
    assert [(entry.title, entry.listed_page) for entry in found.catalogue] == [
        ("第一部分概况", 1),
        ("第二部分决算表", 12),
    ]
    assert [p.text for p in found.paragraphs][-2:] == ["第一部分概况", "正文。"]


def test_cover_gives_year_kind_unit_scope_and_region() -> None:
    found = document([" 正文一段。"])
    assert (found.kind, found.fiscal_year, found.unit_name) == ("final_accounts", 2023, "某市某区水利局")
    assert (found.scope, found.region) == ("department", "某市某区")


def test_what_the_text_says_of_itself_decides_the_scope_before_the_title() -> None:
    assert document([" 此次决算公开为单位决算公开。"]).scope == "unit"


@pytest.mark.parametrize(
    ("name", "region"),
    [
        ("甲州市乙城区水利局", "甲州市乙城区"),
        ("甲渚县城市管理局", "甲渚县"),
        ("甲海市城市管理局", "甲海市"),
        ("甲乙省丙州市丁县教育局", "甲乙省丙州市丁县"),
        ("甲大学", None),
    ],
)
def test_region_is_the_administrative_names_that_a_unit_begins_with(name: str, region: str | None) -> None:
    assert document([" 正文一段。"], cover=f"{name}2023年度部门决算", unit="").region == region


def test_thousands_of_leader_dots_are_one_entry() -> None:
    lines = [Line("第一章 概况" + "." * 20_000 + "7", 1, 0, 0, 500, 10, 10, (Segment("", 0, 500),))]
    entries, contents, prose = split_contents(lines)
    assert [(entry.title, entry.listed_page) for entry in entries] == [("第一章 概况", 7)]
    assert (contents, prose) == (lines, [])


def test_contents_announce_headings_that_are_printed_without_a_number() -> None:
    contents = ["目录", "一、部门主要职能............1", "二、部门预算编制说明............2"]
    pages = (
        ["某市某区水利局（部门）主要职能", " 一、组织协调供水工作。"],
        ["2024年部门预算编制说明", " 收入预算12.00万元。"],
    )
    found = document(contents, *pages)
    assert [(p.text, p.level) for p in found.paragraphs if p.level] == [
        ("某市某区水利局（部门）主要职能", 2),
        ("2024年部门预算编制说明", 2),
    ]
    assert found.facts[0].section == "2024年部门预算编制说明"
    assert [entry.title for entry in found.catalogue] == ["一、部门主要职能", "二、部门预算编制说明"]


def test_listed_heading_that_fills_its_line_stands_apart_from_its_text() -> None:
    heading = "九、国有资本经营预算财政拨款收入支出决算情况的说明" + "与补充"
    found = document(["目录", heading], ["第一部分 概况"], [" " + heading, " 国有资本经营预算支出12.00万元。"])
    assert found.facts[0].section.endswith(heading)


def test_figure_bears_the_page_on_which_it_stands() -> None:
    found = document([" " + FULL[:-2], FULL], [FULL[:-1], "务，本年收入合计12.00万元。"])
    assert found.facts[0].page == 3
    assert [p.page for p in found.paragraphs if "严格执行" in p.text] == [2]
