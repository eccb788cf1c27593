"""The embedded engines, started once per session on free ports in a temporary folder; each test has topics and a
database of its own on them."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, datetime

import httpx
import pytest
from callers import caller
from isolation import isolated
from typer.testing import CliRunner, Result

from cli.embedded.engines import connected, kafka_engine, mongo_engine
from cli.main import app
from services.store.handler import Store
from services.store.query import create_app
from shared.errors import EngineMissing
from shared.kafka import create_topics
from shared.layouts import load_layouts
from shared.mongo import Database, Files
from shared.records import migrate
from shared.settings import Settings, load_settings


@pytest.fixture(scope="session")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """The settings with the addresses of a running embedded broker and database."""
    folder = tmp_path_factory.mktemp("engines")
    try:
        kafka, mongo = kafka_engine(folder / "kafka", folder), mongo_engine(folder / "mongo", folder)
    except EngineMissing as missing:
        pytest.skip(missing.message_en)
    settings = connected(load_settings(), kafka, mongo)
    with contextlib.ExitStack() as stops:
        for engine in (kafka, mongo):
            engine.start()
            stops.callback(engine.stop)
        for engine in (kafka, mongo):
            engine.wait_until_answering(settings)
        yield settings


@pytest.fixture
def settings(engines: Settings) -> Settings:
    """Settings of one test: its own topic prefix and database, short waits, a free port. No topic exists yet."""
    return isolated(engines)


@pytest.fixture
async def line(settings: Settings) -> Settings:
    """Settings of one test whose topics exist."""
    await create_topics(settings)
    return settings


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[Database]:
    async with Database(settings) as opened:
        await migrate(opened)
        yield opened


@pytest.fixture
def store(database: Database) -> Store:
    return Store(database, Files(database), load_layouts(), lambda: datetime(2026, 1, 1, tzinfo=UTC))


@pytest.fixture
async def api(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(create_app(database))
    key = await caller(database)
    async with httpx.AsyncClient(transport=transport, base_url="http://query", headers=key) as client:
        yield client


@pytest.fixture
def gouji(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Awaitable[Result]]:
    """The command beside a running loop, its environment naming this test's engines; `answer` is what is typed."""
    for name in ("kafka_servers", "mongo_url", "mongo_database", "topic_prefix"):
        monkeypatch.setenv(f"GOUJI_{name.upper()}", str(getattr(settings, name)))
    monkeypatch.setenv("COLUMNS", "200")

    async def run(*arguments: str, answer: str = "") -> Result:
        return await asyncio.to_thread(CliRunner().invoke, app, list(arguments), input=answer)

    return run
