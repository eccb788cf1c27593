"""Relations that rules assert of a document: which hold, which are broken, and which cells they tie together."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from services.validate.relations import Balance, Rate, places_of
from services.validate.results import Claim
from services.validate.rulebook import Rule
from services.validate.terms import Place
from shared.findings import SEVERITIES, Severity

_TWO = Decimal(2)


@dataclass(frozen=True)
class Asserted:
    """One claim of one rule, judged: `gap` is 0 where it holds."""

    rule: Rule
    claim: Claim
    gap: Decimal

    @cached_property
    def places(self) -> frozenset[Place]:
        """Where its figures are printed."""
        return frozenset(places_of(self.claim.relation))

    @property
    def difference(self) -> Decimal:
        """The printed difference, left less right, in base units (percentage points, for a rate)."""
        relation = self.claim.relation
        if isinstance(relation, Rate):
            return relation.percent.value - relation.computed.middle
        return sum((t.value for t in relation.left), Decimal(0)) - sum((t.value for t in relation.right), Decimal(0))

    @cached_property
    def coarsest(self) -> Decimal:
        """One unit of the coarsest figure's last place, in base units."""
        relation = self.claim.relation
        if isinstance(relation, Rate):
            return relation.percent.step or Decimal(1)
        return max((term.step for term in relation.terms), default=Decimal(0)) or Decimal(1)

    @property
    def severity(self) -> Severity:
        """How serious a broken claim is, by how far it misses (docs/checking.md)."""
        misses = self.gap / self.coarsest
        relation = self.claim.relation
        restates = isinstance(relation, Balance) and len(relation.terms) == 2
        off = abs(self.difference) / self.coarsest if restates else misses
        if misses < 1:
            return "info"
        return milder("warning" if off <= _TWO else "error", self.rule.severity)


def milder(one: Severity, other: Severity) -> Severity:
    """The less serious of two severities."""
    return max(one, other, key=SEVERITIES.index)


def by_place(asserted: Iterable[Asserted]) -> Mapping[Place, Sequence[Asserted]]:
    """Which claims each printed figure takes part in."""
    found: dict[Place, list[Asserted]] = defaultdict(list)
    for one in asserted:
        for place in one.places:
            found[place].append(one)
    return found
