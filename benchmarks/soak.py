"""Many tiny documents at a steady rate through all services: does memory grow, does latency grow, is any lost?

    .venv/bin/python benchmarks/soak.py [--engines embedded|apache] [--documents 20000] [--share 0.7 | --rate 10]
                                        [--minutes 240] [--every 1000]

First measures the capacity: documents stored per second while a backlog is worked off. Then sends documents at
`--share` of it (or `--rate` a second), no more than fit into `--minutes`. For each thousand (`--every`) it prints the
end-to-end latency, from the moment a document was due to be sent until a subscriber of `document-stored-v1` saw it, and
the memory of every process. Ends by itself, with exit code 1 where something grew, was lost or came twice. Apache Kafka
comes from tests/kafka (Java 17 and Maven); the database is the embedded one in both. All listens on 127.0.0.1.
"""

import argparse
import asyncio
import fcntl
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from soak_line import Soaked, running
from soak_load import Load, Subscriber
from soak_meter import cpu_seconds, memory_mb
from soak_verdict import Stretch, verdict

from cli.embedded.tidying import EVERY_S, tidy

WARM_UP = 150
BACKLOG = 400
LINGER_S = 180.0
"""For the last documents to arrive, and for the reconciler to have looked at them."""


def main() -> None:
    """Measure, soak, judge."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--engines", choices=("embedded", "apache"), default="apache")
    options.add_argument("--documents", type=int, default=20_000)
    options.add_argument("--share", type=float, default=0.7)
    options.add_argument("--rate", type=float, help="documents a second, instead of measuring the capacity")
    options.add_argument("--minutes", type=float, default=240.0)
    options.add_argument("--every", type=int, default=1000, help="documents between two looks")
    options.add_argument("--lock", type=Path, help="file to lock while the capacity is measured")
    chosen = options.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with (
        tempfile.TemporaryDirectory(prefix="gouji-soak-", ignore_cleanup_errors=True) as folder,
        running(chosen.engines, Path(folder)) as soaked,
    ):
        sys.exit(asyncio.run(_until_told(soak(soaked, chosen))))


async def _until_told(work: Coroutine[None, None, int]) -> int:
    """The work's result; SIGTERM and Ctrl-C cancel it, so that all it has started is ended."""
    task = asyncio.ensure_future(work)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    try:
        return await task
    except asyncio.CancelledError:
        print("\nended from outside", flush=True)
        return 1


async def soak(soaked: Soaked, chosen: argparse.Namespace) -> int:
    """Capacity, then the steady rate; the exit code."""
    load = Load(soaked.line.url("ingest"), soaked.line.headers)
    seen = Subscriber(load.journeys)
    beside = [asyncio.create_task(seen.watch(soaked.line.settings))]
    if chosen.engines == "embedded":
        beside.append(asyncio.create_task(tidying(soaked)))
    with _locked(chosen.lock):
        await _backlog(soaked, load, seen, WARM_UP)
        rate = chosen.rate or chosen.share * await _backlog(soaked, load, seen, BACKLOG)
    documents = min(chosen.documents, round(rate * 60 * chosen.minutes))
    print(f"\n{documents} documents, {rate:.1f} a second, on {chosen.engines} engines\n", flush=True)
    stretches = await _steady(soaked, load, seen, documents, rate, chosen.every)
    await _until(lambda: seen.ended == load.accepted, LINGER_S)
    balance = await _balance(soaked, load.accepted)
    for task in beside:
        task.cancel()
    await asyncio.gather(*beside, return_exceptions=True)
    return verdict(stretches, load, seen, balance)


async def tidying(soaked: Soaked) -> None:
    """What `gouji up` does beside its services."""
    while True:
        await asyncio.sleep(EVERY_S)
        await tidy(soaked.line.settings)


async def _backlog(soaked: Soaked, load: Load, seen: Subscriber, count: int) -> float:
    """Documents a second that are stored while a backlog is worked off."""
    before, began, had = cpu_seconds(soaked.pids), time.monotonic(), seen.ended
    await load.send(count, 0)
    accepted_s = time.monotonic() - began
    await _until(lambda: seen.ended == had + count, LINGER_S)
    rate = count / (time.monotonic() - began)
    print(f"backlog of {count}: accepted {count / accepted_s:.1f} a second, stored {rate:.1f} a second")
    _tell_cpu(soaked, before, count)
    return rate


def _tell_cpu(soaked: Soaked, before: Mapping[str, float], count: int) -> None:
    """What so many documents have cost each process since its CPU time was `before`."""
    spent = {name: 1000 * (cpu - before[name]) / count for name, cpu in cpu_seconds(soaked.pids).items()}
    costs = ", ".join(f"{name} {cost:.1f}" for name, cost in spent.items())
    print(f"  CPU ms a document: {costs}; all {sum(spent.values()):.0f}", flush=True)


async def _steady(
    soaked: Soaked, load: Load, seen: Subscriber, documents: int, rate: float, every: int
) -> list[Stretch]:
    """Send at a steady rate; what each stretch of so many documents was like."""
    already, stretches, before = seen.ended, list[Stretch](), cpu_seconds(soaked.pids)
    sending = asyncio.create_task(load.send(documents, rate))
    while len(stretches) < -(-documents // every) and not (sending.done() and sending.exception()):
        wanted = min(documents, every * (len(stretches) + 1))
        longest = 2 * every / rate + LINGER_S
        await _until(lambda wanted=wanted: seen.ended >= already + wanted, longest)
        latencies = seen.latencies[already + every * len(stretches) : already + wanted]
        stretches.append(Stretch(wanted, statistics.quantiles(latencies, n=100), memory_mb(soaked.pids)))
        stretches[-1].show(first=len(stretches) == 1)
    await sending
    _tell_cpu(soaked, before, documents)
    return stretches


async def _balance(soaked: Soaked, accepted: int) -> Mapping[str, float]:
    """What the reconciler says, when it has seen all."""

    def told() -> Mapping[str, float]:
        names = ("accepted", "stored", "rejected", "in_flight", "dead_lettered")
        lines = {name: f'gouji_documents_in_state{{state="{name}"}}' for name in names}
        return soaked.line.metrics("ingest", {**lines, "unaccounted": "gouji_documents_unaccounted"})

    await _until(lambda: told()["stored"] + told()["rejected"] >= accepted, LINGER_S)
    return told()


async def _until(condition: Callable[[], bool], longest_s: float) -> None:
    """Wait until something holds; at the longest so long."""
    deadline = time.monotonic() + longest_s
    while not condition() and time.monotonic() < deadline:
        await asyncio.sleep(0.05)


@contextmanager
def _locked(path: Path | None) -> Iterator[None]:
    if path is None:
        yield
        return
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    main()
