"""Items of the narrative as a whole: that they add up, bear the table's names, and are the rows with figures."""

import re
from collections.abc import Iterator, Sequence

from services.validate.book import Book
from services.validate.names import name_key
from services.validate.relations import Balance
from services.validate.results import Agreed, Claim, Fault, Result, Unclear
from services.validate.terms import Term
from services.validate.vocabulary import FactName
from shared.amounts import fold
from shared.document import Fact
from shared.figures import Figure
from shared.findings import Quote

_TOTAL = FactName(
    subject=("一般公共预算(财政拨款|当年拨款)?(支出决算|决算支出|支出)",), measure=("amount", "actual", "budget")
)
_CODE = re.compile(r"(\d{7})\s*(.*)")
_LISTED = re.compile(r"(?:主要)?(?:包括|用于)[:：]?(.+?)(?:等)?(?:[。；;]|$)")
_AMOUNT = re.compile(r"\d[\d,.]*万?元")
_MOST = 8


def items_total(book: Book) -> Iterator[Result]:
    """Σ items of the text ≈ its total, for budget and actual, where the text lists every item of the table."""
    view = book.view("general_public_budget_expenditure")
    if isinstance(view, Unclear):
        return
    rows = [f for f in book.columns(view).get(("", "total"), []) if len(f.row_key) == 7 and f.cell.value]
    for measures in (("actual",), ("budget",)):
        items = _items(book, measures)
        total = next((i for i, fact in book.facts(_TOTAL) if fact.measure in measures), None)
        if total is None or len(items) < 2 or (measures == ("actual",) and len(items) != len(rows)):
            continue
        if measures == ("budget",) and len(items) < len(rows):
            continue
        said = book.fact_term(total)
        yield Claim(Balance((said,), tuple(items)), subject=said)


def item_names(book: Book) -> Iterator[Result]:
    """An item's code and name in the text are those of the table."""
    view = book.view("general_public_budget_expenditure")
    if isinstance(view, Unclear):
        return
    names = {figure.row_key: figure.row_name for figure in view.figures if figure.is_code}
    wrong: dict[str, tuple[str, int | None]] = {}
    for fact in book.document.facts:
        found = _CODE.match(fold(fact.subject))
        if not found or found.group(1) not in names:
            continue
        path = [name_key(part.lstrip(".")) for part in found.group(2).split("/")]
        for level, said in zip((3, 5, 7)[-len(path) :], path, strict=False):
            code = found.group(1)[:level]
            if said and code in names and name_key(names[code]) != said and said not in name_key(names[code]):
                wrong.setdefault(f"{code} 正文作“{said}”，表中为“{names[code]}”", (fact.quote, fact.page))
    if wrong:
        quotes = tuple(Quote(text=quote, page=page) for quote, page in list(wrong.values())[:_MOST])
        yield Fault({"detail": "；".join(list(wrong)[:_MOST]), "count": str(len(wrong))}, quotes=quotes)
    else:
        yield Agreed()


def listed_names(book: Book) -> Iterator[Result]:
    """The names listed after 人员经费 and 公用经费 are those of rows with figures."""
    view = book.view("basic_expenditure_detail")
    if isinstance(view, Unclear):
        return
    rows = [figure for figure in book.columns(view).get(("", "final"), []) if len(figure.row_key) == 5]
    for paragraph in book.document.paragraphs:
        text = fold(paragraph.text)
        head = next((name for name in ("人员经费", "公用经费") if name in text[:20]), None)
        found = _LISTED.search(text) if head and "基本支出" in fold(paragraph.section) else None
        if found is None or _AMOUNT.search(found.group(1)):
            continue
        own = [row for row in rows if (row.row_key[:3] in ("301", "303")) == (head == "人员经费")]
        listed = [name_key(name) for name in re.split(r"[、,，]", found.group(1)) if name]
        blank = [row.row_name for row in own if name_key(row.row_name) in listed and not _printed(own, row)]
        unlisted = [row.row_name for row in own if row.cell.value and name_key(row.row_name) not in listed]
        known = {name_key(row.row_name) for row in own}
        if len(known & set(listed)) * 2 < len(listed):
            continue  # the sentence lists other things than rows of the table
        detail = "；".join(
            f"{label}：{'、'.join(names[:_MOST])}"
            for label, names in (("正文列出而表中无金额", blank), ("表中有金额而正文未列", unlisted))
            if names
        )
        if detail:
            quoted = Quote(text=paragraph.text[:60], page=paragraph.page)
            yield Fault({"name": head or "", "detail": detail}, quotes=(quoted,))
        else:
            yield Agreed()


def _items(book: Book, measures: Sequence[str]) -> list[Term]:
    """The figures of coded items (or of full name paths), each item once."""
    found: dict[str, Term] = {}
    for index, fact in enumerate(book.document.facts):
        subject = fold(fact.subject)
        if fact.measure in measures and _is_item(fact):
            found.setdefault(subject, book.fact_term(index))
    return list(found.values())


def _printed(rows: Sequence[Figure], row: Figure) -> bool:
    """True where a row of that name holds a figure (a name may stand in two classes)."""
    return any(other.cell.value for other in rows if name_key(other.row_name) == name_key(row.row_name))


def repeated_amounts(book: Book) -> Iterator[Result]:
    """An item's amount and the 预算安排 told of it in the same paragraph are one figure."""
    facts = book.document.facts
    for index, fact in enumerate(facts):
        if fact.measure != "budget" or not _is_item(fact) or book.of_another_year(index):
            continue
        own = [
            i
            for i in range(index)
            if (facts[i].paragraph, facts[i].section) == (fact.paragraph, fact.section)
            and (facts[i].measure, facts[i].subject) == ("amount", fact.subject)
        ]
        if len(own) == 1:
            said = book.fact_term(index)
            yield Claim(Balance((said,), (book.fact_term(own[0]),)), subject=said)


def _is_item(fact: Fact) -> bool:
    """True for the figure of a functional item, by its code or its whole path."""
    return fact.subject.count("/") == 2 or _CODE.match(fold(fact.subject)) is not None
