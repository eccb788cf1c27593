"""Documents that print the tables of several units, and editions that print fewer tables."""

from dataclasses import replace

from services.validate.check import check_document
from services.validate.rulebook import load_rulebook
from shared.amounts import printed_amount
from shared.document import Cell, Document, Table
from shared.findings import Finding

RULEBOOK = load_rulebook()


def cell(text: str) -> Cell:
    amount = printed_amount(text)
    return Cell(text=text, value=amount.value if amount else None, page=1)


def income_table(unit: str, total: str, *parts: str) -> Table:
    return Table(
        type="income",
        title="收入决算表",
        unit_name=unit,
        columns=(("科目代码",), ("科目名称",), ("本年收入合计",), ("财政拨款收入",)),
        rows=(
            (Cell(), cell("合计"), cell(total), cell(total)),
            *((cell(f"20{n}"), cell(f"第{n}类"), cell(part), cell(part)) for n, part in enumerate(parts, start=1)),
        ),
    )


def about_income(findings: tuple[Finding, ...]) -> list[Finding]:
    return [finding for finding in findings if finding.rule.startswith("FA-INCOME")]


def test_a_unit_s_table_behind_the_department_s_is_checked_too() -> None:
    department, unit = (
        income_table("县民政局", "30.00", "10.00", "20.00"),
        income_table("县福利院", "9.00", "5.00", "3.00"),
    )
    document = Document(kind="final_accounts", fiscal_year=2023, unit_name="县民政局", tables=(department, unit))
    found = about_income(check_document(document, RULEBOOK).findings)
    assert {cell.table for finding in found for cell in finding.cells} == {1}


def test_an_empty_table_of_another_unit_does_not_give_way_to_it() -> None:
    empty = replace(income_table("县民政局", ""), empty=True)
    document = Document(
        kind="final_accounts", fiscal_year=2023, tables=(empty, income_table("县福利院", "9.00", "5.00", "4.00"))
    )
    assert not about_income(check_document(document, RULEBOOK).findings)


def test_what_an_edition_does_not_print_is_said_and_not_counted_as_unclear() -> None:
    only = Table(
        type="fiscal_appropriation_expenditure",
        title="高等学校财政拨款支出决算表",
        columns=(("科目编码",), ("科目名称",), ("合计",), ("基本支出",)),
        rows=((Cell(), cell("合计"), cell("5.00"), cell("5.00")),),
    )
    summary = check_document(Document(kind="final_accounts", fiscal_year=2023, tables=(only,)), RULEBOOK).summary
    assert "basic_expenditure_detail" in summary.tables_of_other_editions
    assert summary.not_applicable > 0
    assert not [one for one in summary.outcomes if one.rule.startswith("FA-BASIC")]
