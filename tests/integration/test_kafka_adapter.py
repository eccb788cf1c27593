"""The contract of the Kafka adapter: what the rest of Gouji relies on, whichever broker is below."""

import asyncio
import signal
import time
from pathlib import Path

import pytest
from documents import WAIT_S, parsed, read_records, received
from pydantic import ValidationError

from cli.embedded.engines import kafka_engine
from cli.embedded.ports import free_port
from shared.envelope import Message, readable
from shared.errors import KafkaUnavailable, MessageTooLarge
from shared.events import DeadLetter
from shared.kafka import (
    MAX_MESSAGE_BYTES,
    EventConsumer,
    EventProducer,
    create_topics,
    dead_letter_message,
    ping,
    read_dead_letters,
    replay_dead_letter,
    topic_states,
)
from shared.settings import Settings, load_settings
from shared.topics import PARSED, RECEIVED, TOPICS, dead_letters


async def nothing(_places: object) -> None: ...


def consumer_of(settings: Settings, service: str) -> EventConsumer:
    return EventConsumer(settings, service, [RECEIVED], on_assigned=nothing, on_revoked=nothing)


async def saved(snapshot: Path) -> None:
    """Wait until the embedded broker has saved what it has: it replaces one file each second in which it took some."""
    async with asyncio.timeout(WAIT_S):
        while not snapshot.exists() or time.time() - snapshot.stat().st_mtime < 3:
            await asyncio.sleep(0.1)


async def test_topics_and_their_dead_letter_topics_are_created_once(settings: Settings) -> None:
    declared = {topic.name for topic in TOPICS} | {name for _, _, name in dead_letters()}
    created = await create_topics(settings)
    assert {name.removeprefix(settings.topic_prefix) for name in created} == declared
    assert await create_topics(settings) == ()
    states = {state.name: state for state in await topic_states(settings)}
    assert set(states) == declared
    assert states[RECEIVED.name].partitions == settings.topic_partitions
    assert states["document-received-v1-parse-dlq"].partitions == 1


async def test_event_travels_with_its_cloudevents_headers(line: Settings) -> None:
    event = received("a")
    async with EventProducer(line, "ingest") as producer:
        await producer.publish([event])
    [record] = await read_records(line, RECEIVED, 1)
    headers = readable(record.headers)
    assert record.key == event.document_id.encode()
    assert headers["ce_specversion"] == "1.0"
    assert headers["ce_id"] == event.event_id
    assert headers["ce_source"] == "/gouji/ingest"
    assert headers["ce_type"] == "gouji.document-received-v1"
    assert headers["ce_subject"] == event.document_id
    assert headers["ce_traceparent"].startswith("00-")
    assert headers["content-type"] == "application/json"
    assert {"ce_time"} < set(headers)


async def test_events_of_one_document_stay_in_order(line: Settings) -> None:
    async with EventProducer(line, "ingest") as producer:
        await producer.publish([received("a", number) for number in range(50)])
    records = await read_records(line, RECEIVED, 50)
    assert [RECEIVED.event.read(record.value or b"").sequence for record in records] == list(range(50))
    assert len({record.place for record in records}) == 1


async def test_new_group_begins_with_the_oldest_message_and_goes_on_where_it_committed(line: Settings) -> None:
    async with EventProducer(line, "ingest") as producer:
        await producer.publish([received("a", number) for number in range(5)])
    async with consumer_of(line, "one") as consumer, asyncio.timeout(WAIT_S):
        records = []
        while len(records) < 5:
            records += await consumer.poll((), max_records=10, timeout_s=0.2)
        assert await consumer.commit(records[0].place, records[2].offset + 1)
    async with consumer_of(line, "one") as consumer, asyncio.timeout(WAIT_S):
        again = []
        while len(again) < 2:
            again += await consumer.poll((), max_records=10, timeout_s=0.2)
    assert [record.offset for record in again] == [3, 4]


async def test_partition_that_is_not_wanted_waits_without_losing_a_message(line: Settings) -> None:
    async with EventProducer(line, "ingest") as producer:
        await producer.publish([received(str(number)) for number in range(40)])
    async with consumer_of(line, "one") as consumer, asyncio.timeout(WAIT_S):
        held = next(iter(consumer.assigned()))
        others = consumer.assigned() - {held}
        records = []
        while sum((await consumer.backlog(others)).values()):
            records += await consumer.poll(others, max_records=10, timeout_s=0.2)
        assert held not in {record.place for record in records}
        while len(records) < 40:
            records += await consumer.poll((), max_records=10, timeout_s=0.2)
    assert len({(record.place, record.offset) for record in records}) == 40


async def test_commit_for_a_partition_of_another_is_refused_without_an_error(line: Settings) -> None:
    async with consumer_of(line, "one") as consumer:
        place = next(iter(consumer.assigned()))
        assert not await consumer.commit(place._replace(number=99), 1)


async def test_event_over_the_limit_is_refused_before_it_is_sent(line: Settings) -> None:
    large = parsed(received("a")).model_copy(update={"file_name": "x" * MAX_MESSAGE_BYTES})
    async with EventProducer(line, "parse") as producer:
        with pytest.raises(MessageTooLarge):
            await producer.publish([large])


async def test_large_event_that_does_not_compress_arrives(line: Settings) -> None:
    content = bytes(range(256)) * (MAX_MESSAGE_BYTES // 256 - 10)
    async with EventProducer(line, "parse") as producer:
        await producer.send([Message(PARSED.name, b"k", content)])
    [record] = await read_records(line, PARSED, 1)
    assert record.value == content


async def test_how_far_a_service_is_behind_is_counted(line: Settings) -> None:
    async with EventProducer(line, "ingest") as producer:
        await producer.publish([received(str(number)) for number in range(7)])
    states = {state.name: state for state in await topic_states(line)}
    assert states[RECEIVED.name].messages == 7
    assert states[RECEIVED.name].lag == {"parse": 7, "store": 7}


async def test_dead_letter_is_replayed_as_it_was_and_shown_as_replayed(line: Settings) -> None:
    event = received("a")
    async with EventProducer(line, "ingest") as producer:
        await producer.publish([event])
        [record] = await read_records(line, RECEIVED, 1)
        letter = DeadLetter(
            reason="payload_missing",
            message="消息 / message",
            stage="parse",
            attempts=2,
            topic=RECEIVED.name,
            partition=record.partition,
            offset=record.offset,
            failed_at=event.received_at,
            document_id=event.document_id,
        )
        await producer.send([dead_letter_message(record, letter)])
        [stored] = await read_dead_letters(line)
        assert stored.letter == letter
        assert not stored.replayed
        await replay_dead_letter(stored, producer)
    [again] = await read_dead_letters(line)
    assert again.replayed
    first, second = await read_records(line, RECEIVED, 2, service="another")
    assert (first.key, first.value, first.headers) == (second.key, second.value, second.headers)


async def test_message_of_another_program_on_a_dead_letter_topic_is_shown_as_such(line: Settings) -> None:
    async with EventProducer(line, "ingest") as producer:
        await producer.send([Message("document-received-v1-parse-dlq", None, b"?")])
    [stored] = await read_dead_letters(line)
    assert stored.letter.reason == "foreign_message"


async def test_broker_that_is_away_is_a_transient_error(settings: Settings) -> None:
    away = settings.model_copy(update={"kafka_servers": f"127.0.0.1:{free_port()}"})
    with pytest.raises(KafkaUnavailable):
        await ping(away)
    with pytest.raises(KafkaUnavailable):
        await EventProducer(away, "ingest").start()
    with pytest.raises(KafkaUnavailable):
        await consumer_of(away, "one").start()
    with pytest.raises(KafkaUnavailable):
        await read_dead_letters(away)


async def test_producer_goes_on_after_the_broker_was_killed_and_restarted(tmp_path: Path) -> None:
    broker = kafka_engine(tmp_path / "kafka", tmp_path)
    settings = load_settings(kafka_servers=f"127.0.0.1:{broker.port}", topic_partitions=2)
    broker.start()
    try:
        await asyncio.to_thread(broker.wait_until_answering, settings)
        await create_topics(settings)
        async with EventProducer(settings, "ingest") as producer, asyncio.timeout(WAIT_S * 2):
            await producer.publish([received(str(number)) for number in range(20)])
            await saved(tmp_path / "kafka" / "kafka.json")
            broker.child.signal(signal.SIGKILL)
            assert broker.child.wait(5)
            sending = asyncio.create_task(producer.publish([received(str(number)) for number in range(20, 40)]))
            await asyncio.sleep(0)
            broker.start()
            while True:
                try:
                    await sending
                    break
                except KafkaUnavailable:
                    sending = asyncio.create_task(producer.publish([received(str(n)) for n in range(20, 40)]))
        records = await read_records(settings, RECEIVED, 40)
    finally:
        broker.stop()
    assert len({record.key for record in records}) == 40


def test_dead_letter_cannot_be_made_without_its_reason() -> None:
    with pytest.raises(ValidationError):
        DeadLetter.model_validate({"message": "?"})
