"""The worker loop with tiny handlers: order, commits, the three endings, rebalances."""

import asyncio
import contextlib
import random
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Sequence

import httpx
import pytest
from aiokafka.admin import AIOKafkaAdminClient
from broker import Broker
from documents import WAIT_S, parsed, read_all, read_events, received, until

from cli.embedded.ports import free_port
from shared.envelope import Message
from shared.errors import DatabaseUnavailable, DeadLetterFailed, EncryptedPdf, PayloadMissing
from shared.events import DocumentReceived, DocumentRejected, Event
from shared.kafka import (
    MAX_LETTER_BYTES,
    MAX_MESSAGE_BYTES,
    EventProducer,
    StoredLetter,
    create_topics,
    read_dead_letters,
    topic_states,
)
from shared.settings import Settings
from shared.topics import PARSED, RECEIVED, REJECTED, Topic, dead_letters
from shared.worker import Handler, Stage, run_stage


@contextlib.asynccontextmanager
async def running(
    settings: Settings, handler: Handler, stage: Stage | None = None
) -> AsyncIterator[asyncio.Task[None]]:
    """A stage (parse with this handler); drained at the end of the block. What stopped it is raised there."""
    stop = asyncio.Event()
    stage = stage or Stage("parse", {RECEIVED: handler})
    task = asyncio.create_task(run_stage(stage, settings, dependencies={}, stop=stop))
    try:
        yield task
    finally:
        stop.set()
        await task


async def publish(settings: Settings, events: Sequence[Event]) -> None:
    async with EventProducer(settings, "ingest") as producer:
        await producer.publish(events)


async def lag(settings: Settings) -> int:
    states = {state.name: state for state in await topic_states(settings)}
    return states[RECEIVED.name].lag["parse"]


async def until_settled(settings: Settings) -> None:
    async with asyncio.timeout(WAIT_S):
        while await lag(settings):
            await asyncio.sleep(0.05)


async def the_dead_letters(settings: Settings) -> tuple[StoredLetter, ...]:
    """The dead letters, as soon as there are any."""
    async with asyncio.timeout(WAIT_S):
        while not (letters := await read_dead_letters(settings)):
            await asyncio.sleep(0.05)
    return letters


async def test_events_of_one_document_are_handled_in_the_order_they_came(line: Settings) -> None:
    seen: dict[str, list[int]] = defaultdict(list)
    busy: set[str] = set()
    together = 0

    async def handler(event: DocumentReceived) -> list[Event]:
        nonlocal together
        assert event.file_name not in busy
        busy.add(event.file_name)
        together = max(together, len(busy))
        await asyncio.sleep(random.uniform(0, 0.01))
        busy.discard(event.file_name)
        seen[event.file_name].append(event.sequence)
        return []

    await publish(line, [received(f"{number % 5}", number) for number in range(100)])
    async with running(line, handler):
        await until(lambda: sum(map(len, seen.values())) == 100)
    assert all(numbers == sorted(numbers) for numbers in seen.values())
    assert together > 1, "documents of different keys are handled side by side"


async def test_no_more_than_the_allowed_number_of_messages_is_handled_at_once(line: Settings) -> None:
    busy = most = done = 0

    async def handler(_event: DocumentReceived) -> list[Event]:
        nonlocal busy, most, done
        busy += 1
        most = max(most, busy)
        await asyncio.sleep(0.005)
        busy, done = busy - 1, done + 1
        return []

    await publish(line, [received(str(number)) for number in range(60)])
    async with running(line.model_copy(update={"in_flight": 3}), handler):
        await until(lambda: done == 60)
    assert most == 3


async def test_what_follows_an_unfinished_message_is_handled_but_not_committed(settings: Settings) -> None:
    line = settings.model_copy(update={"topic_partitions": 1, "drain_timeout_s": 0.2})
    await create_topics(line)
    names = [str(number) for number in range(6)]
    await publish(line, [received(name) for name in names])
    seen: list[str] = []

    async def first_one_hangs(event: DocumentReceived) -> list[Event]:
        if event.file_name == "0.pdf":
            await asyncio.Event().wait()
        seen.append(event.file_name)
        return [parsed(event)]

    async with running(line, first_one_hangs):
        await until(lambda: len(seen) == 5)
    assert await lag(line) == 6

    async def all_go(event: DocumentReceived) -> list[Event]:
        return [parsed(event)]

    async with running(line, all_go):
        events = await read_events(line, PARSED, 6)
    assert [event.file_name for event in events] == [f"{name}.pdf" for name in names]
    assert await lag(line) == 0


async def test_transient_error_is_tried_again_until_the_dependency_is_back(line: Settings) -> None:
    tries: dict[str, int] = defaultdict(int)

    async def handler(event: DocumentReceived) -> list[Event]:
        tries[event.file_name] += 1
        if tries[event.file_name] < 4:
            raise DatabaseUnavailable(detail="away")
        return [parsed(event)]

    await publish(line, [received(str(number)) for number in range(10)])
    async with running(line, handler):
        events = await read_events(line, PARSED, 10)
    assert len({event.document_id for event in events}) == 10
    assert set(tries.values()) == {4}
    assert await read_dead_letters(line) == ()


async def test_rejected_document_becomes_an_event_with_its_reason(line: Settings) -> None:
    async def handler(event: DocumentReceived) -> list[Event]:
        if event.file_name == "locked.pdf":
            raise EncryptedPdf
        return [parsed(event)]

    locked = received("locked")
    await publish(line, [received("a"), locked, received("b")])
    async with running(line, handler):
        [rejected] = await read_events(line, REJECTED, 1)
        assert len(await read_events(line, PARSED, 2)) == 2
    assert isinstance(rejected, DocumentRejected)
    assert (rejected.document_id, rejected.receipt_number) == (locked.document_id, locked.receipt_number)
    assert (rejected.at_stage, rejected.reason, rejected.file_name) == ("parse", "encrypted_pdf", "locked.pdf")
    assert "密码" in rejected.message_zh
    assert "password" in rejected.message_en
    assert await lag(line) == 0


async def test_refused_message_becomes_a_dead_letter_that_says_why_and_where(line: Settings) -> None:
    async def handler(event: DocumentReceived) -> list[Event]:
        if event.file_name == "lost.pdf":
            raise PayloadMissing(reference="uploads/lost")
        return [parsed(event)]

    lost = received("lost")
    await publish(line, [received("a"), lost, received("b")])
    async with running(line, handler):
        assert len(await read_events(line, PARSED, 2)) == 2
        letters = await the_dead_letters(line)
    [stored] = letters
    assert stored.dead_letter_topic == "document-received-v1-parse-dlq"
    assert (stored.letter.reason, stored.letter.stage, stored.letter.attempts) == ("payload_missing", "parse", 1)
    assert (stored.letter.topic, stored.letter.document_id) == (RECEIVED.name, lost.document_id)
    assert "uploads/lost" in stored.letter.message
    assert DocumentReceived.read(stored.original.value or b"") == lost
    assert await lag(line) == 0


OURS = {"ce_specversion": b"1.0", "ce_id": b"1", "ce_type": b"gouji.document-received-v1"}


@pytest.mark.parametrize(
    ("value", "headers", "reason"),
    [
        (b"{}", {}, "undecodable_message"),
        (None, OURS, "undecodable_message"),
        (b"\xff", OURS, "undecodable_message"),
        (b"{}", {**OURS, "ce_type": b"gouji.document-received-v2"}, "unknown_schema_version"),
        (b"{}", {**OURS, "ce_type": b"gouji.document-parsed-v1"}, "unknown_event_type"),
    ],
)
async def test_poison_message_is_dead_lettered_and_the_line_goes_on(
    line: Settings, value: bytes | None, headers: dict[str, bytes], reason: str
) -> None:
    async def handler(event: DocumentReceived) -> list[Event]:
        return [parsed(event)]

    async with EventProducer(line, "ingest") as producer:
        await producer.send([Message(RECEIVED.name, b"poison", value, tuple(headers.items()))])
        await producer.publish([received("good")])
    async with running(line, handler):
        await read_events(line, PARSED, 1)
        letters = await the_dead_letters(line)
    assert [stored.letter.reason for stored in letters] == [reason]
    assert letters[0].original.value == value


@pytest.mark.parametrize(("topic", "service"), [(topic, service) for topic, service, _ in dead_letters()])
async def test_each_service_dead_letters_what_is_no_event_on_each_of_its_topics(
    line: Settings, topic: Topic, service: str
) -> None:
    async def handler(event: Event) -> list[Event]:
        raise AssertionError(event)

    async with EventProducer(line, "another-program") as producer:
        await producer.send([Message(topic.name, b"poison", b"?", ())])
    async with running(line, handler, Stage(service, {topic: handler})):
        [stored] = await the_dead_letters(line)
    assert stored.dead_letter_topic == topic.dead_letter(service)
    assert (stored.letter.reason, stored.letter.stage) == ("undecodable_message", service)
    assert stored.original.value == b"?"


async def test_missing_dead_letter_topic_stops_the_stage_and_keeps_the_message(
    line: Settings, broker: Broker, request: pytest.FixtureRequest
) -> None:
    if broker.name == "embedded":
        reason = "the embedded broker makes a topic that is missing when something is written to it"
        request.applymarker(pytest.mark.xfail(strict=True, reason=reason))

    async def handler(event: DocumentReceived) -> list[Event]:
        return [parsed(event)]

    admin = AIOKafkaAdminClient(bootstrap_servers=line.kafka_servers)
    await admin.start()
    await admin.delete_topics([line.topic_prefix + RECEIVED.dead_letter("parse")])
    await admin.close()
    async with EventProducer(line, "ingest") as producer:
        await producer.send([Message(RECEIVED.name, b"poison", b"?", ())])
    with pytest.raises(DeadLetterFailed):
        async with running(line, handler) as task:
            await asyncio.wait({task}, timeout=WAIT_S if broker.name == "apache" else 15.0)
    assert await lag(line) == 1


async def test_event_too_large_for_kafka_dead_letters_its_cause(line: Settings) -> None:
    async def handler(event: DocumentReceived) -> list[Event]:
        made = parsed(event)
        return [
            made.model_copy(update={"file_name": "x" * MAX_MESSAGE_BYTES}) if event.file_name == "big.pdf" else made
        ]

    await publish(line, [received("big"), received("small")])
    async with running(line, handler):
        await read_events(line, PARSED, 1)
        letters = await the_dead_letters(line)
    assert [stored.letter.reason for stored in letters] == ["message_too_large"]


async def test_unknown_error_stops_the_stage_and_commits_nothing_behind_it(line: Settings) -> None:
    async def handler(event: DocumentReceived) -> list[Event]:
        raise ZeroDivisionError(event.file_name)

    await publish(line, [received("a")])
    with pytest.raises(ZeroDivisionError):
        async with running(line, handler) as task:
            await asyncio.wait({task}, timeout=WAIT_S)
    assert await lag(line) == 1
    assert await read_dead_letters(line) == ()


async def test_second_process_takes_its_share_and_nothing_is_lost_when_it_leaves(
    line: Settings, broker: Broker
) -> None:
    first: list[str] = []
    second: list[str] = []

    def counting(seen: list[str]) -> Handler:
        async def handler(event: DocumentReceived) -> list[Event]:
            await asyncio.sleep(0.02)
            seen.append(event.file_name)
            return [parsed(event)]

        return handler

    async def publish_until_both_work() -> int:
        number = 0
        async with EventProducer(line, "ingest") as producer, asyncio.timeout(WAIT_S):
            while not (first and second):
                await producer.publish([received(str(number + step)) for step in range(20)])
                number += 20
                await asyncio.sleep(0.1)
        return number

    def called(name: str) -> Settings:
        # The embedded broker may give two lasting members that come back at once the same partitions.
        return line.model_copy(update={"group_instance": name if broker.name == "apache" else ""})

    async with running(called("first"), counting(first)), running(called("second"), counting(second)):
        published = await publish_until_both_work()
    async with running(called("second"), counting(second)), running(called("first"), counting(first)):
        await until(lambda: len({*first, *second}) == published)
        await until_settled(line)
    events = await read_all(line, PARSED)
    expected = {parsed(received(str(number))).event_id for number in range(published)}
    assert Counter(event.event_id for event in events) == dict.fromkeys(expected, 1)


async def test_handling_longer_than_the_session_keeps_the_membership(line: Settings) -> None:
    calls = 0

    async def handler(event: DocumentReceived) -> list[Event]:
        nonlocal calls
        calls += 1
        await asyncio.sleep(8.0)
        return [parsed(event)]

    await publish(line, [received("long")])
    async with running(line, handler):
        await read_events(line, PARSED, 1)
    assert calls == 1
    assert await lag(line) == 0


async def test_dead_letter_that_cannot_be_written_stops_the_stage_and_keeps_the_message(line: Settings) -> None:
    async def handler(_event: DocumentReceived) -> list[Event]:
        return []

    # It fits into its topic; with the headers that say why it was refused it is too large for the dead-letter topic.
    async with EventProducer(line, "ingest") as producer:
        await producer.send([Message(RECEIVED.name, b"k", b"0" * (MAX_LETTER_BYTES - 300), ())])
    with pytest.raises(DeadLetterFailed):
        async with running(line, handler) as task:
            await asyncio.wait({task}, timeout=WAIT_S)
    assert await lag(line) == 1


async def test_readiness_names_kafka_until_it_answers(settings: Settings) -> None:
    port = free_port()
    away = settings.model_copy(update={"kafka_servers": f"127.0.0.1:{free_port()}", "port": port})

    async def handler(_event: DocumentReceived) -> list[Event]:
        return []

    async with running(away, handler), httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        answer = await client.get("/readyz")
        assert (answer.status_code, answer.json()["missing"]) == (503, ["kafka"])
        assert (await client.get("/healthz")).status_code == 200
    await create_topics(settings)
    async with (
        running(settings.model_copy(update={"port": port}), handler),
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client,
        asyncio.timeout(WAIT_S),
    ):
        while (await client.get("/readyz")).status_code != 200:
            await asyncio.sleep(0.1)
        assert "gouji_consumer_lag_messages" in (await client.get("/metrics")).text
