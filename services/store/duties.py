"""The ledger of duties 报送台账: who must file what by when, and who has.

The province loads the list (`duty_list`). Filed, late, missing and returned are told from the record when asked for,
so the ledger is never behind it. A duty is met by the first document that was accepted for it; what counts of it is the
current revision.

Completeness of a district is the mean, over its duties that are due or filed, of what each is worth: 1 for one filed in
time without errors, `LATE` taken off for a late one, `ERRORS` for one whose current revision has findings of severity
error; 0 for one that is missing or was returned.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Literal

from services.store.duty_list import Duty
from services.store.naming import bare_key, same_region, unit_key
from shared.mongo import Database, Filter, Row
from shared.records import DOCUMENTS, DUTIES

State = Literal["filed", "late", "missing", "returned", "pending"]
"""filed 已报 · late 迟报 · missing 未报 · returned 退回 (refused: it could not be read) · pending 未到期."""
STATES: tuple[State, ...] = ("filed", "late", "missing", "returned", "pending")
LATE, ERRORS = Decimal("0.3"), Decimal("0.2")
CHINA = timezone(timedelta(hours=8))
_HEAD = dict.fromkeys(
    [
        "status",
        "unit_key",
        "unit_name",
        "region",
        "region_code",
        "kind",
        "scope",
        "fiscal_year",
        "sequence",
        "received_at",
        "receipt_number",
        "current",
        "withdrawn",
        "counts",
        "hints",
        "file_name",
    ],
    1,
)


@dataclass(frozen=True)
class Entry:
    """A duty and what became of it."""

    duty: Duty
    state: State
    document_id: str | None = None
    receipt_number: str | None = None
    received_at: datetime | None = None
    errors: int = 0

    @property
    def worth(self) -> Decimal | None:
        """What it adds to its district's completeness; None where it is not due yet."""
        if self.state == "pending":
            return None
        if self.state in ("missing", "returned"):
            return Decimal(0)
        return Decimal(1) - (LATE if self.state == "late" else 0) - (ERRORS if self.errors else 0)


@dataclass(frozen=True)
class Completeness:
    """A district's score from 0 to 100, and what it is made of."""

    region: str
    region_name: str
    score: Decimal | None
    duties: int
    states: Mapping[State, int]
    with_errors: int


async def ledger(where: Filter, now: datetime, database: Database) -> list[Entry]:
    """The duties that match, in order of region, unit, year and kind, each with what became of it."""
    order = [("region", 1), ("unit_key", 1), ("year", 1), ("kind", 1)]
    rows = await database[DUTIES.name].all(where)
    rows.sort(key=lambda row: tuple(row[name] for name, _ in order))
    years = sorted({row["year"] for row in rows})
    filed, refused = await _filings(years, database)
    return [_entry(row, filed, refused, now) for row in rows]


async def _filings(years: Sequence[int], database: Database) -> tuple[Mapping[str, list[Row]], Mapping[str, list[Row]]]:
    """Heads by the unit's name: of documents that were read, and of those refused, which only the uploader names."""
    filed: dict[str, list[Row]] = defaultdict(list)
    refused: dict[str, list[Row]] = defaultdict(list)
    for year in years:
        for head in await database[DOCUMENTS.name].all({"fiscal_year": year}, _HEAD):
            filed[str(head.get("unit_key"))].append(head)
    for head in await database[DOCUMENTS.name].all({"status": "rejected"}, _HEAD):
        hints = head.get("hints") or {}
        if hints.get("unit"):
            refused[unit_key(hints["unit"])].append(head)
    return filed, refused


def _entry(row: Row, filed: Mapping[str, list[Row]], refused: Mapping[str, list[Row]], now: datetime) -> Entry:
    duty = Duty(
        row["region"], row["region_name"], row["unit"], row["scope"], row["kind"], row["year"], row["due"].date()
    )
    heads = [head for head in _named(filed, duty) if _meets(head, duty) and "withdrawn" not in head]
    if heads:
        first = min(heads, key=lambda head: int(head["sequence"]))
        shown = max(heads, key=lambda head: (bool(head.get("current")), int(head["sequence"])))
        late = _day(first["received_at"]) > duty.due
        errors = int(shown.get("counts", {}).get("errors", 0))
        return Entry(
            duty, "late" if late else "filed", shown["_id"], first["receipt_number"], first["received_at"], errors
        )
    sent_back = [head for head in _named(refused, duty) if _was_meant(head, duty)]
    if sent_back:
        last = max(sent_back, key=lambda head: int(head["sequence"]))
        return Entry(duty, "returned", last["_id"], last["receipt_number"], last["received_at"])
    return Entry(duty, "missing" if _day(now) > duty.due else "pending")


def _named(heads: Mapping[str, list[Row]], duty: Duty) -> list[Row]:
    """The documents of a duty's unit; 本级 often files under the bureau's bare name, as a unit."""
    exact = heads.get(unit_key(duty.unit), [])
    return exact or (heads.get(bare_key(duty.unit), []) if duty.scope == "unit" else [])


def _meets(head: Row, duty: Duty) -> bool:
    wanted = (duty.kind, duty.year, duty.scope or head["scope"])
    return (head["kind"], head["fiscal_year"], head["scope"]) == wanted and _is_of(head, duty)


def _was_meant(head: Row, duty: Duty) -> bool:
    hints = head["hints"]
    return (hints.get("kind"), hints.get("year")) == (duty.kind, duty.year) and _is_of(head, duty)


def _is_of(head: Row, duty: Duty) -> bool:
    """True where the document's region, by code or by name, may be the duty's."""
    code, name = head.get("region_code"), head.get("region")
    return all(same_region(*pair) for pair in ((code, duty.region), (name, duty.region_name), (name, duty.region)))


def _day(moment: datetime) -> date:
    """The day in China, where the deadlines are."""
    return moment.astimezone(CHINA).date()


def completeness(entries: Iterable[Entry]) -> list[Completeness]:
    """The score of every district, with its parts."""
    by_region: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        by_region[entry.duty.region].append(entry)
    return [_score(region, of) for region, of in sorted(by_region.items())]


def _score(region: str, entries: Sequence[Entry]) -> Completeness:
    worths = [entry.worth for entry in entries if entry.worth is not None]
    score = (100 * sum(worths, Decimal(0)) / len(worths)).quantize(Decimal("0.1")) if worths else None
    states = {state: sum(entry.state == state for entry in entries) for state in STATES}
    name = next((entry.duty.region_name for entry in entries if entry.duty.region_name), "")
    return Completeness(region, name, score, len(entries), states, sum(entry.errors > 0 for entry in entries))
