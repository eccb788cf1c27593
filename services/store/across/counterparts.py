"""Which documents a document is compared with, and which are compared with it.

A unit is itself from year to year by its name (`naming.unit_key`), its scope and its region; of the revisions of a
disclosure only the current one counts.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from services.store.across.judge import names_same
from services.store.across.rulebook import Counterpart
from services.store.naming import bare_key, same_region, unit_key
from shared.mongo import Database, Row
from shared.records import DOCUMENTS

_FIELDS = """event_id unit_key unit_name region scope kind fiscal_year sequence current members across series_version
    file_name receipt_number region_code counts"""
_HEAD = dict.fromkeys(_FIELDS.split(), 1)


@dataclass(frozen=True)
class Counterparts:
    """The heads that a document is compared with, by role, and what is not there."""

    found: Mapping[Counterpart, Sequence[Row]]
    missing: Mapping[Counterpart, Sequence[str]]

    @cached_property
    def documents(self) -> dict[str, Row]:
        """All of them by document_id."""
        return {head["_id"]: head for heads in self.found.values() for head in heads}

    def fingerprint(self, head: Row, version: str) -> str | None:
        """What the comparison rests on: rules, document, counterparts; None where there is nothing to compare with."""
        if not self.documents:
            return None
        verdicts = sorted(f"{key}:{one['event_id']}" for key, one in self.documents.items())
        absent = sorted(name for names in self.missing.values() for name in names)
        return hashlib.sha256("|".join((version, head["event_id"], *verdicts, *absent)).encode()).hexdigest()[:16]


async def head_of(document_id: str, database: Database) -> Row | None:
    """The head of a document that has a verdict and says what it is."""
    head = await database[DOCUMENTS.name].one({"_id": document_id}, _HEAD)
    known = head is not None and "event_id" in head and head.get("unit_key") and head.get("fiscal_year")
    return head if known else None


async def counterparts_of(head: Row, database: Database) -> Counterparts:
    """What a document is compared with: last year's accounts, the year's budget, a department's units."""
    year, members = head["fiscal_year"], head.get("members", [])
    keys = {head["unit_key"], *(form(name) for name in members for form in (unit_key, bare_key))}
    rows = [row for key in sorted(keys) for row in await _current("unit_key", key, (year - 1, year), database)]
    rows.sort(key=lambda row: int(row["sequence"]))
    others = [row for row in rows if row["_id"] != head["_id"] and same_region(row.get("region"), head.get("region"))]
    own = [row for row in others if row["unit_key"] == head["unit_key"] and row["scope"] == head["scope"]]
    units, absent = _units(members, [row for row in others if row["kind"] == head["kind"]], year)
    is_accounts = head["kind"] == "final_accounts"
    last = [row for row in own if row["kind"] == head["kind"] and row["fiscal_year"] == year - 1][-1:]
    budget = [row for row in own if row["kind"] == "budget" and row["fiscal_year"] == year][-1:] if is_accounts else []
    return Counterparts(
        {"last_year": last, "budget": budget, "units": units, "each_unit": units},
        {
            "last_year": [] if last else [f"{year - 1}"],
            "budget": [] if budget or not is_accounts else [f"{year}"],
            "units": absent,
            "each_unit": [],
        },
    )


async def _current(field: str, key: str, years: Sequence[int], database: Database) -> list[Row]:
    """The current heads whose `unit_key` or one of whose `members` is this. One by one: of an index, the embedded
    database looks up one value of its first field."""
    rows = await database[DOCUMENTS.name].all({field: key, "current": True}, _HEAD)
    return [row for row in rows if row["fiscal_year"] in years]


def _units(members: Sequence[str], others: Iterable[Row], year: int) -> tuple[list[Row], list[str]]:
    """The documents of a department's units, and the names of those whose document is not there."""
    filed = [row for row in others if row["scope"] == "unit" and row["fiscal_year"] == year]
    found: dict[str, Row] = {}
    absent: list[str] = []
    for member in members:
        # An exact name before 本级's other form: both may have filed.
        exact = [row for row in filed if row["unit_key"] == unit_key(member)]
        fitting = exact or [row for row in filed if names_same(row["unit_key"], member) and row["_id"] not in found]
        if fitting:
            found[fitting[-1]["_id"]] = fitting[-1]
        else:
            absent.append(member)
    return list(found.values()), absent


async def dependants_of(head: Row, database: Database) -> list[str]:
    """The documents that are compared with this one: those that were, and those that now may be."""
    year, key = head["fiscal_year"], head["unit_key"]
    were = await database[DOCUMENTS.name].all({"across.with": head["_id"]}, {"_id": 1})
    own = await _current("unit_key", key, (year, year + 1), database)
    later = [row for row in own if row["kind"] == "final_accounts"]
    above: list[Row] = []
    for name in (key, f"{key}本级") if head["scope"] == "unit" else ():
        above += [row for row in await _current("members", name, (year,), database) if row["kind"] == head["kind"]]
    return list(dict.fromkeys(row["_id"] for row in (*were, *later, *above) if row["_id"] != head["_id"]))
