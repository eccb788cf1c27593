"""The head of a document: one row that says how far it has come and which verdict counts."""

from datetime import datetime

from services.store.across.extract import Extract
from services.store.naming import unit_key
from services.store.rows import identity_of, severity_counts
from services.store.series import Standing, standing_fields
from shared.document import Document
from shared.events import DeadLetter, DocumentRejected, DocumentValidated, Event
from shared.mongo import Database, Row
from shared.records import DOCUMENTS

STAGES = {
    "received": "accepted",
    "parsed": "parsed",
    "validated": "validated",
    "dead_lettered": "dead_lettered",
    "rejected": "rejected",
    "stored": "stored",
}
"""Status after the event of each stage, in the order in which a document gets there."""
_RANKS = {stage: rank for rank, stage in enumerate(STAGES)}
_REPLAY_STEP = 10
_OUTDATED = {"across": ""}
"""What belongs to the verdict before: the comparison with other documents is made anew."""


async def ensure_head(event: Event, database: Database) -> Row:
    """The head of an event's document, made where it is not there yet."""
    known = await database[DOCUMENTS.name].one({"_id": event.document_id})
    if known is not None:
        return known
    row = _head_of(event)
    await database[DOCUMENTS.name].insert(dict(row))
    return row


def _head_of(event: Event) -> Row:
    """A new head, as any event of its document can make it."""
    return _new_head(
        event.document_id, event.sequence, event.received_at, event.receipt_number, getattr(event, "file_name", "")
    ) | {"region_code": event.region_code}


def _new_head(document_id: str, sequence: int, received_at: datetime, receipt_number: str, file_name: str) -> Row:
    return {
        "_id": document_id,
        "status": "accepted",
        "progress": 0,
        "sequence": sequence,
        "received_at": received_at,
        "receipt_number": receipt_number,
        "file_name": file_name,
        "replay": 0,
        "applied": [],
        "kept": [],
    }


async def dead_letter_head(letter: DeadLetter, receipt: Row, database: Database) -> int:
    """Write down that a document's message was refused, and why; the replay that it happened to."""
    document_id = receipt["document_id"]
    described = (receipt["sequence"], receipt["received_at"], receipt["_id"], receipt["file_name"])
    row = _new_head(document_id, *described) | {"region_code": receipt.get("region_code")}
    await database[DOCUMENTS.name].insert(row)
    head = await database[DOCUMENTS.name].one({"_id": document_id}, {"progress": 1}) or {"progress": 0}
    replay = int(head["progress"]) // _REPLAY_STEP
    zh, _, en = letter.message.partition(" / ")
    reason = {"reason": letter.reason, "message_zh": zh, "message_en": en or zh, "at_stage": letter.stage}
    progress = replay * _REPLAY_STEP + _RANKS["dead_lettered"]
    behind = {"_id": document_id, "progress": {"$lt": progress}}
    change = {"progress": progress, "status": STAGES["dead_lettered"], "rejection": {**reason, "replay": replay}}
    await database[DOCUMENTS.name].change(behind, {"$set": change})
    return replay


async def advance(event: Event, database: Database) -> None:
    """Move the status on to an event's stage, of a head that is made where it is not there yet.

    An event that arrives late never moves it back; a replay starts again.
    """
    documents, progress = database[DOCUMENTS.name], event.replay * _REPLAY_STEP + _RANKS[event.stage]
    reached = {"progress": progress, "status": STAGES[event.stage]}
    behind = {"_id": event.document_id, "progress": {"$lt": progress}}
    if progress and await documents.change(behind, {"$set": reached}):
        return
    if not await documents.insert(_head_of(event) | reached):
        # It is ahead already; or another event made it meanwhile, and it is behind.
        await documents.change(behind, {"$set": reached})


def is_newer(head: Row, replay: int, at: datetime) -> bool:
    """True where the head's verdict is newer than that of this replay and time."""
    return "validated_at" in head and (head["replay"], head["validated_at"]) > (replay, at)


async def switch_head(
    event: DocumentValidated,
    document: Document,
    extract: Extract,
    standing: Standing,
    at: datetime,
    head: Row,
    database: Database,
) -> Row:
    """Let the head point to this verdict, in one atomic change, unless it did so before or a newer one is there.

    `head` is the head as it was read; a change since then is noticed. Returns the head that was replaced, or stands.
    """
    change = {
        "$set": {
            **_content(event, document, extract),
            **standing_fields(standing),
            "replay": event.replay,
            "validated_at": at,
        },
        "$addToSet": {"applied": event.event_id, "kept": event.event_id, "filings": standing.series},
    }
    while event.event_id not in head["applied"] and not is_newer(head, event.replay, at):
        rejection = head.get("rejection")
        gone = {"rejection": ""} if rejection is not None and rejection["replay"] <= event.replay else {}
        same = {"_id": event.document_id, "event_id": head.get("event_id"), "rejection": rejection}
        if await database[DOCUMENTS.name].change(same, change | {"$unset": _OUTDATED | gone}):
            break
        head = await database[DOCUMENTS.name].one({"_id": event.document_id}) or head
    return head


async def reject_head(event: DocumentRejected, database: Database) -> None:
    """Write down why a document was refused, unless a newer replay has a verdict."""
    reason = {
        "reason": event.reason,
        "message_zh": event.message_zh,
        "message_en": event.message_en,
        "at_stage": event.at_stage,
        "replay": event.replay,
    }
    no_newer_reason = {"rejection.replay": {"$not": {"$gt": event.replay}}}
    where = {"_id": event.document_id, "replay": {"$lte": event.replay}, **no_newer_reason}
    change = {"rejection": reason, "hints": event.hints.model_dump()}
    await database[DOCUMENTS.name].change(where, {"$set": change})


def replay_of(head: Row) -> int:
    """The replay that the status of a document belongs to."""
    return int(head["progress"]) // _REPLAY_STEP


async def take_replay_number(head: Row, database: Database) -> int | None:
    """The next replay number of a document, given once; None where another replay began since the head was read."""
    known = head.get("asked_replay", 0)
    number: int = max(known, replay_of(head), head["replay"]) + 1
    same = {"asked_replay": known} if "asked_replay" in head else {"asked_replay": {"$exists": False}}
    where = {"_id": head["_id"], "progress": head["progress"], **same}
    taken = await database[DOCUMENTS.name].change(where, {"$set": {"asked_replay": number}})
    return number if taken else None


def _content(event: DocumentValidated, document: Document, extract: Extract) -> Row:
    identity, summary, severities = identity_of(event, document), event.verdict.summary, severity_counts(event)
    return {
        "event_id": event.event_id,
        "payload": event.payload.model_dump() if event.payload is not None else None,
        "reader_version": event.reader_version,
        "pack_version": event.pack_version,
        "file_name": event.file_name,
        "kind": identity.kind,
        "fiscal_year": identity.fiscal_year,
        "unit_name": identity.unit_name,
        "unit_key": unit_key(identity.unit_name) if identity.unit_name else None,
        "members": [unit_key(name) for name in extract.members],
        "scope": identity.scope,
        "region": identity.region,
        "title": document.title,
        "pages": document.pages,
        "tables": len(document.tables),
        "table_types": [table.type for table in document.tables],
        "facts": len(document.facts),
        "severities": [severity for severity, count in severities.items() if count],
        "counts": {
            "errors": severities["error"],
            "warnings": severities["warning"],
            "infos": severities["info"],
            "rules": summary.rules,
            "checked": summary.pass_ + summary.fail,
            "passed": summary.pass_,
            "failed": summary.fail,
            "unclear": summary.unclear,
        },
    }
