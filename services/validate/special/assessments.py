"""Self-evaluation forms: rates, funds by source, and what the narrative says of a project."""

import re
from collections import defaultdict
from collections.abc import Iterator

from services.validate.book import Book
from services.validate.forms import Form, cells_of
from services.validate.names import name_key
from services.validate.quantities import power_of_ten
from services.validate.rate_links import before
from services.validate.relations import Balance, Rate
from services.validate.results import Agreed, Claim, Fault, Result
from services.validate.terms import Place, Term, exact_term
from shared.amounts import fold
from shared.findings import Quote

_ANNOUNCED = re.compile(r"(?:反映|开展|随同|公开).{0,400}\d+个(?:一级|二级)?项目")


def execution_rates(book: Book) -> Iterator[Result]:
    """执行率 ≈ B / A, in every line of funds."""
    for form in book.forms:
        for line in form.funds:
            rate, budget, executed = (line.figures.get(key) for key in ("rate", "budget", "executed"))
            if rate is not None and budget is not None and executed is not None:
                yield Claim(Rate(rate, executed, budget), subject=rate)


def fund_sources(book: Book) -> Iterator[Result]:
    """The sources or tasks add up to all funds, for the initial budget, the budget and what was executed."""
    for form in book.forms:
        total = form.all_funds
        if any(fold(line.label).startswith("其中") for line in form.sources[1:]):
            continue  # lines below a source are parts of it
        for column in ("initial", "budget", "executed"):
            parts = [line.figures[column] for line in form.sources if column in line.figures]
            if total is not None and column in total.figures and parts:
                yield Claim(Balance((total.figures[column],), tuple(parts)), subject=total.figures[column])


def remainders(book: Book) -> Iterator[Result]:
    """资金结余 = 全年预算数 − 全年执行数."""
    for form in book.forms:
        for line in form.funds:
            left, budget, executed = (line.figures.get(key) for key in ("remainder", "budget", "executed"))
            if left is not None and budget is not None and executed is not None:
                yield Claim(Balance((left, executed), (budget,)), subject=left)


def told_funds(book: Book) -> Iterator[Result]:
    """What the narrative says of a project's funds is what its form says."""
    for measure, column in (("adjusted_budget", "budget"), ("executed", "executed")):
        for index, fact in enumerate(book.document.facts):
            if fact.measure != measure:
                continue
            form = _form_of(book, index)
            line = form.all_funds if form else None
            if line is not None and column in line.figures:
                said = book.fact_term(index)
                yield Claim(Balance((said,), (line.figures[column],)), subject=said)


def told_score(book: Book) -> Iterator[Result]:
    """The score that the narrative gives the whole unit or a project is the total of its form."""
    for index, fact in enumerate(book.document.facts):
        form = _scored_form(book, index) if fact.measure == "score" else None
        total = form.total.figures.get("score") if form and form.total else None
        if total is not None:
            said = exact_term(Place("fact", index), fact.value, fact.text, fact)
            yield Claim(Balance((said,), (total,)), subject=said)


def _scored_form(book: Book, index: int) -> Form | None:
    """The form of a score: the whole unit's where it is named, else that of the project whose funds are told before."""
    fact = book.document.facts[index]
    if "整体" in fold(fact.subject + fact.section):
        whole = [form for form in book.forms if form.form.type.startswith("overall")]
        return whole[0] if len(whole) == 1 else None
    funds = before(book, index, ("adjusted_budget", "executed"))
    return _form_of(book, funds) if funds is not None else None


def announced_forms(book: Book) -> Iterator[Result]:
    """As many project forms are there as the narrative announces: “等 9 个一级项目”."""
    present = sum(form.form.type == "project_self_evaluation" for form in book.forms)
    for fact in book.document.facts:
        clause = fold(fact.quote)
        if fact.measure != "count" or fact.unit != "个" or not _ANNOUNCED.search(clause) or not present:
            continue
        if fact.value == present:
            yield Agreed()
        else:
            words = {"left": fact.text or str(fact.value), "count": str(present), "expected": str(present)}
            yield Fault(words, quotes=(Quote(text=fact.quote[-60:], page=fact.page),), expected=str(present))


def named_projects(book: Book) -> Iterator[Result]:
    """Every form names its project, and its title and its project name are of one project."""
    for form in book.forms:
        if form.form.type != "project_self_evaluation" or not form.form.rows:
            continue
        cell = form.name_cell
        cells = (cell,) if cell is not None else ()
        quotes = () if cell is not None else (Quote(text=form.form.title, page=form.form.page),)
        title = _titled_project(form)
        if not form.form.project:
            yield Fault({"name": form.title, "detail": "没有填写项目名称"}, cells, quotes)
        elif title and title not in fold(form.form.project) and fold(form.form.project) not in title:
            yield Fault({"name": form.form.title, "detail": f"项目名称填为“{form.form.project}”"}, cells, quotes)
        else:
            yield Agreed()


def same_project_units(book: Book) -> Iterator[Result]:
    """Two forms of one project whose funds differ by exactly a power of ten: 元 for 万元, or a misplaced point."""
    named: dict[str, list[tuple[Form, Term]]] = defaultdict(list)
    for form in book.forms:
        line = form.all_funds
        if form.form.project and line is not None and "budget" in line.figures:
            named[fold(form.form.project)].append((form, line.figures["budget"]))
    amounts = {book.fact_term(i).value for i, fact in enumerate(book.document.facts) if fact.unit.endswith("元")}
    for found in named.values():
        (first, one), *others = found
        for other, two in others:
            if not power_of_ten(one.value, two.value):
                yield Agreed()
            elif one.value + two.value in amounts:
                continue  # their sum is printed: two projects that share a name
            else:
                words = {"name": first.title, "left": one.text, "right": two.text, "other": other.title}
                yield Fault(words, cells=cells_of([one, two]))


def _form_of(book: Book, index: int) -> Form | None:
    """The form that a sentence speaks of: the next one of the project it names, else that of the whole unit."""
    fact = book.document.facts[index]
    name = fold(fact.subject)
    after = [form for form in book.forms if (form.form.page or 0) >= (fact.page or 0)]
    if not name:
        whole = [form for form in book.forms if form.form.type.startswith("overall")]
        return whole[0] if len(whole) == 1 and "整体" in fold(fact.section) else None
    titled = [form for form in after if _titled_project(form) == name]
    return next(iter(titled or [form for form in after if name_key(form.form.project or "") == name_key(name)]), None)


def _titled_project(form: Form) -> str:
    """The project that a form's title names: 房屋租赁费项目绩效自评表."""
    found = re.fullmatch(r"(.+?)项目(支出)?绩效自评表", fold(form.form.title))
    return found.group(1) if found and len(found.group(1)) < 40 else ""
