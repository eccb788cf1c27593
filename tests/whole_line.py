"""The whole system as a user starts it: `gouji up` on a folder of the test, documents uploaded, services killed."""

import contextlib
import hashlib
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
from callers import bearer

from cli.embedded.child import Child
from cli.embedded.folder import read_keys, read_state
from cli.embedded.ports import free_port
from cli.samples.sample import build_sample, render_pdf

START_SECONDS = 120.0
STOP_SECONDS = 90.0
LINE_SECONDS = 240.0


def small_documents(count: int) -> list[bytes]:
    """PDFs of a few pages of fictional districts, all different."""
    return [render_pdf(build_sample(seed, small=True)) for seed in range(count)]


class WholeLine:
    """One `gouji up` over a data folder. May be started again after it stopped."""

    def __init__(self, folder: Path, **settings: object) -> None:
        self.folder = folder
        self.port = free_port()
        self._settings = {f"GOUJI_{name.upper()}": str(value) for name, value in settings.items()}
        self._child: Child | None = None
        self.output = folder.parent / f"{folder.name}.out"

    def start(self, *arguments: str) -> None:
        """Start it and wait until it says that all is ready."""
        command = [sys.executable, "-m", "cli", "up", "--port", str(self.port), "--data", str(self.folder), *arguments]
        child = self._child = Child("up", command, self.output, {**os.environ, **self._settings})
        child.start()
        wait_for(lambda: self._is_up() or child.exit_code is not None, START_SECONDS)
        assert child.exit_code is None, self.output.read_text()

    def stop(self) -> int:
        """Ctrl-C; its exit code."""
        assert self._child is not None
        self._child.signal(signal.SIGINT)
        return self.wait()

    def wait(self) -> int:
        """Wait for it to end by itself; its exit code."""
        assert self._child is not None
        assert self._child.wait(STOP_SECONDS), "it goes on"
        assert self._child.exit_code is not None
        return self._child.exit_code

    def kill_itself(self) -> None:
        """kill -9 of `gouji up`; its children are left to themselves."""
        assert self._child is not None
        self._child.signal(signal.SIGKILL)
        self._child.wait(STOP_SECONDS)

    def abandon(self) -> None:
        """Kill what is left of it, at the end of a failed test."""
        if self._child is not None:
            self._child.signal(signal.SIGINT)
            self._child.wait(STOP_SECONDS)
            self.kill_itself()

    @property
    def state(self) -> dict[str, Any]:
        return read_state(self.folder)

    @property
    def headers(self) -> dict[str, str]:
        """Of a request with the operator's key that it wrote into its folder."""
        return bearer(read_keys(self.folder)["operator"])

    def pid(self, name: str) -> int:
        return int(self.state["pids"][name])

    def kill(self, name: str) -> None:
        """kill -9 of one service, at once."""
        os.kill(self.pid(name), signal.SIGKILL)

    def url(self, service: str) -> str:
        return str(self.state["services"][service])

    def get(self, service: str, path: str) -> Any:
        """The JSON that a service answers."""
        answer = httpx.get(self.url(service) + path, headers=self.headers, timeout=30, trust_env=False)
        answer.raise_for_status()
        return answer.json()

    def metric(self, service: str, line: str) -> float:
        """The value of one series, named as /metrics prints it; 0 where it is not there."""
        rows = self.metrics(service).splitlines()
        return next((float(row.rpartition(" ")[2]) for row in rows if row.startswith(line + " ")), 0.0)

    def metrics(self, service: str) -> str:
        """What a service says about itself."""
        return httpx.get(f"{self.url(service)}/metrics", timeout=30, trust_env=False).text

    def upload(self, files: Mapping[str, bytes], batch: str) -> None:
        """Upload files side by side, each again and again until it is accepted, as a careful client does."""
        with ThreadPoolExecutor(8) as pool:
            for done in [pool.submit(self._upload_one, name, data, batch) for name, data in files.items()]:
                done.result()

    def counts(self, batch: str) -> dict[str, int]:
        """How many documents of a batch are where; empty while the door does not answer."""
        try:
            return dict(self.get("ingest", f"/batches/{batch}")["counts"])
        except httpx.HTTPError:
            return {}

    def wait_until_done(self, batch: str, count: int) -> None:
        """Wait until so many documents of the batch were stored or rejected."""
        ends = ("stored", "rejected")
        wait_for(
            lambda: sum(self.counts(batch).get(end, 0) for end in ends) >= count,
            LINE_SECONDS,
            lambda: {"counts": self.counts(batch), "waiting": self.waiting()},
        )

    def waiting(self) -> dict[str, list[str]]:
        """The messages that each stage has before it, as its /metrics tell them."""
        return {
            name: [row for row in self.metrics(name).splitlines() if row.startswith("gouji_consumer_lag_messages")]
            for name in ("parse", "validate", "store")
        }

    def _upload_one(self, name: str, data: bytes, batch: str) -> None:
        deadline = time.monotonic() + LINE_SECONDS
        while time.monotonic() < deadline:
            with contextlib.suppress(httpx.TransportError):
                file = {"file": (name, data, "application/pdf")}
                url = f"http://127.0.0.1:{self.port}/documents"
                answer = httpx.post(
                    url, files=file, data={"batch_id": batch}, headers=self.headers, timeout=30, trust_env=False
                )
                if answer.status_code == 202:
                    assert answer.json()["document_id"] == hashlib.sha256(data).hexdigest()
                    return
                assert answer.status_code == 503, answer.text
            time.sleep(0.2)
        raise TimeoutError(name)

    def _is_up(self) -> bool:
        pid = self._child.pid if self._child is not None else None
        return pid is not None and self.state.get("running") is True and self.state.get("pid") == pid


@contextlib.contextmanager
def running_line(folder: Path, **settings: object) -> Iterator[WholeLine]:
    """A `gouji up` for the length of the block; nothing of it is left behind."""
    line = WholeLine(folder, **settings)
    try:
        line.start()
        yield line
    finally:
        line.abandon()


def wait_for(condition: Callable[[], object], seconds: float, told: Callable[[], object] = lambda: "") -> None:
    """Wait until the condition holds; fail where it does not in time, with what `told` says then."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain {told()}"
        time.sleep(0.1)
