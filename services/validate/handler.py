"""The validate stage: a parsed document in, its verdict out."""

from collections.abc import Awaitable, Callable

from services.validate.check import check_document
from services.validate.rulebook import Rulebook
from shared import metrics
from shared.claim_check import fetch, place
from shared.events import DocumentParsed, DocumentValidated, Event, carry_over
from shared.mongo import Files

RulebookFor = Callable[[int | None], Awaitable[Rulebook]]
"""The rulebook in force for a fiscal year."""


async def validate_document(
    event: DocumentParsed, *, files: Files, rulebook_for: RulebookFor, inline_limit_kb: int
) -> list[Event]:
    """Check a document with the rules in force for its year, and pass it on with its verdict.

    A document that came by reference goes on by the same reference; one that came inline stays so while it and its
    verdict fit. Raises `PayloadMissing`, `UndecodableMessage`, `DatabaseUnavailable`.
    """
    document = await fetch(event, files)
    rulebook = await rulebook_for(document.fiscal_year or event.hints.year)
    verdict = check_document(document, rulebook)
    verdict_kb = len(verdict.model_dump_json()) // 1024
    carried = (
        {"payload": event.payload}
        if event.payload is not None
        else await place(document, event.document_id, files, max(inline_limit_kb - verdict_kb, 0))
    )
    for finding in verdict.findings:
        metrics.FINDINGS.labels(rule=finding.rule, severity=finding.severity).inc()
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
