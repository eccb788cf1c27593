"""The figures and words of self-evaluations: those of the forms, and what the text says of them."""

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from cli.samples.accounts import Fen
from cli.samples.narrative import Narrative, Statement
from cli.samples.performance import EXECUTION_WEIGHT, Evaluation, Funds, Indicator
from cli.samples.quantities import FigureKey, Ledger, Quantity, money

FORM = "form:"
"""A form's figures have the table `form:0` (the whole unit), `form:1` (the first project) and so on."""
FULL_WEIGHT = 100
_REASON = "受客观条件影响，未达到预期目标，下一步将加强管理、加快进度。"


def is_form(table: str) -> bool:
    """True for the figures of a self-evaluation form."""
    return table.startswith(FORM)


def form_ledger(evaluations: Sequence[Evaluation]) -> Ledger:
    """Every figure of the forms: by line of funds, by indicator, and the total."""
    figures: dict[FigureKey, Quantity] = {}
    for number, evaluation in enumerate(evaluations):
        for row, columns in {**_fund_rows(evaluation.funds), **_score_rows(evaluation)}.items():
            for column, quantity in columns.items():
                figures[FigureKey(f"{FORM}{number}", row, column)] = quantity
    return figures


def _fund_rows(funds: Mapping[str, Funds]) -> dict[str, dict[str, Quantity]]:
    return {row: _fund_columns(line) for row, line in funds.items()}


def _fund_columns(line: Funds) -> dict[str, Quantity]:
    amounts = {
        "initial": line.initial, "budget": line.budget, "executed": line.executed,
        "remainder": line.budget - line.executed,
        "appropriated_budget": line.budget - line.own_budget, "own_budget": line.own_budget,
        "appropriated_executed": line.executed - line.own_executed, "own_executed": line.own_executed,
    }  # fmt: skip
    columns = {column: money(fen) for column, fen in amounts.items()}
    return columns | ({"rate": _rate(line.executed, line.budget)} if line.budget else {})


def _score_rows(evaluation: Evaluation) -> dict[str, dict[str, Quantity]]:
    rows = {
        "execution": {"weight": _marks(EXECUTION_WEIGHT), "score": _marks(evaluation.execution_score)},
        "sum": {"weight": _marks(FULL_WEIGHT), "score": _marks(evaluation.score)},
    }
    for row, indicator in _indicator_rows(evaluation).items():
        if indicator.name:
            rows[row] = {"weight": _marks(indicator.weight), "score": _marks(indicator.score)}
    return rows


def _indicator_rows(evaluation: Evaluation) -> dict[str, Indicator]:
    return {f"{one.group.key}_{number}": one for number, one in enumerate(evaluation.indicators, 1)}


def _marks(value: Fraction | int) -> Quantity:
    """A score or weight, without needless decimals."""
    return _trimmed(Fraction(value), "分")


def _rate(part: Fen, whole: Fen) -> Quantity:
    return _trimmed(Fraction(100 * part, whole), "%")


def _trimmed(value: Fraction, unit: str) -> Quantity:
    """A quantity with up to two decimals, as many as its rounded value needs: 100, 98.5, 98.07."""
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    text = f"{exact.quantize(Decimal('0.01'), ROUND_HALF_UP):f}".rstrip("0")
    return Quantity(value, len(text.partition(".")[2]), unit)


def tell_evaluations(narrative: Narrative, evaluations: Sequence[Evaluation]) -> None:
    """Add the words of the forms, and what the text says of the whole unit and of each project."""
    for number, evaluation in enumerate(evaluations):
        scope = f"{FORM}{number}"
        narrative.words |= {
            f"{scope}.name": evaluation.name, f"{scope}.goal": evaluation.goal, f"{scope}.result": evaluation.result
        }  # fmt: skip
        for row, line in evaluation.funds.items():
            if not line.budget:
                narrative.words[f"{scope}.{row}.rate"] = ""
        _tell_indicators(narrative, scope, evaluation)
        _tell_results(narrative, scope, evaluation)
    narrative.lists["evaluated"] = [f"{FORM}{number}" for number, one in enumerate(evaluations) if not one.overall]


def _tell_indicators(narrative: Narrative, scope: str, evaluation: Evaluation) -> None:
    rows = _indicator_rows(evaluation)
    narrative.lists[f"{scope}.indicators"] = list(rows)
    for row, one in rows.items():
        narrative.words |= {
            f"{scope}.{row}.group": one.group.name, f"{scope}.{row}.group_weight": str(one.group.weight),
            f"{scope}.{row}.kind": one.kind, f"{scope}.{row}.name": one.name,
            f"{scope}.{row}.target": one.target, f"{scope}.{row}.actual": one.actual,
            f"{scope}.{row}.reason": _REASON if one.missed else "",
        }  # fmt: skip
        if not one.name:
            narrative.words |= {f"{scope}.{row}.weight": "", f"{scope}.{row}.score": ""}


def _tell_results(narrative: Narrative, scope: str, evaluation: Evaluation) -> None:
    """全年预算数, 执行数, 完成预算的 P%, 自评得分; of the whole unit the sentence names no subject."""
    subject, total = "" if evaluation.overall else evaluation.name, evaluation.funds["total"]
    narrative.amount(f"{scope}.budget", total.budget, subject, "adjusted_budget")
    narrative.amount(f"{scope}.executed", total.executed, subject, "executed")
    if total.budget:
        rate = _rate(total.executed, total.budget)
        narrative.statements[f"{scope}.completion"] = Statement(rate, "completion_rate", subject, "预算")
    narrative.statements[f"{scope}.score"] = Statement(_marks(evaluation.score), "score", subject)
