"""Quantities as forms and prose write them: ≥95%, =30000, 279.72元, 10000套."""

import re
from decimal import Decimal
from typing import NamedTuple

from shared.amounts import fold
from shared.interval import YUAN, Interval, printed

_QUANTITY = re.compile(r"([≥>≤<=]*)(\d[\d,]*(?:\.\d+)?)([^\d]*)")


class Quantity(NamedTuple):
    """A number with the sign of comparison before it and the unit behind it."""

    sign: str
    value: Decimal
    unit: str

    @property
    def interval(self) -> Interval:
        """What it can stand for as printed, in base units: yuan for money."""
        return printed(self.value, YUAN.get(self.unit, Decimal(1)))

    def is_same(self, other: "Quantity") -> bool:
        """True where both print one number; of two whole numbers none was rounded."""
        whole = self.value == int(self.value) and other.value == int(other.value)
        return self.value == other.value if whole else self.interval.meets(other.interval)

    def allows(self, other: "Quantity") -> bool:
        """True where another quantity is what this one says: the same, or on its side of a comparison."""
        if "≥" in self.sign or ">" in self.sign:
            return other.value >= self.value
        if "≤" in self.sign or "<" in self.sign:
            return other.value <= self.value
        return self.is_same(other)


def quantity_of(text: str) -> Quantity | None:
    """The quantity that a whole text is; None for words or several numbers."""
    found = _QUANTITY.fullmatch(fold(text))
    return Quantity(found[1], Decimal(found[2].replace(",", "")), found[3]) if found else None


def power_of_ten(one: Decimal, other: Decimal) -> bool:
    """True where two amounts differ by exactly a power of ten: 元 for 万元, or a misplaced point."""
    if not one or not other or abs(one) == abs(other):
        return False
    large, small = max(abs(one), abs(other)), min(abs(one), abs(other))
    return large / small in _POWERS


_POWERS = frozenset(Decimal(10) ** n for n in range(1, 9))
