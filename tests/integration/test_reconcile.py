"""Documents are conserved: what the reconciler says of each, on the embedded engines."""

import asyncio
from dataclasses import asdict
from typing import Any

import httpx
import pytest
from callers import caller
from documents import WAIT_S, parsed, read_events, settle, until
from relaying import accept, relay_of, visible_events
from verdicts import rejected, validated

from services.ingest.api import Door, create_app
from services.ingest.reconcile import Balance, Reconciler
from services.store.dead_letters import record_dead_letters
from services.store.handler import Store, record_event, store_document, store_rejection
from shared.envelope import current_event_time
from shared.errors import PayloadMissing
from shared.events import DocumentReceived, Event
from shared.kafka import EventConsumer, oldest_unread, read_dead_letters
from shared.layouts import load_layouts
from shared.metrics import REGISTRY
from shared.mongo import Database, Files
from shared.records import RECEIPTS
from shared.settings import Settings
from shared.topics import RECEIVED, TOPICS, Topic
from shared.worker import Stage, run_stage


@pytest.fixture
def store(database: Database) -> Store:
    return Store(database, Files(database), load_layouts(), current_event_time)


@pytest.fixture
def hasty(line: Settings) -> Settings:
    """A line on which a document is a suspect as soon as it makes no progress."""
    return line.model_copy(update={"stuck_after_s": 0.0})


def reconciler_of(settings: Settings, database: Database) -> Reconciler:
    return Reconciler(database, settings, wake_relay=lambda: None)


def told(balance: Balance) -> dict[str, int]:
    """What is not zero of a balance."""
    return {name: count for name, count in asdict(balance).items() if name != "at" and count}


async def received_event(document_id: str, database: Database) -> DocumentReceived:
    row = await database[RECEIPTS.name].one({"document_id": document_id, "first": True}) or {}
    return DocumentReceived.read(row["event"])


async def read_by(settings: Settings, service: str, topics: list[Topic]) -> None:
    """As if the service had settled every message of these topics and made nothing of them."""

    async def nothing(_places: object) -> None: ...

    async with (
        asyncio.timeout(WAIT_S),
        EventConsumer(settings, service, topics, on_assigned=nothing, on_revoked=nothing) as consumer,
    ):
        names = {topic.name for topic in topics}
        while any(
            at for (topic, who), at in (await oldest_unread(settings)).items() if who == service and topic in names
        ):
            await settle(settings, service, await consumer.poll((), max_records=100, timeout_s=0.2))


async def test_documents_add_up_wherever_they_are(line: Settings, database: Database, store: Store) -> None:
    names = ("stored", "rejected", "parsed", "unread", "unpublished")
    documents = {name: await accept(name, database) for name in names[:-1]}
    async with relay_of(line, database) as relay:
        await relay.relay_once()
    documents["unpublished"] = await accept("unpublished", database)
    events = {name: await received_event(key, database) for name, key in documents.items()}
    await store_document(validated(events["stored"]), store)
    await store_rejection(rejected(events["rejected"]), store)
    await record_event(parsed(events["parsed"]), store)
    reconciler = reconciler_of(line, database)
    expected = {"accepted": 5, "stored": 1, "rejected": 1, "in_flight": 3}
    assert told(await reconciler.reconcile()) == expected
    assert told(await reconciler.reconcile()) == expected
    assert await database[RECEIPTS.name].count({"open": True}) == 3


async def test_messages_not_read_yet_are_never_taken_for_a_loss(hasty: Settings, database: Database) -> None:
    await accept("waits", database)
    async with relay_of(hasty, database) as relay:
        await relay.relay_once()
    reconciler = reconciler_of(hasty, database)
    for _ in range(3):
        assert told(await reconciler.reconcile()) == {"accepted": 1, "in_flight": 1}
    # Parse has read it; what it made of it may still lie before the store.
    await read_by(hasty, "parse", [RECEIVED])
    for _ in range(3):
        assert told(await reconciler.reconcile()) == {"accepted": 1, "in_flight": 1}


async def test_lost_document_is_noticed_and_published_again_with_the_same_event_id(
    hasty: Settings, database: Database, store: Store
) -> None:
    document = await accept("lost", database)
    async with relay_of(hasty, database) as relay:
        await relay.relay_once()
        await read_by(hasty, "parse", [RECEIVED])
        await read_by(hasty, "store", [topic for topic in TOPICS if "store" in topic.consumers])
        reconciler = reconciler_of(hasty, database)
        assert told(await reconciler.reconcile()) == {"accepted": 1, "in_flight": 1}
        before = REGISTRY.get_sample_value("gouji_documents_republished_total") or 0
        assert told(await reconciler.reconcile()) == {"accepted": 1, "unaccounted": 1}
        assert REGISTRY.get_sample_value("gouji_documents_republished_total") == before + 1
        assert told(await reconciler.reconcile()) == {"accepted": 1, "in_flight": 1}
        await relay.relay_once()
    assert set((await visible_events(hasty, 2)).values()) == {2}
    await store_document(validated(await received_event(document, database)), store)
    assert told(await reconciler.reconcile()) == {"accepted": 1, "stored": 1}


async def test_lost_replay_is_published_again_as_the_same_replay(
    hasty: Settings, database: Database, store: Store
) -> None:
    document = await accept("replayed", database)
    async with relay_of(hasty, database) as relay:
        await relay.relay_once()
        first = await received_event(document, database)
        await store_document(validated(first), store)
        reconciler = reconciler_of(hasty, database)
        assert told(await reconciler.reconcile()) == {"accepted": 1, "stored": 1}
        await record_event(first.model_copy(update={"replay": 2}), store)
        for service in ("parse", "store"):
            await read_by(hasty, service, [topic for topic in TOPICS if service in topic.consumers])
        balances = [told(await reconciler.reconcile()) for _ in range(3)]
        assert balances[:2] == [{"accepted": 1, "in_flight": 1}, {"accepted": 1, "unaccounted": 1}]
        await relay.relay_once()
    events = await read_events(hasty, RECEIVED, 2)
    assert [event.replay for event in events] == [0, 2]


async def test_dead_letter_is_counted_as_such_before_and_after_the_store_has_seen_it(
    hasty: Settings, database: Database, store: Store
) -> None:
    async def refuse(event: DocumentReceived) -> list[Event]:
        raise PayloadMissing(reference=event.file_name)

    await accept("refused", database)
    async with relay_of(hasty, database) as relay:
        await relay.relay_once()
    await read_by(hasty, "store", [topic for topic in TOPICS if "store" in topic.consumers])
    stop = asyncio.Event()
    stage = asyncio.create_task(run_stage(Stage("parse", {RECEIVED: refuse}), hasty, dependencies={}, stop=stop))
    async with asyncio.timeout(WAIT_S):
        while not (letters := await read_dead_letters(hasty)):
            await asyncio.sleep(0.1)
    stop.set()
    await stage
    reconciler = reconciler_of(hasty, database)
    await reconciler.reconcile()
    assert told(await reconciler.reconcile()) == {"accepted": 1, "dead_lettered": 1}
    await record_dead_letters(letters, store)
    assert told(await reconciler.reconcile()) == {"accepted": 1, "dead_lettered": 1}


async def test_document_that_vanished_from_the_store_is_missed(
    line: Settings, database: Database, store: Store
) -> None:
    document = await accept("stored", database)
    await store_document(validated(await received_event(document, database)), store)
    reconciler = reconciler_of(line, database)
    assert told(await reconciler.reconcile()) == {"accepted": 1, "stored": 1}
    await database["documents"].delete({})
    assert told(await reconciler.reconcile()) == {"accepted": 1, "in_flight": 1}
    await database[RECEIPTS.name].change({}, {"$unset": {"open": ""}})
    assert told(await reconciler.reconcile()) == {"accepted": 1, "unaccounted": 1}


async def test_balance_is_told_by_the_overview_and_by_the_metrics(line: Settings, database: Database) -> None:
    door = Door(line, database, Files(database), lambda: None)
    transport, headers = httpx.ASGITransport(create_app(door)), await caller(database)

    async def overview() -> Any:
        async with httpx.AsyncClient(transport=transport, base_url="http://ingest", headers=headers) as api:
            return (await api.get("/overview")).json()["balance"]

    assert await overview() is None
    await accept("a", database)
    stop = asyncio.Event()
    running = asyncio.create_task(reconciler_of(line, database).run(stop))
    await until(lambda: REGISTRY.get_sample_value("gouji_documents_in_state", {"state": "accepted"}) == 1)
    stop.set()
    await running
    shown = await overview()
    assert (shown["accepted"], shown["in_flight"], shown["unaccounted"]) == (1, 1, 0)
    assert REGISTRY.get_sample_value("gouji_documents_unaccounted") == 0
