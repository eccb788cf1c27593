"""Roll-ups: the sums of the published measures by region, scope, kind and year, kept up to date with every revision.

The row of a sum holds what each filing contributes, and is written only if nobody wrote it since it was read. A
contribution goes by the filing's number, and an earlier one never replaces a later: however often and in whatever order
messages come, each filing is in the sum once, as it is now.
"""

import hashlib
import json
import zlib
from collections.abc import Mapping
from decimal import Decimal

from shared.mongo import Database, Row
from shared.records import FILINGS, TOTALS

Contributions = dict[str, tuple[int, Mapping[str, str]]]
"""By filing: its number, and its measures in yuan as text; none where it has moved to another sum."""

DIMENSIONS = ("region", "region_code", "scope", "kind", "fiscal_year", "bucket")
_BUCKETS = 64
"""Filings whose region is not known are spread over so many rows, or each would add up all others."""


def bucket_of(region: str | None, filing: str) -> int:
    """Which of several rows of the same dimensions a filing contributes to."""
    return 0 if region else hashlib.sha256(filing.encode()).digest()[0] % _BUCKETS


async def settle_totals(filing: Row, database: Database) -> None:
    """Make every sum that a filing contributes to, or once did, agree with its contribution."""
    for where in filing.get("totals", ()):
        await _settle_total(where, filing, database)


async def _settle_total(where: Row, filing: Row, database: Database) -> None:
    key = "|".join(str(where[name]) for name in DIMENSIONS)
    while True:
        known = await database[TOTALS.name].one({"_id": key}, {"version": 1, "contributions": 1})
        contributions = await _contributions_of(known, where, filing["_id"], database) if known is not None else {}
        if contributions.get(filing["_id"], (0,))[0] >= filing["number"]:
            return
        contributions[filing["_id"]] = filing["number"], _measures_for(where, filing)
        summed = {"contributions": _packed(contributions), **_sums(contributions)}
        if known is None:
            if await database[TOTALS.name].insert({"_id": key, "version": 1, **where, **summed}):
                return
            continue
        same = {"_id": key, "version": known["version"]}
        if await database[TOTALS.name].change(same, {"$set": summed, "$inc": {"version": 1}}):
            return


async def _contributions_of(known: Row, where: Row, besides: str, database: Database) -> Contributions:
    if "contributions" in known:
        return _unpacked(known["contributions"])
    # A sum of an earlier version holds none: gathered once, but for the filing that is about to contribute.
    rows = await database[FILINGS.name].all(where, {"number": 1, "measures": 1, **dict.fromkeys(DIMENSIONS, 1)})
    return {row["_id"]: (row["number"], _measures_for(where, row)) for row in rows if row["_id"] != besides}


def _measures_for(where: Row, filing: Row) -> Mapping[str, str]:
    is_here = all(filing[name] == where[name] for name in DIMENSIONS)
    return {measure: str(amount) for measure, amount in filing["measures"].items()} if is_here else {}


def _packed(contributions: Contributions) -> bytes:
    # One field, which the database need not look into.
    return zlib.compress(json.dumps(contributions, ensure_ascii=False).encode(), 1)


def _unpacked(data: bytes) -> Contributions:
    return {filing: (number, measures) for filing, (number, measures) in json.loads(zlib.decompress(data)).items()}


def _sums(contributions: Contributions) -> Row:
    sums: dict[str, Decimal] = {}
    counts: dict[str, int] = {}
    for _, measures in contributions.values():
        for measure, amount in measures.items():
            sums[measure] = sums.get(measure, Decimal(0)) + Decimal(amount)
            counts[measure] = counts.get(measure, 0) + 1
    return {"sums": sums, "filings": counts}
