"""Printed figures: from the text of a cell to a Decimal with its printed precision.

Amounts are `decimal.Decimal`, never floats. Blank, `0` and `—` are different texts; only the text can tell them
apart, so the text is always kept beside the value.
"""

import re
import unicodedata
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

# CJK radicals that some producers put in place of the character; NFKC folds the Kangxi block (U+2F00) but not
# this one (U+2E80).
_RADICALS = str.maketrans(
    "⺁⺄⺈⺊⺌⺗⺝⺟⺠⺮⺼⻁⻄⻅⻆⻉⻋⻌⻓⻔⻘⻚⻛⻜⻝⻢⻣⻤⻥⻦⻨⻩⻬⻮⻰⻳",
    "厂乙刀卜小心月母民竹月虎西见角贝车辶长门青页风飞食马骨鬼鱼鸟麦黄齐齿龙龟",
)
_SPACE = re.compile(r"[\s\u200b\u200c\u200d\ufeff]+")
_DASHES = re.compile(r"[-—–―─_﹣－/\\]+")
_NUMBER = re.compile(r"[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|[-+]?\.\d+")
_BRACKETED = re.compile(r"\((.+)\)")


class Amount(NamedTuple):
    """A printed figure: its value, the number of decimals printed, and whether it is a percentage."""

    value: Decimal
    decimals: int
    percent: bool


@lru_cache(maxsize=1 << 14)  # the same headers, names and blanks are folded over and over
def fold(text: str) -> str:
    """The text as it is compared: NFKC, CJK radicals replaced by their characters, no white space."""
    return _SPACE.sub("", unicodedata.normalize("NFKC", text).translate(_RADICALS))


@lru_cache(maxsize=1 << 14)
def printed_amount(text: str) -> Amount | None:
    """The figure printed in a cell, or None where the cell holds none (blank, a dash, words).

    Understands thousands commas, full-width digits, stray spaces (`663. 56`), a leading sign (`-`, `－`, `−`) and a
    bracketed negative (`(12.30)`).
    """
    folded = fold(text).replace("−", "-").replace("，", ",")
    percent = folded.endswith("%")
    if percent:
        folded = folded[:-1]
    bracketed = _BRACKETED.fullmatch(folded)
    body = bracketed.group(1) if bracketed else folded
    if not _NUMBER.fullmatch(body):
        return None
    value = Decimal(body.replace(",", ""))
    if bracketed:
        value = -abs(value)
    exponent = value.as_tuple().exponent
    decimals = -exponent if isinstance(exponent, int) and exponent < 0 else 0
    return Amount(value, decimals, percent)


def is_dash(text: str) -> bool:
    """True where the cell prints only dashes: 'nothing', the same value in relations as blank and 0."""
    folded = fold(text)
    return bool(folded) and _DASHES.fullmatch(folded) is not None
