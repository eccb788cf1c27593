"""Scores and weights of self-evaluation forms, and what their indicators claim to have reached."""

from collections.abc import Iterator
from decimal import Decimal

from services.validate.book import Book
from services.validate.forms import Form, cells_of
from services.validate.relations import Balance
from services.validate.results import Agreed, Claim, Fault, Result
from services.validate.terms import FormCell, Term

_FULL = Decimal(100)
_EXECUTION = Decimal(10)
"""What execution of the budget is always weighed with."""


def total_scores(book: Book) -> Iterator[Result]:
    """Σ 得分, the score for execution included, is the 总分; Σ 分值 is the total weight."""
    for form in book.forms:
        if _leaves_out_execution(form):
            continue
        for column in ("score",) if form.hides_a_weight else ("score", "weight"):
            parts = _marks(form, column)
            total = form.total.figures.get(column) if form.total else None
            if total is not None and parts:
                yield Claim(Balance((total,), tuple(parts)), subject=total)


def execution_counted(book: Book) -> Iterator[Result]:
    """The total includes the marks for execution of the budget: 10 + 50 + 30 + 10."""
    for form in book.forms:
        funds = form.all_funds
        if funds is None or "weight" not in funds.figures or form.total is None:
            continue
        if _leaves_out_execution(form):
            total = form.total.figures["weight"]
            words = {"name": form.title, "left": total.text, "right": funds.figures["weight"].text}
            yield Fault(words, cells=cells_of([total, funds.figures["weight"]]))
        else:
            yield Agreed()


def _leaves_out_execution(form: Form) -> bool:
    """True where the total weight is that of the indicators alone, though execution has a weight of its own."""
    funds, total = form.all_funds, form.total.value("weight") if form.total else None
    if funds is None or not funds.value("weight") or total is None:
        return False
    return total == sum((line.value("weight") or Decimal(0) for line in form.indicators), Decimal(0))


def full_weight(book: Book) -> Iterator[Result]:
    """The weights of a form add up to 100, where no total weight is printed that says otherwise."""
    for form in book.forms:
        weights = _marks(form, "weight")
        total = sum((term.value for term in weights), Decimal(0))
        weighed = sum("weight" in line.figures for line in form.indicators)
        if weighed < 2 or form.total is None or "weight" in form.total.figures:
            continue
        counted = _counts_a_hidden_weight(form)
        expected = _FULL - _EXECUTION if counted else _FULL
        if total == expected or (form.hides_a_weight and total == _FULL - _EXECUTION):
            yield Agreed()
        else:
            words = {"name": form.title, "left": f"{total.normalize():f}", "expected": str(expected)}
            yield Fault(words, cells=cells_of(weights), expected=str(expected))


def _counts_a_hidden_weight(form: Form) -> bool:
    """True where the total counts the score for execution, whose weight is not printed."""
    total = form.total.value("score") if form.total else None
    return form.hides_a_weight and total == sum((term.value for term in _marks(form, "score")), Decimal(0))


def scores_within_weights(book: Book) -> Iterator[Result]:
    """得分 ≤ 分值, in every line."""
    for form in book.forms:
        lines = [*form.indicators, *([form.all_funds] if form.all_funds else []), *([form.total] if form.total else [])]
        for line in lines:
            score, weight = line.figures.get("score"), line.figures.get("weight")
            if score is not None and weight is not None:
                yield Claim(Balance((score,), (weight,), at_most=True), subject=score)


def group_weights(book: Book) -> Iterator[Result]:
    """A group's weights add up to the weight printed beside its name: 产出指标（50分）.

    One finding a form; none where all weights together are already wrong, which says the same.
    """
    for form in book.forms:
        total = form.total.value("weight") if form.total else None
        if _leaves_out_execution(form):
            continue
        if total is not None and total != sum((term.value for term in _marks(form, "weight")), Decimal(0)):
            continue
        wrong = [(weight, found) for weight, found in _group_sums(form) if weight.value != found]
        if wrong:
            detail = "；".join(f"{_label(weight)} 相加为 {found.normalize():f}" for weight, found in wrong)
            yield Fault({"name": form.title, "detail": detail}, cells=cells_of([weight for weight, _ in wrong]))
        elif form.group_weights:
            yield Agreed()


def _group_sums(form: Form) -> Iterator[tuple[Term, Decimal]]:
    for group, weight in form.group_weights.items():
        parts = [line.figures["weight"] for line in form.indicators if line.group == group and "weight" in line.figures]
        if parts:
            yield weight, sum((term.value for term in parts), Decimal(0))


def _marks(form: Form, column: str) -> list[Term]:
    lines = [*form.indicators, *([form.all_funds] if form.all_funds else [])]
    return [line.figures[column] for line in lines if column in line.figures]


def _label(term: Term) -> str:
    return term.source.label if isinstance(term.source, FormCell) else term.text
