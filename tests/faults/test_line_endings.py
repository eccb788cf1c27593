"""What becomes of poison, of what is too large, and of a line whose broker or database is away or hangs: end to end,
all services as processes over Apache Kafka.
"""

import asyncio
import hashlib
import io
import time
from collections import Counter
from collections.abc import Iterator

import pypdfium2
import pytest
from aiokafka.admin import AIOKafkaAdminClient
from documents import all_records
from reportlab.pdfgen.canvas import Canvas
from standing_line import StandingLine, standing_line
from whole_line import small_documents, wait_for

from cli.samples.fonts import register_fonts
from shared.envelope import Message, readable
from shared.kafka import EventProducer, create_topics, read_dead_letters
from shared.mongo import Database
from shared.records import PARSED_BUCKET
from shared.topics import PARSED, STORED, Topic, dead_letters

KAFKA_AWAY_SECONDS = 60.0
PATIENCE_SECONDS = 120.0
MEGABYTES_5 = 5_000_000


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandingLine]:
    # On a busy machine what follows the last page of a reading of 5 MB takes longer than a page may.
    with standing_line(tmp_path_factory.mktemp("line"), page_timeout_s=120) as started:
        yield started


def documents(name: str, count: int) -> list[bytes]:
    """Small documents that no other test uploads."""
    return [data + f"\n%{name}\n".encode() for data in small_documents(count)]


def all_are_stored(line: StandingLine, batch: str, files: list[bytes]) -> None:
    """Each file of a batch was stored once, as the batch and a subscriber see it, and no process ended by itself."""
    ids = {hashlib.sha256(data).hexdigest() for data in files}
    wait_for(lambda: line.exited_by_itself() or line.counts(batch) == {"stored": len(files)}, PATIENCE_SECONDS)
    assert line.exited_by_itself() == []
    wait_for(lambda: set(stored_events(line, ids)) == ids, PATIENCE_SECONDS)  # the event follows the record
    assert stored_events(line, ids) == dict.fromkeys(ids, 1)


def stored_events(line: StandingLine, ids: set[str]) -> Counter[str]:
    """How often a subscriber saw that each of these documents was stored."""
    seen = [readable(record.headers)["ce_subject"] for record in asyncio.run(all_records(line.settings, STORED))]
    return Counter(document for document in seen if document in ids)


def send(line: StandingLine, messages: list[Message]) -> None:
    """Another program writes to the topics."""

    async def produce() -> None:
        async with EventProducer(line.settings, "another-program") as producer:
            await producer.send(messages)

    asyncio.run(produce())


def letters_of(line: StandingLine, key: bytes) -> dict[str, str]:
    """The reason on each dead-letter topic for the messages of this key."""
    letters = asyncio.run(read_dead_letters(line.settings))
    return {each.dead_letter_topic: each.letter.reason for each in letters if each.original.key == key}


def headers(topic: Topic, version: int = 1) -> tuple[tuple[str, bytes], ...]:
    kind = f"gouji.{topic.name.removesuffix('1')}{version}"
    return ("ce_specversion", b"1.0"), ("ce_id", b"1"), ("ce_type", kind.encode())


@pytest.mark.parametrize(
    ("body", "version", "reason"),
    [
        (b"?", 1, "undecodable_message"),
        (b"{}", 2, "unknown_schema_version"),
        (b"0" * MEGABYTES_5, 1, "undecodable_message"),
    ],
    ids=["no event", "unknown version", "5 MB"],
)
def test_poison_on_each_topic_is_dead_lettered_by_each_of_its_services_and_the_line_goes_on(
    line: StandingLine, body: bytes, version: int, reason: str
) -> None:
    key = f"{reason} {len(body)}".encode()
    send(line, [Message(topic.name, key, body, headers(topic, version)) for topic in {t for t, _, _ in dead_letters()}])
    expected = {name: reason for _, _, name in dead_letters()}
    wait_for(lambda: letters_of(line, key) == expected, PATIENCE_SECONDS)
    files = documents(key.decode(), 2)
    for data in files:
        assert line.uploads(data, key.hex())
    all_are_stored(line, key.hex(), files)


def test_file_of_5_megabytes_and_a_reading_of_5_megabytes_travel_by_reference_and_are_stored(
    line: StandingLine,
) -> None:
    [small] = documents("5 MB", 1)
    files = [small + b"%" + b"x" * MEGABYTES_5, with_long_text(small)]
    for data in files:
        assert line.uploads(data, "large")
    all_are_stored(line, "large", files)

    async def largest() -> int:
        async with Database(line.settings) as database:
            return max(row["length"] for row in await database[f"{PARSED_BUCKET}.files"].all({}, {"length": 1}))

    assert asyncio.run(largest()) > MEGABYTES_5


def with_long_text(data: bytes) -> bytes:
    """The document with more than a million characters behind it, on pages as large as posters."""
    register_fonts()
    written = io.BytesIO()
    canvas = Canvas(written, pagesize=(2500, 1400))
    for _page in range(75):
        canvas.setFont("song", 8)
        for row in range(100):
            canvas.drawString(50, 1320 - 12 * row, "我们按照规定公开决算情况和预算情况" * 17 + "。")
        canvas.showPage()
    canvas.save()
    both = pypdfium2.PdfDocument.new()
    for part in (data, written.getvalue()):
        both.import_pages(pypdfium2.PdfDocument(part))
    joined = io.BytesIO()
    both.save(joined)
    return joined.getvalue()


def test_dead_letter_that_cannot_be_written_stops_the_service_and_is_written_when_it_can_be(line: StandingLine) -> None:
    missing = PARSED.dead_letter("validate")
    asyncio.run(delete_topic(line, missing))
    send(line, [Message(PARSED.name, b"unwritable", b"?", headers(PARSED))])
    assert line.wait_for_end("validate") > 0
    assert "dead_letter_failed" in line.log("validate") or "DeadLetterFailed" in line.log("validate")
    assert asyncio.run(create_topics(line.settings)) == (line.settings.topic_prefix + missing,)
    line.start_again("validate")
    wait_for(lambda: missing in letters_of(line, b"unwritable"), PATIENCE_SECONDS)
    files = documents("unwritable", 2)
    for data in files:
        assert line.uploads(data, "unwritable")
    all_are_stored(line, "unwritable", files)


async def delete_topic(line: StandingLine, name: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=line.settings.kafka_servers)
    await admin.start()
    await admin.delete_topics([line.settings.topic_prefix + name])
    await admin.close()


def test_uploads_go_on_while_kafka_is_down_for_a_minute_and_all_are_stored_afterwards(line: StandingLine) -> None:
    files = documents("down", 20)
    line.broker.kill()
    until = time.monotonic() + KAFKA_AWAY_SECONDS
    for number, data in enumerate(files):
        assert line.uploads(data, "down"), "Kafka is no condition for taking documents in"
        due = until - KAFKA_AWAY_SECONDS * (1 - (number + 1) / len(files))
        wait_for(lambda: time.monotonic() > due, KAFKA_AWAY_SECONDS)  # noqa: B023
    assert line.counts("down") == {"accepted": len(files)}
    line.broker.start()
    all_are_stored(line, "down", files)


def test_database_that_goes_down_under_load_answers_503_and_all_that_was_accepted_is_stored(line: StandingLine) -> None:
    files = documents("away", 10)
    accepted = [data for data in files[:5] if line.uploads(data, "away")]
    line.mongo.kill()
    answer = line.upload(files[5], "away")
    assert answer is not None
    assert (answer.status_code, answer.json()["reason"]) == (503, "database_unavailable")
    assert int(answer.headers["retry-after"]) > 0
    line.mongo.start()
    wait_for(lambda: line.is_ready("ingest"), PATIENCE_SECONDS)
    accepted += [data for data in files[6:] if line.uploads(data, "away")]
    assert len(accepted) == 9
    all_are_stored(line, "away", accepted)


def test_database_that_hangs_is_told_as_one_that_does_not_answer(line: StandingLine) -> None:
    [data] = documents("hanging", 1)
    line.freeze_database()
    try:
        answer = line.upload(data, "hanging")
        assert answer is not None
        assert (answer.status_code, answer.json()["reason"]) == (503, "database_unavailable")
        assert "cancelled" not in answer.text
        assert line.readiness("store")["database"] != "ok"
    finally:
        line.thaw_database()
    wait_for(lambda: line.uploads(data, "hanging"), PATIENCE_SECONDS)
    all_are_stored(line, "hanging", [data])


def test_broker_that_hangs_is_named_by_the_services_within_fifteen_seconds(line: StandingLine) -> None:
    wait_for(lambda: line.readiness("validate").get("kafka") == "ok", PATIENCE_SECONDS)
    line.broker.freeze()
    try:
        wait_for(lambda: line.readiness("validate").get("kafka", "ok") != "ok", 15)
        [data] = documents("frozen", 1)
        assert line.uploads(data, "frozen")
    finally:
        line.broker.thaw()
    all_are_stored(line, "frozen", [data])
    wait_for(lambda: line.is_ready("validate"), PATIENCE_SECONDS)
