"""Revisions 修订版本: the files of one (region, unit, scope, kind, year) in order of receipt.

The row of the series is the one truth: joining it is atomic and counts its `version` up. Revision numbers on the heads
are copies, and a copy is only overwritten by one from a later version, so whoever is late changes nothing.
"""

import re
from dataclasses import dataclass

from services.store.rows import Identity
from shared.amounts import fold
from shared.mongo import Database, Row
from shared.records import DOCUMENTS, FINDINGS, SERIES, children_of

_SERIES_OF = {"series": 1, "sequence": 1}
_STANDING_OF = {"revision": 1, "superseded_by": 1}
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
    return next((member for member, standing in _standings(row) if standing.current), None)


async def join_series(key: str, document_id: str, sequence: int, database: Database) -> Standing:
    """Put a document into a series, once, and say where it stands."""
    member = {"document_id": document_id, "sequence": sequence}
    change = {"$addToSet": {"members": member}, "$inc": {"version": 1}}
    row = await database[SERIES.name].change_or_insert(key, change)
    return next(standing for member_id, standing in _standings(row) if member_id == document_id)


async def settle_series(document_id: str, database: Database) -> Standing:
    """Make the series agree with the document's head, and the heads of the series with it; where it stands now."""
    while True:
        head = await database[DOCUMENTS.name].one({"_id": document_id}, _SERIES_OF) or {}
        standing = await join_series(head["series"], document_id, head["sequence"], database)
        others = {"members.document_id": document_id, "_id": {"$ne": head["series"]}}
        for row in await database[SERIES.name].all(others, {"_id": 1}):
            leave = {"$pull": {"members": {"document_id": document_id}}, "$inc": {"version": 1}}
            await database[SERIES.name].change({"_id": row["_id"]}, leave)
            await _settle(row["_id"], database)
        await _settle(head["series"], database)
        await show_findings(document_id, database)
        # Another verdict of the document may have moved its head to another series meanwhile.
        again = await database[DOCUMENTS.name].one({"_id": document_id}, _SERIES_OF) or {}
        if again["series"] == head["series"]:
            return standing


async def _settle(key: str, database: Database) -> None:
    """Bring the heads of a series up to date; again where the series changed while they were written."""
    version = None
    while (row := await database[SERIES.name].one({"_id": key}) or {}).get("version") != version:
        version = row.get("version")
        standings = dict(_standings(row))
        where = {"_id": {"$in": list(standings)}, "series": key}
        for head in await database[DOCUMENTS.name].all(where, _STANDING_OF):
            wanted = standing_fields(standings[head["_id"]])
            if all(head.get(name) == wanted[name] for name in ("revision", "superseded_by")):
                continue
            older = {"_id": head["_id"], "series": key, "series_version": {"$lt": version}}
            await database[DOCUMENTS.name].change(older, {"$set": wanted})
            await show_findings(head["_id"], database)


async def show_findings(document_id: str, database: Database) -> None:
    """Mark the findings of a document's verdict as current or not, as its head says."""
    head = await database[DOCUMENTS.name].one({"_id": document_id}, {"event_id": 1, "current": 1, "series_version": 1})
    if head is None or "event_id" not in head:
        return
    older = {**children_of(head["event_id"]), "shown_version": {"$lt": head["series_version"]}}
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


def _standings(row: Row) -> list[tuple[str, Standing]]:
    members = sorted(row.get("members", ()), key=lambda member: member["sequence"])
    following = [*(member["document_id"] for member in members[1:]), None]
    return [
        (member["document_id"], Standing(row["_id"], row["version"], number, later))
        for number, (member, later) in enumerate(zip(members, following, strict=False), start=1)
    ]
