"""Memory of the upload API while large files go in and out, and how fast they do.

    .venv/bin/python benchmarks/uploads.py [--mb 190] [--at-once 4]

Starts the embedded database and one ingest process on an empty folder, without Kafka (uploads do not need it), sends
one large file, then several side by side, then fetches one, and prints the process's resident memory around each.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import httpx

from cli.embedded.engines import HOST, mongo_engine
from cli.embedded.ports import free_port

START_SECONDS = 60.0
PIECE = 1_000_000

Result = TypeVar("Result")


def main() -> None:
    """Print one line for each step."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--mb", type=int, default=190, help="size of each file, MB")
    options.add_argument("--at-once", type=int, default=4, help="uploads side by side")
    given = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="gouji-uploads-") as folder, ingest(Path(folder)) as (client, pid):
        files = [large_pdf(Path(folder) / f"{number}.pdf", given.mb) for number in range(given.at_once + 1)]
        print(f"{'step':28} {'MB/s':>6} {'RSS before':>11} {'RSS after':>10} {'peak':>7}   (MB)")
        documents = step("one upload", pid, given.mb, lambda: [upload(client, files[0])])
        several = f"{given.at_once} uploads at once"
        with ThreadPoolExecutor(given.at_once) as pool:
            step(several, pid, given.mb * given.at_once, lambda: list(pool.map(lambda f: upload(client, f), files[1:])))
        step("one download", pid, given.mb, lambda: download(client, f"/documents/{documents[0]}/file"))


def step(name: str, pid: int, megabytes: int, act: Callable[[], Result]) -> Result:
    """Do it and print rate and memory."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")  # starts the peak anew
    before, began = memory(pid, "VmRSS"), time.perf_counter()
    result = act()
    rate = megabytes / (time.perf_counter() - began)
    print(f"{name:28} {rate:6.0f} {before:11.0f} {memory(pid, 'VmRSS'):10.0f} {memory(pid, 'VmHWM'):7.0f}")
    return result


def memory(pid: int, field: str) -> float:
    """A figure of a process's memory, MB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1000 for line in lines if line.startswith(field))


def large_pdf(path: Path, megabytes: int) -> Path:
    """A file that begins like a PDF and goes on with noise."""
    with path.open("wb") as file:
        file.write(b"%PDF-1.7\n")
        for _ in range(megabytes):
            file.write(os.urandom(PIECE))
    return path


def upload(client: httpx.Client, path: Path) -> str:
    """Upload a file; its document_id."""
    with path.open("rb") as file:
        response = client.post("/documents", files={"file": (path.name, file)})
    response.raise_for_status()
    return str(response.json()["document_id"])


def download(client: httpx.Client, path: str) -> None:
    """Fetch a file and throw it away."""
    with client.stream("GET", path) as response:
        response.raise_for_status()
        for _ in response.iter_bytes():
            pass


@contextmanager
def ingest(folder: Path) -> Iterator[tuple[httpx.Client, int]]:
    """A running ingest process on a database of its own; a client with a key, and its process id."""
    mongo, port = mongo_engine(folder / "mongo", folder), free_port()
    environment = {
        **os.environ,
        "GOUJI_MONGO_URL": f"mongodb://{HOST}:{mongo.port}/?directConnection=true",
        "GOUJI_KAFKA_SERVERS": f"{HOST}:{free_port()}",
        "GOUJI_LOG_LEVEL": "ERROR",
    }
    mongo.start()
    service = subprocess.Popen([sys.executable, "-m", "cli", "serve", "ingest", "--port", str(port)], env=environment)
    try:
        wait_until_ready(f"http://{HOST}:{port}/readyz")
        command = [sys.executable, "-m", "cli", "keys", "add", "--role", "operator", "--label", "benchmark"]
        key = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout.strip()
        given = {"headers": {"Authorization": f"Bearer {key}"}, "timeout": 600, "trust_env": False}
        with httpx.Client(base_url=f"http://{HOST}:{port}", **given) as client:
            yield client, service.pid
    finally:
        service.send_signal(signal.SIGTERM)
        service.wait()
        mongo.stop()


def wait_until_ready(url: str) -> None:
    """Return when the upload API and its database answer."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            if httpx.get(url, timeout=5, trust_env=False).is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    raise SystemExit("ingest did not start")


if __name__ == "__main__":
    main()
