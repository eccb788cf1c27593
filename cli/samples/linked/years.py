"""One year after the other, and a department as the sum of its units: accounts that follow from other accounts."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import fields, replace
from typing import TypeVar

from cli.samples.accounts import FUNDS, Accounts, Fen, Item, Prior, Procurement, PublicExpenses, Staff, Unit

Money = TypeVar("Money", PublicExpenses, Procurement)


def follow(before: Accounts, drawn: Accounts) -> Accounts:
    """The accounts of a year made to begin with what the year before left; receipts pay for the rest."""
    left = {(item.code, fund): fen for item in before.items for fund, fen in item.closing.items() if fen}
    items = [_begun(item, left) for item in drawn.items]
    names = {item.code: item.name for item in before.items}
    items += [_used_up(code, names[code], fund, fen) for (code, fund), fen in left.items()]
    closing = drawn.own_closing + before.own_closing - drawn.own_opening
    return replace(
        drawn,
        items=tuple(sorted(items, key=lambda item: item.code)),
        own_opening=before.own_closing,
        own_closing=max(0, closing),
        surplus_used=drawn.surplus_used + max(0, -closing),
        prior=prior_of(before),
    )


def prior_of(before: Accounts) -> Prior:
    """What the next year's text compares with."""
    spending = before.spent([FUNDS[0]])
    return Prior(before.grand_total, before.fiscal_grand_total, spending, before.actual, before.operations[1])


def _begun(item: Item, left: dict[tuple[str, str], Fen]) -> Item:
    """An item that begins with what was left of it; `left` keeps what no item has taken."""
    received, opening, closing = dict(item.received), dict(item.opening), dict(item.closing)
    for fund in FUNDS:
        begun = left.pop((item.code, fund), 0)
        spent = item.spending([fund])
        if not (begun or spent or opening.get(fund)):
            continue
        paid = spent + closing.get(fund, 0) - begun
        received[fund], opening[fund] = max(0, paid), begun
        closing[fund] = closing.get(fund, 0) + max(0, -paid)
    return replace(item, received=received, opening=opening, closing=closing)


def _used_up(code: str, name: str, fund: str, fen: Fen) -> Item:
    """What was left of a subject that the year has no other money for is spent."""
    return Item(code, name, {(fund, "project"): fen}, {fund: 0}, {fund: fen}, {fund: 0})


def added_up(unit: Unit, members: Sequence[Accounts]) -> Accounts:
    """A department's accounts: those of its units, item by item."""
    first = members[0]
    return replace(
        first,
        unit=unit,
        items=tuple(_joined(members)),
        own_opening=sum(one.own_opening for one in members),
        surplus_used=sum(one.surplus_used for one in members),
        surplus_distribution=sum(one.surplus_distribution for one in members),
        own_closing=sum(one.own_closing for one in members),
        economic=_summed(one.economic for one in members),
        budget=_total([one.budget for one in members]),
        actual=_total([one.actual for one in members]),
        operations=(sum(one.operations[0] for one in members), sum(one.operations[1] for one in members)),
        procurement=_total([one.procurement for one in members]),
        vehicles=tuple(sum(kinds) for kinds in zip(*(one.vehicles for one in members), strict=True)),
        equipment=sum(one.equipment for one in members),
        staff=_staff([one.staff for one in members]),
        prior=_prior([one.prior for one in members]),
    )


def _joined(members: Sequence[Accounts]) -> Iterable[Item]:
    by_code: dict[str, list[Item]] = {}
    for item in (item for one in members for item in one.items):
        by_code.setdefault(item.code, []).append(item)
    for code in sorted(by_code):
        items = by_code[code]
        spent: Counter[tuple[str, str]] = Counter()
        for item in items:
            spent.update(item.spent)
        yield Item(
            code,
            items[0].name,
            dict(spent),  # type: ignore[arg-type]  # a Counter forgets that uses are literal
            _summed(item.received for item in items),
            _summed(item.opening for item in items),
            _summed(item.closing for item in items),
            sum(item.budget for item in items),
        )


def _summed(amounts: Iterable[object]) -> dict[str, Fen]:
    total: Counter[str] = Counter()
    for one in amounts:
        total.update(one)  # type: ignore[call-overload]
    return dict(sorted(total.items()))


def _total(parts: Sequence[Money]) -> Money:
    kind = type(parts[0])
    return kind(*(sum(getattr(part, field.name) for part in parts) for field in fields(kind)))


def _staff(parts: Sequence[Staff]) -> Staff:
    posts, people = (
        tuple(sum(one) for one in zip(*(getattr(part, name) for part in parts), strict=True))
        for name in ("posts", "people")
    )
    return Staff((posts[0], posts[1], posts[2]), (people[0], people[1], people[2]), sum(part.retired for part in parts))


def _prior(parts: Sequence[Prior]) -> Prior:
    return Prior(
        sum(part.grand_total for part in parts),
        sum(part.fiscal_grand_total for part in parts),
        sum(part.general_spending for part in parts),
        _total([part.three_public for part in parts]),
        sum(part.operations for part in parts),
    )
