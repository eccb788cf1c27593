"""Counts of people and vehicles: a head count and, after 其中, its kinds."""

import re
from collections.abc import Iterator
from decimal import Decimal
from functools import partial
from itertools import takewhile

from services.validate.book import Book
from services.validate.results import Agreed, Fault, Result
from services.validate.wording import quote
from shared.amounts import fold

_HEADS = re.compile(r"(人员)?编制(人数|总数)?|实有(在职)?(人员|人数)|(共有)?(公务用)?车辆(数|总数|合计)?")


def counted_kinds(book: Book) -> Iterator[Result]:
    """编制, 实有人员 and 车辆 equal the kinds listed after them in the same sentence."""
    facts = book.document.facts
    for index, head in enumerate(facts):
        if head.measure != "count" or not any(_HEADS.fullmatch(name) for name in book.subjects[index]):
            continue
        kinds = [facts[i] for i in takewhile(partial(_is_kind, book, index), range(index + 1, len(facts)))]
        if not kinds or not fold(kinds[0].quote).startswith(("其中", "包括")):
            continue
        total = sum((fact.value for fact in kinds), Decimal(0))
        if total == head.value:
            yield Agreed()
        else:
            parts = " + ".join(f"{fact.subject} {fact.value}" for fact in kinds)
            said = [quote(book.fact_term(index)), quote(book.fact_term(index + 1))]
            words = {"name": head.subject, "left": str(head.value), "expected": str(total), "parts": parts}
            yield Fault(words, quotes=tuple(one for one in said if one), expected=str(total))


def _is_kind(book: Book, head: int, index: int) -> bool:
    """True for a count of the head's sentence and unit that is no head itself."""
    one, other = book.document.facts[head], book.document.facts[index]
    same = (
        other.measure == "count"
        and other.unit == one.unit
        and book.sentences[index].place == book.sentences[head].place
    )
    return same and not any(_HEADS.fullmatch(name) for name in book.subjects[index])
