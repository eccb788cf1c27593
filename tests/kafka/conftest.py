"""Every test here runs on the embedded broker and on Apache Kafka; each has topics of its own on them."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from broker import Broker, apache_kafka
from isolation import isolated, saved

from cli.embedded.engines import kafka_engine
from shared.errors import EngineMissing
from shared.kafka import create_topics
from shared.settings import Settings, load_settings


@pytest.fixture(scope="session", params=["embedded", "apache"])
def broker(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """The embedded broker, then Apache Kafka where it can be had."""
    folder = tmp_path_factory.mktemp(request.param)
    with (embedded if request.param == "embedded" else apache)(folder) as started:
        yield started


@contextmanager
def embedded(folder: Path) -> Iterator[Broker]:
    try:
        engine = kafka_engine(folder / "kafka", folder)
    except EngineMissing as missing:
        pytest.skip(missing.message_en)
    settings = load_settings(kafka_servers=f"127.0.0.1:{engine.port}")

    def kill_and_restart() -> None:
        saved(folder / "kafka" / "kafka.json")
        engine.kill()
        engine.start()

    with ExitStack() as stop:
        engine.start()
        stop.callback(engine.stop)
        engine.wait_until_answering(settings)
        yield Broker("embedded", settings.kafka_servers, kill_and_restart)


@contextmanager
def apache(folder: Path) -> Iterator[Broker]:
    with apache_kafka(folder) as broker:

        def kill_and_restart() -> None:
            broker.kill()
            broker.start()

        yield Broker("apache", broker.servers, kill_and_restart)


@pytest.fixture
def settings(broker: Broker) -> Settings:
    """Settings of one test: its own topic prefix, short waits, a free port. No topic exists yet."""
    return isolated(load_settings(kafka_servers=broker.servers))


@pytest.fixture
async def line(settings: Settings) -> Settings:
    """Settings of one test whose topics exist."""
    await create_topics(settings)
    return settings
