"""Facts: the figures of the narrative with what they say, of what, and against which base.

The reading is by the fixed phrases in which these sentences are written (与上年相比…增加, 占…%,
完成年初预算的…%); a figure whose role no phrase names is kept as `other` or `rate` rather than guessed.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from services.parse.clauses import Mention, closed_up, mentions, sentences, squeeze
from services.parse.subjects import item_of, subject_of
from shared.amounts import fold
from shared.document import Fact, Paragraph

Direction = Literal["increase", "decrease", "flat"]

_NAMED_AFTER = {"个", "家", "所", "种", "名", "项", "门"}
_MONEY = {"亿元", "万元", "千元", "百元", "元", "元/人"}
_UP = re.compile(r"(?:增加|(?<![稳促保])增长|上升|提高|增幅|上涨|增)(?:了|额|幅度?|比例)?(?:为|约|近)?$")
_DOWN = re.compile(r"(?:减少|下降|降低|减幅|降幅|压减|减)(?:了|额|幅度?|比例)?(?:为|约|近)?$")
_AGAINST_BUDGET = re.compile(r"(?:较|比|与)(?:(?P<year>20\d\d|[上去前])年)?[^，。]{0,6}预算数?(?:相比)?")
_AGAINST_YEAR = re.compile(
    r"(?:较|比|与)((?:20\d\d|[上去前])年(?:度|同期)?[^，。增减下上持]{0,12}?)(?:相比)?[，,]?(?=增|减|下|上|提|降|$|收|支|财|各|一)|同比|([上去]年)"
)
_COMPLETED = re.compile(r"(?:完成率|执行率)(?:为|达)?$|完成(.{0,14}?)(?:的|任务)?(?:比例)?(?:为)?$")
_SHARE = re.compile(r"占(?:比|总?额?)?(?:为|约)?$|占(.{1,40}?)的?(?:比例|比重|比率)?(?:为|是)?的?$")
_ARRANGED = re.compile(r"(?:^|[，,年度])预算安排(?:数)?(?:为)?$")
_SPENT = re.compile(r"^(?:本年|当年|全年|总)?支出预算$")
_COUNTED = re.compile(
    r"(?P<name>(?:(?![了并将后不])[一-鿿]){2,12}?(?:\([^()]{1,8}\)[一-鿿]{0,8}?)?)(?:[，,、。；;)和及的均已按]|$)"
)
_ROLE_ALONE = re.compile(r"(?:支出)?决算数?|执行数")
_CHINESE = re.compile(r"[一-鿿]")
_YEAR_BUDGET = re.compile(r"全年预算数?(?:为|是|共计?)?$|调整预算数?(?:为)?$")
_BUDGET = re.compile(r"(?:年初预算数?|当年预算|预算数|支出预算|经费预算|(?:费|待)预算)(?:安排)?(?:为|是|共计?)?$")
_EXECUTED = re.compile(r"执行数(?:为|是|共计?)?$")
_ACTUAL = re.compile(r"(?:支出)?决算数?(?:为|是|共计?)?$")
_BUDGETED = (
    (_YEAR_BUDGET, "adjusted_budget"),
    (_EXECUTED, "executed"),
    (_BUDGET, "budget"),
    (_ARRANGED, "budget"),
)
_SCORE = re.compile(r"(?:得分|评分|总分|分值|平均得?分|打分|分数)")
_ABSENT = re.compile(
    r"无(?:财政拨款|一般公共预算|使用财政拨款)?(?:安排)?(?:的)?"
    r"((?:因公出国\(境\)|公务用车购置|公务用车运行维护|公务用车购置及运行维护|公务接待|会议|培训)费用?)(?:支出|预算)"
)


@dataclass
class _Context:
    """What the sentences before have named."""

    item: str = ""
    """The functional or economic item of the running enumeration."""
    subject: str = ""
    """The last subject of an amount."""
    counted: str = ""
    """The subject of the last count."""
    reasons: bool = False
    """True where the running sentence has come to its reasons (主要原因是…): figures there are of other things."""
    reason: str = ""
    """The last thing that a reason has named in its sentence."""
    changed: str = ""
    """The subject of the last change: what a rate of growth without a subject is of."""
    total: str = ""
    """The first amount's subject of the sentence: the base of shares without a named one."""
    direction: Direction | None = None
    compared: str | None = None
    has_budget: bool = False
    year: str = ""
    """The document's own year."""


def facts_of(paragraphs: Sequence[Paragraph], fiscal_year: int | None = None) -> Iterator[Fact]:
    """Every figure of the narrative, in order. What holds no Chinese is no sentence (the labels of a chart)."""
    year = str(fiscal_year or "")
    context = _Context(year=year)
    section = ""
    for index, paragraph in enumerate(paragraphs):
        if paragraph.section != section:
            section = paragraph.section
            context = _Context(year=year)
        if paragraph.level is not None:
            context.item = item_of(squeeze(paragraph.text)) or ""
            continue
        if _CHINESE.search(paragraph.text):
            yield from _facts_of_paragraph(paragraph, index, context)


def _facts_of_paragraph(paragraph: Paragraph, index: int, context: _Context) -> Iterator[Fact]:
    printed = closed_up(paragraph.text)
    for start, sentence in sentences(squeeze(paragraph.text)):
        page_text = printed[start : start + len(sentence)]
        if item := item_of(sentence):
            context.item = item
        context.direction = context.compared = None
        context.has_budget = "预算" in sentence
        in_reasons, context.reason = context.reasons, ""
        for mention in mentions(sentence):
            context.reasons = in_reasons or "原因" in sentence[: mention.start]
            yield _as_printed(_fact(mention, paragraph, index, context), mention, page_text)
        for absent in _ABSENT.finditer(sentence):
            yield Fact(
                measure="amount", subject=absent.group(1), value=Decimal(0), text="无", unit="万元",
                quote=page_text.strip("。；"), page=paragraph.page, section=paragraph.section, paragraph=index,
            )  # fmt: skip
        context.reasons = in_reasons or "原因" in sentence
        if sentence.endswith("。"):
            context.total, context.reasons = "", False


def _as_printed(fact: Fact, mention: Mention, printed: str) -> Fact:
    """The fact with its words as the sentence prints them, full-width brackets and all."""
    at = mention.sentence.find(fact.quote, mention.clause_start)
    unit_at = mention.start + len(mention.text)
    quote = printed[at : at + len(fact.quote)] if at >= 0 else fact.quote
    unit, subject = fact.unit, fact.subject
    if mention.sentence.startswith(fact.unit, unit_at):
        unit = printed[unit_at : unit_at + len(fact.unit)].replace("％", "%")
    at = mention.sentence.rfind(fact.subject, 0, mention.start) if fact.subject else -1
    if at >= 0:
        subject = printed[at : at + len(fact.subject)]
    return replace(fact, quote=quote, unit=unit, subject=subject)


def _fact(mention: Mention, paragraph: Paragraph, index: int, context: _Context) -> Fact:
    measure, base, direction = _measure(mention, context)
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


def _measure(mention: Mention, context: _Context) -> tuple[str, str | None, Direction | None]:
    """(measure, base, direction) of a figure by the words around it."""
    before = mention.before
    if mention.unit in ("%", "‰", "百分点", "个百分点"):
        return _rate(mention, before, context)
    if _SCORE.search(before) and mention.unit == "分":
        return "score", None, None
    if mention.unit not in _MONEY:
        return "count", None, None
    if before.endswith("单价"):
        return "other", None, None
    direction = _direction(before)
    if direction is not None:
        against = _AGAINST_BUDGET.search(before)
        if against and against.group("year") in (None, context.year):
            return "difference", "预算数", direction
        context.compared = _compared(mention, context)
        return "change", context.compared, direction
    for pattern, measure in _BUDGETED:
        if pattern.search(before):
            return measure, None, None
    if _ACTUAL.search(before) and context.has_budget:
        return "actual", None, None
    return "amount", None, None


def _rate(mention: Mention, before: str, context: _Context) -> tuple[str, str | None, Direction | None]:
    if done := _COMPLETED.search(before):
        return "completion_rate", done.group(1) or "预算", None
    if share := _SHARE.search(before):
        return "share", share.group(1) or context.total or None, None
    direction = _direction(before)
    if direction is not None:
        return "growth_rate", _compared(mention, context), direction
    if before in ("(", "，", "，即", "(即") and context.direction is not None:
        return "growth_rate", context.compared, context.direction
    return "rate", None, None


def _direction(before: str) -> Direction | None:
    if _UP.search(before):
        return "increase"
    return "decrease" if _DOWN.search(before) else None


def _compared(mention: Mention, context: _Context) -> str | None:
    """What a change is against: 上年 or the year that the sentence names, in this clause or before it."""
    head = mention.sentence[: mention.start]
    found = list(_AGAINST_YEAR.finditer(head))
    if not found:
        return context.compared
    return found[-1].group(1) or "上年"


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


def _subject(mention: Mention, measure: str, context: _Context) -> str:
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
