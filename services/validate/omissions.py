"""Lines left out: a sum that is short by an amount which another table prints for a code that is missing here."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from services.validate.asserted import Asserted
from services.validate.relations import Balance
from services.validate.terms import Term
from shared.figures import Figure


@dataclass(frozen=True)
class Omission:
    """Broken sums of one line (in one column or several); elsewhere, if anywhere, the figure that seems left out."""

    broken: tuple[Asserted, ...]
    elsewhere: Term | None


class Printed:
    """All figures of a document that stand in relations, to look up what a sum lacks."""

    def __init__(self, terms: Iterable[Term]) -> None:
        self._by_amount: dict[Decimal, list[Term]] = {}
        self._codes: dict[int, set[str]] = {}
        for term in terms:
            if term.value:
                self._by_amount.setdefault(abs(term.value), []).append(term)
            if isinstance(term.source, Figure):
                self._codes.setdefault(term.source.table, set()).add(term.source.row_key)

    def omissions(self, broken: Sequence[Asserted]) -> Iterator[Omission]:
        """The broken sums that lack a line, together by the line above it.

        A line is lacking where another table prints its code and amount, or where the sums of several columns are
        short at once, which no single wrong cell can do.
        """
        lines: dict[tuple[int, str], list[Asserted]] = {}
        for one in broken:
            above, relation = one.claim.subject.source, one.claim.relation
            if isinstance(above, Figure) and isinstance(relation, Balance) and not relation.at_most:
                lines.setdefault((above.table, above.row_key), []).append(one)
        for sums in lines.values():
            if any(one.difference <= 0 for one in sums):
                continue  # too much in one column and too little in another is a value moved, not a line left out
            lacking = next((term for one in sums if (term := self._lacking(one)) is not None), None)
            if lacking is not None or len({one.claim.subject.place for one in sums}) > 1:
                yield Omission(tuple(sums), lacking)

    def twin(self, one: Asserted) -> Term | None:
        """A figure printed elsewhere that equals the difference of a broken relation."""
        terms = self._by_amount.get(abs(one.difference), [])
        return next((term for term in terms if term.place not in one.places), None)

    def _lacking(self, one: Asserted) -> Term | None:
        """The coded line of another table that this sum is short of, where its own table does not print the code."""
        above, relation = one.claim.subject.source, one.claim.relation
        if not isinstance(above, Figure) or not isinstance(relation, Balance):
            return None
        printed = self._codes.get(above.table, set())
        wanted = (above.row_key if above.is_code else "", _level_below(above, relation))
        for term in self._near(one):
            figure = term.source
            if isinstance(figure, Figure) and figure.table != above.table and figure.is_code:
                fits = figure.row_key.startswith(wanted[0]) and len(figure.row_key) == wanted[1]
                if fits and figure.row_key not in printed:
                    return term
        return None

    def _near(self, one: Asserted) -> Iterator[Term]:
        """Figures equal to the difference, up to the rounding of the sum."""
        slack = one.coarsest * len(one.claim.relation.terms) / 2
        for value, terms in self._by_amount.items():
            if abs(value - one.difference) <= slack:
                yield from terms


def _level_below(above: Figure, relation: Balance) -> int:
    """The length of the codes that are added up: that of the printed ones, else one level below."""
    codes = [term.source.row_key for term in relation.right if isinstance(term.source, Figure) and term.source.is_code]
    return len(codes[0]) if codes else len(above.row_key) + 2 if above.is_code else 3
