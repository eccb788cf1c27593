"""Running stored documents again after a new reader or rule pack: which ones, and the event that starts it.

A replay is a new event with the next replay number. Store's fence orders verdicts by replay, then by time, so a replay
never overwrites what a later one brought, and the verdict at hand stays visible until the new one is stored.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from services.store.heads import replay_of, take_replay_number
from services.store.rows import read_back
from shared.document import Document
from shared.document_json import document_of
from shared.events import DocumentParsed, DocumentReceived, Event, PayloadRef, carry_over
from shared.findings import Finding
from shared.mongo import Database, Files, Filter, Row
from shared.records import DOCUMENTS, FINDINGS, READINGS, RECEIPTS, child_id, findings_in

ENDED = ("stored", "rejected")


class ReplayStage(StrEnum):
    """Where a replay begins."""

    parse = "parse"
    validate = "validate"


@dataclass(frozen=True)
class Candidate:
    """A document that may be run again; `head` as it was when it was chosen."""

    document_id: str
    file_name: str
    unit_name: str | None
    kind: str | None
    fiscal_year: int | None
    reader_version: str | None
    pack_version: str | None
    status: str
    head: Row


async def candidates(where: Filter, database: Database) -> list[Candidate]:
    """The documents that match and have ended, in order of receipt."""
    wanted = {"status": {"$in": list(ENDED)}, **where}
    rows = await database[DOCUMENTS.name].all(wanted, sort=[("sequence", 1)])
    return [
        Candidate(
            document_id=row["_id"],
            file_name=row["file_name"],
            unit_name=row.get("unit_name"),
            kind=row.get("kind"),
            fiscal_year=row.get("fiscal_year"),
            reader_version=row.get("reader_version"),
            pack_version=row.get("pack_version"),
            status=row["status"],
            head=row,
        )
        for row in rows
    ]


async def replay_event(candidate: Candidate, stage: ReplayStage, database: Database) -> Event | None:
    """The event that starts the next replay of a document; its number is taken by this.

    None where it cannot: another replay began meanwhile, it was never read, or it was stored by a version that did not
    keep what it had read.
    """
    where = {"document_id": candidate.document_id, "first": True}
    receipt = await database[RECEIPTS.name].one(where, {"event": 1})
    content = await _content(candidate.head, database) if stage is ReplayStage.validate else {}
    if receipt is None or content is None:
        return None
    number = await take_replay_number(candidate.head, database)
    if number is None:
        return None
    received = DocumentReceived.read(receipt["event"]).model_copy(update={"replay": number})
    if stage is ReplayStage.parse:
        return received
    described = {name: candidate.head[name] for name in ("reader_version", "pages", "tables", "facts")}
    named = {"file_name": received.file_name, "hints": received.hints}
    return DocumentParsed.model_validate({**carry_over(received), **described, **named, **content})


async def _content(head: Row, database: Database) -> Row | None:
    """What was read of a document: by reference, or the document itself."""
    if head.get("payload"):
        return {"payload": PayloadRef.model_validate(head["payload"])}
    if "event_id" not in head:
        return None
    row = await database[READINGS.name].one({"_id": child_id(head["event_id"], 0)})
    return {"document": read_back(row)} if row is not None else None


async def reading_of(candidate: Candidate, files: Files, database: Database) -> Document | None:
    """What was last read of a document, or None where it was never read. Raises `PayloadMissing`."""
    content = await _content(candidate.head, database) or {}
    if "payload" in content:
        return document_of(await files.read(content["payload"]), newer=True)
    return content.get("document")


async def findings_of_head(candidate: Candidate, database: Database) -> list[Finding]:
    """The findings of the verdict that counts, in its order."""
    rows = await database[FINDINGS.name].all(
        findings_in(candidate.document_id, candidate.head["event_id"]), sort=[("_id", 1)]
    )
    return [Finding.model_validate({name: row[name] for name in Finding.model_fields if name in row}) for row in rows]


async def ended_replays(begun: Mapping[str, int], database: Database) -> dict[str, str]:
    """Of replays under way (document_id → number): the status of those that are over, or were overtaken."""
    heads: Sequence[Row] = await database[DOCUMENTS.name].all(
        {"_id": {"$in": list(begun)}}, {"status": 1, "progress": 1}
    )
    over = (*ENDED, "dead_lettered")
    return {
        head["_id"]: head["status"]
        for head in heads
        if replay_of(head) > begun[head["_id"]] or (replay_of(head) == begun[head["_id"]] and head["status"] in over)
    }
