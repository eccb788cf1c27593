"""Figures in running text: every number with a unit, in its sentence and clause."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

_WIDTHS = str.maketrans("０１２３４５６７８９．％－＋（）", "0123456789.%-+()")
_SPACE = re.compile(r"[\s*\u200b\ufeff]+")
_SENTENCE = re.compile(r"[^。；;！!？?]+[。；;！!？?]?")
_CLAUSE_END = re.compile(r"[，,：:](?!\d{3}(?!\d))|[。；;！!？?]")
_UNITS = (
    "亿元|万元|千元|百元|元/人|元|个百分点|百分点|%|‰|万人次|人次|万人|人|名|位|万户|户|万辆|辆次|辆|台[(]套[)]|台/套|台|"
    "批次|批|件次|件|套|平方米|万平方米|平方公里|亩|公里|门|万种|种|万册|册|万份|份|篇|家|所|项|场|期|次|分|个|部(?![门分委队级])"
)
_FIGURE = re.compile(
    rf"(?<![\d.A-Za-z第〔\[])(?P<number>[-−]?\d+(?:,\d{{3}})*(?:\.\d+|\.(?=万元|亿元|元|%))?)(?:余|多)?(?P<unit>{_UNITS}|万(?![人户辆种册份平亩元]))"
)
_BARE_SCORE = re.compile(r"(?:得分|评分|总分)(?:为|是|:|：)?(?P<number>\d+(?:\.\d+)?)(?=[，,。；;、)])")
_THRESHOLD = re.compile(r"(?:\(含\))?以[上下]")  # 100万元以上设备: the figure belongs to the name that follows
_OPENED = re.compile(r"[(](?:其中)?$")
_CLAUSE_EDGES = "，,。；;：:"
_PER_HEAD = re.compile(r"每人(?:每年|每月|每天)?[^\d，。；]{0,4}$")


class Mention(NamedTuple):
    """One number with its unit. `before` is what its clause says since the figure before, `after` what follows."""

    text: str
    value: Decimal
    unit: str
    before: str
    clause: str
    sentence: str
    start: int
    """Where it begins in its sentence."""
    clause_start: int
    """Where its clause begins in its sentence."""
    end: int
    """Where it and its unit end in its sentence."""


def closed_up(text: str) -> str:
    """Text as printed, without spaces."""
    return _SPACE.sub("", text)


def squeeze(text: str) -> str:
    """Text without spaces, digits and brackets narrow: how sentences are read. As long as `closed_up`."""
    return closed_up(text).translate(_WIDTHS)


def sentences(text: str) -> Iterator[tuple[int, str]]:
    """Where each sentence of squeezed text begins, and the sentence; a semicolon ends one."""
    for found in _SENTENCE.finditer(text):
        yield found.start(), found.group(0)


def mentions(sentence: str) -> list[Mention]:
    """The figures of a squeezed sentence in order."""
    found = sorted([*_FIGURE.finditer(sentence), *_BARE_SCORE.finditer(sentence)], key=lambda m: m.start("number"))
    ends = [m.end() for m in _CLAUSE_END.finditer(sentence)]
    result: list[Mention] = []
    previous = taken = 0
    for match in found:
        start, end = match.start("number"), match.end()
        if start < taken:
            continue
        clause_start = max((e for e in ends if e <= start), default=0)
        clause_end = min((e for e in ends if e > end - 1), default=len(sentence))
        unit = match.groupdict().get("unit") or "分"
        begin = max(clause_start, previous)
        before = sentence[begin:start]
        result.append(
            Mention(
                text=match.group("number"),
                value=Decimal(match.group("number").replace(",", "").replace("−", "-").rstrip(".") or "0"),
                unit=_unit(unit, before),
                before=before,
                clause=_OPENED.sub("", sentence[clause_start:clause_end].strip(_CLAUSE_EDGES)),
                sentence=sentence,
                start=start,
                clause_start=clause_start,
                end=end,
            )
        )
        taken = end
        if not _THRESHOLD.match(sentence, end):
            previous = end
    return result


def _unit(unit: str, before: str) -> str:
    if unit == "万":
        return "万元"
    if unit == "元" and _PER_HEAD.search(before):
        return "元/人"
    return unit
