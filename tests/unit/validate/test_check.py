"""Verdicts: outcomes counted one by one, one finding a cause, and nobody accused on a doubtful reading."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import pytest

from services.validate.check import check_document
from services.validate.rulebook import Rulebook
from shared.amounts import printed_amount
from shared.document import Cell, Document, Fact, ReadingNote, Table
from shared.findings import Finding, Verdict

GENERAL = [
    ["", "合计", "30.00", "20.00", "10.00"],
    ["208", "社会保障和就业支出", "12.00", "12.00", ""],
    ["20805", "行政事业单位养老支出", "12.00", "12.00", ""],
    ["2080501", "行政单位离退休", "5.25", "5.25", ""],
    ["2080505", "机关事业单位基本养老保险缴费支出", "6.75", "6.75", ""],
    ["210", "卫生健康支出", "18.00", "8.00", "10.00"],
    ["21011", "行政事业单位医疗", "18.00", "8.00", "10.00"],
    ["2101101", "行政单位医疗", "18.00", "8.00", "10.00"],
]
COLUMNS = (
    ("项目", "科目代码"),
    ("项目", "科目名称"),
    ("本年支出", "小计"),
    ("本年支出", "基本支出"),
    ("本年支出", "项目支出"),
)


def cell(text: str, row: int) -> Cell:
    amount = printed_amount(text)
    return Cell(text=text, value=amount.value if amount else None, page=7, bbox=(0, 20.0 * row, 500, 20.0 * row + 18))


def general(rows: Sequence[Sequence[str]] = GENERAL, confidence: float = 1.0) -> Table:
    return Table(
        type="general_public_budget_expenditure", number="公开05表", title="一般公共预算财政拨款支出决算表",
        amount_unit="万元", columns=COLUMNS, pages=(7,), confidence=confidence,
        rows=tuple(tuple(cell(text, r) for text in row) for r, row in enumerate(rows)),
    )  # fmt: skip


def document(*tables: Table, facts: Sequence[Fact] = (), notes: Sequence[ReadingNote] = ()) -> Document:
    return Document(
        kind="final_accounts",
        scope="unit",
        fiscal_year=2023,
        tables=tables,
        facts=tuple(facts),
        reading_notes=tuple(notes),
    )


def changed(row: int, column: int, text: str) -> list[list[str]]:
    rows = [list(line) for line in GENERAL]
    rows[row][column] = text
    return rows


def accusations(verdict: Verdict) -> list[Finding]:
    return [finding for finding in verdict.findings if finding.severity != "info"]


def test_a_consistent_table_has_no_finding_and_its_coverage_adds_up(rulebook: Rulebook) -> None:
    verdict = check_document(document(general()), rulebook)
    assert verdict.findings == ()
    summary = verdict.summary
    assert summary.rules == summary.pass_ + summary.fail + summary.unclear
    assert summary.rules == sum(outcome.count for outcome in summary.outcomes)
    assert summary.pass_ >= 15
    assert summary.pack_version == rulebook.version


def test_tables_that_are_not_there_are_unclear_and_never_a_pass(rulebook: Rulebook) -> None:
    outcomes = check_document(document(general()), rulebook).summary.outcomes
    missing = {outcome.rule for outcome in outcomes if outcome.reason == "not_printed"}
    assert {"FA-SUMMARY-SUM-01", "FA-INCOME-HIERARCHY-01", "NA-TOTAL-RESTATED-01"} <= missing


def test_one_wrong_cell_is_one_finding_with_that_cell_first_and_what_should_stand_there(rulebook: Rulebook) -> None:
    verdict = check_document(document(general(changed(3, 2, "2.55"))), rulebook)
    (finding,) = verdict.findings
    assert finding.severity == "error"
    assert len({finding.rule, *finding.also}) == 2
    cause = finding.causes[0]
    assert cause.cell is not None
    assert (cause.cell.row, cause.cell.column, cause.cell.text, cause.cell.page) == (3, 2, "2.55", 7)
    assert cause.proposed == "5.25"
    assert "2080501" in cause.cell.label
    assert verdict.summary.fail == 2


def test_transposed_digits_are_named_as_the_cause(rulebook: Rulebook) -> None:
    (finding,) = check_document(document(general(changed(5, 2, "81.00"))), rulebook).findings
    assert finding.causes[0].kind == "transposed_digits"
    assert finding.causes[0].proposed == "18.00"


def test_a_value_in_the_wrong_column_is_one_finding(rulebook: Rulebook) -> None:
    rows = changed(4, 3, "")
    rows[4][4] = "6.75"
    (finding,) = check_document(document(general(rows)), rulebook).findings
    assert finding.causes[0].kind == "wrong_column"
    assert finding.causes[0].cell is not None
    assert finding.causes[0].cell.column == 3


def test_rounding_is_no_finding_and_the_tolerance_explains_itself(rulebook: Rulebook) -> None:
    assert check_document(document(general(changed(2, 2, "12.01"))), rulebook).findings == ()
    (finding,) = check_document(document(general(changed(2, 2, "12.07"))), rulebook).findings
    assert "2 个数四舍五入的尾差最多" in finding.message.zh
    assert finding.difference is not None


def test_a_truncated_figure_is_information_only(rulebook: Rulebook) -> None:
    rows = changed(3, 2, "5.27")
    rows[3][3] = "5.27"
    assert {finding.severity for finding in check_document(document(general(rows)), rulebook).findings} == {"info"}


@pytest.mark.parametrize(
    "read",
    [
        document(general(changed(3, 2, "2.55"), confidence=0.5)),
        document(
            general(changed(3, 2, "2.55")),
            notes=[ReadingNote(code="unplaced_number", text="5.25", page=7, bbox=(100, 60, 140, 70))],
        ),
    ],
)
def test_a_doubtful_reading_accuses_nobody(read: Document, rulebook: Rulebook) -> None:
    verdict = check_document(read, rulebook)
    assert accusations(verdict) == []
    assert verdict.summary.fail == 0
    assert any(outcome.reason == "not_readable" for outcome in verdict.summary.outcomes)
    assert all(finding.causes[0].kind == "reading_doubt" for finding in verdict.findings)


def test_words_in_an_amount_cell_are_unclear_not_wrong(rulebook: Rulebook) -> None:
    verdict = check_document(document(general(changed(3, 2, "见附件"))), rulebook)
    assert verdict.findings == ()
    assert any(outcome.reason == "not_readable" for outcome in verdict.summary.outcomes)


def test_a_rule_that_crashes_reports_itself_and_the_others_go_on(
    rulebook: Rulebook, caplog: pytest.LogCaptureFixture
) -> None:
    rule = rulebook.by_id["DO-YEAR-EQUAL-01"]
    broken = rule.model_copy(update={"check": rule.check.model_copy(update={"function": "no_such_function"})})
    files = tuple(
        one.model_copy(update={"rules": tuple(broken if each is rule else each for each in one.rules)})
        for one in rulebook.files
    )
    with caplog.at_level(logging.ERROR):
        verdict = check_document(document(general()), rulebook.model_copy(update={"files": files}))
    assert any(outcome.reason == "rule_failed" for outcome in verdict.summary.outcomes)
    assert verdict.summary.pass_ >= 15
    assert "rule failed" in caplog.text


def test_rules_of_another_kind_of_document_are_not_asked(rulebook: Rulebook) -> None:
    budget = replace(document(general(changed(3, 2, "2.55"))), kind="budget")
    assert not any(outcome.rule.startswith("FA-") for outcome in check_document(budget, rulebook).summary.outcomes)


def said(subject: str, measure: str, value: str, quote: str, **more: str) -> Fact:
    section = more.pop("section", "第二部分 / 五、一般公共预算财政拨款支出决算情况说明")
    return Fact(
        measure=measure, subject=subject, value=Decimal(value), text=value, unit=more.pop("unit", "万元"), quote=quote,
        page=3, section=section, paragraph=0, **more,
    )  # fmt: skip


def test_a_sentence_that_restates_a_row_wrongly_is_blamed_and_not_the_table(rulebook: Rulebook) -> None:
    wrong = said("2080505 社会保障和就业支出/养老支出/基本养老保险缴费", "actual", "7.65", "支出决算为7.65万元")
    (finding,) = check_document(document(general(), facts=[wrong]), rulebook).findings
    assert finding.rule == "NA-GENERAL-ROWS-01"
    assert finding.quotes[0].fact == 0
    assert finding.causes[0].kind == "transposed_digits"
    assert finding.causes[0].cell is None
    assert finding.expected == "6.75"


def test_a_rate_taken_of_this_years_figure_is_told_so(rulebook: Rulebook) -> None:
    facts = [
        said("一般公共预算财政拨款支出", "amount", "30.00", "一般公共预算财政拨款支出30.00万元"),
        said("一般公共预算财政拨款支出", "change", "6.00", "增加6.00万元"),
        said("一般公共预算财政拨款支出", "growth_rate", "20.00", "增长20.00%", unit="%"),
    ]
    (finding,) = check_document(document(general(), facts=facts), rulebook).findings
    assert finding.causes[0].kind == "wrong_base"
    assert finding.expected == "25.00"


def test_last_years_amount_is_not_compared_with_this_years_table(rulebook: Rulebook) -> None:
    old = said("一般公共预算财政拨款支出", "amount", "28.00", "2022年一般公共预算财政拨款支出28.00万元")
    assert check_document(document(general(), facts=[old]), rulebook).findings == ()
