"""Intervals of true values: what a printed figure can stand for, and arithmetic on that.

A printed figure with d decimals stands for the closed interval [v − ½·10⁻ᵈ, v + ½·10⁻ᵈ]: it was rounded from yuan by
itself. A relation is violated only when no choice of true values inside the intervals satisfies it (the semantics of
XBRL Calculations 1.1). Everything is `Decimal`; end points count as inside.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

ZERO = Decimal(0)
_HALF = Decimal("0.5")

YUAN: dict[str, Decimal] = {
    "元": Decimal(1),
    "千元": Decimal(1_000),
    "万元": Decimal(10_000),
    "百万元": Decimal(1_000_000),
    "亿元": Decimal(100_000_000),
}
"""Amount units and what one of them is in yuan."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A closed interval [low, high]."""

    low: Decimal
    high: Decimal

    def __add__(self, other: "Interval") -> "Interval":
        return Interval(self.low + other.low, self.high + other.high)

    def __sub__(self, other: "Interval") -> "Interval":
        return Interval(self.low - other.high, self.high - other.low)

    def __neg__(self) -> "Interval":
        return Interval(-self.high, -self.low)

    def __contains__(self, value: Decimal) -> bool:
        return self.low <= value <= self.high

    @property
    def middle(self) -> Decimal:
        """The value in the middle: of a printed figure, the figure itself."""
        return (self.low + self.high) / 2

    def times(self, weight: Decimal) -> "Interval":
        """The interval multiplied by an exact weight; the ends swap when it is negative."""
        if weight >= 0:
            return Interval(self.low * weight, self.high * weight)
        return Interval(self.high * weight, self.low * weight)

    def product(self, other: "Interval") -> "Interval":
        """All products of a value of each."""
        ends = [a * b for a in (self.low, self.high) for b in (other.low, other.high)]
        return Interval(min(ends), max(ends))

    def over(self, other: "Interval") -> "Interval | None":
        """All quotients of a value of each, whatever their signs; None where the divisor may be zero."""
        if ZERO in other:
            return None
        ends = [a / b for a in (self.low, self.high) for b in (other.low, other.high)]
        return Interval(min(ends), max(ends))

    def meets(self, other: "Interval") -> bool:
        """True where the two share a value, end points included."""
        return self.low <= other.high and other.low <= self.high

    def common(self, other: "Interval") -> "Interval | None":
        """What both contain, or None."""
        low, high = max(self.low, other.low), min(self.high, other.high)
        return Interval(low, high) if low <= high else None

    def widened(self, by: Decimal) -> "Interval":
        """The interval with `by` added at both ends."""
        return Interval(self.low - by, self.high + by)

    def gap(self, other: "Interval") -> Decimal:
        """How far the two are apart: 0 where they meet."""
        return max(self.low - other.high, other.low - self.high, ZERO)


def exactly(value: Decimal) -> Interval:
    """The interval of a value known exactly."""
    return Interval(value, value)


def decimals_of(value: Decimal) -> int:
    """The number of decimals a figure was printed with."""
    exponent = value.as_tuple().exponent
    return -exponent if isinstance(exponent, int) and exponent < 0 else 0


def last_place(value: Decimal) -> Decimal:
    """One unit of the last printed place: 0.01 for 12.30, 1 for 12."""
    return Decimal(1).scaleb(-decimals_of(value))


def printed(value: Decimal | None, unit: Decimal = Decimal(1)) -> Interval:
    """What a printed figure stands for, in base units (yuan, for amounts); None (blank, —) is exactly 0."""
    if value is None:
        return exactly(ZERO)
    half = last_place(value) * _HALF
    return Interval((value - half) * unit, (value + half) * unit)


def total(parts: Iterable[Interval]) -> Interval:
    """The sum of intervals; of none, exactly 0."""
    low, high = ZERO, ZERO
    for part in parts:
        low += part.low
        high += part.high
    return Interval(low, high)
