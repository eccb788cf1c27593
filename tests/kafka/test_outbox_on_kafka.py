"""The outbox relay against a real Apache Kafka: whatever dies, each accepted document is published once."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import relay_deaths
import relaying
from broker import KafkaBroker, apache_kafka
from relaying import Moment

from cli.embedded.engines import connected, kafka_engine, mongo_engine
from shared.backoff import Backoff
from shared.errors import EngineMissing
from shared.kafka import OutboxProducer, create_topics, oldest_unread
from shared.mongo import Database
from shared.records import migrate
from shared.settings import Settings, load_settings
from shared.topics import RECEIVED


@pytest.fixture(scope="module")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaBroker]:
    with apache_kafka(tmp_path_factory.mktemp("kafka")) as broker:
        yield broker


@pytest.fixture(scope="module")
def engines(kafka: KafkaBroker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Apache Kafka beside the embedded database."""
    folder: Path = tmp_path_factory.mktemp("mongo")
    try:
        mongo = mongo_engine(folder / "mongo", folder)
    except EngineMissing as missing:
        pytest.skip(missing.message_en)
    mongo.start()
    settings = connected(load_settings(), kafka_engine(folder / "unused", folder), mongo)
    settings = settings.model_copy(update={"kafka_servers": kafka.servers})
    mongo.wait_until_answering(settings)
    yield settings
    mongo.stop()


@pytest.fixture
async def line(engines: Settings) -> Settings:
    """Settings of one test whose topics exist, on a database of its own."""
    name = f"t{uuid4().hex[:10]}"
    own = {"topic_prefix": f"{name}-", "mongo_database": name, "topic_partitions": 2, "session_timeout_ms": 6000}
    settings = engines.model_copy(update=own)
    await create_topics(settings)
    async with OutboxProducer(settings) as producer:
        # A broker just born makes its own topics for offsets and transactions first.
        await Backoff(0.1, 1.0).until_up(producer.start)
    return settings


@pytest.fixture
async def database(line: Settings) -> AsyncIterator[Database]:
    async with Database(line) as opened:
        await migrate(opened)
        yield opened


@pytest.mark.parametrize("moment", ["before the commit", "behind the commit"])
async def test_relay_that_dies_publishes_nothing_twice(line: Settings, database: Database, moment: Moment) -> None:
    await relay_deaths.relay_that_dies_publishes_nothing_twice(line, database, moment)


async def test_second_relay_fences_the_first(line: Settings, database: Database) -> None:
    await relay_deaths.second_relay_fences_the_first(line, database)


async def test_restored_database_takes_nothing_new_for_published(line: Settings, database: Database) -> None:
    await relay_deaths.restored_database_takes_nothing_new_for_published(line, database)


async def test_fenced_transaction_is_invisible(line: Settings, database: Database) -> None:
    await relay_deaths.fenced_transaction_is_invisible(line, database)


async def test_markers_of_transactions_are_nothing_unread(line: Settings, database: Database) -> None:
    await relaying.accept("document", database)
    async with relaying.relay_of(line, database) as relay:
        await relay.relay_once()
    assert (await oldest_unread(line))[RECEIVED.name, "parse"] is not None
    assert (await relaying.visible_events(line, 1, "parse", settle=True)).total() == 1
    unread = await oldest_unread(line)
    while unread[RECEIVED.name, "parse"] is not None:  # the markers follow the commit
        unread = await oldest_unread(line)
    assert unread[RECEIVED.name, "store"] is not None
