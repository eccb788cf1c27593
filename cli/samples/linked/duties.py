"""The list of duties (报送任务) of a linked province, and what is to become of each: the truth beside the files."""

import csv
import io
import random
from collections.abc import Mapping, Sequence

from cli.samples.linked.world import Filing

COLUMNS = ("region", "region_name", "unit", "scope", "kind", "year", "due")
LONG_AGO, FAR_OFF = "2000-01-31", "2099-12-31"
"""Whoever files now is late for the one and in time for the other."""
_LATE, _MISSING, _RETURNED, _OPEN = 0.04, 0.03, 0.02, 0.01


def draw_fates(rng: random.Random, filings: Sequence[Filing]) -> dict[str, str]:
    """For each filing: `filed`, `late`, `missing` (no file, due long ago), `returned` (unreadable), `pending`."""
    fates: dict[str, str] = {}
    for filing in filings:
        chance, fate = rng.random(), "filed"
        for name, share in (("late", _LATE), ("missing", _MISSING), ("returned", _RETURNED), ("pending", _OPEN)):
            if chance < share:
                fate = name
                break
            chance -= share
        fates[filing.file] = fate
    return fates


def duties_csv(filings: Sequence[Filing], fates: Mapping[str, str]) -> str:
    """The list as the province loads it."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for one in filings:
        due = LONG_AGO if fates[one.file] in ("late", "missing") else FAR_OFF
        writer.writerow((one.region, one.district.name, one.unit.name, one.unit.scope, one.kind, one.year, due))
    return text.getvalue()
