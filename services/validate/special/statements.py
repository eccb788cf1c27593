"""Statements of the text that must agree among themselves: shares, lists with their number, developments told twice."""

import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import combinations

from services.validate.book import Book
from services.validate.names import numeral_value
from services.validate.quoting import quoted
from services.validate.rate_links import AMOUNTS
from services.validate.results import Agreed, Fault, Result
from services.validate.terms import Term
from services.validate.wording import quote
from shared.amounts import fold
from shared.document import Paragraph
from shared.findings import Quote
from shared.interval import total

_KINDS = ("货物", "工程", "服务")
_LISTED = re.compile(
    r"(?:内设|下设|设有|分别为|包括|有)(?P<names>[^，。；:;]{1,12}(?:、[^，。；:;、]{2,40})+?)(?:等)?(?:共)?(?P<count>\d+|[一二三四五六七八九十]+)"
    r"个(?:内设)?(?:科室|股室|处室|部门|下属单位|二级单位|事业单位|中心|单位)"
)
_FROM_TO = re.compile(r"([一-鿿]{4,20}?)[由从](\d[\d.]*)([一-鿿%]{1,3})(?:增加|提高|增长|减少|下降)[到至](\d[\d.]*)\3")
_SUFFIX = 4
_BRACKETS = re.compile(r"\([^()]*\)")
_WHOLE, _ALONE = re.compile(r"本部门"), re.compile(r"本单位")
_BOTH = re.compile(r"本部门\((?:单位)\)|本单位\((?:部门)\)|本部门[/、]本?单位")
_OF_EXPENDITURE = re.compile(r"支出决算(?:情况|总体|结构|具体)?")
_OF_INCOME = re.compile(r"占(?:本年)?(?:总)?收入(?:合计|总计|总额)?的?(?:比重)?\d")
_SELDOM = 4
"""A word used so much less often than the other is a slip, not the document's own way of writing."""
_MOST = 6
_HUNDRED = Decimal(100)


def possible_shares(book: Book) -> Iterator[Result]:
    """Shares of goods, works and services that went to small and medium firms give the share of all procurement."""
    facts = book.document.facts
    amounts: dict[str, Term] = {}
    for index, fact in enumerate(facts):
        kind = next((kind for kind in _KINDS if fact.measure in AMOUNTS and kind in fact.subject), None)
        if kind is not None and "采购" in fact.subject and "企业" not in fact.subject:
            amounts.setdefault(kind, book.fact_term(index))
    shares = {kind: found for kind in _KINDS if (found := _share_of(book, kind)) is not None}
    won = next((i for i, f in enumerate(facts) if f.measure in AMOUNTS and "中小企业" in f.subject), None)
    if won is None or len(amounts) < len(_KINDS) or any(amounts[k].value and k not in shares for k in _KINDS):
        return
    parts = [book.fact_term(shares[k]).interval.product(amounts[k].interval) for k in _KINDS if k in shares]
    said = book.fact_term(won)
    if total(parts).meets(said.interval.times(_HUNDRED)):
        yield Agreed()
    else:
        places = [quote(said), *(quote(book.fact_term(index)) for index in shares.values())]
        words = {"left": said.text, "expected": f"{total(parts).middle / _HUNDRED / said.unit:.2f}"}
        yield Fault(words, quotes=tuple(one for one in places if one))


def _share_of(book: Book, kind: str) -> int | None:
    """The share whose base is the procurement of one kind."""
    shares = (i for i, fact in enumerate(book.document.facts) if fact.measure == "share" and kind in (fact.base or ""))
    return next(shares, None)


def listed_counts(book: Book) -> Iterator[Result]:
    """As many names are listed as the number behind them says: “秘书科、法规科等 6 个科室”; “等” may leave some out."""
    for paragraph in book.document.paragraphs:
        text = _BRACKETS.sub("", fold(paragraph.text))
        for found in _LISTED.finditer(text):
            names, count = len(found["names"].split("、")), numeral_value(found["count"])
            if count is None or "等" in found[0][len(found["names"]) :]:
                continue
            if names == count:
                yield Agreed()
            else:
                words = {"left": str(count), "expected": str(names), "detail": found[0][:60]}
                yield Fault(words, quotes=(quoted(paragraph, found[0]),), expected=str(names))


def told_twice(book: Book) -> Iterator[Result]:
    """A development (由 39 种增加到 51 种) that is told in two places is told alike."""
    told = [
        (found, paragraph)
        for paragraph in book.document.paragraphs
        for found in _FROM_TO.finditer(fold(paragraph.text))
    ]
    for (one, here), (other, there) in combinations(told, 2):
        if one[2] != other[2] or one[3] != other[3] or one[1][-_SUFFIX:] != other[1][-_SUFFIX:]:
            continue
        if one[4] == other[4]:
            yield Agreed()
        else:
            quotes = (_quote(one, here), _quote(other, there))
            yield Fault({"name": one[1], "left": one[0], "right": other[0]}, quotes=quotes)


def _quote(found: re.Match[str], paragraph: Paragraph) -> Quote:
    return quoted(paragraph, found[0])


def fitting_words(book: Book) -> Iterator[Result]:
    """A unit calls itself 本单位, a department 本部门; shares of expenditure are not of income."""
    scope = book.document.scope
    texts = [(paragraph, _BOTH.sub("", fold(paragraph.text))) for paragraph in book.document.paragraphs]
    pattern = {"unit": _WHOLE, "department": _ALONE}.get(scope)
    if pattern is not None:
        own = {"unit": _ALONE, "department": _WHOLE}[scope]
        wrong = [paragraph for paragraph, text in texts if pattern.search(text)]
        usual = sum(own.search(text) is not None for _, text in texts)
        if wrong and len(wrong) * _SELDOM <= usual:
            other = "本部门" if scope == "unit" else "本单位"
            yield _misworded(f"{len(wrong)} 处自称“{other}”，与全文不一", wrong)
        elif texts:
            yield Agreed()
    of_income = [
        paragraph
        for paragraph, text in texts
        if _OF_EXPENDITURE.search(fold(paragraph.section).rpartition("/")[2])
        and "收入" not in fold(paragraph.section).rpartition("/")[2]
        and _OF_INCOME.search(text)
    ]
    if of_income:
        yield _misworded("支出情况中出现“占收入”的表述", of_income)


def _misworded(detail: str, paragraphs: list[Paragraph]) -> Fault:
    quotes = tuple(Quote(text=paragraph.text[:50], page=paragraph.page) for paragraph in paragraphs[:_MOST])
    return Fault({"detail": detail}, quotes=quotes)
