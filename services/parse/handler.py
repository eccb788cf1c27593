"""parse_document: the file of a received document → its `Document`."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from services.parse.reader_version import READER_VERSION
from shared import metrics
from shared.claim_check import place
from shared.document import Document
from shared.events import DocumentParsed, DocumentReceived, Event, Hints, carry_over
from shared.mongo import Files


async def parse_document(
    event: DocumentReceived, *, files: Files, read: Callable[[bytes], Awaitable[Document]], inline_limit_kb: int
) -> list[Event]:
    """Read the event's file. Raises a `Rejection` for one that cannot be read, `PayloadMissing`, transient errors."""
    data = await files.read(event.file)
    document = with_hints(await read(data), event.hints)
    parsed = DocumentParsed(
        **carry_over(event),
        reader_version=READER_VERSION,
        pages=document.pages,
        tables=len(document.tables),
        facts=len(document.facts),
        file_name=event.file_name,
        hints=event.hints,
        **await place(document, event.document_id, files, inline_limit_kb),
    )
    metrics.PAGES.inc(document.pages)
    return [parsed]


def with_hints(document: Document, hints: Hints) -> Document:
    """The uploader's hints fill in only what the document itself does not say."""
    return replace(
        document,
        region=document.region or hints.region,
        unit_name=document.unit_name or hints.unit,
        fiscal_year=document.fiscal_year or hints.year,
        kind=hints.kind if document.kind == "unknown" and hints.kind else document.kind,
    )
