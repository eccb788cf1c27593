"""Documents per second through the whole line on this machine, and the peak memory of each process.

    .venv/bin/python benchmarks/line.py [--documents 100] [--full] [--parse 1,2]

Starts `gouji up` on an empty folder for each number of parse services, uploads documents of `gouji samples` (3–4 pages
each; with --full those of 24–26) side by side, and waits until the last is stored. Building them is not measured.
"""

import argparse
import json
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from cli.embedded.folder import read_keys
from cli.embedded.ports import free_port
from cli.samples.sample import build_sample, render_pdf

START_SECONDS = 120.0


@dataclass(frozen=True)
class Run:
    """One measurement: seconds from the first upload until all were accepted, and until all were stored."""

    parse_services: int
    documents: int
    accepted_s: float
    stored_s: float
    peak_mb: Mapping[str, float]


def main() -> None:
    """Print one line per number of parse services, then the peak memory of each process."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--documents", type=int, default=100)
    options.add_argument("--full", action="store_true", help="documents of 24–26 pages instead of 3–4")
    options.add_argument("--parse", default="1,2", help="numbers of parse services, separated by commas")
    arguments = options.parse_args()
    files = [render_pdf(build_sample(seed, small=not arguments.full)) for seed in range(arguments.documents)]
    runs = [measure(files, int(number)) for number in arguments.parse.split(",")]
    report(runs, sum(map(len, files)))


def measure(files: list[bytes], parse_services: int) -> Run:
    """Send all files through a fresh line."""
    with tempfile.TemporaryDirectory(prefix="gouji-line-") as folder, running(Path(folder), parse_services) as state:
        key, began = {"Authorization": f"Bearer {read_keys(Path(folder))['operator']}"}, time.perf_counter()
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda data: upload(state["api_url"], key, data), files))
        accepted = time.perf_counter() - began
        while stored(state["api_url"], key) < len(files):
            time.sleep(0.1)
        took = time.perf_counter() - began
        return Run(parse_services, len(files), accepted, took, peak_memory(state["pids"]))


@contextmanager
def running(folder: Path, parse_services: int) -> Iterator[dict]:
    """A `gouji up` over an empty folder; gives what its state file says."""
    command = [sys.executable, "-m", "cli", "up", "--port", str(free_port()), "--data", str(folder)]
    up = subprocess.Popen([*command, "--parse", str(parse_services)], stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + START_SECONDS
        while not (folder / "state.json").exists():
            if up.poll() is not None or time.monotonic() > deadline:
                raise SystemExit("gouji up did not start")
            time.sleep(0.1)
        yield json.loads((folder / "state.json").read_text(encoding="utf-8"))
    finally:
        up.send_signal(signal.SIGINT)
        up.wait()


def upload(url: str, key: Mapping[str, str], data: bytes) -> None:
    """Upload one file."""
    file = {"file": ("a.pdf", data, "application/pdf")}
    answer = httpx.post(f"{url}/documents", files=file, headers=key, timeout=60)
    answer.raise_for_status()


def stored(url: str, key: Mapping[str, str]) -> int:
    """How many documents have come to their end; stops where one was rejected."""
    counts = httpx.get(f"{url}/overview?latest=0", headers=key, timeout=60).json()["counts"]
    if counts.get("rejected") or counts.get("dead_lettered"):
        raise SystemExit(f"not all documents were stored: {counts}")
    return int(counts.get("stored", 0))


def peak_memory(pids: Mapping[str, int]) -> dict[str, float]:
    """Peak resident memory in MB of each process, and of its children together."""
    peaks = {}
    for name, pid in pids.items():
        peaks[name] = high_water(pid)
        children = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
        if children:
            peaks[f"{name}: reading"] = sum(map(high_water, children))
    return peaks


def high_water(pid: int) -> float:
    """Peak resident memory of a process in MB, as Linux counts it."""
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM"))


def report(runs: list[Run], size: int) -> None:
    """Print the tables."""
    print(f"{runs[0].documents} documents, {size / 1e6:.1f} MB\n")
    print(f"{'parse services':>14} {'accepted/s':>11} {'stored/s':>9} {'ratio':>6}")
    for run in runs:
        ratio = runs[0].stored_s / run.stored_s
        accepted, done = run.documents / run.accepted_s, run.documents / run.stored_s
        print(f"{run.parse_services:>14} {accepted:>11.1f} {done:>9.2f} {ratio:>6.2f}")
    names = sorted({name for run in runs for name in run.peak_mb})
    print(f"\n{'peak memory, MB':24}" + "".join(f"{run.parse_services:>10}" for run in runs))
    for name in names:
        print(f"{name:24}" + "".join(f"{run.peak_mb.get(name, 0):>10.0f}" for run in runs))


if __name__ == "__main__":
    main()
