"""The validate stage as a function: a parsed document in, its verdict out."""

from datetime import UTC, datetime
from typing import cast

from services.validate.handler import RulebookFor, validate_document
from services.validate.rulebook import Rulebook
from shared.document import Document
from shared.events import DocumentParsed, DocumentValidated, Hints
from shared.mongo import Files

NO_FILES = cast(Files, None)  # an inline document needs none


def always(rulebook: Rulebook) -> RulebookFor:
    async def rulebook_for(_year: int | None) -> Rulebook:
        return rulebook

    return rulebook_for


def parsed(**more: object) -> DocumentParsed:
    return DocumentParsed.model_validate(
        {
            "document_id": "ab" * 32, "receipt_number": "GJ-20240701-000001", "sequence": 7, "replay": 2,
            "received_at": datetime(2024, 7, 1, tzinfo=UTC), "reader_version": "1.0",
            "pages": 1, "tables": 0, "facts": 0,
            "file_name": "accounts.pdf", "hints": Hints(region="610100"), **more,
        }
    )  # fmt: skip


async def test_an_inline_document_goes_on_inline_with_its_verdict(rulebook: Rulebook) -> None:
    document = Document(kind="final_accounts", fiscal_year=2023, reader_version="1.0")
    (event,) = await validate_document(
        parsed(document=document), files=NO_FILES, rulebook_for=always(rulebook), inline_limit_kb=512
    )
    assert isinstance(event, DocumentValidated)
    assert event.document == document
    assert event.payload is None
    assert event.verdict.summary.pack_version == event.pack_version == rulebook.version
    assert event.verdict.summary.unclear == event.verdict.summary.rules > 50
    assert (event.document_id, event.sequence, event.replay, event.hints.region) == ("ab" * 32, 7, 2, "610100")


async def test_the_same_document_and_rules_give_the_same_event_id(rulebook: Rulebook) -> None:
    source = parsed(document=Document(kind="budget"))
    runs = [
        await validate_document(source, files=NO_FILES, rulebook_for=always(rulebook), inline_limit_kb=512)
        for _ in range(2)
    ]
    assert runs[0][0].event_id == runs[1][0].event_id
