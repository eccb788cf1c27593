"""The whole line for a soak, one process a service, over either broker and the embedded database."""

import asyncio
import contextlib
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_TESTS = Path(__file__).parents[1] / "tests"
sys.path += [str(_TESTS), *(str(_TESTS / part) for part in ("kafka", "faults", "unit/parse"))]

from broker import KafkaBroker
from standing_line import StandingLine, standing

from cli.embedded.engines import kafka_engine

SERVICES = ("ingest", "parse", "validate", "store", "query")
SETTINGS = {"session_timeout_ms": 15_000, "reconcile_every_s": 30, "in_flight": 32}
"""Documents are tiny, so many may be in flight."""
EMBEDDED = {"fetch_pause_ms": 100, "inline_limit_kb": 16}
"""As `gouji up` sets them."""


@dataclass(frozen=True)
class Soaked:
    """A running line with the process ids of its services and engines."""

    line: StandingLine
    pids: Mapping[str, int]


@contextmanager
def running(engines: str, folder: Path) -> Iterator[Soaked]:
    """The line, ready for documents; all of it is gone afterwards."""
    embedded = engines == "embedded"
    broker = kafka_engine(folder / "kafka", folder) if embedded else KafkaBroker(folder, lasting=True)
    settings = {**SETTINGS, **(EMBEDDED if embedded else {})}
    broker.start()
    with contextlib.ExitStack() as ending:
        ending.callback(broker.stop)
        line = ending.enter_context(standing(folder, broker, SERVICES, **settings))
        if embedded:
            broker.wait_until_answering(line.settings)
        asyncio.run(line.prepare())
        line.start()
        engine_pids = {"kafka": broker.pid, "mongo": line.mongo.pid}
        yield Soaked(line, line.pids() | {name: pid for name, pid in engine_pids.items() if pid is not None})
