"""Checks of the narrative against itself, and of what it says is not there."""

from collections.abc import Iterator

from services.validate.book import Book
from services.validate.quoting import quoted
from services.validate.relations import Balance
from services.validate.results import Agreed, Claim, Fault, Result, Unclear
from services.validate.terms import Term
from services.validate.vocabulary import Absent, Repeated
from services.validate.wording import cell_ref, table_name
from shared.amounts import fold
from shared.findings import Quote
from shared.layouts import compiled


def assert_repeated(check: Repeated, book: Book) -> Iterator[Result]:
    """All sentences that tell a figure tell the same; the one that most of them tell is taken for right."""
    told = [book.fact_term(index) for index, _ in book.facts(check.fact)]
    if len(told) < 2:
        return
    usual = max(told, key=lambda term: sum(term.interval.meets(other.interval) for other in told))
    for term in told:
        if term.place != usual.place:
            yield Claim(Balance((term,), (usual,)), subject=term)


def assert_absent(check: Absent, book: Book) -> Iterator[Result]:
    """A sentence of absence does not stand beside figures."""
    said, section = compiled(check.said), compiled(check.section)
    for sentence, paragraph in book.absences:
        if said.search(sentence) and section.search(fold(paragraph.section)):
            cells = book.cells(check.cells)
            if not isinstance(cells, Unclear) or cells.reason == "not_readable":
                # Without its table the sentence contradicts nothing.
                yield _nothing(cells, book, quoted(paragraph, sentence))


def _nothing(cells: list[Term] | Unclear, book: Book, quote: Quote) -> Result:
    if isinstance(cells, Unclear):
        return cells
    held: list[Term] = [term for term in cells if term.value]
    if not held:
        return Agreed()
    table = book.document.tables[held[0].place.of]
    words = {"detail": quote.text, "name": table_name(table), "left": held[0].text}
    refs = tuple(ref for term in held if (ref := cell_ref(term, book.document)) is not None)
    return Fault(words, cells=refs, quotes=(quote,), doubtful=any(book.doubtful(term) for term in held))
