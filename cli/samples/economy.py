"""Draw a fictional unit's accounts: amounts at random, identities by construction."""

import random
from collections.abc import Mapping
from dataclasses import replace

from cli.samples.accounts import (
    FUNDS,
    WAN,
    Accounts,
    Fen,
    Item,
    Prior,
    PublicExpenses,
    Unit,
    Use,
)
from cli.samples.drawing import SMALLEST, amount, near, planned
from cli.samples.expenses import (
    draw_economic,
    draw_operations,
    draw_procurement,
    draw_public_expenses,
    draw_staff,
    draw_vehicles,
)
from cli.samples.names import District
from cli.samples.subjects import LineOfWork, Subject, Subjects


def invent_unit(rng: random.Random, district: District, line: LineOfWork) -> Unit:
    """A bureau with its subordinate units (a department), or one of its institutions alone (a unit)."""
    bureau = f"{district.name}{line.name}"
    if rng.random() < 0.65:
        members = (f"{bureau}（本级）", *(f"{district.name}{unit}" for unit in line.units[: rng.randint(0, 2)]))
        return Unit(bureau, line.name, "department", members, line.duty, bureau, administration=True)
    name = rng.choice(line.units)
    full = f"{district.name}{name}"
    return Unit(full, name, "unit", (full,), line.duty, bureau, administration=False)


def draw_accounts(rng: random.Random, unit: Unit, line: LineOfWork, year: int, subjects: Subjects) -> Accounts:
    """One year's accounts of a unit. The result satisfies every identity exactly, in fen."""
    items = [*_running(rng, unit, line, subjects), *_projects(rng, line), *_other_funds(rng, subjects)]
    public = sum(item.spending(["general_public_budget"], ["public"]) for item in items)
    items[0], own = _own_money(rng, items[0], unit)
    budget, actual, in_basic = draw_public_expenses(rng, public)
    draft = Accounts(
        unit=unit,
        year=year,
        items=tuple(sorted(items, key=lambda item: item.code)),
        **own,
        economic=draw_economic(rng, items, subjects, in_basic),
        budget=budget,
        actual=actual,
        operations=draw_operations(rng, items, unit),
        procurement=draw_procurement(rng),
        vehicles=draw_vehicles(rng, actual),
        equipment=rng.choice((0, 0, 0, 1, 2)),
        staff=draw_staff(rng, unit),
        prior=Prior(0, 0, 0, PublicExpenses(), 0),
    )
    return _with_prior(rng, draft)


def _running(rng: random.Random, unit: Unit, line: LineOfWork, subjects: Subjects) -> list[Item]:
    """The running of the unit and what it pays for its staff; the first item is its own running."""
    bodies: list[tuple[str, Subject]] = []
    if unit.administration:
        bodies.append(("administration", line.operation.administration_subject))
    if not unit.administration or len(unit.members) > 1:
        bodies.append(("institution", line.operation.institution_subject))
    items: list[Item] = []
    pay: dict[str, Fen] = {}
    for body, subject in bodies:
        pay[body] = amount(rng, 150, 2400)
        public = near(rng, pay[body] // 8)
        items.append(_general(rng, subject, {"personnel": pay[body], "public": public}))
    pay["both"] = sum(pay.values())
    for staff in subjects.staff:
        if staff.beneficiary in pay:
            spent = near(rng, int(pay[staff.beneficiary] * staff.share), 0.15)
            items.append(_general(rng, staff, {"personnel": spent}))
    return items


def _general(rng: random.Random, subject: Subject, uses: Mapping[Use, Fen]) -> Item:
    """An item of the general public budget without carry-overs."""
    fund, spent = "general_public_budget", sum(uses.values())
    return Item(
        subject.code,
        subject.name,
        {(fund, use): fen for use, fen in uses.items()},
        {fund: spent},
        budget=planned(rng, spent),
    )


def _projects(rng: random.Random, line: LineOfWork) -> list[Item]:
    """Project expenditure (项目支出) of the general budget, some of it carried over from and to other years."""
    chosen = rng.sample(line.projects, rng.randint(2, len(line.projects)))
    return [_carried(rng, subject, "general_public_budget", 0.35, is_planned=True) for subject in chosen]


def _other_funds(rng: random.Random, subjects: Subjects) -> list[Item]:
    """Now and then a government fund or a state capital item."""
    items = []
    if rng.random() < 0.4:
        items.append(_carried(rng, rng.choice(subjects.government_fund), "government_fund", 0.5))
    if rng.random() < 0.2:
        items.append(_carried(rng, rng.choice(subjects.state_capital), "state_capital", 0.0))
    return items


def _carried(rng: random.Random, subject: Subject, fund: str, chance: float, *, is_planned: bool = False) -> Item:
    spent = amount(rng, 1, rng.choice((20, 120, 900)))
    opening = amount(rng, 0.1, 0.1 + spent / WAN / 2) if rng.random() < chance else 0
    opening = min(opening, spent)
    closing = amount(rng, 0.1, 0.1 + spent / WAN / 3) if rng.random() < chance else 0
    return Item(
        subject.code,
        subject.name,
        {(fund, "project"): spent},
        {fund: spent + closing - opening},
        {fund: opening},
        {fund: closing},
        budget=planned(rng, spent) if is_planned else 0,
    )


def _own_money(rng: random.Random, item: Item, unit: Unit) -> tuple[Item, dict[str, Fen]]:
    """Let a unit earn and spend money of its own beside the appropriation, and say what becomes of the rest."""
    nothing = {"own_opening": 0, "surplus_used": 0, "surplus_distribution": 0, "own_closing": 0}
    if rng.random() < 0.45:
        return item, nothing
    received: dict[str, Fen] = {"other": amount(rng, 0.1, 40)}
    spent: dict[tuple[str, Use], Fen] = {("own", "project"): amount(rng, 0.1, 45)}
    if not unit.administration:
        if rng.random() < 0.6:
            received["institutional"] = amount(rng, 5, 300)
            spent["own", "public"] = near(rng, received["institutional"], 0.1)
        if rng.random() < 0.3:
            received["operating"] = amount(rng, 1, 60)
            spent["own", "operating"] = near(rng, received["operating"], 0.2)
        if rng.random() < 0.15:
            received["superior_subsidy"] = amount(rng, 1, 30)
        if rng.random() < 0.1:
            spent["own", "to_affiliated"] = amount(rng, 1, 20)
    opening = amount(rng, 0.1, 80) if rng.random() < 0.7 else 0
    left = opening + sum(received.values()) - sum(spent.values())
    used = -left if left < 0 else 0
    distributed = left // 3 if left > 3 * WAN and rng.random() < 0.3 else 0
    changed = Item(item.code, item.name, {**item.spent, **spent}, {**item.received, **received}, budget=item.budget)
    closing = left + used - distributed
    return changed, {
        "own_opening": opening, "surplus_used": used, "surplus_distribution": distributed, "own_closing": closing
    }  # fmt: skip


def _with_prior(rng: random.Random, draft: Accounts) -> Accounts:
    """Add last year's figures; a unit without money of its own has the same total in both tables, then too."""
    total = near(rng, draft.grand_total, 0.2)
    own = draft.grand_total - draft.fiscal_grand_total
    fiscal = total if not own else max(SMALLEST, total - near(rng, own, 0.2))
    actual = draft.actual
    before = PublicExpenses(
        going_abroad=actual.going_abroad and near(rng, actual.going_abroad),
        vehicle_running=near(rng, actual.vehicle_running) if actual.vehicle_running else 0,
        reception=near(rng, actual.reception) if actual.reception else rng.choice((0, 0, SMALLEST * 4)),
        meetings=actual.meetings and near(rng, actual.meetings),
        training=actual.training and near(rng, actual.training),
    )
    spending = min(fiscal, near(rng, draft.spent([FUNDS[0]]), 0.2))
    operations = near(rng, draft.operations[1]) if draft.operations[1] else 0
    return replace(draft, prior=Prior(total, fiscal, spending, before, operations))
