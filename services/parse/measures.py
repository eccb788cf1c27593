"""Measures: what a figure of the narrative says of its subject, by the words before it, and against which base."""

import re
from dataclasses import dataclass
from typing import Literal

from services.parse.clauses import Mention

Direction = Literal["increase", "decrease", "flat"]

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


@dataclass
class Context:
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


def measure_of(mention: Mention, context: Context) -> tuple[str, str | None, Direction | None]:
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


def _rate(mention: Mention, before: str, context: Context) -> tuple[str, str | None, Direction | None]:
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


def _compared(mention: Mention, context: Context) -> str | None:
    """What a change is against: 上年 or the year that the sentence names, in this clause or before it."""
    head = mention.sentence[: mention.start]
    found = list(_AGAINST_YEAR.finditer(head))
    if not found:
        return context.compared
    return found[-1].group(1) or "上年"
