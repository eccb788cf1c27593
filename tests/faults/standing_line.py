"""The line as it stands in production, one process per service and three that parse, over a broker and the embedded
database; every process can be killed, stopped and continued, and is started again as an orchestrator would."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import httpx
import pytest
from broker import apache_kafka
from callers import caller
from whole_line import wait_for

from cli.embedded.child import Child
from cli.embedded.engines import Broker, Engine, connected, mongo_engine
from cli.embedded.ports import free_port
from shared.errors import EngineMissing
from shared.kafka import create_topics
from shared.mongo import Database
from shared.records import migrate
from shared.settings import Settings, load_settings

SERVICES = ("ingest", "parse-1", "parse-2", "parse-3", "validate", "store", "query")
KILLED = SERVICES[:-1]
SESSION_MS = 6000
READY_SECONDS = 90.0
END_SECONDS = 90.0


class StandingBroker(Broker, Protocol):
    """A broker that can be killed and started again."""

    def start(self) -> None: ...
    def kill(self) -> None: ...


class StandingLine:
    """All processes of one line, its broker running. `start` must be called before anything else.

    `settings` are variables `GOUJI_…` without the prefix, for every process.
    """

    def __init__(
        self, folder: Path, broker: StandingBroker, services: Sequence[str] = SERVICES, **settings: object
    ) -> None:
        self.broker = broker
        self.mongo: Engine = mongo_engine(folder / "mongo", folder)
        self.settings: Settings = connected(load_settings(**settings), broker, self.mongo)
        self.headers: dict[str, str] = {}
        self._settings = {f"GOUJI_{name.upper()}": str(value) for name, value in settings.items()}
        self._ports = {name: free_port() for name in services}
        self._children = {name: self._child(name, folder) for name in services}

    def _child(self, name: str, folder: Path) -> Child:
        environment = {
            **os.environ,
            "GOUJI_KAFKA_SERVERS": self.settings.kafka_servers,
            "GOUJI_MONGO_URL": self.settings.mongo_url,
            "GOUJI_PORT": str(self._ports[name]),
            "GOUJI_GROUP_INSTANCE": name,
            "GOUJI_SESSION_TIMEOUT_MS": str(SESSION_MS),
            "GOUJI_RETRY_MAX_S": "2",
            "GOUJI_RECONCILE_EVERY_S": "5",
            "GOUJI_LOG_FORMAT": "json",
            **self._settings,
        }
        command = [sys.executable, "-m", "cli", "serve", name.partition("-")[0]]
        return Child(name, command, folder / f"{name}.log", environment)

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self._ports[name]}"

    async def prepare(self) -> None:
        """Topics, indexes, and the key of those who ask."""
        await create_topics(self.settings)
        async with Database(self.settings) as database:
            await migrate(database)
            self.headers = await caller(database)

    def start(self) -> None:
        for child in self._children.values():
            child.start()
        wait_for(lambda: all(map(self.is_ready, self._children)), READY_SECONDS)

    def pids(self) -> dict[str, int]:
        """The running services by name."""
        return {name: child.pid for name, child in self._children.items() if child.pid is not None}

    def metrics(self, name: str, wanted: Mapping[str, str]) -> dict[str, float]:
        """The values of some series of a service, each named as /metrics prints it; 0 where one is not there."""
        text = httpx.get(f"{self.url(name)}/metrics", timeout=30, trust_env=False).text
        values = dict(row.rpartition(" ")[::2] for row in text.splitlines())
        return {short: float(values.get(series, 0)) for short, series in wanted.items()}

    def is_ready(self, name: str) -> bool:
        try:
            return httpx.get(f"{self.url(name)}/readyz", timeout=4, trust_env=False).status_code == 200
        except httpx.TransportError:
            return False

    def kill(self, name: str) -> None:
        """kill -9 of one process, and a new one in its place."""
        child = self._children[name]
        self.exited_by_itself()
        child.signal(signal.SIGKILL)
        child.wait(10)
        child.start()

    def kill_broker(self) -> None:
        self.broker.kill()
        self.broker.start()

    def kill_database(self) -> None:
        self.mongo.kill()
        self.mongo.start()

    def freeze(self, name: str) -> None:
        self._children[name].signal(signal.SIGSTOP)

    def thaw(self, name: str) -> None:
        self._children[name].signal(signal.SIGCONT)

    def exited_by_itself(self) -> list[str]:
        """The processes that ended without being killed: there must be none."""
        return [name for name, child in self._children.items() if child.exit_code is not None]

    def freeze_database(self) -> None:
        """Have it hang: connections stay open, and nothing is answered."""
        self.mongo.child.signal(signal.SIGSTOP)

    def thaw_database(self) -> None:
        self.mongo.child.signal(signal.SIGCONT)

    def wait_for_end(self, name: str) -> int:
        """Wait until a process has ended by itself; its exit code."""
        child = self._children[name]
        assert child.wait(END_SECONDS), f"{name} goes on"
        assert child.exit_code is not None
        return child.exit_code

    def start_again(self, name: str) -> None:
        """Start a process that has ended."""
        self._children[name].start()

    def log(self, name: str) -> str:
        """What a process has logged."""
        return self._children[name].log.read_text(encoding="utf-8", errors="replace")

    def readiness(self, name: str) -> dict[str, str]:
        """What a process says of each thing that it needs; empty where it does not answer."""
        with contextlib.suppress(httpx.TransportError):
            answer = httpx.get(f"{self.url(name)}/readyz", timeout=10, trust_env=False)
            return dict(answer.json()["dependencies"])
        return {}

    def upload(self, data: bytes, batch: str, name: str = "a.pdf") -> httpx.Response | None:
        """Upload once; the answer, or None where the door did not give one."""
        file = {"file": (name, data, "application/pdf")}
        with contextlib.suppress(httpx.TransportError):
            url = f"{self.url('ingest')}/documents"
            return httpx.post(
                url, files=file, data={"batch_id": batch}, headers=self.headers, timeout=60, trust_env=False
            )
        return None

    def counts(self, batch: str) -> dict[str, int]:
        """How many documents of a batch are where; empty while the door does not answer."""
        with contextlib.suppress(httpx.HTTPError):
            answer = httpx.get(
                f"{self.url('ingest')}/batches/{batch}", headers=self.headers, timeout=15, trust_env=False
            )
            answer.raise_for_status()
            return dict(answer.json()["counts"])
        return {}

    def uploads(self, data: bytes, batch: str, name: str = "a.pdf") -> bool:
        """Upload once; True where it was accepted."""
        answer = self.upload(data, batch, name)
        return answer is not None and answer.status_code == 202

    def stop(self) -> None:
        self.thaw_database()
        for child in self._children.values():
            child.signal(signal.SIGCONT)
            child.signal(signal.SIGKILL)
            child.wait(10)
        self.mongo.stop()


@contextlib.contextmanager
def standing(
    folder: Path, broker: StandingBroker, services: Sequence[str] = SERVICES, **settings: object
) -> Iterator[StandingLine]:
    """The line with its database running; its services are yet to be started. Nothing of it is left behind."""
    line = StandingLine(folder, broker, services, **settings)
    try:
        line.mongo.start()
        line.mongo.wait_until_answering(line.settings)
        yield line
    finally:
        line.stop()


@contextlib.contextmanager
def standing_line(folder: Path, **settings: object) -> Iterator[StandingLine]:
    """The line with all its processes running over an Apache Kafka of its own. Nothing of it is left behind."""
    with apache_kafka(folder) as broker:
        try:
            with standing(folder, broker, **settings) as line:
                asyncio.run(line.prepare())
                line.start()
                yield line
        except EngineMissing as missing:
            pytest.skip(missing.message_en)
        finally:
            broker.thaw()
            broker.kill()
