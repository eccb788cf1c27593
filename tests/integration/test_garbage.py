"""Parsed documents by reference: what a reader, a message or a replay could need is never deleted."""

from datetime import UTC, datetime, timedelta

import pytest
from documents import received
from verdicts import disclosure, summary_table, validated

from services.ingest.garbage import delete_garbage
from services.store.handler import Store, record_event, store_document
from shared.claim_check import fetch, place
from shared.document import Document
from shared.envelope import Message
from shared.events import DeadLetter, DocumentReceived, DocumentValidated
from shared.kafka import StoredLetter
from shared.layouts import load_layouts
from shared.mongo import Database, Files
from shared.topics import PARSED

LONG_AGO = datetime.now(UTC) - timedelta(days=90)


@pytest.fixture
def store(database: Database) -> Store:
    return Store(database, Files(database), load_layouts(), happened_at=lambda: LONG_AGO)


def read_as(total: str) -> Document:
    return disclosure(tables=(summary_table(total),))


async def placed(event: DocumentReceived, content: Document, replay: int, store: Store) -> DocumentValidated:
    """A verdict that refers to its document, placed long ago."""
    carried = await place(content, event.document_id, store.files, inline_limit_kb=0)
    await grow_old(store.database)
    return validated(event, replay=replay).model_copy(update={"document": None, **carried})


async def grow_old(database: Database) -> None:
    await database["parsed.files"].change_all({}, {"$set": {"uploadDate": LONG_AGO}})


async def test_payload_of_a_superseded_verdict_is_deleted_and_that_of_the_head_is_kept(
    database: Database, store: Store
) -> None:
    event = received("a")
    old = await placed(event, read_as("1.00"), 0, store)
    new = await placed(event, read_as("2.00"), 1, store)
    await store_document(old, store)
    await store_document(new, store)
    assert await delete_garbage(database, store.files, []) == 1
    assert await fetch(new, store.files) == read_as("2.00")
    assert old.payload is not None
    assert await store.files.find("parsed", old.payload.name) is None
    assert await database["parsed.chunks"].count({}) == 1
    assert await delete_garbage(database, store.files, []) == 0


async def test_payload_is_kept_while_a_message_could_refer_to_it(database: Database, store: Store) -> None:
    event = received("a")
    old = await placed(event, read_as("1.00"), 0, store)
    new = await placed(event, read_as("2.00"), 1, store)
    # In flight: no verdict yet.
    await record_event(event, store)
    assert await delete_garbage(database, store.files, []) == 0
    await store_document(old, store)
    # Superseded just now: a replay that began from it may be under way.
    await store_document(new, Store(database, store.files, store.layouts, lambda: datetime.now(UTC)))
    assert await delete_garbage(database, store.files, []) == 0
    await database["documents"].change({}, {"$set": {"validated_at": LONG_AGO}})
    # A dead letter refers to it.
    why = DeadLetter(
        reason="payload_missing", message="", stage="store", attempts=1, topic=PARSED.name,
        partition=0, offset=0, failed_at=LONG_AGO, document_id=event.document_id,
    )  # fmt: skip
    body = Message(PARSED.name, None, old.model_dump_json().encode())
    letter = StoredLetter(PARSED.dead_letter("validate"), 0, why, body, replayed=True)
    assert await delete_garbage(database, store.files, [letter]) == 0
    # Young: read again with the same result a moment ago.
    assert await place(read_as("1.00"), event.document_id, store.files, inline_limit_kb=0) == {"payload": old.payload}
    assert await delete_garbage(database, store.files, []) == 0
    assert await fetch(old, store.files) == read_as("1.00")
    await grow_old(database)
    assert await delete_garbage(database, store.files, []) == 1
