"""The read API and the exports over 1,000,000 lines in the embedded database: p50 and p95 of each query, MB/s, memory.

    python benchmarks/store.py --data /tmp/gouji-million                     # fills the folder first, where it is empty
    python benchmarks/store.py --data /tmp/gouji-million --lines 0 --calls 60   # measures what is there

Documents go through the store's own handlers, so the rows are those of the running system. Queries are asked one after
the other over HTTP of a `gouji serve query` process of its own. CPU is that of the database and of the query process
together, for a machine that does other work meanwhile.
"""

import argparse
import asyncio
import os
import random
import signal
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx
from store_filling import REGIONS, YEARS, fill, region_of

from cli.embedded.child import Child
from cli.embedded.engines import connected, mongo_engine
from cli.embedded.ports import HOST, free_port
from shared.audit import Actor
from shared.errors import EngineFailed
from shared.keys import add_key
from shared.mongo import Database
from shared.records import DOCUMENTS, FILINGS
from shared.settings import Settings, load_settings

_PATIENCE = 5
Params = dict[str, str | int]
CELL: Params = {"table_type": "three_public_expenses", "row_key": "actual", "column_key": "total"}
OTHER: Params = {"table_type": "expenditure", "row_key": "2080501", "column_key": "total"}


@dataclass(frozen=True)
class Stage:
    """The running query service: its client, and the processes whose work is counted."""

    client: httpx.Client
    pids: tuple[int, ...]
    documents: list[str]

    def cpu_s(self) -> float:
        """CPU seconds that the processes have used so far."""
        return sum(_cpu_ns(pid) for pid in self.pids) / 1e9


def _cpu_ns(pid: int) -> int:
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks)


def _peak_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


QUERIES: dict[str, Callable[[random.Random, list[str]], tuple[str, Params]]] = {
    "look-up: one cell, a region": lambda r, _: ("/lines", {**CELL, "region": region_of(r.randrange(REGIONS))}),
    "look-up: one cell, a year": lambda r, _: ("/lines", {**CELL, "year": r.choice(YEARS)}),
    "look-up: a document's table": lambda r, d: ("/lines", {"document_id": r.choice(d), "table_type": "expenditure"}),
    "look-up: a document's row": lambda r, d: ("/lines", {"document_id": r.choice(d), "row_key": "2080501"}),
    "look-up: a region's table": lambda r, _: (
        "/lines",
        {"region": region_of(r.randrange(REGIONS)), "year": r.choice(YEARS), "table_type": "income"},
    ),
    "search: a unit's name": lambda r, _: ("/filings", {"unit": f"第{r.randrange(200)}局"}),
    "documents of a region": lambda r, _: ("/documents", {"region": region_of(r.randrange(REGIONS))}),
    "findings of a rule": lambda r, _: ("/findings", {"rule": f"FA-X-SUM-{r.randrange(10):02d}"}),
    "published sums by district and year": lambda *_: (
        "/totals",
        {"measure": "three_public_expenses", "by": "region,fiscal_year"},
    ),
    "published sums by year, of a district": lambda r, _: (
        "/totals",
        {"measure": "total_income", "by": "fiscal_year", "region": region_of(r.randrange(REGIONS))},
    ),
    "other sums by district and year (scan)": lambda *_: ("/totals", {**OTHER, "by": "region,fiscal_year"}),
}


def measure(stage: Stage, calls: int) -> None:
    """Print p50 and p95 of each query."""
    chance = random.Random(1)
    print(f"{'query':42} {'p50 ms':>8} {'p95 ms':>8} {'CPU p50':>8} {'CPU p95':>8}  answers")
    for name, asked in QUERIES.items():
        walls, cpus, statuses = [], [], set()
        for _ in range(calls):
            path, params = asked(chance, stage.documents)
            cpu, began = stage.cpu_s(), time.perf_counter()
            response = stage.client.get(path, params=params)
            walls.append((time.perf_counter() - began) * 1000)
            cpus.append((stage.cpu_s() - cpu) * 1000)
            statuses.add(response.status_code)
        told = " ".join(f"{value:8.1f}" for values in (walls, cpus) for value in _percentiles(values))
        print(f"{name:42} {told}  {sorted(statuses)}", flush=True)


def _percentiles(values: list[float]) -> tuple[float, float]:
    return statistics.median(values), statistics.quantiles(values, n=20)[-1]


def export(stage: Stage, query_pid: int) -> None:
    """Print MB/s of each export of all lines, and the query process's peak memory so far."""
    print(f"{'export':24} {'MB':>8} {'s':>8} {'MB/s':>8} {'CPU s':>8} {'peak MB':>8}")
    for form in ("csv", "parquet", "xlsx"):
        for what in ("findings", "lines"):
            cpu, began, size = stage.cpu_s(), time.perf_counter(), 0
            with stage.client.stream("GET", f"/export/{what}", params={"format": form}) as response:
                for chunk in response.iter_raw():
                    size += len(chunk)
            took, worked = time.perf_counter() - began, stage.cpu_s() - cpu
            told = f"{size / 1e6:8.1f} {took:8.1f} {size / 1e6 / took:8.2f} {worked:8.1f} {_peak_mb(query_pid):8.0f}"
            print(f"{what + ' ' + form:24} {told}", flush=True)


async def prepared(settings: Settings, lines: int) -> tuple[str, list[str], int]:
    """Fill the database; a key, the documents and the number of lines."""
    await fill(settings, lines)
    async with Database(settings) as database:
        _, token = await add_key(
            "reviewer", "", "benchmark", timedelta(days=1), Actor(None, "command", "", ""), database
        )
        rows = await database[FILINGS.name].all({}, {"lines": 1})
        heads = await database[DOCUMENTS.name].all({"current": True}, {"_id": 1})
        return token, [head["_id"] for head in heads], sum(row["lines"] for row in rows)


@contextmanager
def query_service(settings: Settings, folder: Path) -> Iterator[tuple[Child, str]]:
    """A `gouji serve query` of its own; it and its URL."""
    port = free_port()
    given = {"MONGO_URL": settings.mongo_url, "HOST": HOST, "PORT": str(port), "LOG_LEVEL": "WARNING"}
    environment = {**os.environ, **{f"GOUJI_{name}": value for name, value in given.items()}}
    child = Child("query", [sys.executable, "-m", "cli", "serve", "query"], folder / "query.log", environment)
    child.start()
    url = f"http://{HOST}:{port}"
    try:
        while True:
            try:
                if httpx.get(f"{url}/healthz", trust_env=False).is_success:
                    break
            except httpx.TransportError:
                time.sleep(0.1)
        yield child, url
    finally:
        child.signal(signal.SIGTERM)
        child.wait(30.0)


def main() -> None:
    """Fill, then measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the database")
    parser.add_argument("--lines", type=int, default=1_000_000, help="store documents until there are so many")
    parser.add_argument("--calls", type=int, default=60, help="of each query")
    wanted = parser.parse_args()
    wanted.data.mkdir(parents=True, exist_ok=True)
    engine = mongo_engine(wanted.data / "mongo", wanted.data)
    engine.start()
    settings = connected(load_settings(), engine, engine)
    try:
        for _ in range(_PATIENCE - 1):  # a full folder that was not closed in order is repaired first
            with suppress(EngineFailed):
                engine.wait_until_answering(settings)
                break
        engine.wait_until_answering(settings)
        token, documents, count = asyncio.run(prepared(settings, wanted.lines))
        with query_service(settings, wanted.data) as (child, url):
            headers = {"Authorization": f"Bearer {token}"}
            pids = (engine.child.pid or 0, child.pid or 0)
            with httpx.Client(base_url=url, headers=headers, timeout=600.0, trust_env=False) as client:
                print(f"{len(documents)} documents, {count} lines; load average {os.getloadavg()[0]:.1f}")
                stage = Stage(client, pids, documents)
                measure(stage, wanted.calls)
                export(stage, pids[1])
    finally:
        engine.stop()


if __name__ == "__main__":
    main()
