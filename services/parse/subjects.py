"""Subjects of facts: the item that a clause names, as printed, without fillers and verbs."""

import re

_ITEM_CODES = re.compile(
    r"(?P<class>[^\d()，。；：:、]{2,30})\((?P<c>\d{3})\)(?P<group>[^\d()，。；]{2,40})\((?P<g>\d{2})\)"
    r"(?:(?P<item>[^\d，。；]{2,40}?)\((?P<i>\d{2})\))?"
)
_ITEM_NAMES = re.compile(
    r"(?P<class>[^()，。；：:、“\d]{2,30})\(类\)(?P<group>[^，。；]{2,40}?)\(款\)(?:(?P<item>[^，。；]{2,40}?)\(项\))?"
)
_ITEM_WHOLE = re.compile(r"(?P<name>[^\d()，。；：:]{2,40})\((?P<code>[2-5]\d{2}(?:\d{2}){0,2})\)")
_ITEM_FIRST = re.compile(
    r"^(?:\d{1,2}[.、])?(?P<name>[^\d()，。；：:]{2,40})\((?P<code>[2-5]\d{4}(?:\d{2})?)\)[，,：:]"
)
_LEADING = re.compile(
    r"^(?:\([一二三四五六七八九十\d]+\)|[一二三四五六七八九十]+[、.]|\d{1,2}[.、](?!\d)|[①②③④⑤⑥⑦⑧⑨]|"
    r"其中|主要包括|主要是|主要为|主要用于|包括|用于|分别(?:为|是)|截[至止]|由于|因此|"
    r"20\d\d年?度?|\d{1,2}月|\d{1,2}日|上年底|本年度|今年|上年末|上年(?!初|末|结)|当年|年度|末(?=，|、)|底(?=，|、)|"
    r"本(?:部门|单位|局|校)|我(?:部门|单位|局|校)|(?:部门|单位)(?=当年|本年|预算|财政|一般)|学校|共有|财政拨款安排|安排|"
    r"[、，,和及与以：:；;.)的])+"
)
_COMPARISON = re.compile(
    r"(?:与|较|比)(?:20\d\d年|[上去前]年)(?:度|同期)?(?:[^，。增减下上收支财]{0,10}?相比[，,]?)?|同比"
)
_CHANGE = r"(?:增加|减少|增长|下降|上升|降低|提高|压减|增|减)"
_VERB = re.compile(rf"(?:各|均|分别)?{_CHANGE}(?:了|额)?(?:为|约)?$")
_LEVEL = re.compile(rf"(?:由|从)?(?:{_CHANGE}(?:到|至))?(?:由|从)?$")
_TAIL = re.compile(r"(?:总共|合计为|均为|各为|分别为|共计|共为|总计为|约为|为|是|达到|达|约|共|近|有|仅|的|:|：)+$")
_ROLE = re.compile(
    r"(?:年初预算数?|全年预算数?|当年预算执行数|预算执行数|预算数|支出预算|预算|支出决算数?|决算支出|决算数?|执行数|安排)+$"
)
_RATIO = re.compile(r"(?:占|完成).*$|(?:较|比)[^，]{0,6}预算数?.*$")
_UNTIL_YEAR = re.compile(r"^[^，。；：:]*?20\d\d年(?:度(?!结)|(?=[^初末]))")
_UNTIL_HOLDING = re.compile(r"^[^，。；：:]*?(?:共有|拥有)(?=[^\d，。])")
_BOTH_TOTALS = re.compile(r"收(?:入支出|支)总计$")  # one figure for two things
_CLASS_MARK = re.compile(r"\([类款项]\)$")
_PROJECT = re.compile(r"^(?:\(?\d{1,2}\)?[.、]?)?([^，。；：:]{2,60}?)(?:项目)?绩效自评综述")


def item_of(sentence: str) -> str | None:
    """The functional item a sentence is about: `2080501 类名/款名/项名`, or the names alone where no code is given."""
    if found := _ITEM_CODES.search(sentence):
        names = [_clean(found.group("class")), found.group("group"), found.group("item")]
        code = found.group("c") + found.group("g") + (found.group("i") or "")
        return f"{code} {'/'.join(name for name in names if name)}"
    if found := _ITEM_NAMES.search(sentence):
        names = [_clean(found.group("class")), found.group("group"), found.group("item")]
        return "/".join(name for name in names if name)
    if found := _ITEM_FIRST.match(sentence):
        return f"{found.group('code')} {_clean(found.group('name'))}"
    if found := _PROJECT.search(sentence):
        return found.group(1)
    return None


def subject_of(before: str, measure: str) -> str:
    """The subject that the text before a figure names, "" where it names none."""
    text = before
    if whole := list(_ITEM_WHOLE.finditer(text)):
        last = whole[-1]
        return f"{last.group('code')} {_clean(last.group('name'))}"
    if item := item_of(text):
        return item
    text = _TAIL.sub("", _COMPARISON.sub("", _open_bracket(text)))
    if measure in ("change", "growth_rate", "difference"):
        text = _VERB.sub("", text)
    if measure in ("share", "completion_rate", "difference"):
        text = _RATIO.sub("", text)
    text = _TAIL.sub("", _LEVEL.sub("", text))
    if measure != "amount":
        text = _ROLE.sub("", text)
    return _clean(_TAIL.sub("", text))


def _open_bracket(text: str) -> str:
    """What stands inside a bracket that is not closed before the figure."""
    depth = 0
    for i in range(len(text) - 1, -1, -1):
        if text[i] == ")":
            depth += 1
        elif text[i] == "(":
            if depth == 0:
                return text[i + 1 :]
            depth -= 1
    return text


def _clean(text: str) -> str:
    """Without the year and the unit's name before it, fillers, and the mark of a class."""
    text = _LEADING.sub("", _UNTIL_HOLDING.sub("", _UNTIL_YEAR.sub("", text))).strip("，,。；;：:、的.")
    return _BOTH_TOTALS.sub("收入总计、支出总计", _CLASS_MARK.sub("", text))
