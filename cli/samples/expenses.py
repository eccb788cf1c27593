"""Draw what a unit's money went to in detail: economic subjects, “三公”经费, purchases, vehicles, staff."""

import random
from collections.abc import Mapping, Sequence

from cli.samples.accounts import Fen, Item, Procurement, PublicExpenses, Staff, Unit
from cli.samples.drawing import SMALLEST, amount, near
from cli.samples.subjects import Subjects

VEHICLE_KINDS = 8


def draw_public_expenses(rng: random.Random, public: Fen) -> tuple[PublicExpenses, PublicExpenses, dict[str, Fen]]:
    """Budget and actual of “三公”经费, and the part of the actual that is basic expenditure, by economic code."""
    unit = max(public // 100, SMALLEST * 2)
    running = near(rng, unit * 4) if rng.random() < 0.8 else 0
    reception = near(rng, unit) if rng.random() < 0.6 else 0
    meetings = near(rng, unit) if rng.random() < 0.4 else 0
    training = near(rng, unit) if rng.random() < 0.5 else 0
    purchase = amount(rng, 12, 40) if running and rng.random() < 0.08 else 0
    abroad = near(rng, unit) if rng.random() < 0.04 else 0
    extra = amount(rng, 0.1, 8) if rng.random() < 0.3 else 0
    actual = PublicExpenses(abroad, purchase, running, reception, meetings + (extra if meetings else 0), training)
    in_basic = {"30212": abroad, "30231": running, "30217": reception, "30215": meetings, "30216": training}
    planned = [
        fen if rng.random() < 0.4 else near(rng, fen + fen // 8, 0.1) if fen else rng.choice((0, 0, SMALLEST * 10))
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


def draw_economic(
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


def draw_operations(rng: random.Random, items: Sequence[Item], unit: Unit) -> tuple[Fen, Fen]:
    if not unit.administration:
        return 0, 0
    actual = next(item for item in items if item.name == "行政运行").spending(["general_public_budget"], ["public"])
    return near(rng, actual, 0.3), actual


def draw_procurement(rng: random.Random) -> Procurement:
    goods = amount(rng, 0.5, 60) if rng.random() < 0.8 else 0
    works = amount(rng, 5, 200) if rng.random() < 0.2 else 0
    services = amount(rng, 0.5, 150) if rng.random() < 0.7 else 0
    medium = rng.choice((0, goods, goods + services, goods + works + services))
    small = rng.choice((0, medium, medium // 3))
    return Procurement(goods, works, services, medium, small)


def draw_vehicles(rng: random.Random, actual: PublicExpenses) -> tuple[int, ...]:
    counts = [0] * VEHICLE_KINDS
    if actual.vehicle_running:
        for kind in rng.sample(range(2, VEHICLE_KINDS), rng.randint(1, 3)):
            counts[kind] = rng.randint(1, 4)
    return tuple(counts)


def draw_staff(rng: random.Random, unit: Unit) -> Staff:
    bodies = (unit.administration, unit.administration and rng.random() < 0.3, len(unit.members) > 1)
    bodies = bodies if unit.administration else (False, False, True)
    posts = tuple(rng.randint(8, 60) if body else 0 for body in bodies)
    people = tuple(max(1, count - rng.randint(-2, 5)) if count else 0 for count in posts)
    return Staff((posts[0], posts[1], posts[2]), (people[0], people[1], people[2]), rng.randint(0, 40))
