"""The validate stage: a parsed document in, its verdict out."""

from services.validate.check import check_document
from services.validate.rulebook import Rulebook
from shared.claim_check import fetch, place
from shared.events import DocumentParsed, DocumentValidated, Event, carry_over
from shared.mongo import Files


async def validate_document(
    event: DocumentParsed, *, files: Files, rulebook: Rulebook, inline_limit_kb: int
) -> list[Event]:
    """Check a document and pass it on with its verdict.

    A document that came by reference goes on by the same reference; one that came inline stays so while it and its
    verdict fit. Raises `PayloadMissing`, `UndecodableMessage`, `DatabaseUnavailable`.
    """
    document = await fetch(event, files)
    verdict = check_document(document, rulebook)
    verdict_kb = len(verdict.model_dump_json()) // 1024
    carried = (
        {"payload": event.payload}
        if event.payload is not None
        else await place(document, event.document_id, files, max(inline_limit_kb - verdict_kb, 0))
    )
    return [
        DocumentValidated.model_validate(
            {
                **carry_over(event),
                "reader_version": event.reader_version,
                "pack_version": rulebook.version,
                "file_name": event.file_name,
                "hints": event.hints,
                "verdict": verdict,
                **carried,
            }
        )
    ]
