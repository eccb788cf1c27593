"""What is durable in MongoDB: every collection declared once, with who writes it, who reads it and its indexes.

A reader follows the head: `documents` holds one row per document with the `event_id` of the verdict that counts, and
the rows of `CHILDREN` carry that id at the start of their own (`children_of`). Whatever
is not referred to by a head does not exist for a reader.
"""

from dataclasses import dataclass

from shared.errors import InvalidSettings
from shared.findings import Finding
from shared.mongo import Database, Filter, Sort
from shared.shapes import FACT, FILING, FINDING, LINE, TOTAL, Shape

UPLOADS_BUCKET = "uploads"
PARSED_BUCKET = "parsed"
BUCKETS = (UPLOADS_BUCKET, PARSED_BUCKET)

SCHEMA_VERSION = 7


@dataclass(frozen=True)
class Index:
    """One index; `only` restricts it to the rows that match."""

    keys: Sort
    unique: bool = False
    only: Filter | None = None


@dataclass(frozen=True)
class Records:
    """One collection: its name, the one service that writes it, those that read it, and its indexes beside `_id`.

    `shape` is the `$jsonSchema` that the database holds its rows to.
    """

    name: str
    writer: str
    readers: tuple[str, ...]
    indexes: tuple[Index, ...] = ()
    shape: Shape | None = None


RECEIPTS = Records(
    "receipts",
    writer="ingest",
    readers=("query",),
    indexes=(
        Index([("sequence", 1)], unique=True),
        # Of all receipts of the same bytes exactly one is the first, however many arrive at once.
        Index([("document_id", 1)], unique=True, only={"first": True}),
        Index([("document_id", 1), ("sequence", 1)]),
        Index([("batch_id", 1), ("sequence", 1)], only={"batch_id": {"$exists": True}}),
        Index([("pending", 1), ("sequence", 1)], only={"pending": True}),
        Index([("open", 1), ("sequence", 1)], only={"open": True}),
        Index([("ending", 1), ("sequence", 1)]),
        Index([("file.name", 1)]),
        Index([("region_code", 1), ("sequence", -1)]),
        Index([("foreign", 1), ("region_code", 1)], only={"foreign": True}),
    ),
)
"""_id = receipt number. The first receipt of a document is also its outbox entry: `event` and `pending`.
It is `open` until the reconciler has seen the document stored or rejected, which is its `ending` then."""

KEYS = Records("keys", writer="command", readers=("ingest", "query"))
"""_id = key id: role, region, label, expiry and the hash of each API key ever made."""

AUDIT = Records(
    "audit",
    writer="ingest",
    readers=("query",),
    indexes=(
        Index([("action", 1), ("_id", -1)]),
        Index([("actor.key", 1), ("_id", -1)]),
        Index([("about.document_id", 1), ("_id", -1)]),
    ),
)
"""_id = time and a random part: who did what, when, from where. Written through `shared.audit` only, by every process
that does something which is recorded."""

LEASES = Records("leases", writer="ingest", readers=())
"""_id = what may run in one process at a time; holder and until."""

OUTBOX = Records("outbox", writer="ingest", readers=())
"""_id = "batch": number and receipts of the batch that the relay publishes now, and whether they are marked."""

BALANCE = Records("balance", writer="ingest", readers=("ingest",))
"""_id = "latest": how many documents are where, as last reconciled."""

EVENTS = Records(
    "events",
    writer="store",
    readers=("ingest", "query"),
    indexes=(Index([("document_id", 1), ("at", 1)]),),
)
"""_id = event id: the timeline of each document."""

DOCUMENTS = Records(
    "documents",
    writer="store",
    readers=("ingest", "query"),
    indexes=(
        Index([("sequence", -1)]),
        Index([("status", 1), ("sequence", -1)]),
        Index([("fiscal_year", 1), ("sequence", -1)]),
        Index([("region", 1), ("sequence", -1)]),
        Index([("region_code", 1), ("sequence", -1)]),
        # One document's counterparts, and the documents that are compared with it.
        Index([("unit_key", 1), ("fiscal_year", 1)]),
        Index([("members", 1), ("fiscal_year", 1)]),
        Index([("across.with", 1)]),
        Index([("withdrawn.published", 1)], only={"withdrawn.published": False}),
    ),
)
"""_id = document_id: the head of a document. Status, what it is, counts, revision, and the event that counts."""

SERIES = Records(
    "series",
    writer="store",
    readers=("query",),
    indexes=(Index([("members.document_id", 1)]), Index([("claims", 1)])),
)
"""_id = (region, unit, scope, kind, year): the revisions of one disclosure in order of receipt. `withdrawn` lists those
taken back, `claims` documents that an upload said it replaces: they belong here whatever their text says."""

TABLES = Records("tables", writer="store", readers=("query",))
"""_id = event id, table, part: the tables as read, a very long one in several parts."""

LINES = Records("lines", writer="store", readers=("query",), indexes=(Index([("cell", 1), ("region", 1)]),), shape=LINE)
"""_id = event id, table, number: one row for each table row and amount column; `cell` is its address in one text."""

PACKED_LINES = Records("packed_lines", writer="store", readers=("query",))
"""_id = event id, part: the same lines, compressed, for whoever wants those of a whole document."""

FACTS = Records("facts", writer="store", readers=("query",), shape=FACT)
"""_id = event id, number: the figures of the narrative."""

ASSESSMENTS = Records("assessments", writer="store", readers=("query",))
"""_id = event id, number: the performance self-evaluation forms."""

OUTLINES = Records("outlines", writer="store", readers=("query",))
"""_id = event id: the catalogue, and what was hard to read."""

READINGS = Records("readings", writer="store", readers=())
"""_id = event id: the parsed document, compressed, where it came inline; a replay of the checking starts from it."""

DUTIES = Records("duties", writer="store", readers=("query",), indexes=(Index([("region_code", 1)]),))
"""_id = (region, unit, scope, kind, year): who must file what by when, as the province's list says."""

EXTRACTS = Records("extracts", writer="store", readers=("query",))
"""_id = event id: the figures of a document that other documents are compared with."""

FINDINGS = Records(
    "findings",
    writer="store",
    readers=("query",),
    indexes=(
        Index([("document_id", 1)]),
        Index([("current", 1), ("order", -1)]),
        Index([("current", 1), ("rule", 1), ("order", -1)]),
        Index([("current", 1), ("severity", 1), ("order", -1)]),
        Index([("current", 1), ("region_code", 1), ("order", -1)]),
        Index([("current", 1), ("state", 1), ("order", -1)]),
    ),
    shape=FINDING,
)
"""_id = event id, number. `current` while they belong to the current revision's verdict that counts."""

FILINGS = Records(
    "filings",
    writer="store",
    readers=("query",),
    indexes=(Index([("region", 1), ("fiscal_year", 1), ("kind", 1)]), Index([("grams", 1)])),
    shape=FILING,
)
"""_id = that of the series: which verdict of a filing was published last, for which message, and its measures."""

TOTALS = Records("totals", writer="store", readers=("query",), shape=TOTAL)
"""_id = region, scope, kind, year, bucket: the sums of the published measures over the filings."""

UNDECIDED: Filter = {"state": "open", "decided": 0, "decision": None}
"""What a finding begins with; `decided` is the number of the decision that gave the state."""

DECISIONS = Records(
    "decisions",
    writer="query",
    readers=("store",),
    indexes=(Index([("document_id", 1), ("finding_id", 1), ("_id", 1)]),),
)
"""_id = number: what reviewers decided on findings, by document and the finding's identity; rows are only added."""

VERDICTS = Records("verdicts", writer="store", readers=("query",), indexes=(Index([("document_id", 1)]),))
"""_id = event id: summary and counts of every verdict ever stored, by reader and rule-pack version."""

RULE_PACKS = Records("rule_packs", writer="validate", readers=())
"""_id = digest of the pack: every rule pack that ever made a verdict, its files compressed. Never changed."""

RULE_ACTIVATIONS = Records("rule_activations", writer="validate", readers=())
"""_id = number: from when on which pack is in force for which fiscal years, and who said so. Only appended to."""

CHILDREN = (TABLES, LINES, PACKED_LINES, FACTS, ASSESSMENTS, OUTLINES, READINGS, EXTRACTS, FINDINGS)
"""The collections whose rows belong to one verdict and go when another takes its place."""

RECORDS = (
    RECEIPTS,
    KEYS,
    AUDIT,
    LEASES,
    OUTBOX,
    BALANCE,
    EVENTS,
    DOCUMENTS,
    SERIES,
    TABLES,
    LINES,
    PACKED_LINES,
    FACTS,
    ASSESSMENTS,
    OUTLINES,
    READINGS,
    EXTRACTS,
    DUTIES,
    FINDINGS,
    FILINGS,
    TOTALS,
    DECISIONS,
    VERDICTS,
    RULE_PACKS,
    RULE_ACTIVATIONS,
)


def child_id(event_id: str, *numbers: int) -> str:
    """The `_id` of a row that belongs to a verdict; sorts by number."""
    return ":".join((event_id, *(f"{number:06d}" for number in numbers)))


def children_of(event_id: str) -> Filter:
    """The filter for all rows that belong to a verdict; a range of `_id`."""
    return {"_id": {"$gte": f"{event_id}:", "$lt": f"{event_id};"}}


def findings_in(document_id: str, event_id: str) -> Filter:
    """The filter for the findings of a verdict. It names the document because that has an index on every engine: the
    embedded one has none for a range of `_id`."""
    return {**children_of(event_id), "document_id": document_id}


async def migrate(database: Database) -> None:
    """Bring collections and indexes up to this version; idempotent, and safe when several processes do it at once.

    Raises `InvalidSettings` where the data was written by a newer version of Gouji.
    """
    row = await database["schema"].one({"_id": "version"})
    found = row["version"] if row else 0
    if found > SCHEMA_VERSION:
        raise InvalidSettings(
            detail=f"the database has schema {found}, this version knows {SCHEMA_VERSION}; upgrade Gouji"
        )
    for version in range(found + 1, SCHEMA_VERSION + 1):
        await _STEPS[version](database)
        await database["schema"].change_or_insert("version", {"$max": {"version": version}})


async def _create_indexes(database: Database) -> None:
    for records in RECORDS:
        for index in records.indexes:
            await database[records.name].ensure_index(index.keys, unique=index.unique, only=index.only)
    for bucket in BUCKETS:
        await database[f"{bucket}.chunks"].ensure_index([("files_id", 1), ("n", 1)], unique=True)
        await database[f"{bucket}.files"].ensure_index([("filename", 1), ("uploadDate", 1)])


async def _open_receipts(database: Database) -> None:
    """Version 2: the reconciler closes first receipts one by one; at the beginning all are open."""
    await _create_indexes(database)
    await database[RECEIPTS.name].change_all({"first": True, "ending": {"$exists": False}}, {"$set": {"open": True}})


async def _keep_shapes(database: Database) -> None:
    """Versions 4 and 7: the database refuses rows of the wrong shape; rows that are there stay as they are."""
    await _create_indexes(database)
    for records in RECORDS:
        if records.shape is not None:
            await database.ensure_shape(records.name, records.shape)


async def _identify_findings(database: Database) -> None:
    """Version 5: findings have an identity and a state."""
    await _create_indexes(database)
    async for row in database[FINDINGS.name].each({"finding_id": {"$exists": False}}, batch=200):
        identity = Finding.model_validate(row, extra="ignore").identity
        identified = {"finding_id": identity, **UNDECIDED}
        await database[FINDINGS.name].change({"_id": row["_id"]}, {"$set": identified})
    await database.ensure_shape(FINDINGS.name, FINDING)


async def _index_counterparts(database: Database) -> None:
    """Version 6: comparisons across documents. Documents stored before take part after `gouji replay`."""
    await _create_indexes(database)


_STEPS = {
    1: _create_indexes,
    2: _open_receipts,
    3: _create_indexes,
    4: _keep_shapes,
    5: _identify_findings,
    6: _index_counterparts,
    7: _keep_shapes,
}
