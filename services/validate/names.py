"""Names as the narrative writes them: folded, without numbering, year, “本部门”, and the words around a figure."""

import re
from functools import lru_cache

from shared.amounts import fold

_LEADING = re.compile(
    r"^(?:其中[:：]?|(?:19|20)\d\d年?(?:度)?|本(?:部门|单位|年度)|我(?:部门|单位|局)|当年|上年|财政拨款安排|安排|[.、:：)]"
    r"|\(?[一二三四五六七八九十]+[)、]|\(?\d+[)、.])+"
)
_TRAILING = re.compile(r"(?:均|分别|各|共|约|为|\((?:类|款|项)\))+$")
_DIGITS = "零一二三四五六七八九"
_OPEN = re.compile(r"^[一二三四五六七八九十\d]+\)")


@lru_cache(maxsize=4096)
def name_key(name: str) -> str:
    """A subject as it is compared: two sentences that speak of one thing give one key."""
    bare = _OPEN.sub("", fold(name))
    return _TRAILING.sub("", _LEADING.sub("", bare))


def akin(one: str, other: str) -> bool:
    """True where one name is the other with something before it: 财政拨款收入总计 and 收入总计."""
    return bool(one and other) and (one.endswith(other) or other.endswith(one))


def numeral_value(text: str) -> int | None:
    """The number that a Chinese numeral up to 99 or decimal digits mean: 十二 is 12."""
    if text.isdecimal():
        return int(text)
    tens, ten, ones = text.rpartition("十")
    if any(digit not in _DIGITS for digit in tens + ones):
        return None
    value = (_DIGITS.find(tens) if tens else 1) * 10 if ten else 0
    return value + (_DIGITS.find(ones) if ones else 0)
