from collections.abc import Sequence

import pytest

from shared.amounts import printed_amount
from shared.document import Cell, Table
from shared.figures import TableView, view_of
from shared.layouts import Layouts, load_layouts


@pytest.fixture(scope="module")
def layouts() -> Layouts:
    return load_layouts()


def table(kind: str, columns: Sequence[Sequence[str]], rows: Sequence[Sequence[str]]) -> Table:
    def cell(text: str) -> Cell:
        amount = printed_amount(text)
        return Cell(text=text, value=amount.value if amount else None)

    return Table(
        type=kind,
        columns=tuple(tuple(path) for path in columns),
        rows=tuple(tuple(cell(text) for text in row) for row in rows),
    )


def viewed(layouts: Layouts, kind: str, columns: Sequence[Sequence[str]], rows: Sequence[Sequence[str]]) -> TableView:
    view = view_of(table(kind, columns, rows), 0, layouts)
    assert view is not None
    return view


def text(view: TableView, row: str, column: str, side: str = "") -> str:
    figure = view.figure(row, column, side)
    assert figure is not None
    return figure.cell.text


TWO_SIDED = [
    *[["收入", "项目"], ["收入", "行次"], ["收入", "决算数"]],
    *[["支出", "项目"], ["支出", "行次"], ["支出", "决算数"]],
]


def test_two_sided_table_is_addressed_by_side_and_item(layouts: Layouts) -> None:
    view = viewed(
        layouts,
        "income_expenditure_summary",
        TWO_SIDED,
        [
            ["一、一般公共预算财政拨款收入", "1", "12.00", "一、一般公共服务支出", "32", ""],
            ["二、政府性基金预算财政拨款收入", "2", "", "八、社会保障和就业支出", "39", "11.00"],
            ["本年收入合计", "27", "12.00", "本年支出合计", "58", "11.00"],
            ["总计", "31", "12.00", "总计", "62", "12.00"],
        ],
    )
    assert text(view, "total", "final", "income") == "12.00"
    assert text(view, "208", "final", "expenditure") == "11.00"
    assert text(view, "grand_total", "final", "expenditure") == "12.00"
    assert [f.row_key for f in view.group("items", "final", "income")] == ["general_public_budget", "government_fund"]


def test_a_name_printed_twice_is_told_apart_by_its_place(layouts: Layouts) -> None:
    columns = [*TWO_SIDED[:5], ["支出", "合计"], ["支出", "一般公共预算财政拨款"]]
    view = viewed(
        layouts,
        "fiscal_appropriation_summary",
        columns,
        [
            ["一、一般公共预算财政拨款", "1", "10.00", "", "33", "", ""],
            ["本年收入合计", "27", "10.00", "本年支出合计", "59", "11.00", "11.00"],
            ["年初结转和结余", "28", "1.00", "年末结转和结余", "60", "", ""],
            ["一般公共预算财政拨款", "29", "1.00", "", "61", "", ""],
            ["总计", "32", "11.00", "总计", "64", "11.00", "11.00"],
        ],
    )
    assert text(view, "general_public_budget", "final", "income") == "10.00"
    assert text(view, "opening_general_public_budget", "final", "income") == "1.00"


def test_class_group_and_item_in_three_columns_make_one_code(layouts: Layouts) -> None:
    columns = [["项目", "科目编码", "类"], ["项目", "科目编码", "款"], ["项目", "科目编码", "项"], ["项目", "科目名称"]]
    view = viewed(
        layouts,
        "general_public_budget_expenditure",
        [*columns, ["合计"], ["基本支出"], ["项目支出"]],
        [
            ["208", "", "", "社会保障和就业支出", "3.00", "3.00", ""],
            ["208", "5", "", "行政事业单位养老支出", "3.00", "3.00", ""],
            ["208", "05", "01", "行政单位离退休", "3.00", "3.00", ""],
            ["合计", "", "", "", "3.00", "3.00", ""],
        ],
    )
    assert [f.row_key for f in view.rows_of("total")] == ["208", "20805", "2080501", "total"]


def test_a_total_merged_over_several_blocks_keeps_its_name(layouts: Layouts) -> None:
    block = [["科目代码"], ["科目名称"], ["决算数"]]
    view = viewed(
        layouts,
        "basic_expenditure_detail",
        block * 3,
        [
            ["301", "工资福利支出", "9.00", "302", "商品和服务支出", "2.00", "310", "资本性支出", ""],
            ["人员经费合计", "", "9.00", "公用经费合计", "", "", "", "", "2.00"],
        ],
    )
    assert text(view, "personnel_total", "final") == "9.00"
    assert text(view, "public_total", "final") == "2.00"


ITEMS = ["合计", "因公出国(境)费", "公务接待费"]


@pytest.mark.parametrize(
    ("columns", "rows"),
    [
        (
            [[block, item] for block in ("预算数", "决算数") for item in ITEMS],
            [["3.00", "", "3.00", "1.00", "", "1.00"]],
        ),
        (
            [["项目"], *([item] for item in ITEMS)],
            [["预算数", "3.00", "", "3.00"], ["决算数", "1.00", "", "1.00"]],
        ),
        (
            [[item, block] for item in ITEMS for block in ("预算数", "决算数")],
            [["3.00", "1.00", "", "", "3.00", "1.00"]],
        ),
    ],
)
def test_budget_and_actual_are_found_however_the_edition_turns_them(
    layouts: Layouts, columns: list[list[str]], rows: list[list[str]]
) -> None:
    view = viewed(layouts, "three_public_expenses", columns, rows)
    assert text(view, "budget", "total") == "3.00"
    assert text(view, "actual", "total") == "1.00"
    assert text(view, "actual", "reception") == "1.00"


def test_a_subset_line_is_no_addend(layouts: Layouts) -> None:
    view = viewed(
        layouts,
        "income_expenditure_summary",
        TWO_SIDED,
        [
            ["一、财政拨款收入", "1", "5.00", "一、一般公共服务支出", "2", "5.00"],
            ["其中：政府性基金预算财政拨款", "", "1.00", "", "", ""],
            ["本年收入合计", "9", "5.00", "本年支出合计", "9", "5.00"],
        ],
    )
    assert [f.row_key for f in view.group("items", "final", "income")] == ["fiscal_appropriation"]


def test_a_table_without_its_required_columns_has_no_view(layouts: Layouts) -> None:
    assert view_of(table("income", [["项目"], ["金额"]], [["甲", "1.00"]]), 0, layouts) is None
