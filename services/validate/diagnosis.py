"""Diagnosis: the fewest cells whose correction repairs all broken relations.

The relations of a document are a constraint system over its printed figures. A set of cells is a repair when, with
those cells free, values exist that satisfy every relation they take part in, broken or not. Small sets are searched
exactly, smallest first; among equals the one with the likeliest slip of the pen wins (`causes`). One cell, one finding.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from services.validate.asserted import Asserted
from services.validate.omissions import Printed
from services.validate.relations import ANYTHING
from services.validate.terms import Place, Term
from shared.interval import ZERO, Interval

LARGEST_REPAIR = 3
"""Repairs of more cells than this are not searched; what is left is explained greedily."""
MOST_STEPS = 600
"""Bound on the candidate sets that are tried for one group of broken relations."""
_ROUNDS = 3

Likelihood = Callable[[Term, Interval, Sequence[Asserted]], int]


@dataclass(frozen=True)
class Repair:
    """Cells to correct, what each may be, and the broken relations this repairs.

    Without cells no few cells are it; `elsewhere` is then a figure of another table that seems to be left out here.
    """

    cells: tuple[tuple[Term, Interval], ...]
    broken: tuple[Asserted, ...]
    elsewhere: Term | None = None
    rivals: int = 0
    """How many other single cells would repair as much and are as likely."""


class Diagnosis:
    """One document's relations and broken relations; `likelihood` rates how likely a term's slip is."""

    def __init__(self, tied: Mapping[Place, Sequence[Asserted]], printed: Printed, likelihood: Likelihood) -> None:
        self._tied = tied
        self._printed = printed
        self._likelihood = likelihood

    def repairs(self, broken: Sequence[Asserted]) -> Iterator[Repair]:
        """The smallest repairs of all broken relations, one for each independent slip."""
        puzzling: list[Asserted] = []
        single: list[Repair] = []
        for component in _components(broken):
            found = self._smallest(component, sizes=(1,))
            if found:
                single.append(found)
            else:
                puzzling.extend(component)
        yield from _with_moves_joined(single)
        for omission in self._printed.omissions(puzzling):
            yield Repair((), omission.broken, omission.elsewhere)
            puzzling = [one for one in puzzling if one not in omission.broken]
        for component in self._linked(_components(puzzling)):
            found = self._smallest(component, sizes=range(2, LARGEST_REPAIR + 1)) if len(component) > 1 else None
            yield from _one_cell_each(found) if found else self._greedy(component)

    def _smallest(self, broken: Sequence[Asserted], sizes: Iterable[int]) -> Repair | None:
        terms = {term.place: term for one in broken for term in one.claim.relation.terms}
        for size in sizes:
            found: list[tuple[tuple[int, int], list[tuple[Term, Interval]]]] = []
            for steps, places in enumerate(_hitting_sets(broken, size)):
                if steps >= MOST_STEPS:
                    break
                boxes = self._consistent([terms[place] for place in places])
                if boxes is not None:
                    cells = [(terms[place], box) for place, box in boxes.items()]
                    found.append((self._rank(cells, broken), cells))
            if found:
                best, cells = max(found, key=lambda one: one[0])
                rivals = sum(rank[0] == best[0] for rank, _ in found) - 1
                return Repair(tuple(cells), tuple(broken), rivals=rivals if size == 1 else 0)
        return None

    def _rank(self, cells: Sequence[tuple[Term, Interval]], broken: Sequence[Asserted]) -> tuple[int, int]:
        """How likely cells are the slip: by the kind of slip first, then by how many relations speak of them."""
        likely = sum(self._likelihood(term, box, broken) for term, box in cells)
        return likely, sum(len(self._tied[term.place]) for term, _ in cells)

    def _consistent(self, free: Sequence[Term]) -> dict[Place, Interval] | None:
        """What the free cells may be so that every relation they take part in holds; None where nothing fits."""
        boxes = {term.place: ANYTHING for term in free}
        relations = {id(one): one for term in free for one in self._tied[term.place]}.values()
        for _ in range(_ROUNDS if len(free) > 1 else 1):
            before = dict(boxes)
            for one in relations:
                for term in free:
                    if term.place in one.places and not self._narrow(one, term, boxes):
                        return None
            if boxes == before:
                break
        fits = all(_holds_a_printing(boxes[term.place], term.step) for term in free)
        return boxes if fits else None

    def _narrow(self, one: Asserted, term: Term, boxes: dict[Place, Interval]) -> bool:
        """Narrow the box of a cell by what one relation demands of it; False where nothing is left."""
        if any(_open(boxes[place]) for place in one.places if place in boxes and place != term.place):
            return True
        half = one.coarsest / 2 if term.blank else (term.interval.high - term.interval.low) / 2
        relation = one.claim.relation
        demand = relation.demand(term, lambda other: boxes.get(other.place, other.interval)).widened(half)
        narrowed = boxes[term.place].common(demand)
        if narrowed is None:
            return False
        boxes[term.place] = narrowed
        return True

    def _linked(self, components: Sequence[list[Asserted]]) -> list[list[Asserted]]:
        """Join puzzling components that an intact relation ties together: a value moved to another column."""
        joined: list[list[Asserted]] = []
        reaches = [self._reach(component) for component in components]
        groups = _united([set(reach) for reach in reaches])
        for group in groups:
            joined.append([one for index in group for one in components[index]])
        return joined

    def _reach(self, component: Sequence[Asserted]) -> set[Place]:
        own = {place for one in component for place in one.places}
        return own | {place for at in own for one in self._tied[at] for place in one.places}

    def _greedy(self, broken: Sequence[Asserted]) -> Iterator[Repair]:
        """Explain what no small repair explains: the cell that repairs most relations first, then the rest."""
        left = list(broken)
        while left:
            terms = {term.place: term for one in left for term in one.claim.relation.terms}
            counts = {place: sum(place in one.places for one in left) for place in terms}
            most = max(counts, key=lambda place: counts[place])
            if counts[most] < 2:
                yield from (Repair((), (one,)) for one in left)
                return
            yield Repair((), tuple(one for one in left if most in one.places))
            left = [one for one in left if most not in one.places]


def _hitting_sets(broken: Sequence[Asserted], size: int) -> Iterator[tuple[Place, ...]]:
    """Sets of `size` places such that every broken relation has one of them."""
    if size == 1:
        common = frozenset.intersection(*(one.places for one in broken))
        yield from ((place,) for place in sorted(common))
        return
    first = min(broken, key=lambda one: len(one.places))
    for place in sorted(first.places):
        rest = [one for one in broken if place not in one.places]
        if rest:
            yield from ((place, *others) for others in _hitting_sets(rest, size - 1))


def _with_moves_joined(repairs: Sequence[Repair]) -> Iterator[Repair]:
    """One-cell repairs, two of which are one where a value only stands in a wrong column of its row."""
    left = list(repairs)
    while left:
        one = left.pop(0)
        other = next((other for other in left if _is_move(one, other)), None)
        if other is None:
            yield one
        else:
            left.remove(other)
            yield Repair((*one.cells, *other.cells), (*one.broken, *other.broken))


def _is_move(one: Repair, other: Repair) -> bool:
    """True where an empty cell lacks just what another cell of its row has too much."""
    (empty, lacks), (full, may_be) = sorted((one.cells[0], other.cells[0]), key=lambda cell: cell[0].value != 0)
    one_row = empty.place[:3] == full.place[:3] and empty.place.kind == "cell"
    return one_row and not empty.value and bool(full.value) and full.value in lacks and ZERO in may_be


def _one_cell_each(repair: Repair) -> Iterator[Repair]:
    """Split a repair of several cells by cell, unless the cells are one slip: one row, a value in a wrong column."""
    places = [term.place for term, _ in repair.cells]
    if len({(place.kind, place.of, place.row) for place in places}) == 1:
        yield repair
        return
    left = list(repair.broken)
    for term, box in repair.cells:
        mine = [one for one in left if term.place in one.places]
        left = [one for one in left if term.place not in one.places]
        if mine:
            yield Repair(((term, box),), tuple(mine))


def _components(broken: Sequence[Asserted]) -> list[list[Asserted]]:
    """Broken relations that share figures, together."""
    groups = _united([set(one.places) for one in broken])
    return [[broken[index] for index in group] for group in groups]


def _united(sets: Sequence[set[Place]]) -> list[list[int]]:
    """Indexes of sets that overlap, directly or through others, together; in order of the first."""
    groups: list[tuple[set[Place], list[int]]] = []
    for index, places in enumerate(sets):
        touching = [group for group in groups if group[0] & places]
        apart = [group for group in groups if not group[0] & places]
        members = [index, *(member for group in touching for member in group[1])]
        groups = [*apart, (places.union(*(group[0] for group in touching)), sorted(members))]
    return sorted(group[1] for group in groups)


def _open(box: Interval) -> bool:
    return not (box.low.is_finite() and box.high.is_finite())


def _holds_a_printing(box: Interval, step: Decimal) -> bool:
    """True where a figure of that precision lies in the box."""
    if _open(box) or not step:
        return True
    return (box.low / step).to_integral_value(ROUND_CEILING) * step <= box.high
