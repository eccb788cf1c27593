"""What the worker loop costs, and how it scales, on Apache Kafka (or, with --embedded, on the embedded broker).

    .venv/bin/python benchmarks/delivery.py [--documents 2000] [--work-ms 20] [--in-flight 8] [--embedded]

Overhead: one stage whose handler only answers works off a backlog; all CPU of its process counts, with reading and
writing the events. Scale: 1, 2 and 3 processes whose handler waits `--work-ms` for each document, 12 partitions; then
three, of which one is added and one killed with -9 on the way. Every run checks that a subscriber which reads committed
messages sees each event once. Apache Kafka comes from tests/kafka (Java 17 and Maven).
"""

import argparse
import asyncio
import logging
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

sys.path += [str(Path(__file__).parents[1] / "tests"), str(Path(__file__).parents[1] / "tests" / "kafka")]

from broker import KafkaBroker
from documents import parsed, read_all, received

from cli.embedded.engines import kafka_engine
from shared import metrics
from shared.events import DocumentReceived, Event
from shared.kafka import EventProducer, create_topics, topic_states
from shared.settings import Settings, load_settings
from shared.topics import PARSED, RECEIVED
from shared.worker import Stage, run_stage


def main() -> None:
    """Print the tables; or, with --worker, be one of the processes."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--documents", type=int, default=2000)
    options.add_argument("--work-ms", type=float, default=20.0)
    options.add_argument("--in-flight", type=int, default=8)
    options.add_argument("--embedded", action="store_true")
    options.add_argument("--worker", nargs=2, metavar=("SERVERS", "PREFIX"), help=argparse.SUPPRESS)
    chosen = options.parse_args()
    logging.disable(logging.CRITICAL)  # aiokafka tells of every retry
    if chosen.worker:
        servers, prefix = chosen.worker
        asyncio.run(work(settings_of(servers, prefix, chosen.in_flight), chosen.work_ms / 1000, asyncio.Event()))
        return
    with tempfile.TemporaryDirectory(prefix="gouji-delivery-") as folder, running(chosen.embedded, folder) as servers:
        overhead(servers, chosen.documents, chosen.in_flight)
        scale(servers, chosen)


@contextmanager
def running(embedded: bool, folder: str) -> Iterator[str]:
    """The address of a broker."""
    broker = kafka_engine(Path(folder) / "kafka", Path(folder)) if embedded else KafkaBroker(Path(folder))
    broker.start()
    try:
        yield f"127.0.0.1:{broker.port}"
    finally:
        broker.stop()


def settings_of(servers: str, prefix: str, in_flight: int) -> Settings:
    return load_settings(
        kafka_servers=servers, topic_prefix=prefix, in_flight=in_flight, session_timeout_ms=6000, log_level="ERROR"
    )


async def work(settings: Settings, seconds: float, stop: asyncio.Event) -> None:
    """One process of a stage whose handler takes so long and does nothing."""

    async def handler(event: DocumentReceived) -> Sequence[Event]:
        await asyncio.sleep(seconds)
        return [parsed(event)]

    await run_stage(Stage("parse", {RECEIVED: handler}), settings, dependencies={}, stop=stop)


async def backlog(settings: Settings, documents: int) -> None:
    """Topics with so many documents waiting."""
    await create_topics(settings)
    async with EventProducer(settings, "ingest") as producer:
        for first in range(0, documents, 200):
            await producer.publish([received(str(n), n) for n in range(first, min(documents, first + 200))])


def overhead(servers: str, documents: int, in_flight: int) -> None:
    """CPU per document of everything but the handler."""
    print(f"{'in flight':>10} {'documents':>10} {'per s':>8} {'CPU ms/document':>16} {'documents/transaction':>22}")
    for most in (in_flight, 4 * in_flight):
        settings = settings_of(servers, f"o{uuid4().hex[:8]}-", most)
        cpu, seconds, transactions = asyncio.run(drained(settings, documents))
        each = documents / transactions
        print(f"{most:>10} {documents:>10} {documents / seconds:>8.0f} {1000 * cpu / documents:>16.2f} {each:>22.1f}")


async def drained(settings: Settings, documents: int) -> tuple[float, float, float]:
    """CPU seconds, seconds and transactions that one process needs for a backlog."""
    await backlog(settings, documents)
    stop = asyncio.Event()
    handled = metrics.EVENTS.labels(service="parse", outcome="handled")
    transactions = metrics.TRANSACTIONS.labels(service="parse")
    before, committed = handled._value.get(), transactions._value.get()
    cpu, began = time.process_time(), time.perf_counter()
    working = asyncio.create_task(work(settings, 0.0, stop))
    while handled._value.get() < before + documents:
        await asyncio.sleep(0.05)
    spent, seconds = time.process_time() - cpu, time.perf_counter() - began
    made = transactions._value.get() - committed
    stop.set()
    await working
    await check(settings, documents)
    return spent, seconds, made


async def check(settings: Settings, documents: int) -> None:
    """Stops where an event is missing or was published twice."""
    ids = [event.event_id for event in await read_all(settings, PARSED)]
    if len(ids) != documents or len(set(ids)) != documents:
        raise SystemExit(f"{documents} documents, {len(ids)} events, {len(set(ids))} of them different")


def scale(servers: str, chosen: argparse.Namespace) -> None:
    """Documents per second by processes."""
    print(f"\n{'processes':>24} {'documents':>10} {'per s':>8} {'ratio':>6}")
    first = 0.0
    for name, processes, changing in (
        ("1", 1, False),
        ("2", 2, False),
        ("3", 3, False),
        ("2, +1, one killed", 2, True),
    ):
        rate = asyncio.run(worked_off(servers, chosen, processes, changing))
        first = first or rate
        print(f"{name:>24} {chosen.documents:>10} {rate:>8.1f} {rate / first:>6.2f}")


async def worked_off(servers: str, chosen: argparse.Namespace, processes: int, changing: bool) -> float:
    settings = settings_of(servers, f"s{uuid4().hex[:8]}-", chosen.in_flight)
    await backlog(settings, chosen.documents)
    command = [sys.executable, __file__, "--worker", servers, settings.topic_prefix]
    command += ["--work-ms", str(chosen.work_ms), "--in-flight", str(chosen.in_flight)]
    workers = [subprocess.Popen(command) for _ in range(processes)]
    try:
        await left_at_most(settings, chosen.documents - 1)
        began = time.perf_counter()
        if changing:
            await left_at_most(settings, chosen.documents * 3 // 4)
            workers.append(subprocess.Popen(command))
            await left_at_most(settings, chosen.documents // 2)
            workers[0].kill()
        await left_at_most(settings, 0)
        seconds = time.perf_counter() - began
    finally:
        for worker in workers:
            worker.terminate()
            worker.wait()
    await check(settings, chosen.documents)
    return float(chosen.documents / seconds)


async def left_at_most(settings: Settings, most: int) -> None:
    while {state.name: state for state in await topic_states(settings)}[RECEIVED.name].lag["parse"] > most:
        await asyncio.sleep(0.2)


if __name__ == "__main__":
    main()
