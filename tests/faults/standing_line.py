"""The line as it stands in production, one process per service and three that parse, over a broker and the embedded
database; every process can be killed, stopped and continued, and is started again as an orchestrator would."""

import contextlib
import os
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import httpx
from callers import caller
from whole_line import wait_for

from cli.embedded.child import Child
from cli.embedded.engines import Broker, Engine, connected, mongo_engine
from cli.embedded.ports import free_port
from shared.kafka import create_topics
from shared.mongo import Database
from shared.records import migrate
from shared.settings import Settings, load_settings

SERVICES = ("ingest", "parse-1", "parse-2", "parse-3", "validate", "store", "query")
KILLED = SERVICES[:-1]
SESSION_MS = 6000
READY_SECONDS = 90.0


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
        self.settings: Settings = connected(load_settings(), broker, self.mongo)
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

    def stop(self) -> None:
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
    line.mongo.start()
    line.mongo.wait_until_answering(line.settings)
    try:
        yield line
    finally:
        line.stop()
