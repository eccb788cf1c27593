"""Facts: the figures of the narrative with what they say, of what, and against which base.

The reading is by the fixed phrases in which these sentences are written (与上年相比…增加, 占…%,
完成年初预算的…%); a figure whose role no phrase names is kept as `other` or `rate` rather than guessed.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from services.parse.clauses import Mention, closed_up, mentions, sentences, squeeze
from services.parse.measures import Context, measure_of
from services.parse.subjects import item_of, subject_of
from shared.amounts import fold
from shared.document import Fact, Paragraph

_NAMED_AFTER = {"个", "家", "所", "种", "名", "项", "门"}
_SPENT = re.compile(r"^(?:本年|当年|全年|总)?支出预算$")
_COUNTED = re.compile(
    r"(?P<name>(?:(?![了并将后不])[一-鿿]){2,12}?(?:\([^()]{1,8}\)[一-鿿]{0,8}?)?)(?:[，,、。；;)和及的均已按]|$)"
)
_ROLE_ALONE = re.compile(r"(?:支出)?决算数?|执行数")
_CHINESE = re.compile(r"[一-鿿]")
_ABSENT = re.compile(
    r"无(?:财政拨款|一般公共预算|使用财政拨款)?(?:安排)?(?:的)?"
    r"((?:因公出国\(境\)|公务用车购置|公务用车运行维护|公务用车购置及运行维护|公务接待|会议|培训)费用?)(?:支出|预算)"
)


def facts_of(paragraphs: Sequence[Paragraph], fiscal_year: int | None = None) -> Iterator[Fact]:
    """Every figure of the narrative, in order. What holds no Chinese is no sentence (the labels of a chart)."""
    year = str(fiscal_year or "")
    context = Context(year=year)
    section = ""
    for index, paragraph in enumerate(paragraphs):
        if paragraph.section != section:
            section = paragraph.section
            context = Context(year=year)
        if paragraph.level is not None:
            context.item = item_of(squeeze(paragraph.text)) or ""
            continue
        if _CHINESE.search(paragraph.text):
            yield from _facts_of_paragraph(paragraph, index, context)


def _facts_of_paragraph(paragraph: Paragraph, index: int, context: Context) -> Iterator[Fact]:
    printed = closed_up(paragraph.text)
    turns = [(len(closed_up(paragraph.text[:offset])), page) for offset, page in paragraph.turns]
    for start, sentence in sentences(squeeze(paragraph.text)):
        page_text = printed[start : start + len(sentence)]
        if item := item_of(sentence):
            context.item = item
        context.direction = context.compared = None
        context.has_budget = "预算" in sentence
        in_reasons, context.reason = context.reasons, ""
        for mention in mentions(sentence):
            context.reasons = in_reasons or "原因" in sentence[: mention.start]
            page = _page_at(start + mention.start, paragraph.page, turns)
            yield _as_printed(_fact(mention, paragraph, index, context), mention, page_text, page)
        for absent in _ABSENT.finditer(sentence):
            yield Fact(
                measure="amount",
                subject=absent.group(1),
                value=Decimal(0),
                text="无",
                unit="万元",
                quote=page_text.strip("。；"),
                page=_page_at(start + absent.start(), paragraph.page, turns),
                section=paragraph.section,
                paragraph=index,
            )
        context.reasons = in_reasons or "原因" in sentence
        if sentence.endswith("。"):
            context.total, context.reasons = "", False


def _page_at(offset: int, page: int | None, turns: Sequence[tuple[int, int]]) -> int | None:
    """The page that holds a place of a paragraph which began on `page`."""
    return next((turned for begins, turned in reversed(turns) if begins <= offset), page)


def _as_printed(fact: Fact, mention: Mention, printed: str, page: int | None) -> Fact:
    """The fact with its page, and its words as the sentence prints them, full-width brackets and all."""
    at = mention.sentence.find(fact.quote, mention.clause_start)
    unit_at = mention.start + len(mention.text)
    quote = printed[at : at + len(fact.quote)] if at >= 0 else fact.quote
    unit, subject = fact.unit, fact.subject
    if mention.sentence.startswith(fact.unit, unit_at):
        unit = printed[unit_at : unit_at + len(fact.unit)].replace("％", "%")
    at = mention.sentence.rfind(fact.subject, 0, mention.start) if fact.subject else -1
    if at >= 0:
        subject = printed[at : at + len(fact.subject)]
    return replace(fact, quote=quote, unit=unit, subject=subject, page=page)


def _fact(mention: Mention, paragraph: Paragraph, index: int, context: Context) -> Fact:
    measure, base, direction = measure_of(mention, context)
    subject = _subject(mention, measure, context)
    value = mention.value
    if direction == "decrease" and measure in ("change", "growth_rate", "difference"):
        value = -abs(value)
    if measure in ("change", "difference"):
        context.direction = direction
    return Fact(
        measure=measure,
        subject=subject,
        value=value,
        text=mention.text,
        unit=mention.unit,
        quote=mention.clause,
        page=paragraph.page,
        section=paragraph.section,
        base=base,
        direction=direction,
        paragraph=index,
    )


def _counted(mention: Mention) -> str:
    """What is counted, where its name follows the figure: 3个教学单位."""
    if mention.unit not in _NAMED_AFTER:
        return ""
    after = mention.sentence[mention.end :]
    found = _COUNTED.match(after)
    return found.group("name") if found else ""


def _named_budget(mention: Mention) -> str:
    """支出预算, where that alone is named: the budget of everything."""
    said = subject_of(mention.before, "amount")
    return said if _SPENT.match(said) else ""


def _clause_before(mention: Mention) -> str:
    """The clause before a figure's own: what changed, where reasons are given."""
    return mention.sentence[: mention.clause_start].rstrip("，,").rpartition("，")[2]


def _subject(mention: Mention, measure: str, context: Context) -> str:
    """The thing a figure is of: named in its clause, else the enumeration's item, else the last amount's."""
    named = subject_of(mention.before, measure)
    if context.reasons and measure in ("change", "amount", "budget", "actual"):
        context.reason = named or context.reason
        if not named and measure in ("change", "amount"):
            context.changed = context.reason or subject_of(_clause_before(mention), "amount")
            return context.changed
    if measure == "count":
        context.counted = _counted(mention) or named or context.counted
        return context.counted
    if measure == "growth_rate":
        return named or context.changed or context.subject or context.item
    if measure == "change":
        context.changed = named or context.item or context.subject
        return context.changed
    if measure in ("share", "completion_rate", "rate", "difference") and not named:
        return context.subject or context.item
    if measure in ("budget", "actual", "executed", "adjusted_budget"):
        subject = _named_budget(mention) or named or context.item or context.subject
        context.total = context.total or fold(subject)
        context.subject = subject
        return subject
    if _ROLE_ALONE.fullmatch(named):
        context.subject = context.changed = context.item or context.subject
        return context.subject
    if not named:
        return context.item or context.subject
    if measure == "amount":
        context.subject = context.changed = named
        context.total = context.total or fold(named)
    return named
