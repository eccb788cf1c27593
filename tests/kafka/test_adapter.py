"""The contract of the Kafka adapter: what the rest of Gouji relies on, whichever broker is below."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from broker import Broker
from documents import WAIT_S, parsed, read_all, read_records, received
from pydantic import ValidationError

from cli.embedded.ports import free_port
from shared.envelope import Message, readable
from shared.errors import KafkaUnavailable, MessageTooLarge, TakenOver, TransientError
from shared.events import DeadLetter
from shared.kafka import (
    MAX_LETTER_BYTES,
    MAX_MESSAGE_BYTES,
    EventConsumer,
    EventProducer,
    Partition,
    Record,
    TransactionalProducer,
    create_topics,
    dead_letter_message,
    delete_before,
    encoded,
    expendable,
    ping,
    read_dead_letters,
    replay_dead_letter,
    topic_states,
)
from shared.publications import FigureRetracted
from shared.settings import Settings
from shared.topics import FACT_PUBLISHED, PARSED, RECEIVED, TOPICS, dead_letters


async def nothing(_places: object) -> None: ...


def figure(row_key: str) -> FigureRetracted:
    """One of the figures of a filing."""
    about = received("a").model_dump(include={"document_id", "receipt_number", "received_at", "sequence"})
    filing = {"region": "甲县", "unit": "乙局", "scope": "unit", "kind": "budget", "fiscal_year": 2024}
    address = {"table_type": "income", "row_key": row_key, "column_key": "total"}
    return FigureRetracted(**about, **filing, **address, publication=1)


def consumer_of(settings: Settings, service: str) -> EventConsumer:
    return EventConsumer(settings, service, [RECEIVED], on_assigned=nothing, on_revoked=nothing)


@contextlib.asynccontextmanager
async def delivering(settings: Settings, name: str) -> AsyncIterator[TransactionalProducer]:
    """A started transactional producer of this name."""
    producer = TransactionalProducer(settings, name)
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


async def settled(settings: Settings, service: str, place: Partition) -> int:
    """How far the group of a service has come, as the next owner of a partition would ask."""
    async with consumer_of(settings, service) as consumer:
        return await consumer.settled(place)


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
    records = await read_records(line, RECEIVED, 5, service="one")
    async with delivering(line, "one") as delivery:
        await delivery.deliver([], "one", {records[0].place: records[2].offset + 1})
    assert [record.offset for record in await read_records(line, RECEIVED, 2, service="one")] == [3, 4]


async def test_transaction_shows_its_messages_and_its_offset_together(line: Settings) -> None:
    place = Partition(RECEIVED.name, 1)
    events = [parsed(received(str(number))) for number in range(10)]
    async with delivering(line, "parse") as delivery:
        await delivery.deliver([encoded(event, "parse") for event in events[:6]], "parse", {place: 6})
        await delivery.deliver([encoded(event, "parse") for event in events[6:]], "parse", {place: 10})
    assert {event.event_id for event in await read_all(line, PARSED)} == {event.event_id for event in events}
    assert await settled(line, "parse", place) == 10


async def test_whoever_starts_under_a_name_shuts_out_the_former_one(line: Settings) -> None:
    place = Partition(RECEIVED.name, 1)
    async with delivering(line, "parse") as zombie, delivering(line, "parse") as owner:
        with pytest.raises(TakenOver):
            await zombie.deliver([encoded(parsed(received("zombie")), "parse")], "parse", {place: 7})
        assert not zombie.started
        await owner.deliver([encoded(parsed(received("owner")), "parse")], "parse", {place: 1})
    assert [event.file_name for event in await read_all(line, PARSED)] == ["owner.pdf"]
    assert await settled(line, "parse", place) == 1


async def test_what_a_dead_process_left_open_is_never_seen(line: Settings) -> None:
    place = Partition(RECEIVED.name, 1)
    dead = AIOKafkaProducer(bootstrap_servers=line.kafka_servers, transactional_id=f"{line.topic_prefix}parse")
    await dead.start()
    await dead.begin_transaction()
    await dead.send_and_wait(line.topic_prefix + PARSED.name, b"unfinished", key=b"k")
    await dead.send_offsets_to_transaction(
        {TopicPartition(line.topic_prefix + RECEIVED.name, 1): 5}, f"{line.topic_prefix}gouji-parse"
    )
    async with delivering(line, "parse") as successor:
        assert await settled(line, "parse", place) == 0
        await successor.deliver([encoded(parsed(received("a")), "parse")], "parse", {place: 1})
        assert [event.file_name for event in await read_all(line, PARSED)] == ["a.pdf"]
    await dead.stop()


async def test_what_a_dead_process_left_open_hides_nothing_that_its_successors_publish(line: Settings) -> None:
    place = Partition(RECEIVED.name, 1)
    dead = AIOKafkaProducer(bootstrap_servers=line.kafka_servers, transactional_id=f"{line.topic_prefix}parse")
    await dead.start()
    await dead.begin_transaction()
    await dead.send_and_wait(line.topic_prefix + PARSED.name, b"unfinished", key=received("a").document_id.encode())
    async with (
        delivering(line, "parse") as successor,
        EventConsumer(line, "validate", [PARSED], on_assigned=nothing, on_revoked=nothing) as reader,
        delivering(line, "validate") as settling,
    ):
        for number in range(1, 4):
            event = parsed(received("a"))
            await successor.deliver([encoded(event, "parse")], "parse", {place: number})
            [record] = await polled(reader)
            await settling.deliver([], "validate", {record.place: record.offset + 1})
        await successor.deliver([encoded(parsed(received("a")), "parse")], "parse", {place: 4})
        await reader.stop()
        await reader.start()  # behind the mark of what was aborted
        [record] = await polled(reader)
        await settling.deliver([], "validate", {record.place: record.offset + 1})
        await reader.stop()
        await reader.start()
        assert not await reader.poll((), max_records=10, timeout_s=1.0), "it waits at the end"
        await successor.deliver([encoded(parsed(received("a")), "parse")], "parse", {place: 5})
        assert len(await polled(reader)) == 1
    await dead.stop()


async def polled(reader: EventConsumer) -> list[Record]:
    """The next messages, as soon as there are any."""
    async with asyncio.timeout(WAIT_S):
        while not (records := await reader.poll((), max_records=10, timeout_s=0.2)):
            pass
    return records


async def test_failed_transaction_leaves_nothing_behind(line: Settings) -> None:
    place = Partition(RECEIVED.name, 1)
    small, large = encoded(parsed(received("a")), "parse"), b"0" * (MAX_LETTER_BYTES + 1)
    async with delivering(line, "parse") as delivery:
        with pytest.raises(MessageTooLarge):
            await delivery.deliver([small, Message(PARSED.name, b"k", large)], "parse", {place: 2})
        assert not delivery.started
        await delivery.start()
        await delivery.deliver([small], "parse", {place: 1})
    assert len(await read_all(line, PARSED)) == 1
    assert await settled(line, "parse", place) == 1


async def test_partition_that_is_not_wanted_waits_without_losing_a_message(line: Settings) -> None:
    async with EventProducer(line, "ingest") as producer:
        await producer.publish([received(str(number)) for number in range(40)])
    async with consumer_of(line, "one") as consumer, asyncio.timeout(WAIT_S):
        held = next(iter(consumer.assigned()))
        others = consumer.assigned() - {held}
        records = []
        while sum(come.waiting for come in (await consumer.progress(others)).values()):
            records += await consumer.poll(others, max_records=10, timeout_s=0.2)
        assert held not in {record.place for record in records}
        while len(records) < 40:
            records += await consumer.poll((), max_records=10, timeout_s=0.2)
    assert len({(record.place, record.offset) for record in records}) == 40


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


async def test_message_over_the_limit_of_its_topic_is_refused(line: Settings) -> None:
    async with EventProducer(line, "parse") as producer:
        with pytest.raises(MessageTooLarge):
            await producer.send([Message(PARSED.name, b"k", random.randbytes(MAX_LETTER_BYTES - 1000))])


async def test_how_far_a_service_is_behind_is_counted(line: Settings) -> None:
    async with EventProducer(line, "ingest") as producer:
        await producer.publish([received(str(number)) for number in range(7)])
    states = {state.name: state for state in await topic_states(line)}
    assert states[RECEIVED.name].messages == 7
    assert states[RECEIVED.name].lag == {"parse": 7, "store": 7}


async def test_the_oldest_go_and_what_one_service_has_yet_to_read_stays(line: Settings) -> None:
    async with EventProducer(line, "ingest") as producer:
        await producer.publish([received("a", number) for number in range(5)])
    records = await read_records(line, RECEIVED, 5, service="parse")
    place = records[0].place
    async with delivering(line, "parse") as parse, delivering(line, "store") as store:
        await parse.deliver([], "parse", {place: records[3].offset + 1})
        await store.deliver([], "store", {place: records[1].offset + 1})
    assert (await expendable({RECEIVED: 4 * line.topic_partitions}, line))[place] == records[1].offset
    await delete_before(await expendable({RECEIVED: 0}, line), line)
    left = await read_records(line, RECEIVED, 3, service="new")
    assert [record.offset for record in left] == [record.offset for record in records[2:]]


async def test_the_newest_results_stay(line: Settings) -> None:
    figures = [figure(f"row/{number}") for number in range(20)]
    async with EventProducer(line, "store") as producer:
        await producer.publish(figures)
    await delete_before(await expendable({FACT_PUBLISHED: 6 * line.topic_partitions}, line), line)
    left = await read_records(line, FACT_PUBLISHED, 6)
    assert [record.key for record in left] == [event.key.encode() for event in figures[-6:]]


async def test_figures_of_a_filing_share_a_partition_under_keys_of_their_own(line: Settings) -> None:
    figures = [figure(f"row/{number}") for number in range(20)]
    async with EventProducer(line, "store") as producer:
        await producer.publish(figures)
    records = await read_records(line, FACT_PUBLISHED, len(figures))
    assert len({record.place for record in records}) == 1
    assert [record.key for record in records] == [event.key.encode() for event in figures]


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


async def test_producers_go_on_after_the_broker_was_killed_and_restarted(line: Settings, broker: Broker) -> None:
    place = Partition(RECEIVED.name, 1)
    async with EventProducer(line, "ingest") as producer, delivering(line, "parse") as delivery:
        await producer.publish([received(str(number)) for number in range(20)])
        await delivery.deliver([encoded(parsed(received("0")), "parse")], "parse", {place: 1})
        broker.kill_and_restart()  # not in a thread: the embedded broker ends with the thread that started it
        async with asyncio.timeout(WAIT_S * 2):
            await until_taken(lambda: producer.publish([received(str(number)) for number in range(20, 40)]))
            await until_taken(lambda: delivered_again(delivery, place))
    assert len({event.document_id for event in await read_all(line, RECEIVED)}) == 40
    assert sorted(event.file_name for event in await read_all(line, PARSED)) == ["0.pdf", "1.pdf"]


async def delivered_again(delivery: TransactionalProducer, place: Partition) -> None:
    if not delivery.started:
        await delivery.start()
    await delivery.deliver([encoded(parsed(received("1")), "parse")], "parse", {place: 2})


async def until_taken(act: Callable[[], Awaitable[None]]) -> None:
    """Try again while Kafka is away."""
    while True:
        try:
            return await act()
        except TransientError:
            await asyncio.sleep(0.1)


def test_dead_letter_cannot_be_made_without_its_reason() -> None:
    with pytest.raises(ValidationError):
        DeadLetter.model_validate({"message": "?"})
