"""Roll-ups: the sums of the published measures by region, scope, kind and year, kept up to date with every revision.

A sum is always made anew from what its filings contribute, and written only if nobody wrote it since its version was
read: whoever is last has seen every contribution, however often a message comes.
"""

import hashlib
from decimal import Decimal

from shared.mongo import Database, Row
from shared.records import FILINGS, TOTALS

DIMENSIONS = ("region", "region_code", "scope", "kind", "fiscal_year", "bucket")
_BUCKETS = 64
"""Filings whose region is not known are spread over so many rows, or each would add up all others."""


def bucket_of(region: str | None, filing: str) -> int:
    """Which of several rows of the same dimensions a filing contributes to."""
    return 0 if region else hashlib.sha256(filing.encode()).digest()[0] % _BUCKETS


async def settle_totals(filing: Row, database: Database) -> None:
    """Make every sum that a filing contributes to, or once did, agree with its contributions."""
    for where in filing.get("totals", ()):
        await _settle_total(where, database)


async def _settle_total(where: Row, database: Database) -> None:
    key = "|".join(str(where[name]) for name in DIMENSIONS)
    while True:
        known = await database[TOTALS.name].one({"_id": key}, {"version": 1})
        sums = await _sums(where, database)
        if known is None:
            if await database[TOTALS.name].insert({"_id": key, "version": 1, **where, **sums}):
                return
            continue
        same = {"_id": key, "version": known["version"]}
        if await database[TOTALS.name].change(same, {"$set": sums, "$inc": {"version": 1}}):
            return


async def _sums(where: Row, database: Database) -> Row:
    sums: dict[str, Decimal] = {}
    counts: dict[str, int] = {}
    async for filing in database[FILINGS.name].each(where, {"measures": 1}):
        for measure, amount in filing["measures"].items():
            sums[measure] = sums.get(measure, Decimal(0)) + amount
            counts[measure] = counts.get(measure, 0) + 1
    return {"sums": sums, "filings": counts}
