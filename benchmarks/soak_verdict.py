"""What a soak has shown: each stretch of documents in a line, and whether anything grew, was lost or came twice."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from soak_load import Load, Subscriber

MOST_GROWTH = 1.10
"""Memory of the last third of the stretches to that of the first third; the very first one warms the caches."""
MOST_GROWTH_MB = 10.0
MOST_SLOWER = 2.0
"""Median latency of the last third to that of the first."""
ENGINES = ("kafka", "mongo")
"""Databases fill their caches up to a limit: told, not judged."""


@dataclass(frozen=True)
class Stretch:
    """So many documents: percentiles of their latency, and the memory of each process after them."""

    documents: int
    percentiles: Sequence[float]
    memory: Mapping[str, float]

    def show(self, *, first: bool) -> None:
        """Print a line, below the header where it is the first."""
        if first:
            names = "".join(f"{name.replace('parse: ', ''):>9}" for name in self.memory)
            print(f"{'documents':>9} {'p50 s':>7} {'p95 s':>7} {'p99 s':>7} | memory, MB: {names}")
        p50, p95, p99 = (self.percentiles[number - 1] for number in (50, 95, 99))
        used = "".join(f"{mb:>9.1f}" for mb in self.memory.values())
        print(f"{self.documents:>9} {p50:>7.2f} {p95:>7.2f} {p99:>7.2f} |             {used}", flush=True)


def verdict(stretches: Sequence[Stretch], load: Load, seen: Subscriber, balance: Mapping[str, float]) -> int:
    """Print what holds and what does not; 1 where something does not."""
    counted = ", ".join(f"{name} {count:.0f}" for name, count in balance.items())
    checks = {
        f"memory of each service flat: {_grown(stretches) or 'yes'}": not _grown(stretches),
        f"latency does not grow: median {_slower(stretches):.2f} times that of the beginning": (
            _slower(stretches) <= MOST_SLOWER
        ),
        f"seen: accepted {load.accepted} = stored {seen.stored} + rejected {seen.rejected}": (
            load.accepted == seen.stored + seen.rejected
        ),
        f"events seen twice: {seen.repeated}": seen.repeated == 0,
        f"reconciled: {counted}": balance["unaccounted"] == 0 and balance["accepted"] == load.accepted,
    }
    print()
    for words, holds in checks.items():
        print(f"{'ok  ' if holds else 'FAIL'} {words}")
    return 0 if all(checks.values()) else 1


def _grown(stretches: Sequence[Stretch]) -> str:
    """The services whose memory grew after the first stretch, with how much."""
    looks = [stretch.memory for stretch in stretches[1:]]
    third = -(-len(looks) // 3)
    if len(looks) < 2:
        return ""
    first, last = _medians(looks[:third]), _medians(looks[-third:])
    grown = [
        f"{name} {first[name]:.0f} → {mb:.0f} MB"
        for name, mb in last.items()
        if name not in ENGINES and name in first and mb > max(first[name] * MOST_GROWTH, first[name] + MOST_GROWTH_MB)
    ]
    return ", ".join(grown)


def _medians(looks: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Of several looks: a reading process is replaced now and then, so that one look says little of it."""
    names = {name for look in looks for name in look}
    return {name: statistics.median(look[name] for look in looks if name in look) for name in names}


def _slower(stretches: Sequence[Stretch]) -> float:
    """How the median of the last third compares with that of the first."""
    medians = [stretch.percentiles[49] for stretch in stretches]
    third = max(1, len(medians) // 3)
    return (sum(medians[-third:]) / third) / (sum(medians[:third]) / third)
