"""Indicators of a form: marks against achievement in both directions, targets and results that can be meant."""

import re
from collections.abc import Iterator
from decimal import Decimal

from services.validate.book import Book
from services.validate.forms import Line, cells_of
from services.validate.quantities import Quantity, power_of_ten, quantity_of
from services.validate.results import Agreed, Fault, Result
from shared.amounts import fold

_HUNDRED = Decimal(100)
_LOW = Decimal(90)
"""An execution rate below this earns no full marks."""
_NO_REASON = frozenset({"", "无", "-", "—", "/"})
_RATE = re.compile(r"(?:率|满意度|比例|占比)$")
_NEVER_ABOVE = re.compile(r"(?:合格率|满意度|覆盖率|知晓率|参保率|及时率|准确率|合规率|正确率)$")
_COUNT = re.compile(r"(?:次数|人数|数量|个数|人次|场次)$")
_SHARES = frozenset({"%", "‰", "倍", "个百分点", "百分点"})
_MOST = 8


def marks_and_targets(book: Book) -> Iterator[Result]:
    """Full marks although the target was missed: numeric targets of the same unit only."""
    for form in book.forms:
        for line in form.indicators:
            missed, score, weight = missed_target(line), line.value("score"), line.value("weight")
            if missed is None or score is None or not weight:
                continue
            if missed and score == weight:
                words = {"name": form.title, "row": line.label, "left": line.texts["target"]}
                words |= {"right": line.texts["actual"], "detail": f"{score.normalize():f}/{weight.normalize():f}"}
                refs = (form.ref(line, "actual"), form.ref(line, "target"), form.ref(line, "score"))
                yield Fault(words, cells=refs)
            else:
                yield Agreed()


def marks_off(book: Book) -> Iterator[Result]:
    """Marks taken off although the target was met, and no reason given: one finding a form."""
    for form in book.forms:
        lines = [line for line in form.indicators if line.value("score") is not None and line.value("weight")]
        off = [line for line in lines if _met(line) and _is_short(line) and line.texts.get("reason", "") in _NO_REASON]
        if off:
            detail = "；".join(f"{line.label} {_marks(line)}" for line in off[:_MOST])
            cells = cells_of([line.figures["score"] for line in off[:_MOST]])
            yield Fault({"name": form.title, "count": str(len(off)), "detail": detail}, cells=cells)
        elif lines:
            yield Agreed()


def low_execution(book: Book) -> Iterator[Result]:
    """No full marks for execution where far less than the budget was executed."""
    for form in book.forms:
        line = form.all_funds
        if line is None or not {"score", "weight", "budget", "executed"} <= line.figures.keys():
            continue
        score, weight = line.figures["score"], line.figures["weight"]
        most = line.figures["executed"].interval.over(line.figures["budget"].interval)
        if weight.value and score.value >= weight.value and most is not None and most.high * _HUNDRED < _LOW:
            words = {"name": form.title, "left": f"{most.high * _HUNDRED:.2f}", "right": f"{score.text}/{weight.text}"}
            cells = cells_of([score, line.figures["executed"], line.figures["budget"]])
            yield Fault(words, cells=cells)
        elif weight.value:
            yield Agreed()


def indicator_units(book: Book) -> Iterator[Result]:
    """An indicator's initial and adjusted target do not differ by exactly a power of ten."""
    for form in book.forms:
        for line in form.indicators:
            first, then = (quantity_of(line.texts.get(key, "")) for key in ("first_target", "target"))
            if first is None or then is None or first.unit != then.unit:
                continue
            if power_of_ten(first.value, then.value):
                words = {"name": form.title, "row": line.label}
                words |= {"left": line.texts["first_target"], "right": line.texts["target"]}
                yield Fault(words, cells=(form.ref(line, "first_target"), form.ref(line, "target")))
            else:
                yield Agreed()


def sane_indicators(book: Book) -> Iterator[Result]:
    """A rate is a percentage and not above 100 %, a number of things is none, a result is no power of ten off."""
    for form in book.forms:
        for line in form.indicators:
            for key in ("target", "actual"):
                said = quantity_of(line.texts.get(key, ""))
                detail = _oddity(line, said) if said is not None else None
                if detail:
                    words = {"name": form.title, "row": line.label, "left": line.texts[key], "detail": detail}
                    yield Fault(words, cells=(form.ref(line, key),))
                elif said is not None:
                    yield Agreed()


def _oddity(line: Line, said: Quantity) -> str:
    name = fold(line.label)
    if _NEVER_ABOVE.search(name) and said.unit == "%" and said.value > _HUNDRED:
        return "比率不应超过 100%"
    if _RATE.search(name) and said.unit and said.unit not in _SHARES:
        return "比率应以 % 表示"
    if _COUNT.search(name) and said.unit == "%":
        return "数量不应以 % 表示"
    return ""


def missed_target(line: Line) -> bool | None:
    """True where the actual value falls short of a numeric target; None where the two cannot be compared."""
    target, actual = (quantity_of(line.texts.get(key, "")) for key in ("target", "actual"))
    if target is None or actual is None or target.unit != actual.unit:
        return None
    if line.texts.get("kind", "").startswith("成本"):
        return None  # a cost below its target is no miss
    if any(sign in target.sign for sign in "≤<"):
        return actual.value > target.value
    return actual.value < target.value


def _met(line: Line) -> bool:
    target, actual = (fold(line.texts.get(key, "")) for key in ("target", "actual"))
    return missed_target(line) is False or (bool(target) and target == actual)


def _is_short(line: Line) -> bool:
    return (line.value("score") or Decimal(0)) < (line.value("weight") or Decimal(0))


def _marks(line: Line) -> str:
    return f"{line.figures['score'].text}/{line.figures['weight'].text}"
