"""The smallest repair: one cause, one finding, whatever else is wrong."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.validate.check import check_document
from services.validate.rulebook import Rulebook, load_rulebook
from services.validate.special import SPECIAL
from services.validate.vocabulary import Special
from shared.amounts import printed_amount
from shared.document import Cell, Document, Table
from shared.findings import Finding

RULEBOOK = load_rulebook()
COLUMNS = (("项目", "科目代码"), ("项目", "科目名称"), ("本年支出合计",), ("基本支出",), ("项目支出",))
ROWS = [
    ["", "合计", "90.00", "60.00", "30.00"],
    ["205", "教育支出", "60.00", "45.00", "15.00"],
    ["20502", "普通教育", "60.00", "45.00", "15.00"],
    ["2050201", "学前教育", "21.35", "17.35", "4.00"],
    ["2050202", "小学教育", "38.65", "27.65", "11.00"],
    ["208", "社会保障和就业支出", "30.00", "15.00", "15.00"],
    ["20805", "行政事业单位养老支出", "30.00", "15.00", "15.00"],
    ["2080501", "行政单位离退休", "18.10", "6.10", "12.00"],
    ["2080505", "机关事业单位基本养老保险缴费支出", "11.90", "8.90", "3.00"],
]


def cell(text: str) -> Cell:
    amount = printed_amount(text)
    return Cell(text=text, value=amount.value if amount else None, page=1)


def findings(rows: list[list[str]], rulebook: Rulebook = RULEBOOK) -> tuple[Finding, ...]:
    table = Table(
        type="expenditure", title="支出决算表", amount_unit="万元", columns=COLUMNS,
        rows=tuple(tuple(cell(text) for text in row) for row in rows),
    )  # fmt: skip
    return check_document(Document(kind="final_accounts", fiscal_year=2023, tables=(table,)), rulebook).findings


def with_cells(*changes: tuple[int, int, str]) -> list[list[str]]:
    rows = [list(row) for row in ROWS]
    for row, column, text in changes:
        rows[row][column] = text
    return rows


def suspects(found: tuple[Finding, ...]) -> set[tuple[int, int]]:
    return {(c.cell.row, c.cell.column) for finding in found for c in finding.causes[:1] if c.cell is not None}


def test_the_table_of_these_tests_is_consistent() -> None:
    assert findings(ROWS) == ()


def test_two_wrong_cells_far_apart_are_two_findings() -> None:
    found = findings(with_cells((3, 2, "12.35"), (7, 3, "1.60")))
    assert suspects(found) == {(3, 2), (7, 3)}
    assert len(found) == 2


def test_two_wrong_cells_that_share_a_sum_are_both_found() -> None:
    assert suspects(findings(with_cells((3, 2, "12.35"), (4, 2, "36.85")))) == {(3, 2), (4, 2)}


def test_a_line_left_out_is_one_finding_over_all_its_columns() -> None:
    (finding,) = findings([row for row in ROWS if row[0] != "2080505"])
    assert finding.causes[0].kind == "missing_row"


def test_a_figure_in_yuan_among_ten_thousands_is_told_as_a_factor_of_ten() -> None:
    (finding,) = findings(with_cells((8, 4, "30000.00")))
    assert finding.causes[0].kind == "factor_of_ten"
    assert finding.causes[0].proposed == "3.00"


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 8), st.integers(2, 4), st.integers(-5000, 20000))
def test_any_one_wrong_figure_of_an_interior_cell_is_found_and_blamed(row: int, column: int, cents: int) -> None:
    old = Decimal(ROWS[row][column])
    new = Decimal(cents) / 100
    if abs(new - old) < Decimal("0.10"):
        return
    found = findings(with_cells((row, column, f"{new:.2f}")))
    assert len(found) == 1
    assert suspects(found) == {(row, column)}


def test_every_special_check_is_used_by_a_rule_and_every_rule_names_a_known_one() -> None:
    named = {rule.check.function for rule in RULEBOOK.rules if isinstance(rule.check, Special)}
    assert named == SPECIAL.keys()


@pytest.mark.parametrize("unit", ["元", "万元"])
def test_tables_in_different_units_are_compared_in_one(unit: str) -> None:
    in_unit = {"元": "900000.00", "万元": "90.00"}[unit]
    summary = Table(
        type="income_expenditure_summary", title="收入支出决算总表", amount_unit=unit,
        columns=(("收入", "项目"), ("收入", "决算数"), ("支出", "项目"), ("支出", "决算数")),
        rows=((cell(""), cell(""), cell("本年支出合计"), cell(in_unit)),),
    )  # fmt: skip
    detail = Table(
        type="expenditure", title="支出决算表", amount_unit="万元", columns=COLUMNS,
        rows=tuple(tuple(cell(text) for text in row) for row in ROWS),
    )  # fmt: skip
    verdict = check_document(Document(kind="final_accounts", tables=(summary, detail)), RULEBOOK)
    assert [outcome.outcome for outcome in verdict.summary.outcomes if outcome.rule == "FA-EXPENDITURE-EQUAL-01"] == [
        "pass"
    ]
