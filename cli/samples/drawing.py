"""Amounts at random, as they look in accounts."""

import random

from cli.samples.accounts import WAN, Fen

SMALLEST = WAN // 20
"""No amount is below 0.05 万元, so that nothing that was spent prints as 0.00."""


def amount(rng: random.Random, low: float, high: float) -> Fen:
    """An amount between `low` and `high` 万元; some are round, as planned money is."""
    fen = max(SMALLEST, rng.randrange(int(low * WAN), int(high * WAN)))
    return max(WAN, fen // WAN * WAN) if rng.random() < 0.2 and fen > 5 * WAN else fen


def near(rng: random.Random, fen: Fen, spread: float = 0.25) -> Fen:
    """An amount that lies around another one."""
    return max(SMALLEST, int(fen * rng.uniform(1 - spread, 1 + spread)))


def planned(rng: random.Random, fen: Fen) -> Fen:
    """What had been planned for a year in which `fen` was spent: the same, another amount, or nothing."""
    chance = rng.random()
    return fen if chance < 0.2 else 0 if chance < 0.3 else near(rng, fen)
