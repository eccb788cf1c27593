"""Findings on self-evaluation forms (绩效自评表) and where they point."""

from collections.abc import Sequence

from services.validate.check import check_document
from services.validate.rulebook import load_rulebook
from shared.amounts import printed_amount
from shared.document import Assessment, Cell, Document
from shared.findings import Finding

RULEBOOK = load_rulebook()
WIDTH = 8


def row(number: int, *texts: str) -> tuple[Cell, ...]:
    """One printed row; every cell has its box, so that a finding can point at it."""
    cells = []
    for column, text in enumerate([*texts, *[""] * (WIDTH - len(texts))]):
        amount = printed_amount(text)
        box = (50.0 * column, 20.0 * number, 50.0 * (column + 1), 20.0 * (number + 1))
        cells.append(Cell(text=text, value=amount.value if amount else None, page=7, bbox=box))
    return tuple(cells)


def form(goal: str = "完成培训任务。", cost: str = "21.35万元", score: str = "90") -> Assessment:
    rows: Sequence[Sequence[str]] = (
        ("项目名称", "培训费"),
        ("主管部门", "县民政局"),
        ("项目资金", "", "年初预算数", "全年预算数（A）", "全年执行数（B）", "分值", "执行率（B/A）", "得分"),
        ("", "年度资金总额", "", "21.35", "21.35", "10", "100%", "10"),
        ("年度总体目标", goal),
        ("一级指标", "二级指标", "三级指标", "年度指标值", "实际完成值", "分值", "得分", "偏差原因"),
        ("产出指标", "成本指标", "培训成本", cost, cost, "90", score, ""),
        ("总分", "", "", "", "", "100", "100", ""),
    )
    cells = tuple(row(number, *texts) for number, texts in enumerate(rows))
    return Assessment(
        type="project_self_evaluation", title="培训费项目绩效自评表", page=7, project="培训费", rows=cells, pages=(7,)
    )


def findings(one: Assessment, rule: str) -> list[Finding]:
    document = Document(kind="final_accounts", fiscal_year=2023, assessments=(one,))
    return [finding for finding in check_document(document, RULEBOOK).findings if finding.rule == rule]


def test_a_wrong_score_is_pointed_at_in_its_form() -> None:
    (finding,) = findings(form(score="80"), "PE-SCORE-SUM-01")
    told = {(cell.assessment, cell.row, cell.column, cell.text, cell.page) for cell in finding.cells}
    assert (0, 6, 6, "80", 7) in told
    assert all(cell.table == -1 and cell.bbox is not None for cell in finding.cells)


def test_a_cost_in_yuan_that_has_the_digits_of_the_funds_in_wan_yuan_is_a_wrong_unit() -> None:
    (finding,) = findings(form(cost="21.35元"), "PE-COST-UNIT-01")
    assert [cell.text for cell in finding.cells] == ["21.35元", "21.35元", "21.35", "21.35"]
    assert not findings(form(), "PE-COST-UNIT-01")


def test_the_form_s_own_words_are_held_against_its_funds() -> None:
    (finding,) = findings(form("完成全部培训任务，全年执行数18.20万元。"), "PE-PROSE-FUNDS-01")
    assert "全年执行数18.20万元" in finding.message.zh
    assert not findings(form("完成全部培训任务，全年执行数21.35万元。"), "PE-PROSE-FUNDS-01")
