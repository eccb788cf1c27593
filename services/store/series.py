"""Revisions 修订版本: the files of one (region, unit, scope, kind, year) in order of receipt.

The row of the series is the one truth: joining it is atomic and counts its `version` up. Revision numbers on the heads
are copies, and a copy is only overwritten by one from a later version, so whoever is late changes nothing.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.store.rows import Identity
from shared.amounts import fold
from shared.mongo import Database, Row
from shared.records import DOCUMENTS, FINDINGS, SERIES, findings_in

_STANDING_OF = dict.fromkeys(
    ("series", "series_version", "sequence", "revision", "superseded_by", "current", "event_id", "counts"), 1
)
_SUMMARY = re.compile(r"[(（]汇总[)）]$")


@dataclass(frozen=True)
class Standing:
    """A document's place in its series at one version of it."""

    series: str
    version: int
    revision: int
    superseded_by: str | None

    @property
    def current(self) -> bool:
        """True where no later revision is known."""
        return self.superseded_by is None


def series_key(identity: Identity, document_id: str) -> str:
    """The key of the series; a document that does not say what it is makes one of its own."""
    if identity.unit_name is None or identity.fiscal_year is None or identity.kind == "unknown":
        return f"document|{document_id}"
    return "|".join(
        (identity.region or "", unit_key(identity.unit_name), identity.scope, identity.kind, str(identity.fiscal_year))
    )


def unit_key(unit_name: str) -> str:
    """A unit's name as it is compared: folded, without 汇总."""
    return _SUMMARY.sub("", fold(unit_name))


async def current_member(key: str, database: Database) -> str | None:
    """The document of a series that no later revision supersedes."""
    row = await database[SERIES.name].one({"_id": key}) or {}
    return next((member for member, standing in _standings(row).items() if standing.current), None)


async def join_series(key: str, document_id: str, sequence: int, database: Database) -> Standing:
    """Put a document into a series, once, and say where it stands."""
    member = {"document_id": document_id, "sequence": sequence}
    row: Row = {"_id": key, "members": [member], "version": 1}
    if not await database[SERIES.name].insert(row):
        join = {"$push": {"members": member}, "$inc": {"version": 1}}
        await database[SERIES.name].change({"_id": key, "members.document_id": {"$ne": document_id}}, join)
        row = await database[SERIES.name].one({"_id": key}) or row
    return _standings(row)[document_id]


async def settle_series(document_id: str, database: Database) -> Standing:
    """Make the series agree with the document's head, and the heads of the series with it; where it stands now.

    Looks, changes what disagrees, and looks again. What others change after the last look they settle themselves.
    """
    while True:
        rows = await database[SERIES.name].all({"members.document_id": document_id})
        heads = await _heads([document_id, *(name for row in rows for name in _standings(row))], database)
        head = heads[document_id]
        agreed = await _stay_in_one(head, rows, database)
        for row in rows:
            if row["_id"] == head["series"]:
                agreed &= await _settle(row, heads, database)
        if agreed:
            await _show_findings(head, database)
            return next(_standings(row)[document_id] for row in rows)


async def _stay_in_one(head: Row, rows: Sequence[Row], database: Database) -> bool:
    """Join the series that the head names, leave the others; True where nothing had to be changed."""
    others = [row["_id"] for row in rows if row["_id"] != head["series"]]
    for key in others:
        leave = {"$pull": {"members": {"document_id": head["_id"]}}, "$inc": {"version": 1}}
        await database[SERIES.name].change({"_id": key}, leave)
        row = await database[SERIES.name].one({"_id": key}) or {"_id": key}
        await _settle(row, await _heads(list(_standings(row)), database), database)
    if len(others) == len(rows):
        await join_series(head["series"], head["_id"], head["sequence"], database)
        return False
    return not others


async def _settle(row: Row, heads: Mapping[str, Row], database: Database) -> bool:
    """Bring the heads of a series up to date; True where they were."""
    settled = True
    for member, standing in _standings(row).items():
        head, wanted = heads.get(member, {}), standing_fields(standing)
        if head.get("series") != row["_id"] or all(
            head[name] == wanted[name] for name in ("revision", "superseded_by")
        ):
            continue
        older = {"_id": member, "series": row["_id"], "series_version": {"$lt": standing.version}}
        await database[DOCUMENTS.name].change(older, {"$set": wanted})
        await show_findings(member, database)
        settled = False
    return settled


async def _heads(document_ids: Sequence[str], database: Database) -> dict[str, Row]:
    rows = await database[DOCUMENTS.name].all({"_id": {"$in": list(document_ids)}}, _STANDING_OF)
    return {row["_id"]: row for row in rows}


async def show_findings(document_id: str, database: Database) -> None:
    """Mark the findings of a document's verdict as current or not, as its head says."""
    for head in (await _heads([document_id], database)).values():
        await _show_findings(head, database)


async def _show_findings(head: Row, database: Database) -> None:
    if not any(head.get("counts", {}).get(name) for name in ("errors", "warnings", "infos")):
        return
    older = {**findings_in(head["_id"], head["event_id"]), "shown_version": {"$lt": head["series_version"]}}
    change = {"$set": {"current": head["current"], "shown_version": head["series_version"]}}
    await database[FINDINGS.name].change_all(older, change)


def standing_fields(standing: Standing) -> Row:
    """A standing as fields of a head."""
    return {
        "series": standing.series,
        "series_version": standing.version,
        "revision": standing.revision,
        "current": standing.current,
        "superseded_by": standing.superseded_by,
    }


def _standings(row: Row) -> dict[str, Standing]:
    members = sorted(row.get("members", ()), key=lambda member: member["sequence"])
    following = [*(member["document_id"] for member in members[1:]), None]
    return {
        member["document_id"]: Standing(row["_id"], row["version"], number, later)
        for number, (member, later) in enumerate(zip(members, following, strict=False), start=1)
    }
