"""Money of the forms together: costs against funds, projects against the whole unit, what the text announces."""

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

from services.validate.book import Book
from services.validate.forms import Form, Line, cells_of
from services.validate.quantities import Quantity, power_of_ten, quantity_of
from services.validate.relations import Balance
from services.validate.results import Agreed, Claim, Fault, Result, Unclear
from services.validate.terms import Term
from services.validate.vocabulary import Address
from services.validate.wording import quote
from shared.amounts import fold
from shared.interval import YUAN, Interval, printed, total

_INVOLVED = re.compile(r"涉及(?:预算|财政)?(?:资金|金额)|资金(?:总额)?$")
_FORMS_TOLD = re.compile(r"(\d+)个(?:一级|二级)?项目|项目(?:绩效)?自评(?:个数)?(\d+)个")
_PROJECTS = re.compile(r"项目支出")
_SIGNIFICANT = 2
_COLUMNS = ("initial", "budget", "executed")
_WHOLE = tuple(
    Address(table=table, side=side, row=row, column=column)
    for table, side, row, column in (
        ("expenditure", "", "total", "total"),
        ("fiscal_appropriation_summary", "expenditure", "total", "total"),
        ("general_public_budget_expenditure", "", "total", "total"),
        ("income_expenditure_summary", "expenditure", "total", "final"),
    )
)


def cost_indicators(book: Book) -> Iterator[Result]:
    """A cost in money that has the digits of the form's funds is that amount: not 279.72 元 for 279.72 万元."""
    for form in book.forms:
        for line in form.indicators:
            if not line.texts.get("kind", "").startswith("成本"):
                continue
            costs = {key: cost for key in ("target", "actual") if (cost := _cost(line, key)) is not None}
            funds = [term for one in form.funds for c in _COLUMNS if (term := one.figures.get(c)) and term.value]
            twins = {key: twin for key, cost in costs.items() if (twin := _twin(cost, funds)) is not None}
            if twins:
                cells = [*(form.ref(line, key) for key in twins), *cells_of(list(twins.values()))]
                words = {"left": "、".join(line.texts[key] for key in twins)}
                words |= {"right": "、".join(f"{fold(term.text)}万元" for term in twins.values())}
                yield Fault({"name": form.title, "row": line.label, **words}, cells=tuple(cells))
            elif costs and funds:
                yield Agreed()


def _cost(line: Line, key: str) -> Quantity | None:
    cost = quantity_of(line.texts.get(key, ""))
    return cost if cost is not None and cost.value and cost.unit in ("", *YUAN) else None


def _twin(cost: Quantity, funds: Sequence[Term]) -> Term | None:
    """The amount of the funds that has the digits of a cost and is a power of ten off; None where one is the cost."""
    if any(amount.meets(term.interval) for amount in _meant(cost) for term in funds):
        return None
    digits = f"{cost.value.normalize():f}".strip("0").replace(".", "")
    value = cost.value * YUAN.get(cost.unit, Decimal(1))
    same = (term for term in funds if len(digits) >= _SIGNIFICANT and power_of_ten(value, term.value))
    return next(same, None)


def _meant(cost: Quantity) -> list[Interval]:
    """What a cost may be in yuan; without a unit 元 and 万元 are both possible."""
    units = [YUAN[cost.unit]] if cost.unit else [YUAN["元"], YUAN["万元"]]
    return [printed(cost.value, unit) for unit in units]


def exceeded_costs(book: Book) -> Iterator[Result]:
    """A cost does not exceed its target and earn full marks."""
    for form in book.forms:
        for line in form.indicators:
            target, actual = (quantity_of(line.texts.get(key, "")) for key in ("target", "actual"))
            is_cost = line.texts.get("kind", "").startswith("成本") and not (
                target and ("≥" in target.sign or ">" in target.sign)
            )
            if not is_cost or target is None or actual is None or target.unit != actual.unit:
                continue
            if actual.value > target.value and line.value("score") == line.value("weight") is not None:
                words = {
                    "name": form.title,
                    "row": line.label,
                    "left": line.texts["target"],
                    "right": line.texts["actual"],
                }
                yield Fault(words, cells=(form.ref(line, "actual"), form.ref(line, "target")))
            else:
                yield Agreed()


def projects_within_whole(book: Book) -> Iterator[Result]:
    """All projects together do not exceed the whole unit's project expenditure, budgeted or executed."""
    whole = _whole_form(book)
    line = next((one for one in whole.sources if _PROJECTS.search(fold(one.label))), None) if whole else None
    projects = _projects(book)
    for column in ("budget", "executed") if line is not None and projects else ():
        parts = tuple(term for form in projects if form.all_funds and (term := form.all_funds.figures.get(column)))
        limit = line.figures.get(column) if line is not None else None
        if limit is not None and parts:
            yield Claim(Balance(parts, (limit,), at_most=True), subject=parts[0])


def whole_and_tables(book: Book) -> Iterator[Result]:
    """What the whole unit executed is the expenditure of one of the tables."""
    form = _whole_form(book)
    said = form.all_funds.figures.get("executed") if form and form.all_funds else None
    cells = [found for address in _WHOLE if not isinstance(found := book.cells(address), Unclear)]
    if form is None or said is None or not said.value or not cells:
        return
    if any(said.interval.meets(total(term.interval for term in found)) for found in cells):
        yield Agreed()
    else:
        yield Fault({"name": form.title, "left": said.text, "right": cells[0][0].text}, cells=cells_of([said]))


def announced_funds(book: Book) -> Iterator[Result]:
    """“等 9 个项目……涉及预算资金 X 万元” is what the forms, all present, add up to in one of their columns."""
    projects = _projects(book)
    for index, fact in enumerate(book.document.facts):
        told = _FORMS_TOLD.search(book.sentences[index].text)
        if fact.measure != "amount" or not told or not _INVOLVED.search(fold(fact.subject)):
            continue
        names = {fold(form.form.project or form.form.title) for form in projects}
        if int(told.group(1) or told.group(2)) not in (len(projects), len(names)):
            continue
        said = book.fact_term(index)
        sums = {column: _column(projects, column) for column in _COLUMNS}
        if any(terms and said.interval.meets(total(t.interval for t in terms)) for terms in sums.values()):
            yield Agreed()
        elif sums["budget"]:
            detail = "、".join(f"{word}合计 {_sum(sums[key])}" for key, word in _SUMS if sums[key])
            place = quote(said)
            words = {"left": said.text, "count": str(len(projects)), "detail": detail}
            yield Fault(words, cells=cells_of(sums["budget"]), quotes=(place,) if place else ())


_SUMS = (("initial", "年初预算数"), ("budget", "全年预算数"), ("executed", "全年执行数"))


def _sum(terms: Sequence[Term]) -> str:
    return f"{sum((term.value for term in terms), Decimal(0)) / YUAN['万元']:f}"


def _column(forms: Sequence[Form], column: str) -> list[Term]:
    """The figures of a column of all forms, or none where a form lacks it."""
    found = [form.all_funds.figures[column] for form in forms if form.all_funds and column in form.all_funds.figures]
    return found if len(found) == len(forms) else []


def _whole_form(book: Book) -> Form | None:
    whole = [form for form in book.forms if form.form.type.startswith("overall")]
    return whole[0] if len(whole) == 1 else None


def _projects(book: Book) -> list[Form]:
    """The project forms; one that is printed twice counts once."""
    found: dict[tuple[str, ...], Form] = {}
    for form in book.forms:
        if form.form.type == "project_self_evaluation" and form.all_funds is not None:
            key = (fold(form.title), *(fold(cell.text) for row in form.form.rows for cell in row))
            found.setdefault(key, form)
    return list(found.values())
