"""Units' names as they are compared: from one document to another, from year to year, and with the list of duties."""

import re

from shared.amounts import fold

_SUMMED = re.compile(r"[(]汇总[)]$")
_OWN_BODY = re.compile(r"[(](本级|机关|本部)[)]|(?<=.)(?:机关|本部)?本级(?=$)")


def unit_key(name: str) -> str:
    """A unit's name (单位名称) as it is compared: folded, without （汇总）, with 本级 written in one way."""
    return _OWN_BODY.sub("本级", _SUMMED.sub("", fold(name)))


def bare_key(name: str) -> str:
    """The same without 本级: a bureau's own body (本级) often files under the bureau's name, as a unit."""
    return unit_key(name).removesuffix("本级")


def same_region(one: str | None, other: str | None) -> bool:
    """True where two regions may be one: not said, a code and a name, or one within the other."""
    if not one or not other or one.isdecimal() != other.isdecimal():
        return True
    if one.isdecimal():
        return one.startswith(other) or other.startswith(one)
    return fold(one).endswith(fold(other)) or fold(other).endswith(fold(one))
