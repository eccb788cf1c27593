"""`gouji replay` over a line on the embedded engines: stored documents run again, and nothing newer is touched."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from callers import OPERATOR
from documents import WAIT_S
from relaying import accept, relay_of
from verdicts import disclosure, finding, rejected, validated

from services.ingest.links import Links
from services.ingest.status import document_status
from services.store.handler import Store, record_event, store_document, store_rejection
from services.store.replays import ReplayStage, candidates, ended_replays, replay_event
from shared.claim_check import fetch, place
from shared.document import Document
from shared.envelope import current_event_time
from shared.errors import EncryptedPdf
from shared.events import DocumentParsed, DocumentReceived, DocumentValidated, Event, carry_over
from shared.layouts import load_layouts
from shared.mongo import Database, Files
from shared.records import RECEIPTS
from shared.settings import Settings
from shared.topics import PARSED, RECEIVED, REJECTED, VALIDATED
from shared.worker import Stage, run_stage


@pytest.fixture
def store(database: Database) -> Store:
    return Store(database, Files(database), load_layouts(), current_event_time)


@dataclass
class Tiny:
    """Parse and validate as small as can be, whose versions a test can raise; what they were given."""

    files: Files
    reader: str = "1.0"
    pack: str = "p1"
    inline_limit_kb: int = 512
    read: list[str] = field(default_factory=list)
    checked: list[Document] = field(default_factory=list)

    async def parse(self, event: DocumentReceived) -> list[Event]:
        self.read.append(event.document_id)
        if "locked" in event.file_name and self.reader == "1.0":
            raise EncryptedPdf
        content = disclosure(unit=f"示例市{event.file_name}局", year=2020 + event.sequence)
        counts = {"pages": 9, "tables": 1, "facts": 1, "file_name": event.file_name, "hints": event.hints}
        carried = await place(content, event.document_id, self.files, self.inline_limit_kb)
        return [
            DocumentParsed.model_validate({**carry_over(event), "reader_version": self.reader, **counts, **carried})
        ]

    async def validate(self, event: DocumentParsed) -> list[Event]:
        content = await fetch(event, self.files)
        self.checked.append(content)
        verdict = validated("any", findings=[finding(f"BY-{self.pack}")]).verdict
        given = {**carry_over(event), "reader_version": event.reader_version, "pack_version": self.pack}
        carried = {"payload": event.payload} if event.payload else {"document": content}
        return [
            DocumentValidated.model_validate({**given, "file_name": event.file_name, "verdict": verdict, **carried})
        ]


@contextlib.asynccontextmanager
async def running(line: Settings, tiny: Tiny, store: Store) -> AsyncIterator[None]:
    """The three stages behind ingest, side by side."""
    stop = asyncio.Event()
    stages = [
        Stage("parse", {RECEIVED: tiny.parse}),
        Stage("validate", {PARSED: tiny.validate}),
        Stage("store", _store_handlers(store)),
    ]
    tasks = [asyncio.create_task(run_stage(stage, line, dependencies={}, stop=stop)) for stage in stages]
    yield
    stop.set()
    await asyncio.gather(*tasks)


def _store_handlers(store: Store) -> dict[Any, Any]:
    async def note(event: Event) -> list[Event]:
        return await record_event(event, store)

    async def keep(event: DocumentValidated) -> list[Event]:
        return await store_document(event, store)

    async def refuse(event: Any) -> list[Event]:
        return await store_rejection(event, store)

    return {RECEIVED: note, PARSED: note, VALIDATED: keep, REJECTED: refuse}


async def heads(database: Database) -> dict[str, Any]:
    rows = await database["documents"].all({}, sort=[("sequence", 1)])
    return {row["file_name"]: row for row in rows}


async def ended(database: Database, count: int) -> None:
    async with asyncio.timeout(WAIT_S):
        while await database["documents"].count({"status": {"$in": ["stored", "rejected"]}}) < count:
            await asyncio.sleep(0.05)


async def test_stored_documents_are_checked_and_read_again_by_newer_versions(
    line: Settings, database: Database, store: Store, gouji: Callable[..., Any]
) -> None:
    tiny = Tiny(Files(database))
    documents = {name: await accept(name, database) for name in ("a", "b", "locked")}
    async with running(line, tiny, store):
        async with relay_of(line, database) as relay:
            await relay.relay_once()
        await ended(database, 3)
        tiny.pack = "p2"
        dry = await gouji("replay", "--stage", "validate", "--where", "pack!=p2", "--dry-run")
        assert dry.exit_code == 0, dry.output
        assert "重新核对" in dry.output
        asked = await gouji("replay", "--stage", "validate", "--where", "pack!=p2", answer="n\n")
        assert (asked.exit_code, "2 份文件" in asked.output) == (1, True)
        assert {head["replay"] for head in (await heads(database)).values()} == {0}

        read = list(tiny.read)
        before = tiny.checked[:2]
        done = await gouji("replay", "--stage", "validate", "--where", "pack!=p2", "--yes", "--at-once", "1")
        assert (done.exit_code, "stored 2" in done.output) == (0, True), done.output
        assert tiny.read == read
        assert sorted(map(str, tiny.checked[2:])) == sorted(map(str, before)), "the very document is checked again"
        after = await heads(database)
        assert [(after[name]["pack_version"], after[name]["replay"]) for name in ("a.pdf", "b.pdf")] == [("p2", 1)] * 2
        assert "没有符合条件" in (await gouji("replay", "--stage", "validate", "--where", "pack!=p2", "--yes")).output

        tiny.reader = "1.10"
        chosen = ("--where", "reader<1.9", "--where", f"document={documents['b']}", "--where", "year=2022")
        assert (await gouji("replay", "--stage", "parse", *chosen, "--yes")).exit_code == 0
        assert (await gouji("replay", "--stage", "parse", "--where", "status=rejected", "--yes")).exit_code == 0
        after = await heads(database)
        versions = {name: (head["reader_version"], head["replay"], head["status"]) for name, head in after.items()}
        assert versions == {
            "a.pdf": ("1.0", 1, "stored"), "b.pdf": ("1.10", 2, "stored"), "locked.pdf": ("1.10", 1, "stored"),
        }  # fmt: skip
        assert "rejection" not in after["locked.pdf"]
    timeline = await database["events"].all({"document_id": documents["b"]}, sort=[("at", 1), ("replay", 1)])
    assert sorted((row["replay"], row["stage"]) for row in timeline) == [
        (0, "parsed"), (0, "received"), (0, "stored"), (0, "validated"),
        (1, "parsed"), (1, "stored"), (1, "validated"),
        (2, "parsed"), (2, "received"), (2, "stored"), (2, "validated"),
    ]  # fmt: skip
    links = Links(status="", file="", findings="", tables="")
    told = await document_status(documents["b"], OPERATOR, links, database)
    recorded = await database["audit"].all({"action": "replay", "about.document_id": documents["b"]}, sort=[("_id", 1)])
    assert [(entry["about"]["stage"], entry["about"]["replay"]) for entry in recorded] == [
        ("validate", 1), ("parse", 2),
    ]  # fmt: skip
    assert [(step.replay, step.stage) for step in told.timeline] == [
        (0, "accepted"), (0, "parsed"), (0, "validated"), (0, "stored"),
        (1, "parsed"), (1, "validated"), (1, "stored"),
        (2, "replayed"), (2, "parsed"), (2, "validated"), (2, "stored"),
    ]  # fmt: skip


async def test_document_that_travelled_by_reference_is_checked_again_by_the_same_reference(
    line: Settings, database: Database, store: Store
) -> None:
    tiny = Tiny(Files(database), inline_limit_kb=0)
    await accept("large", database)
    async with running(line, tiny, store):
        async with relay_of(line, database) as relay:
            await relay.relay_once()
        await ended(database, 1)
    (candidate,) = await candidates({}, database)
    event = await replay_event(candidate, ReplayStage.validate, database)
    assert isinstance(event, DocumentParsed)
    assert event.payload is not None
    assert await fetch(event, Files(database)) == tiny.checked[0]


async def test_two_operators_at_once_start_one_replay(database: Database, store: Store) -> None:
    document = await accept("a", database)
    row = await database[RECEIPTS.name].one({"document_id": document}) or {}
    first = DocumentReceived.read(row["event"])
    await store_document(validated(first), store)
    (candidate,) = await candidates({}, database)
    events = await asyncio.gather(*(replay_event(candidate, ReplayStage.parse, database) for _ in range(4)))
    (event,) = [event for event in events if event is not None]
    assert (event.replay, event.event_id != first.event_id) == (1, True)
    assert await ended_replays({document: 1}, database) == {}
    # What a later replay brought stays, whichever arrives last.
    await store_document(validated(first, replay=2, findings=[finding("NEW")]), store)
    assert await store_document(validated(first, replay=1, findings=[finding("OLD")]), store) == []
    await store_rejection(rejected(first).model_copy(update={"replay": 1}), store)
    head = await database["documents"].one({}) or {}
    assert (head["status"], head["replay"], head.get("rejection")) == ("stored", 2, None)
    assert await ended_replays({document: 1}, database) == {document: "stored"}


async def test_condition_that_is_not_understood_is_told(gouji: Callable[..., Any]) -> None:
    for wrong in ("yaer=2023", "year=soon", "unit<5", "nothing", "pack<3"):
        told = await gouji("replay", "--stage", "parse", "--where", wrong)
        assert (told.exit_code, "not a condition" in told.output) == (2, True), wrong
