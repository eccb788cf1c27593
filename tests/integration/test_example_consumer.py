"""The sample consumer of docs/examples, run as a program beside the store's own loop, against what the store keeps."""

import asyncio
import contextlib
import sqlite3
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from documents import WAIT_S
from verdicts import disclosure, summary_table, validated

from services.store.handler import Store, store_document
from services.store.publishing import publish_filing
from shared.events import DocumentValidated
from shared.kafka import EventProducer
from shared.layouts import load_layouts
from shared.mongo import Database, Files
from shared.records import DOCUMENTS, FILINGS, LINES, children_of, migrate
from shared.settings import Settings
from shared.topics import FACT_PUBLISHED, FILING_REVISED, VALIDATED
from shared.worker import Stage, run_stage

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "figures.py"


@pytest.fixture
async def database(line: Settings) -> AsyncIterator[Database]:
    async with Database(line) as opened:
        await migrate(opened)
        yield opened


@contextlib.asynccontextmanager
async def running_store(line: Settings, database: Database) -> AsyncIterator[None]:
    store = Store(database, Files(database), load_layouts(), lambda: validated("any").received_at)
    handlers = {
        VALIDATED: partial(store_document, store=store),
        FILING_REVISED: partial(publish_filing, database=database),
    }
    stop = asyncio.Event()
    running = asyncio.create_task(run_stage(Stage("store", handlers), line, dependencies={}, stop=stop))
    try:
        yield
    finally:
        stop.set()
        await running


async def published(events: list[DocumentValidated], line: Settings, database: Database) -> None:
    """Run events through the store until what they revise is published."""
    verdicts = {event.event_id for event in events}
    async with running_store(line, database), EventProducer(line, "validate") as producer, asyncio.timeout(WAIT_S):
        await producer.publish(events)
        while verdicts - {row["event_id"] for row in await database[FILINGS.name].all({})}:
            await asyncio.sleep(0.05)


async def consume(line: Settings, path: Path) -> None:
    topic = line.topic_prefix + FACT_PUBLISHED.name
    arguments = (str(EXAMPLE), line.kafka_servers, str(path), "--topic", topic, "--once")
    process = await asyncio.create_subprocess_exec(sys.executable, *arguments)
    async with asyncio.timeout(WAIT_S):
        assert await process.wait() == 0


def kept(path: Path) -> list[tuple[str, ...]]:
    with contextlib.closing(sqlite3.connect(path)) as figures:
        names = "document_id, table_type, row_key, column_key, text, amount"
        return sorted(figures.execute(f"SELECT {names} FROM figures").fetchall())


async def in_store(database: Database) -> list[tuple[str, ...]]:
    names = ("document_id", "table_type", "row_key", "column_key", "text")
    heads = await database[DOCUMENTS.name].all({"current": True})
    lines = [line for head in heads for line in await database[LINES.name].all(children_of(head["event_id"]))]
    return sorted(
        (*(line[name] for name in names), None if line["amount"] is None else str(line["amount"])) for line in lines
    )


async def test_sample_consumer_holds_the_figures_of_the_store_and_goes_on_where_it_stopped(
    line: Settings, database: Database, tmp_path: Path
) -> None:
    figures, again = tmp_path / "figures.db", tmp_path / "from-zero.db"
    first = [
        validated(
            f"unit-{n}", sequence=n, document=disclosure(unit=f"示例市第{n}局", tables=(summary_table(f"{n}.00"),))
        )
        for n in range(1, 6)
    ]
    await published(first, line, database)
    await consume(line, figures)
    assert len(kept(figures)) == 15
    assert kept(figures) == await in_store(database)

    table = summary_table("9.00")
    shorter = replace(table, rows=table.rows[1:])
    corrected = validated("corrected", sequence=9, document=disclosure(unit="示例市第3局", tables=(shorter,)))
    await published([corrected], line, database)
    await consume(line, figures)
    assert len(kept(figures)) == 14, "what the corrected file does not print any more is gone"
    assert kept(figures) == await in_store(database)
    await consume(line, again)
    assert kept(again) == kept(figures), "read from zero it is the same"
