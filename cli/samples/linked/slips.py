"""Errors between documents: one document's figures changed so that they agree with each other, but not with others."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from cli.samples.accounts import FUNDS, WAN, Accounts, Fen, Item
from cli.samples.linked.world import Filing
from shared.errors import InvalidField

_GENERAL = FUNDS[0]
_INVISIBLE = 0.1
"""How many of the errors are so small that rounding hides some of them."""


@dataclass(frozen=True)
class Slip:
    """One error between documents: in which file, of which kind, and by how much."""

    kind: str
    file: str
    fen: Fen


def carry_over(accounts: Accounts, fen: Fen) -> Accounts:
    """The year begins with more than the year before left, and leaves as much more."""
    return replace(accounts, own_opening=accounts.own_opening + fen, own_closing=accounts.own_closing + fen)


def fiscal_carry_over(accounts: Accounts, fen: Fen) -> Accounts:
    """The same of an appropriation."""

    def change(item: Item) -> Item:
        opening, closing = dict(item.opening), dict(item.closing)
        opening[_GENERAL] = opening.get(_GENERAL, 0) + fen
        closing[_GENERAL] = closing.get(_GENERAL, 0) + fen
        return replace(item, opening=opening, closing=closing)

    return _with_project(accounts, change)


def prior_year(accounts: Accounts, fen: Fen) -> Accounts:
    """The text compares with a total that last year's file does not have."""
    prior = replace(
        accounts.prior,
        grand_total=accounts.prior.grand_total + fen,
        fiscal_grand_total=accounts.prior.fiscal_grand_total + fen,
    )
    return replace(accounts, prior=prior)


def initial_budget(accounts: Accounts, fen: Fen) -> Accounts:
    """The accounts restate another budget than was published."""
    return _with_project(accounts, lambda item: replace(item, budget=item.budget + fen), planned=True)


def department_sum(accounts: Accounts, fen: Fen) -> Accounts:
    """A department spends more than its units do."""

    def change(item: Item) -> Item:
        spent = {**item.spent, (_GENERAL, "project"): item.spending([_GENERAL], ["project"]) + fen}
        received = {**item.received, _GENERAL: item.received.get(_GENERAL, 0) + fen}
        return replace(item, spent=spent, received=received)

    return _with_project(accounts, change)


def _with_project(accounts: Accounts, change: Callable[[Item], Item], *, planned: bool = False) -> Accounts:
    """The accounts with the largest project of the general budget changed."""
    projects = [item for item in accounts.items if item.spending([_GENERAL], ["project"])]
    chosen = max(projects, key=lambda item: (not planned or item.budget > 0, item.spending([_GENERAL], ["project"])))
    items = tuple(change(item) if item is chosen else item for item in accounts.items)
    return replace(accounts, items=items)


@dataclass(frozen=True)
class _Kind:
    change: Callable[[Accounts, Fen], Accounts] | None
    later_years: bool = False
    departments: bool = False


KINDS: Mapping[str, _Kind] = {
    "carry_over": _Kind(carry_over, later_years=True),
    "fiscal_carry_over": _Kind(fiscal_carry_over, later_years=True),
    "prior_year": _Kind(prior_year, later_years=True),
    "initial_budget": _Kind(initial_budget),
    "department_sum": _Kind(department_sum, departments=True),
    "restated_unit": _Kind(None, departments=True),
}


def plant_slips(
    rng: random.Random, filings: Sequence[Filing], count: int, kinds: Sequence[str]
) -> tuple[list[Filing], list[Slip]]:
    """Plant so many errors, at most one in each family of a department and its units. Raises `InvalidField`."""
    unknown = [kind for kind in kinds if kind not in KINDS]
    if unknown:
        raise InvalidField(field="plant", detail=f"{', '.join(unknown)}: {', '.join(KINDS)}")
    first = min((filing.year for filing in filings), default=0)
    families = sorted({(filing.region, filing.family) for filing in filings})
    wrong: dict[str, Filing] = {}
    slips: list[Slip] = []
    for number, family in enumerate(rng.sample(families, min(count, len(families)))):
        name = (list(kinds) or list(KINDS))[number % len(kinds or KINDS)]
        fitting = [one for one in filings if (one.region, one.family) == family and _fits(KINDS[name], one, first)]
        if fitting:
            chosen = rng.choice(fitting)
            fen = int(WAN * (0.006 if rng.random() < _INVISIBLE else rng.uniform(0.1, 60)))
            wrong[chosen.file] = _changed(rng, chosen, KINDS[name], fen)
            slips.append(Slip(name, chosen.file, fen))
    return [wrong.get(filing.file, filing) for filing in filings], slips


def _fits(kind: _Kind, filing: Filing, first: int) -> bool:
    if filing.kind == "budget" or (kind.later_years and filing.year == first):
        return False
    return not kind.departments or bool(filing.member_totals)


def _changed(rng: random.Random, filing: Filing, kind: _Kind, fen: Fen) -> Filing:
    if kind.change is not None:
        return replace(filing, accounts=kind.change(filing.accounts, fen))
    totals = list(filing.member_totals)
    totals[rng.randrange(len(totals))] += fen
    return replace(filing, member_totals=tuple(totals))
