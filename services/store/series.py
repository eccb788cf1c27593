"""Revisions 修订版本: the files of one (region, unit, scope, kind, year) in order of receipt.

The row of the series is the one truth: joining it is atomic and counts its `version` up. Revision numbers on the heads
are copies, and a copy is only overwritten by one from a later version, so whoever is late changes nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.store.naming import unit_key
from services.store.rows import Identity
from shared.mongo import Database, Row
from shared.records import DOCUMENTS, FINDINGS, SERIES, findings_in

OWN_SERIES = "document|"
"""What the key of a series begins with that a document makes alone, because it does not say what it is of."""

_FIELDS = "series series_version sequence revision superseded_by current event_id counts withdrawn across"
_STANDING_OF = dict.fromkeys(_FIELDS.split(), 1)
_SEVERITIES = ("errors", "warnings", "infos")


@dataclass(frozen=True)
class Standing:
    """A document's place in its series at one version of it."""

    series: str
    version: int
    revision: int
    superseded_by: str | None
    withdrawn: bool = False

    @property
    def current(self) -> bool:
        """True where no later revision is known, and it was not taken back itself."""
        return self.superseded_by is None and not self.withdrawn


def series_key(identity: Identity, document_id: str) -> str:
    """The key of the series; a document that does not say what it is makes one of its own."""
    if identity.unit_name is None or identity.fiscal_year is None or identity.kind == "unknown":
        return f"{OWN_SERIES}{document_id}"
    return "|".join(
        (identity.region or "", unit_key(identity.unit_name), identity.scope, identity.kind, str(identity.fiscal_year))
    )


async def current_member(key: str, database: Database) -> str | None:
    """The document of a series that no later revision supersedes."""
    row = await database[SERIES.name].one({"_id": key}) or {}
    return next((member for member, standing in _standings(row).items() if standing.current), None)


async def series_of(document_id: str, own: str, database: Database) -> str:
    """The series of a document: that of the upload which said that it replaces it, else its own by what it is."""
    claimed = await database[SERIES.name].one({"claims": document_id}, {"_id": 1})
    return str(claimed["_id"]) if claimed is not None else own


async def claim(replaced: str, by: str, database: Database) -> Standing:
    """Let a document replace another one, whatever that one's text says it is; where the document stands then.

    The other may be stored later: its series remembers the claim.
    """
    while True:
        head = (await _heads([by], database))[by]
        if replaced != by:
            await _take_over(replaced, head["series"], database)
        standing = await settle_series(by, database)
        if standing.series == head["series"]:
            return standing


async def _take_over(document_id: str, key: str, database: Database) -> None:
    """Move a document into a series for good. The series' version passes the one that its findings were shown by."""
    head = (await _heads([document_id], database)).get(document_id, {})
    newer = {"$max": {"version": head["series_version"]}} if "event_id" in head else {}
    await database[SERIES.name].change({"_id": key}, {"$addToSet": {"claims": document_id}, **newer})
    if "event_id" in head:
        moved = {"$set": {"series": key}, "$addToSet": {"filings": key}}
        await database[DOCUMENTS.name].change({"_id": document_id, "event_id": {"$exists": True}}, moved)
        await settle_series(document_id, database)


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
                agreed &= await _withdraw_in(row, head, database) and await _settle(row, heads, database)
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


async def _withdraw_in(row: Row, head: Row, database: Database) -> bool:
    """Let the series know that the document was taken back; True where it did."""
    if "withdrawn" not in head or head["_id"] in row.get("withdrawn", ()):
        return True
    taken_back = {"$addToSet": {"withdrawn": head["_id"]}, "$inc": {"version": 1}}
    await database[SERIES.name].change({"_id": row["_id"]}, taken_back)
    return False


async def _settle(row: Row, heads: Mapping[str, Row], database: Database) -> bool:
    """Bring the heads of a series up to date; True where they were."""
    settled = True
    for member, standing in _standings(row).items():
        head, wanted = heads.get(member, {}), standing_fields(standing)
        if head.get("series") != row["_id"] or all(
            head[name] == wanted[name] for name in ("revision", "superseded_by", "current")
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
    compared = head.get("across", {}).get("counts", {})
    if not any(counts.get(name) for counts in (head.get("counts", {}), compared) for name in _SEVERITIES):
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
    """Where each member stands. A withdrawn one keeps its number, supersedes nothing and is superseded by nothing."""
    members = sorted(row.get("members", ()), key=lambda member: member["sequence"])
    withdrawn = set(row.get("withdrawn", ()))
    standings: dict[str, Standing] = {}
    later: str | None = None
    for number, member in reversed(list(enumerate(members, start=1))):
        document_id = member["document_id"]
        taken_back = document_id in withdrawn
        following = None if taken_back else later
        standings[document_id] = Standing(row["_id"], row["version"], number, following, taken_back)
        later = later if taken_back else document_id
    return dict(reversed(standings.items()))
