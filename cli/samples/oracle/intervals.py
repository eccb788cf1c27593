"""Printed figures as intervals: every value within half a unit of the last printed place."""

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

SCALE = 10**6
"""Intervals are kept in whole millionths of the printed unit: exact for up to five printed decimals, and quick."""


class Interval(NamedTuple):
    """All values that a printed figure may stand for, ends included, in millionths."""

    low: int
    high: int

    def meets(self, other: "Interval") -> bool:
        """True where the two have a value in common."""
        return self.low <= other.high and other.low <= self.high


ZERO = Interval(0, 0)


def interval_of(text: str) -> Interval:
    """The interval of a printed figure; blank and dashes are exactly nothing."""
    digits = text.replace(",", "")
    if not digits.strip("—"):
        return ZERO
    decimals = len(digits.partition(".")[2])
    value, half = int(Decimal(digits) * SCALE), SCALE // (2 * 10**decimals)
    return Interval(value - half, value + half)


def exactly(text: str) -> Interval:
    """The interval of a figure that was never rounded: a score, a weight."""
    value = int(Decimal(text) * SCALE)
    return Interval(value, value)


def add(parts: Iterable[Interval]) -> Interval:
    """The interval of a sum."""
    chosen = list(parts)
    return Interval(sum(p.low for p in chosen), sum(p.high for p in chosen))


def negative(one: Interval) -> Interval:
    """The interval of −x."""
    return Interval(-one.high, -one.low)


def times(one: Interval, other: Interval) -> Interval:
    """The interval of a product."""
    corners = [x * y for x in one for y in other]
    return Interval(min(corners), max(corners))
