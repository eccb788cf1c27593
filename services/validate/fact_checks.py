"""Checks of the narrative: sentences against tables, and percentages against the amounts of their sentence."""

import re
from collections.abc import Iterator, Sequence

from services.validate.book import Book
from services.validate.relations import Balance, Rate, Relation
from services.validate.results import Claim, Fault, Result, Unclear
from services.validate.terms import Term
from services.validate.vocabulary import FactName, FactRate, FactSum, Restated, RestatedRows
from services.validate.wording import quote
from shared.amounts import fold
from shared.document import Fact
from shared.figures import Figure

_CODE = re.compile(r"\d{3}(?:\d{2}){0,2}(?!\d)")
_AMOUNTS = ("amount", "actual", "executed")


def assert_restated(check: Restated, book: Book) -> Iterator[Result]:
    """A sentence restates a cell."""
    cell = book.cells(check.cell)
    said = list(book.facts(check.fact))
    if isinstance(cell, Unclear):
        yield cell
    elif not said:
        yield Unclear("not_printed", "、".join(check.fact.subject))
    for index, _ in said:
        if not isinstance(cell, Unclear):
            yield _claim(Balance((book.fact_term(index),), tuple(cell)))


def assert_restated_rows(check: RestatedRows, book: Book) -> Iterator[Result]:
    """Sentences about coded items restate the rows of a table."""
    rows = book.select(check.cells)
    if isinstance(rows, Unclear):
        yield rows
        return
    by_code = {figure.row_key: figure for figure in reversed(rows)}
    for index, fact in book.facts(check.fact):
        code = _CODE.match(fold(fact.subject))
        figure = by_code.get(code.group()) if code else _by_name(fact, rows)
        if figure is not None:
            yield _restates(book, index, figure)
        elif code:
            yield _unknown_code(book, index, code.group(), rows)


def assert_fact_sum(check: FactSum, book: Book) -> Iterator[Result]:
    """Figures of one paragraph or section add up."""
    for index, whole in book.facts(check.total):
        parts = [_beside(book, whole, name) for name in check.parts]
        found = [part for part in parts if part is not None]
        if len(found) == len(parts):
            yield _claim(Balance((book.fact_term(index),), tuple(book.fact_term(part) for part in found)))
        else:
            yield Unclear("not_printed", whole.quote)


def assert_fact_rate(check: FactRate, book: Book) -> Iterator[Result]:
    """Growth, share, completion and difference against the amounts they are made of."""
    for index, fact in enumerate(book.document.facts):
        if fact.measure != check.rate:
            continue
        link = _LINKS[check.rate](book, index)
        if link is None:
            yield Unclear("not_printed", fact.quote)
            continue
        relation, sure = link
        # An amount that we only guessed to be meant must not accuse anybody.
        yield _claim(relation) if sure or not relation.gap() else Unclear("not_readable", fact.quote)


_Link = tuple[Relation, bool]


def _growth(book: Book, index: int) -> _Link | None:
    change = _before(book, index, ("change",))
    amount = _before(book, index, _AMOUNTS)
    if change is None or amount is None:
        return None
    relation = Rate(book.fact_term(index), book.fact_term(change), book.fact_term(amount), growth=True)
    return relation, _same(book, index, change) and _same(book, index, amount)


def _share(book: Book, index: int) -> _Link | None:
    part = _before(book, index, _AMOUNTS)
    base = _named(book, index, fold(book.document.facts[index].base or ""))
    if part is None or base is None or part == base:
        return None
    return Rate(book.fact_term(index), book.fact_term(part), book.fact_term(base)), _same(book, index, part)


def _completion(book: Book, index: int) -> _Link | None:
    done = _before(book, index, ("actual", "executed"))
    planned = _before(book, index, ("budget", "adjusted_budget"))
    if done is None or planned is None:
        return None
    relation = Rate(book.fact_term(index), book.fact_term(done), book.fact_term(planned))
    return relation, _same(book, index, done) and _same(book, index, planned)


def _difference(book: Book, index: int) -> _Link | None:
    done, planned = _before(book, index, ("actual",)), _before(book, index, ("budget",))
    if done is None or planned is None:
        return None
    relation = Balance((book.fact_term(index), book.fact_term(planned)), (book.fact_term(done),))
    return relation, _same(book, index, done) and _same(book, index, planned)


_LINKS = {"growth_rate": _growth, "share": _share, "completion_rate": _completion, "difference": _difference}


def _before(book: Book, index: int, measures: Sequence[str]) -> int | None:
    """The nearest figure of a measure before this one in its paragraph: of the same subject, else of any."""
    facts = book.document.facts
    earlier = [
        i for i in range(index - 1, -1, -1) if facts[i].measure in measures and _together(facts[i], facts[index])
    ]
    return next((i for i in earlier if _same(book, index, i)), earlier[0] if earlier else None)


def _named(book: Book, index: int, name: str) -> int | None:
    """The amount called by a name: in the same paragraph, else in the same section, nearest first."""
    facts = book.document.facts
    called = [i for i, fact in enumerate(facts) if fact.measure in _AMOUNTS and name and name in book.subjects[i]]
    called.sort(key=lambda i: (not _together(facts[i], facts[index]), abs(i - index)))
    return next((i for i in called if facts[i].section == facts[index].section), None)


def _beside(book: Book, whole: Fact, name: FactName) -> int | None:
    """The figure of a name in the same paragraph as another, else in the same section."""
    named = list(book.facts(name))
    near = [i for i, fact in named if _together(fact, whole)] or [i for i, f in named if f.section == whole.section]
    return near[0] if near else None


def _together(one: Fact, other: Fact) -> bool:
    return one.paragraph == other.paragraph and one.page is not None and one.section == other.section


def _same(book: Book, one: int, other: int) -> bool:
    return book.subjects[one] == book.subjects[other]


def _by_name(fact: Fact, rows: Sequence[Figure]) -> Figure | None:
    """The row of the last name in a path of names, where only one row is called so."""
    name = fold(re.split(r"[ /]", fact.subject.strip())[-1])
    called = [figure for figure in rows if fold(figure.row_name) == name]
    return called[0] if len(called) == 1 else None


def _restates(book: Book, index: int, figure: Figure) -> Result:
    term = book.term(figure)
    if term is None:
        return Unclear("not_readable", figure.cell.text)
    return _claim(Balance((book.fact_term(index),), (term,)))


def _unknown_code(book: Book, index: int, code: str, rows: Sequence[Figure]) -> Result:
    """A code of the narrative that the table does not have; the row of the same amount is probably meant."""
    said = book.fact_term(index)
    if said.value == 0:
        return Unclear("not_printed", code)
    meant = next((f for f in rows if f.cell.value == said.value / said.unit and len(f.row_key) == len(code)), None)
    detail = f"{meant.row_key} {meant.row_name}" if meant else "—"
    place = quote(said)
    return Fault(
        {"name": code, "left": said.text, "detail": detail, "table": rows[0].row_name},
        quotes=(place,) if place else (),
        severity="warning",
    )


def _claim(relation: Relation) -> Claim:
    subject: Term = relation.percent if isinstance(relation, Rate) else relation.left[0]
    return Claim(relation, subject=subject)
