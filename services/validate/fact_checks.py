"""Checks of the narrative: sentences against tables, and percentages against the amounts of their sentence."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from services.validate import rate_links
from services.validate.book import Book
from services.validate.names import name_key
from services.validate.rate_links import Link
from services.validate.relations import Balance, Rate, Relation
from services.validate.results import Agreed, Claim, Fault, Result, Unclear
from services.validate.terms import Term
from services.validate.vocabulary import FactName, FactRate, FactSum, KnownCodes, Restated, RestatedRows, ShareOfCell
from services.validate.wording import quote
from shared.amounts import fold
from shared.document import Fact
from shared.figures import Figure
from shared.layouts import compiled

_CODE = re.compile(r"\d{3}(?:\d{2}){0,2}(?!\d)")


def assert_restated(check: Restated, book: Book) -> Iterator[Result]:
    """A sentence restates a cell."""
    said = list(book.facts(check.fact))
    if check.where_said and not said:
        return
    cell = book.cells(check.cell)
    if isinstance(cell, Unclear):
        if not check.where_printed:
            yield cell
    elif not said:
        yield Unclear("not_printed", "、".join(check.fact.subject))
    for index, _ in said:
        if not isinstance(cell, Unclear):
            yield _claim(_told_of_any_set(book, check, book.fact_term(index), cell))


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


def assert_known_codes(check: KnownCodes, book: Book) -> Iterator[Result]:
    """Codes of the narrative are rows of the table."""
    rows = book.select(check.cells)
    if isinstance(rows, Unclear):
        yield rows
        return
    codes = {figure.row_key for figure in rows}
    elsewhere = {f.row_key for view in book.views.values() for f in view.figures if f.is_code}
    for index, fact in book.facts(check.fact):
        code = _CODE.match(fold(fact.subject))
        if code and fact.value:
            if code.group() in codes:
                yield Agreed()
            elif code.group() in elsewhere:
                yield Unclear("not_printed", code.group())  # the table lacks a line, which its sums tell
            else:
                yield _unknown_code(book, index, code.group(), rows)


def assert_fact_sum(check: FactSum, book: Book) -> Iterator[Result]:
    """Figures of one paragraph or section add up."""
    for index, whole in book.facts(check.total):
        parts = [_beside(book, whole, name) for name in check.parts]
        found = [part for part in parts if part is not None]
        if len(found) == len(parts):
            parts_said = tuple(book.fact_term(part) for part in found)
            whole_said = (book.fact_term(index),)
            yield _claim(Balance(parts_said, whole_said, True) if check.at_most else Balance(whole_said, parts_said))
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
        # An amount that is only likely to be meant must not accuse anybody.
        sound = link.sure or not link.relation.gap()
        yield _claim(link.relation) if sound else Unclear("not_printed", fact.quote)


def assert_share_of_cell(check: ShareOfCell, book: Book) -> Iterator[Result]:
    """A share whose base is printed in a table."""
    cell = book.cells(check.cell)
    base = compiled(check.base)
    for index, fact in enumerate(book.document.facts):
        if fact.measure != "share" or not base.fullmatch(name_key(fact.base or "")):
            continue
        part = rate_links.part_of(book, index)
        if isinstance(cell, Unclear):
            yield cell
        elif part is not None:
            yield _claim(Rate(book.fact_term(index), book.fact_term(part), cell[0]))


def _told_of_any_set(book: Book, check: Restated, said: Term, cell: Sequence[Term]) -> Balance:
    """A sentence restates the cell; where several sets of tables are printed, it may mean any of them."""
    relation = Balance((said,), tuple(cell))
    for other in book.others if relation.gap() else ():
        found = other.cells(check.cell)
        if not isinstance(found, Unclear) and not Balance((said,), tuple(found)).gap():
            return Balance((said,), tuple(found))
    return relation


_LINKS: Mapping[str, Callable[[Book, int], Link | None]] = {
    "growth_rate": rate_links.growth,
    "share": rate_links.share,
    "completion_rate": rate_links.completion,
    "difference": rate_links.difference,
}


def _beside(book: Book, whole: Fact, name: FactName) -> int | None:
    """The figure of a name in the same paragraph as another, else in the same section."""
    named = list(book.facts(name))
    near = [i for i, fact in named if _together(fact, whole)] or [i for i, f in named if f.section == whole.section]
    return near[0] if near else None


def _together(one: Fact, other: Fact) -> bool:
    return one.paragraph == other.paragraph and one.page is not None and one.section == other.section


def _by_name(fact: Fact, rows: Sequence[Figure]) -> Figure | None:
    """The row that a path of names means (类/款/项, or the last of them), where it can mean only one."""
    *above, name = [name_key(part) for part in fact.subject.split("/")]
    names = {figure.row_key: name_key(figure.row_name) for figure in rows}
    called = [figure for figure in rows if names[figure.row_key] == name]
    if len(called) > 1 and above:
        called = [f for f in called if [names.get(f.row_key[:n]) for n in (3, 5)][: len(above)] == above]
    return called[0] if len(called) == 1 else None


def _restates(book: Book, index: int, figure: Figure) -> Result:
    term = book.term(figure)
    if term is None:
        return Unclear("not_readable", figure.cell.text)
    return _claim(Balance((book.fact_term(index),), (term,)))


def _unknown_code(book: Book, index: int, code: str, rows: Sequence[Figure]) -> Result:
    """A code of the narrative that the table does not have; the row of the same amount is probably meant."""
    said = book.fact_term(index)
    meant = next((f for f in rows if f.cell.value == said.value / said.unit and len(f.row_key) == len(code)), None)
    detail = f"{meant.row_key} {meant.row_name}" if meant else "—"
    place = quote(said)
    words = {"name": f"{code} {_path(book.document.facts[index])}", "left": said.text, "detail": detail}
    return Fault(words, quotes=(place,) if place else ())


def _path(fact: Fact) -> str:
    return fact.subject.partition(" ")[2]


def _claim(relation: Relation) -> Claim:
    subject: Term = relation.percent if isinstance(relation, Rate) else relation.left[0]
    return Claim(relation, subject=subject)
