"""Draw a fictional unit's accounts: amounts at random, identities by construction."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace

from cli.samples.accounts import (
    FUNDS,
    WAN,
    Accounts,
    Fen,
    Item,
    Prior,
    Procurement,
    PublicExpenses,
    Staff,
    Unit,
    Use,
)
from cli.samples.names import District
from cli.samples.subjects import LineOfWork, Subject, Subjects

SMALLEST = WAN // 20
"""No amount is below 0.05 万元, so that nothing that was spent prints as 0.00."""
VEHICLE_KINDS = 8


def invent_unit(rng: random.Random, district: District, line: LineOfWork) -> Unit:
    """A bureau with its subordinate units (a department), or one of its institutions alone (a unit)."""
    bureau = f"{district.name}{line.name}"
    if rng.random() < 0.65:
        members = (f"{bureau}（本级）", *(f"{district.name}{unit}" for unit in line.units[: rng.randint(0, 2)]))
        return Unit(bureau, line.name, "department", members, line.duty, administration=True)
    name = rng.choice(line.units)
    return Unit(f"{district.name}{name}", name, "unit", (f"{district.name}{name}",), line.duty, administration=False)


def draw_accounts(rng: random.Random, unit: Unit, line: LineOfWork, year: int, subjects: Subjects) -> Accounts:
    """One year's accounts of a unit. The result satisfies every identity exactly, in fen."""
    items = [*_running(rng, unit, line, subjects), *_projects(rng, line), *_other_funds(rng, subjects)]
    public = sum(item.spending(["general_public_budget"], ["public"]) for item in items)
    items[0], own = _own_money(rng, items[0], unit)
    budget, actual, in_basic = _public_expenses(rng, public)
    draft = Accounts(
        unit=unit,
        year=year,
        items=tuple(sorted(items, key=lambda item: item.code)),
        **own,
        economic=_economic(rng, items, subjects, in_basic),
        budget=budget,
        actual=actual,
        operations=_operations(rng, items, unit),
        procurement=_procurement(rng),
        vehicles=_vehicles(rng, actual),
        equipment=rng.choice((0, 0, 0, 1, 2)),
        staff=_staff(rng, unit),
        prior=Prior(0, 0, 0, PublicExpenses(), 0),
    )
    return _with_prior(rng, draft)


def _amount(rng: random.Random, low: float, high: float) -> Fen:
    """An amount between `low` and `high` 万元; some are round, as planned money is."""
    fen = max(SMALLEST, rng.randrange(int(low * WAN), int(high * WAN)))
    return max(WAN, fen // WAN * WAN) if rng.random() < 0.2 and fen > 5 * WAN else fen


def _near(rng: random.Random, fen: Fen, spread: float = 0.25) -> Fen:
    """An amount that lies around another one."""
    return max(SMALLEST, int(fen * rng.uniform(1 - spread, 1 + spread)))


def _planned(rng: random.Random, fen: Fen) -> Fen:
    """What had been planned for a year in which `fen` was spent: the same, another amount, or nothing."""
    chance = rng.random()
    return fen if chance < 0.2 else 0 if chance < 0.3 else _near(rng, fen)


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
        pay[body] = _amount(rng, 150, 2400)
        public = _near(rng, pay[body] // 8)
        items.append(_general(rng, subject, {"personnel": pay[body], "public": public}))
    pay["both"] = sum(pay.values())
    for staff in subjects.staff:
        if staff.beneficiary in pay:
            spent = _near(rng, int(pay[staff.beneficiary] * staff.share), 0.15)
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
        budget=_planned(rng, spent),
    )


def _projects(rng: random.Random, line: LineOfWork) -> list[Item]:
    """Project expenditure (项目支出) of the general budget, some of it carried over from and to other years."""
    chosen = rng.sample(line.projects, rng.randint(2, len(line.projects)))
    return [_carried(rng, subject, "general_public_budget", 0.35, planned=True) for subject in chosen]


def _other_funds(rng: random.Random, subjects: Subjects) -> list[Item]:
    """Now and then a government fund or a state capital item."""
    items = []
    if rng.random() < 0.4:
        items.append(_carried(rng, rng.choice(subjects.government_fund), "government_fund", 0.5))
    if rng.random() < 0.2:
        items.append(_carried(rng, rng.choice(subjects.state_capital), "state_capital", 0.0))
    return items


def _carried(rng: random.Random, subject: Subject, fund: str, chance: float, *, planned: bool = False) -> Item:
    spent = _amount(rng, 1, rng.choice((20, 120, 900)))
    opening = _amount(rng, 0.1, 0.1 + spent / WAN / 2) if rng.random() < chance else 0
    opening = min(opening, spent)
    closing = _amount(rng, 0.1, 0.1 + spent / WAN / 3) if rng.random() < chance else 0
    return Item(
        subject.code,
        subject.name,
        {(fund, "project"): spent},
        {fund: spent + closing - opening},
        {fund: opening},
        {fund: closing},
        budget=_planned(rng, spent) if planned else 0,
    )


def _own_money(rng: random.Random, item: Item, unit: Unit) -> tuple[Item, dict[str, Fen]]:
    """Let a unit earn and spend money of its own beside the appropriation, and say what becomes of the rest."""
    nothing = {"own_opening": 0, "surplus_used": 0, "surplus_distribution": 0, "own_closing": 0}
    if rng.random() < 0.45:
        return item, nothing
    received: dict[str, Fen] = {"other": _amount(rng, 0.1, 40)}
    spent: dict[tuple[str, Use], Fen] = {("own", "project"): _amount(rng, 0.1, 45)}
    if not unit.administration:
        if rng.random() < 0.6:
            received["institutional"] = _amount(rng, 5, 300)
            spent["own", "public"] = _near(rng, received["institutional"], 0.1)
        if rng.random() < 0.3:
            received["operating"] = _amount(rng, 1, 60)
            spent["own", "operating"] = _near(rng, received["operating"], 0.2)
        if rng.random() < 0.15:
            received["superior_subsidy"] = _amount(rng, 1, 30)
        if rng.random() < 0.1:
            spent["own", "to_affiliated"] = _amount(rng, 1, 20)
    opening = _amount(rng, 0.1, 80) if rng.random() < 0.7 else 0
    left = opening + sum(received.values()) - sum(spent.values())
    used = -left if left < 0 else 0
    distributed = left // 3 if left > 3 * WAN and rng.random() < 0.3 else 0
    changed = Item(item.code, item.name, {**item.spent, **spent}, {**item.received, **received}, budget=item.budget)
    closing = left + used - distributed
    return changed, {
        "own_opening": opening, "surplus_used": used, "surplus_distribution": distributed, "own_closing": closing
    }  # fmt: skip


def _public_expenses(rng: random.Random, public: Fen) -> tuple[PublicExpenses, PublicExpenses, dict[str, Fen]]:
    """Budget and actual of “三公”经费, and the part of the actual that is basic expenditure, by economic code."""
    unit = max(public // 100, SMALLEST * 2)
    running = _near(rng, unit * 4) if rng.random() < 0.8 else 0
    reception = _near(rng, unit) if rng.random() < 0.6 else 0
    meetings = _near(rng, unit) if rng.random() < 0.4 else 0
    training = _near(rng, unit) if rng.random() < 0.5 else 0
    purchase = _amount(rng, 12, 40) if running and rng.random() < 0.08 else 0
    abroad = _near(rng, unit) if rng.random() < 0.04 else 0
    extra = _amount(rng, 0.1, 8) if rng.random() < 0.3 else 0
    actual = PublicExpenses(abroad, purchase, running, reception, meetings + (extra if meetings else 0), training)
    in_basic = {"30212": abroad, "30231": running, "30217": reception, "30215": meetings, "30216": training}
    planned = [
        fen if rng.random() < 0.4 else _near(rng, fen + fen // 8, 0.1) if fen else rng.choice((0, 0, SMALLEST * 10))
        for fen in (abroad, purchase, running, reception, actual.meetings, training)
    ]
    return PublicExpenses(*planned), actual, {code: fen for code, fen in in_basic.items() if fen}


def _split(rng: random.Random, total: Fen, weights: Mapping[str, float]) -> dict[str, Fen]:
    """Divide a total by weights with some noise; the parts add up exactly."""
    noisy = {code: weight * rng.uniform(0.5, 1.5) for code, weight in weights.items()}
    parts = {code: int(total * weight / sum(noisy.values())) for code, weight in noisy.items()}
    largest = max(parts, key=lambda code: parts[code])
    parts[largest] += total - sum(parts.values())
    return parts


def _economic(
    rng: random.Random, items: Sequence[Item], subjects: Subjects, in_basic: Mapping[str, Fen]
) -> dict[str, Fen]:
    """The general budget's basic expenditure by economic subject."""
    fund = ["general_public_budget"]
    personnel = sum(item.spending(fund, ["personnel"]) for item in items)
    public = sum(item.spending(fund, ["public"]) for item in items) - sum(in_basic.values())
    common: dict[bool, dict[str, float]] = {True: {}, False: {}}
    for subject in subjects.economic:
        if subject.weight and subject.code not in ("30212", "30231", "30217", "30215", "30216"):
            always = subject.weight >= 8
            if always or rng.random() < 0.6:
                common[subject.personnel][subject.code] = subject.weight
    parts = _split(rng, personnel, common[True]) | _split(rng, public, common[False]) | dict(in_basic)
    return {subject.code: parts[subject.code] for subject in subjects.economic if subject.code in parts}


def _operations(rng: random.Random, items: Sequence[Item], unit: Unit) -> tuple[Fen, Fen]:
    if not unit.administration:
        return 0, 0
    actual = next(item for item in items if item.name == "行政运行").spending(["general_public_budget"], ["public"])
    return _near(rng, actual, 0.3), actual


def _procurement(rng: random.Random) -> Procurement:
    goods = _amount(rng, 0.5, 60) if rng.random() < 0.8 else 0
    works = _amount(rng, 5, 200) if rng.random() < 0.2 else 0
    services = _amount(rng, 0.5, 150) if rng.random() < 0.7 else 0
    medium = rng.choice((0, goods, goods + services, goods + works + services))
    small = rng.choice((0, medium, medium // 3))
    return Procurement(goods, works, services, medium, small)


def _vehicles(rng: random.Random, actual: PublicExpenses) -> tuple[int, ...]:
    counts = [0] * VEHICLE_KINDS
    if actual.vehicle_running:
        for kind in rng.sample(range(2, VEHICLE_KINDS), rng.randint(1, 3)):
            counts[kind] = rng.randint(1, 4)
    return tuple(counts)


def _staff(rng: random.Random, unit: Unit) -> Staff:
    bodies = (unit.administration, unit.administration and rng.random() < 0.3, len(unit.members) > 1)
    bodies = bodies if unit.administration else (False, False, True)
    posts = tuple(rng.randint(8, 60) if body else 0 for body in bodies)
    people = tuple(max(1, count - rng.randint(-2, 5)) if count else 0 for count in posts)
    return Staff((posts[0], posts[1], posts[2]), (people[0], people[1], people[2]), rng.randint(0, 40))


def _with_prior(rng: random.Random, draft: Accounts) -> Accounts:
    """Add last year's figures; a unit without money of its own has the same total in both tables, then too."""
    total = _near(rng, draft.grand_total, 0.2)
    own = draft.grand_total - draft.fiscal_grand_total
    fiscal = total if not own else max(SMALLEST, total - _near(rng, own, 0.2))
    actual = draft.actual
    before = PublicExpenses(
        going_abroad=actual.going_abroad and _near(rng, actual.going_abroad),
        vehicle_running=_near(rng, actual.vehicle_running) if actual.vehicle_running else 0,
        reception=_near(rng, actual.reception) if actual.reception else rng.choice((0, 0, SMALLEST * 4)),
        meetings=actual.meetings and _near(rng, actual.meetings),
        training=actual.training and _near(rng, actual.training),
    )
    spending = min(fiscal, _near(rng, draft.spent([FUNDS[0]]), 0.2))
    operations = _near(rng, draft.operations[1]) if draft.operations[1] else 0
    return replace(draft, prior=Prior(total, fiscal, spending, before, operations))
