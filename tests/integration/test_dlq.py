"""`gouji dlq` and `gouji topics` against a broker with refused messages on it."""

import asyncio
import json
from collections.abc import Callable

import pytest
from documents import parsed, read_events, received
from typer.testing import CliRunner, Result

from cli.main import app
from shared.errors import PayloadMissing
from shared.events import DocumentReceived, Event
from shared.kafka import EventProducer, create_topics, encoded, read_dead_letters
from shared.settings import Settings
from shared.topics import PARSED, RECEIVED
from shared.worker import Handler, Stage, run_stage

Gouji = Callable[..., Result]
LETTERS = 3


@pytest.fixture
def refused(settings: Settings) -> Settings:
    """A line on which three messages were refused for a missing payload and one because it is no event."""

    async def refuse(event: DocumentReceived) -> list[Event]:
        raise PayloadMissing(reference=event.file_name)

    async def prepare() -> None:
        await create_topics(settings)
        async with EventProducer(settings, "ingest") as producer:
            messages = [encoded(received(str(number)), "ingest") for number in range(LETTERS)]
            nonsense = encoded(received("nonsense"), "ingest")
            await producer.send([*messages, type(nonsense)(nonsense.topic, b"key", b"nonsense", nonsense.headers)])
        await work(settings, refuse, lambda letters: len(letters) == LETTERS + 1)

    asyncio.run(prepare())
    return settings


@pytest.fixture
def gouji(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Gouji:
    """The command, its environment naming this test's engines and prefix."""
    monkeypatch.setenv("GOUJI_KAFKA_SERVERS", settings.kafka_servers)
    monkeypatch.setenv("GOUJI_TOPIC_PREFIX", settings.topic_prefix)
    monkeypatch.setenv("GOUJI_MONGO_URL", settings.mongo_url)
    monkeypatch.setenv("GOUJI_MONGO_DATABASE", settings.mongo_database)
    monkeypatch.setenv("COLUMNS", "250")

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(app, list(arguments))

    return run


async def work(settings: Settings, handler: Handler, enough: Callable[[tuple[object, ...]], bool]) -> None:
    """Run a parse stage with this handler until the dead letters are as they should be."""
    stop = asyncio.Event()
    stage = asyncio.create_task(run_stage(Stage("parse", {RECEIVED: handler}), settings, dependencies={}, stop=stop))
    async with asyncio.timeout(30):
        while not enough(await read_dead_letters(settings)):
            await asyncio.sleep(0.05)
    stop.set()
    await stage


@pytest.mark.usefixtures("refused")
def test_list_shows_each_refused_message_with_its_reason(gouji: Gouji) -> None:
    letters = json.loads(gouji("dlq", "list", "--json").stdout)
    assert sorted(letter["reason"] for letter in letters) == ["payload_missing"] * 3 + ["undecodable_message"]
    assert {letter["stage"] for letter in letters} == {"parse"}
    [chosen] = json.loads(gouji("dlq", "list", "--reason", "undecodable_message", "--json").stdout)
    table = gouji("dlq", "list").stdout
    assert all(letter["id"] in table for letter in letters)
    assert chosen["id"] in table


@pytest.mark.usefixtures("refused")
def test_show_prints_headers_and_body(gouji: Gouji) -> None:
    [chosen] = json.loads(gouji("dlq", "list", "--reason", "undecodable_message", "--json").stdout)
    shown = json.loads(gouji("dlq", "show", chosen["id"], "--json").stdout)
    assert shown["body"] == "nonsense"
    assert shown["headers"]["ce_type"] == "gouji.document-received-v1"
    assert "nonsense" in gouji("dlq", "show", chosen["id"]).stdout


@pytest.mark.usefixtures("refused")
def test_dry_run_changes_nothing(gouji: Gouji) -> None:
    before = gouji("dlq", "list", "--json").stdout
    told = gouji("dlq", "replay", "--all", "--dry-run")
    assert told.exit_code == 0
    assert "4" in told.stdout
    assert gouji("dlq", "list", "--json").stdout == before


def test_replay_by_reason_puts_the_messages_back_and_they_are_handled(refused: Settings, gouji: Gouji) -> None:
    assert gouji("dlq", "replay", "--reason", "payload_missing").exit_code == 0
    [left] = json.loads(gouji("dlq", "list", "--json").stdout)
    assert left["reason"] == "undecodable_message"
    assert len(json.loads(gouji("dlq", "list", "--replayed", "--json").stdout)) == LETTERS + 1

    async def read(event: DocumentReceived) -> list[Event]:
        return [parsed(event)]

    async def handle_again() -> list[Event]:
        stop = asyncio.Event()
        stage = asyncio.create_task(run_stage(Stage("parse", {RECEIVED: read}), refused, dependencies={}, stop=stop))
        events = await read_events(refused, PARSED, LETTERS)
        stop.set()
        await stage
        return events

    events = asyncio.run(handle_again())
    assert {event.event_id for event in events} == {parsed(received(str(n))).event_id for n in range(LETTERS)}


@pytest.mark.usefixtures("refused")
def test_replay_of_one_leaves_the_others(gouji: Gouji) -> None:
    letters = json.loads(gouji("dlq", "list", "--json").stdout)
    assert gouji("dlq", "replay", letters[0]["id"]).exit_code == 0
    left = json.loads(gouji("dlq", "list", "--json").stdout)
    assert [letter["id"] for letter in left] == [letter["id"] for letter in letters[1:]]


@pytest.mark.usefixtures("refused")
def test_unknown_letter_is_named(gouji: Gouji) -> None:
    answer = gouji("dlq", "replay", "document-received-v1-parse-dlq/999")
    assert answer.exit_code == 2
    assert "document-received-v1-parse-dlq/999" in answer.output


@pytest.mark.parametrize("arguments", [(), ("--all", "--reason", "x"), ("some/1", "--all")])
def test_replay_asks_for_exactly_one_way_of_choosing(gouji: Gouji, arguments: tuple[str, ...]) -> None:
    assert gouji("dlq", "replay", *arguments).exit_code == 2


def test_topics_are_created_once_and_listed_with_their_lag(gouji: Gouji) -> None:
    assert "document-received-v1" in gouji("topics", "create").stdout
    assert "0 topics created" in gouji("topics", "create").stdout
    listed = json.loads(gouji("topics", "list", "--json").stdout)
    [topic] = [topic for topic in listed if topic["name"] == RECEIVED.name]
    assert topic["lag"] == {"parse": 0, "store": 0}
    assert RECEIVED.name in gouji("topics", "list").stdout


def test_broker_that_is_away_is_told_in_both_languages(gouji: Gouji, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOUJI_KAFKA_SERVERS", "127.0.0.1:1")
    answer = gouji("dlq", "list")
    assert answer.exit_code != 0
    assert answer.exception is not None
    assert answer.exception.__class__.__name__ == "KafkaUnavailable"
