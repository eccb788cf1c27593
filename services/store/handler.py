"""What the store does with each event of the line.

The order of writes of `store_document`; after a crash the message comes again, and every step finds its own work done.

1. children (tables, lines, facts, findings …) under the event's id: no head refers to them, so they do not exist yet
2. a place in the series of revisions: a set with a version; joining twice is joining once
3. the head switches to the event, atomically, fenced: readers see the whole document, or the one before
4. the series follows the head, the heads of its other members follow the series, the findings' `current` their head;
   of a re-check the findings' states follow the reviewers' decisions
5. the children of the verdict before go: nobody reads them any more
6. the document is compared with its counterparts, and documents that are compared with it anew (`across`)
7. verdict, timeline, status: `stored` is said last

What counts of a filing is published by another message (`publishing`), so that its revisions follow one another.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from services.store.across.compare import compare_across
from services.store.across.rulebook import AcrossRules, load_across_rules
from services.store.decisions import show_decisions
from services.store.heads import advance, ensure_head, is_newer, reject_head, switch_head
from services.store.rows import identity_of, rows_of
from services.store.series import Standing, claim, join_series, series_key, series_of, settle_series
from shared.claim_check import fetch
from shared.document import Document
from shared.events import DocumentRejected, DocumentStored, DocumentValidated, Event, carry_over
from shared.layouts import Layouts
from shared.mongo import Database, Files, Row
from shared.publications import FilingRevised
from shared.records import CHILDREN, DOCUMENTS, EVENTS, VERDICTS, children_of

Clock = Callable[[], datetime]
"""When the event at hand was produced."""


@dataclass(frozen=True)
class Store:
    """The ports of the store's handlers."""

    database: Database
    files: Files
    layouts: Layouts
    happened_at: Clock
    across: AcrossRules = field(default_factory=load_across_rules)


async def store_document(event: DocumentValidated, store: Store) -> list[Event]:
    """Keep a validated document; the events that say so, or none where a newer verdict is there already.

    Raises `DatabaseUnavailable`, `StorageFull`, `PayloadMissing`.
    """
    document = await fetch(event, store.files)
    at = store.happened_at()
    head = await ensure_head(event, store.database)
    if event.event_id not in head["applied"]:
        if is_newer(head, event.replay, at):
            return await record_event(event, store)
        head = await _apply(event, document, at, head, store)
    standing = await settle_series(event.document_id, store.database)
    if event.hints.supersedes is not None:
        standing = await claim(event.hints.supersedes, event.document_id, store.database)
    if event.replay:
        await show_decisions({"document_id": event.document_id}, store.database)
    if set(head["kept"]) - {event.event_id}:
        await _remove_superseded(event.document_id, event.event_id, store.database)
    await compare_across(event.document_id, store.across, store.database)
    stored = _stored(event, document, standing)
    await _keep_verdict(event, stored, at, store.database)
    await _record([(event, at), (stored, datetime.now(UTC))], store)
    return [stored, *await _revised(event, store.database)]


async def _revised(event: DocumentValidated, database: Database) -> list[FilingRevised]:
    """A message for each filing that it, or what it replaces, was ever part of: what counts of it may have changed."""
    concerned = [key for key in (event.document_id, event.hints.supersedes) if key is not None]
    heads = await database[DOCUMENTS.name].all({"_id": {"$in": concerned}}, {"filings": 1})
    filings = sorted({filing for head in heads for filing in head.get("filings", [])})
    return [FilingRevised(**carry_over(event), filing=filing, cause=event.event_id) for filing in filings]


async def _apply(event: DocumentValidated, document: Document, at: datetime, head: Row, store: Store) -> Row:
    rows = rows_of(event, document, store.layouts, store.across)
    writes = (store.database[name].insert_missing(children) for name, children in rows.by_collection.items())
    await asyncio.gather(*writes)
    own = series_key(identity_of(event, document), event.document_id)
    key = await series_of(event.document_id, own, store.database)
    standing = await join_series(key, event.document_id, event.sequence, store.database)
    return await switch_head(event, document, rows.extract, standing, at, head, store.database)


async def store_rejection(event: DocumentRejected, store: Store) -> list[Event]:
    """Write down that a document was refused, and why."""
    await ensure_head(event, store.database)
    await reject_head(event, store.database)
    return await record_event(event, store)


async def record_event(event: Event, store: Store) -> list[Event]:
    """Write an event into its document's timeline, once, and move the status on."""
    await _record([(event, store.happened_at())], store)
    return []


async def _record(happened: Sequence[tuple[Event, datetime]], store: Store) -> None:
    """Write events of one document into its timeline, and its status, which is that of the last one."""
    rows = [
        {
            "_id": event.event_id,
            "document_id": event.document_id,
            "stage": event.stage,
            "at": at,
            "replay": event.replay,
            "producer_version": event.producer_version,
        }
        for event, at in happened
    ]
    await store.database[EVENTS.name].insert_missing(rows)
    await advance(happened[-1][0], store.database)


async def _remove_superseded(document_id: str, event_id: str, database: Database) -> None:
    """Remove the children of every verdict but the one the head points to; `event_id` may have lost to a newer one."""
    head = await database[DOCUMENTS.name].one({"_id": document_id}, {"kept": 1, "event_id": 1}) or {}
    superseded = {*head["kept"], event_id} - {head["event_id"]}
    for old in superseded:
        for records in CHILDREN:
            await database[records.name].delete(children_of(old))
    if superseded:
        forget = {"$pull": {"kept": {"$in": list(superseded)}}}
        await database[DOCUMENTS.name].change({"_id": document_id}, forget)


async def _keep_verdict(event: DocumentValidated, stored: DocumentStored, at: datetime, database: Database) -> None:
    row: Row = {
        "_id": event.event_id,
        "document_id": event.document_id,
        "at": at,
        "reader_version": event.reader_version,
        "pack_version": event.pack_version,
        "summary": event.verdict.summary.model_dump(mode="json", by_alias=True),
        "errors": stored.errors,
        "warnings": stored.warnings,
        "infos": stored.infos,
    }
    await database[VERDICTS.name].insert(row)


def _stored(event: DocumentValidated, document: Document, standing: Standing) -> DocumentStored:
    identity, summary = identity_of(event, document), event.verdict.summary
    severities = [finding.severity for finding in event.verdict.findings]
    return DocumentStored(
        **carry_over(event),
        reader_version=event.reader_version,
        pack_version=event.pack_version,
        revision=standing.revision,
        current=standing.current,
        kind=identity.kind,
        fiscal_year=identity.fiscal_year,
        unit_name=identity.unit_name,
        region=identity.region,
        rules=summary.rules,
        passed=summary.pass_,
        failed=summary.fail,
        unclear=summary.unclear,
        errors=severities.count("error"),
        warnings=severities.count("warning"),
        infos=severities.count("info"),
    )
