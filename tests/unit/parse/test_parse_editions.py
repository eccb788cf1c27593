"""Tables as other provinces print them: other numbers, units at another place, other column names."""

from collections.abc import Callable

import pytest
from drawn_pdfs import LEFT, Merge, pdf, summary, table, text
from reportlab.pdfgen.canvas import Canvas

from services.parse.pages import Limits
from services.parse.reader import read_document
from shared.document import Table

SIDES = [
    ["项目", "行次", "金额", "项目", "行次", "金额"],
    ["栏次", "", "1", "栏次", "", "2"],
    ["一、其他收入", "1", "1300000.00", "一、教育支出", "3", "1300000.00"],
    ["总计", "2", "1300000.00", "总计", "4", "1300000.00"],
]
SIDE_WIDTHS = (120, 40, 80, 120, 40, 80)


def last_table(draw: Callable[[Canvas], None]) -> Table:
    return read_document(pdf(draw), limits=Limits()).tables[-1]


@pytest.mark.parametrize("rules", ["all", "horizontal"])
def test_summary_with_line_numbers_in_yuan_and_its_number_in_words(rules: str) -> None:
    def draw(canvas: Canvas) -> None:
        text(canvas, 180, 80, "收入支出决算总表", 14)
        text(canvas, LEFT, 106, "单位：元", 9)
        text(canvas, 470, 106, "表一", 9)
        table(canvas, 125, SIDES, SIDE_WIDTHS, rules=rules)

    found = last_table(draw)
    assert (found.type, found.number, found.amount_unit) == ("income_expenditure_summary", "表一", "元")
    assert found.columns[1] == ("行次",)
    assert [cell.text for cell in found.rows[-1]] == SIDES[-1]


def test_title_with_the_units_name_and_an_aside() -> None:
    def draw(canvas: Canvas) -> None:
        text(canvas, 120, 80, "某市某区农业农村局收入支出决算总表（公开表）", 14)
        text(canvas, LEFT, 106, "编制单位：某市某区农业农村局", 9)
        text(canvas, 260, 106, "2023年度", 9)
        text(canvas, 450, 106, "金额单位：元", 9)
        table(canvas, 125, SIDES, SIDE_WIDTHS)

    found = last_table(draw)
    assert (found.type, found.unit_name, found.fiscal_year, found.amount_unit) == (
        "income_expenditure_summary",
        "某市某区农业农村局",
        2023,
        "元",
    )


def test_codes_in_three_columns_with_the_total_last() -> None:
    rows: list[list[str | None]] = [
        ["科目编码", None, None, "科目名称", "本年收入合计", "财政拨款收入", "其他收入"],
        ["类", "款", "项", None, None, None, None],
        ["213", "", "", "农林水支出", "1170.00", "1,170.00", ""],
        ["213", "01", "", "农业农村", "1170.00", "1,170.00", ""],
        ["合计", None, None, None, "1,170.00", "1,170.00", ""],
    ]
    merges = [Merge(0, 0, 1, 3), *(Merge(0, c, 2, 1) for c in range(3, 7)), Merge(4, 0, 1, 4)]

    def draw(canvas: Canvas) -> None:
        summary(canvas)
        canvas.showPage()
        text(canvas, 240, 80, "收入决算表", 14)
        text(canvas, 460, 106, "单位：万元", 9)
        table(canvas, 125, rows, (28, 28, 28, 120, 80, 80, 70), merges)

    found = last_table(draw)
    assert found.type == "income"
    assert found.columns[:4] == (("科目编码", "类"), ("科目编码", "款"), ("科目编码", "项"), ("科目名称",))
    assert [cell.text for cell in found.rows[1]][:4] == ["213", "01", "", "农业农村"]


def test_annex_number_before_a_title_that_begins_with_the_year() -> None:
    rows: list[list[str | None]] = [
        ["项目", None, "本年支出", None, None],
        ["功能分类科目编码", "科目名称", "小计", "基本支出", "项目支出"],
        ["合计", None, "1,200.00", "1,000.00", "200.00"],
        ["213", "农林水支出", "1,200.00", "1,000.00", "—"],
    ]

    def draw(canvas: Canvas) -> None:
        summary(canvas)
        canvas.showPage()
        text(canvas, 110, 80, "附件5 2023年度一般公共预算财政拨款支出决算表", 14)
        text(canvas, 460, 106, "单位：万元", 9)
        table(canvas, 125, rows, (100, 120, 80, 80, 80), [Merge(0, 0, 1, 2), Merge(0, 2, 1, 3), Merge(2, 0, 1, 2)])

    found = last_table(draw)
    assert (found.type, found.number, found.fiscal_year) == ("general_public_budget_expenditure", "附件5", 2023)
    assert found.title == "2023年度一般公共预算财政拨款支出决算表"


def test_three_blocks_of_economic_codes_beside_each_other() -> None:
    rows: list[list[str | None]] = [
        ["人员经费", None, None, "公用经费", None, None, None, None, None],
        ["科目编码", "科目名称", "金额"] * 3,
        ["301", "工资福利支出", "100.00", "302", "商品和服务支出", "30.00", "310", "资本性支出", "5.00"],
        ["人员经费合计", None, "100.00", "公用经费合计", None, None, None, None, "35.00"],
    ]
    merges = [Merge(0, 0, 1, 3), Merge(0, 3, 1, 6), Merge(3, 0, 1, 2), Merge(3, 3, 1, 5)]

    def draw(canvas: Canvas) -> None:
        summary(canvas)
        canvas.showPage()
        text(canvas, 160, 80, "一般公共预算财政拨款基本支出决算明细表", 14)
        text(canvas, 460, 106, "单位：元", 9)
        table(canvas, 125, rows, (45, 70, 45, 45, 75, 45, 45, 70, 45), merges, size=7)

    found = last_table(draw)
    assert (found.type, found.amount_unit, found.confidence) == ("basic_expenditure_detail", "元", 1.0)
    assert [cell.text for cell in found.rows[-1]] == [
        "人员经费合计",
        "",
        "100.00",
        "公用经费合计",
        "",
        "",
        "",
        "",
        "35.00",
    ]


def test_three_public_expenses_under_another_title() -> None:
    costs = ["合计", "因公出国（境）费", "公务接待费"]
    rows: list[list[str | None]] = [
        ["预算数", None, None, "决算数", None, None],
        [*costs, *costs],
        ["3.00", "2.00", "1.00", "2.50", "1.80", "0.70"],
    ]

    def draw(canvas: Canvas) -> None:
        summary(canvas)
        canvas.showPage()
        text(canvas, 150, 80, "“三公”经费公共预算财政拨款支出决算表", 14)
        text(canvas, LEFT, 106, "单位：万元", 9)
        table(canvas, 125, rows, (78,) * 6, [Merge(0, 0, 1, 3), Merge(0, 3, 1, 3)], size=8)

    found = last_table(draw)
    assert (found.type, found.amount_unit) == ("three_public_expenses", "万元")
    assert found.columns[5] == ("决算数", "公务接待费")
