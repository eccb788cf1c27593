"""Relations between printed figures, and what each demands of any one of them.

Two shapes carry all arithmetic of the domain: `Balance` (sums, restatements, "no more than") and `Rate` (shares,
completion and growth). A relation is broken only when no true values inside the printed intervals satisfy it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from services.validate.terms import Place, Term
from shared.interval import ZERO, Interval, exactly, total

HUNDRED = Decimal(100)
INFINITY = Decimal("Infinity")
ANYTHING = Interval(-INFINITY, INFINITY)

Boxes = Callable[[Term], Interval]
"""What a term may be: its printed interval, or a wider one for a cell that is thought to be wrong."""


def as_printed(term: Term) -> Interval:
    """The box of a term that is taken as printed."""
    return term.interval


@dataclass(frozen=True, slots=True)
class Balance:
    """Σ left ≈ Σ right, or with `at_most` Σ left ≤ Σ right."""

    left: tuple[Term, ...]
    right: tuple[Term, ...]
    at_most: bool = False

    @property
    def terms(self) -> tuple[Term, ...]:
        """All figures that take part."""
        return (*self.left, *self.right)

    @property
    def reported(self) -> Interval:
        """What the left side, as printed, can stand for."""
        return total(term.interval for term in self.left)

    @property
    def computed(self) -> Interval:
        """What the right side, as printed, can stand for."""
        return total(term.interval for term in self.right)

    def gap(self) -> Decimal:
        """How far the printed intervals are from satisfying the relation; 0 where they do."""
        if self.at_most:
            return max(self.reported.low - self.computed.high, ZERO)
        return self.reported.gap(self.computed)

    def demand(self, wanted: Term, boxes: Boxes) -> Interval:
        """The values of `wanted` that satisfy the relation when every other figure lies in its box."""
        on_left = any(term.place == wanted.place for term in self.left)
        same, other = (self.left, self.right) if on_left else (self.right, self.left)
        rest = total(boxes(term) for term in same if term.place != wanted.place)
        free = total(boxes(term) for term in other) - rest
        if not self.at_most:
            return free
        return Interval(-INFINITY, free.high) if on_left else Interval(free.low, INFINITY)


@dataclass(frozen=True, slots=True)
class Rate:
    """`percent` ≈ 100 · part / base.

    With `growth` the base is the year before: percent ≈ 100 · part / (base − part), `part` being the change. With
    `beyond` the percentage says by how much the part exceeds the base: percent ≈ 100 · part / base − 100.
    """

    percent: Term
    part: Term
    base: Term
    growth: bool = False
    beyond: bool = False

    @property
    def terms(self) -> tuple[Term, ...]:
        """All figures that take part."""
        return (self.percent, self.part, self.base)

    @property
    def reported(self) -> Interval:
        """What the printed percentage can stand for."""
        return self.percent.interval

    @property
    def computed(self) -> Interval:
        """The percentage that the amounts give; anything where the base may be zero."""
        return self.demand(self.percent, as_printed)

    def gap(self) -> Decimal:
        """How far the printed percentage is from what the amounts give."""
        part, base = self.part.interval.times(HUNDRED), self._whole(self.base.interval, self.part.interval)
        # Multiplied out, the comparison is exact where a quotient would be rounded.
        if ZERO in base or part.meets((self.percent.interval + self._shift).product(base)):
            return ZERO
        return self.reported.gap(self.computed)

    def demand(self, wanted: Term, boxes: Boxes) -> Interval:
        """The values of `wanted` that satisfy the relation when every other figure lies in its box."""
        percent, part, base = boxes(self.percent) + self._shift, boxes(self.part), boxes(self.base)
        if wanted.place == self.percent.place:
            return _quotient(part.times(HUNDRED), self._whole(base, part)) - self._shift
        grown = percent + exactly(HUNDRED) if self.growth else exactly(HUNDRED)
        if wanted.place == self.part.place:
            return _quotient(percent.product(base), grown)
        return _quotient(part.product(grown), percent)

    @property
    def _shift(self) -> Interval:
        return exactly(HUNDRED if self.beyond else ZERO)

    def _whole(self, base: Interval, part: Interval) -> Interval:
        return base - part if self.growth else base


def _quotient(part: Interval, whole: Interval) -> Interval:
    return part.over(whole) or ANYTHING


Relation = Balance | Rate


def places_of(relation: Relation) -> set[Place]:
    """The places of a relation's figures."""
    return {term.place for term in relation.terms}
