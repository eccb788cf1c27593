"""The narrative's words: what is left of the template, figures without a number, words against figures, absences."""

import re
from collections.abc import Iterator, Sequence

from services.validate.book import Book
from services.validate.quoting import quoted
from services.validate.rate_links import amount_of, before
from services.validate.results import Agreed, Fault, Result, Unclear
from services.validate.wording import quote, table_name
from shared.amounts import fold
from shared.document import Paragraph
from shared.findings import Quote
from shared.interval import ZERO

_TEMPLATE = re.compile(
    r"[X×x＊*]{2,}(?:年|局|委|部门|单位|中心|县|市|区|万元|元|%|个|人|辆|项)|[_＿]{2,}"
    r"|增加[(/]减少|增长[(/]下降|减少[(/]增加|下降[(/]增长|大于[(/]小于|\(增加/减少\)"
)
_NO_NUMBER = re.compile(
    r"(?<!单位)(?<!转换)(?<!换算)(?<!统一)(?<!精确)(?:为|共|共计|支出|收入|预算|决算|总额|金额|增加|减少|下降|增长|占|的|合计|总计|安排)(?:万元|%)|^(?:万元|%)"
)
_CUT_NUMBER = re.compile(r"\d+\.(?=万元|元|%)")
_NO_YUAN = re.compile(r"\d(?:\.\d+)?万(?=[，。；,;、)]|应|变为|增|减|用于|以[上下]|$)")
_NO_PERCENT = re.compile(r"占(?:比|[^，。；占]{2,20}的)?\d+\.\d+(?=[，。；,;])")
_ABSENT = re.compile(r"(?:^|[，,。])?[^，。]{0,20}(?:无|没有|未安排|未发生|不涉及)[^，。]{0,30}")
_COMPARED = re.compile(r"决算数?(大于|小于|高于|低于|多于|少于|等于)(?:年初)?预算")
_LEVEL = re.compile(r"决算数?与(?:年初|全年)?预算数?(持平|一致|相等|相同)")
_MORE, _LESS = {"大于", "高于", "多于"}, {"小于", "低于", "少于"}
_MOST_QUOTES = 6
_FUNDS = (("政府性基金", "government_fund"), ("国有资本经营", "state_capital"))


def template_remains(book: Book) -> Iterator[Result]:
    """Nothing of the template is left: XX局, 增加（减少）, ____."""
    yield from _found(book, _TEMPLATE)


def missing_numbers(book: Book) -> Iterator[Result]:
    """No 万元 or % without its number, no number cut off after its point."""
    yield from _found(book, _NO_NUMBER, _CUT_NUMBER)


def missing_percent_signs(book: Book) -> Iterator[Result]:
    """A share is printed with its %."""
    yield from _found(book, _NO_PERCENT)


def missing_yuan(book: Book) -> Iterator[Result]:
    """An amount is printed in 万元, not in 万."""
    yield from _found(book, _NO_YUAN)


def compared_words(book: Book) -> Iterator[Result]:
    """“决算数大于预算数” is true of the amounts before it."""
    for index, fact in enumerate(book.document.facts):
        planned = before(book, index, ("budget", "adjusted_budget"))
        if fact.measure != "actual" or planned is None or fact.paragraph is None:
            continue
        word = _word_after(book, index)
        if word is None:
            continue
        done, plan = book.fact_term(index), book.fact_term(planned)
        wrong = (
            (word in _MORE and done.interval.high < plan.interval.low)
            or (word in _LESS and done.interval.low > plan.interval.high)
            or (_is_level(word) and not done.interval.meets(plan.interval))
        )
        if wrong:
            words = {"name": fact.subject, "left": done.text, "right": plan.text, "detail": word}
            yield Fault(words, quotes=tuple(said for term in (done, plan) if (said := quote(term)) is not None))
        else:
            yield Agreed()


def impossible_growth(book: Book) -> Iterator[Result]:
    """No rate on a base of zero, and no increase that is more than the amount itself."""
    yield from _on_nothing(book)
    for index, fact in enumerate(book.document.facts):
        if fact.measure != "change" or fact.value <= 0:
            continue
        amount, sure = amount_of(book, index)
        if amount is None or not sure:
            continue
        change, now = book.fact_term(index), book.fact_term(amount)
        base = now.interval - change.interval
        rate = next((i for i in (index + 1,) if _is_growth(book, i, index)), None)
        detail = ""
        if base.high < ZERO:
            detail = "增加额大于本年数，上年数成了负数"
        elif rate is not None and now.value == change.value:
            detail = f"上年数为 0，不应有增长率（{book.document.facts[rate].text}%）"
        if detail:
            words = {"name": fact.subject, "left": change.text, "right": now.text, "detail": detail}
            yield Fault(words, quotes=tuple(said for term in (change, now) if (said := quote(term)) is not None))
        else:
            yield Agreed()


def _on_nothing(book: Book) -> Iterator[Result]:
    """A rate of growth over last year's execution, which was zero: 执行数为 0.00 万元，…比执行数增加 100%."""
    for index, fact in enumerate(book.document.facts):
        if fact.measure != "growth_rate" or "执行" not in (fact.base or ""):
            continue
        then, now = before(book, index, ("executed",)), before(book, index, ("amount", "budget"))
        if then is None or now is None:
            continue
        base, rate = book.fact_term(then), book.fact_term(index)
        if base.value:
            yield Agreed()
        else:
            detail = "上年执行数为 0，不应有增减率"
            words = {"name": fact.subject, "left": f"{rate.text}%", "right": book.fact_term(now).text, "detail": detail}
            yield Fault(words, quotes=tuple(said for term in (rate, base) if (said := quote(term)) is not None))


def stated_absences(book: Book) -> Iterator[Result]:
    """“无政府性基金收支，已公开空表” agrees with the table."""
    for number, paragraph in enumerate(book.document.paragraphs):
        text = fold(paragraph.text)
        for name, table_type in _FUNDS:
            about = name in text or name in fold(paragraph.section).rsplit("/", 1)[-1]
            if not about or not _ABSENT.match(text) or _has_amount(book, number):
                continue
            view = book.view(table_type)
            if isinstance(view, Unclear):
                continue
            figures = [figure for figure in view.figures if figure.cell.value]
            if figures:
                words = {"name": table_name(view.table), "detail": paragraph.text[:40]}
                yield Fault(words, quotes=(Quote(text=paragraph.text[:80], page=paragraph.page),))
            else:
                yield Agreed()


def _found(book: Book, *patterns: re.Pattern[str]) -> Iterator[Result]:
    """One finding for all paragraphs in which one of the patterns is found."""
    if not book.document.paragraphs:
        yield Unclear("not_printed", "正文")
        return
    places: list[tuple[Paragraph, str]] = []
    for paragraph in book.document.paragraphs:
        text = fold(paragraph.text)
        hits = [hit for pattern in patterns for hit in pattern.finditer(text)]
        places.extend((paragraph, text[max(hit.start() - 15, 0) : hit.end() + 8]) for hit in hits)
    if not places:
        yield Agreed()
        return
    shown = places[:_MOST_QUOTES]
    quotes = tuple(quoted(paragraph, text) for paragraph, text in shown)
    yield Fault({"count": str(len(places)), "detail": _joined([text for _, text in shown])}, quotes=quotes)


def _joined(texts: Sequence[str]) -> str:
    return "；".join(f"“{text}”" for text in texts)


def _word_after(book: Book, index: int) -> str | None:
    """The first word of comparison after an actual figure, before the next actual figure of its paragraph."""
    facts = book.document.facts
    text = fold(book.document.paragraphs[facts[index].paragraph or 0].text) if book.document.paragraphs else ""
    start = text.find(fold(facts[index].quote))
    following = (fact for fact in facts[index + 1 :] if fact.paragraph == facts[index].paragraph)
    after = next((fact for fact in following if fact.measure in ("actual", "budget")), None)
    end = text.find(fold(after.quote), start + 1) if after is not None else len(text)
    span = max(start, 0), end if end > 0 else len(text)
    found = _COMPARED.search(text, *span) or _LEVEL.search(text, *span)
    return found.group(1) if found else None


def _is_level(word: str) -> bool:
    return word not in _MORE and word not in _LESS


def _is_growth(book: Book, index: int, change: int) -> bool:
    facts = book.document.facts
    return index < len(facts) and facts[index].measure == "growth_rate" and (
        book.sentences[index].place == book.sentences[change].place
    )  # fmt: skip


def _has_amount(book: Book, paragraph: int) -> bool:
    return any(fact.paragraph == paragraph and fact.value for fact in book.document.facts)
