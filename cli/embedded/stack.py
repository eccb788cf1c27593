"""Engines and services of `gouji up`: start them, keep them running, stop them in the order of the line."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx

from cli.embedded.child import Child
from cli.embedded.engines import Engine, connected, kafka_engine, mongo_engine
from cli.embedded.folder import DataFolder
from cli.embedded.ports import HOST, free_port, is_free
from shared.errors import PortTaken, ServiceFailed
from shared.kafka import create_topics
from shared.mongo import Database
from shared.records import migrate
from shared.settings import Settings
from shared.topics import TOPICS

LINE = ("ingest", "parse", "validate", "store", "query")
"""The services in the order in which they are started and drained."""

_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_READY_SECONDS = 90.0
_LOOK_SECONDS = 0.1
_RESTART_WAITS = (0.5, 1.0, 2.0, 5.0, 10.0)
_SETTLED_SECONDS = 60.0
# The embedded broker saves all its messages anew each second, so they are kept small; and it answers a fetch at once.
_FOR_THE_EMBEDDED_BROKER = {"GOUJI_INLINE_LIMIT_KB": "16", "GOUJI_FETCH_PAUSE_MS": "100"}

Tell = Callable[[str, str], None]
"""Says in Chinese and English what is being done."""


@dataclass
class Service:
    """One service process and when it may be restarted."""

    child: Child
    url: str
    deaths: int = 0
    started_at: float = 0.0
    restart_at: float | None = None

    def start(self) -> None:
        self.child.start()
        self.started_at = time.monotonic()
        self.restart_at = None


@dataclass
class Stop:
    """How often the user asked to stop: once drains, twice hurries."""

    asked: int = 0

    @contextmanager
    def on_signals(self) -> Iterator["Stop"]:
        """Count Ctrl-C, SIGTERM and a closed terminal instead of dying of them."""
        handlers = {number: signal.signal(number, self._count) for number in _STOP_SIGNALS}
        try:
            yield self
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)

    def _count(self, _number: int, _frame: object) -> None:
        self.asked += 1


@dataclass
class Stack:
    """Everything that `gouji up` runs over one data folder."""

    folder: DataFolder
    settings: Settings
    kafka: Engine
    mongo: Engine
    services: dict[str, Service]
    stop: Stop
    tell: Tell
    started: list[Service] = field(default_factory=list)

    def start(self) -> None:
        """Start all and wait until all are ready, or until the user asks to stop.

        Raises `EngineFailed`, `ServiceFailed`.
        """
        self.tell("启动内置引擎 …", "starting the embedded engines …")
        for engine in (self.kafka, self.mongo):
            engine.start()
        for engine in (self.kafka, self.mongo):
            engine.wait_until_answering(self.settings)
        self.tell("创建主题和索引 …", "creating topics and indexes …")
        asyncio.run(_prepare(self.settings))
        self.tell("启动服务 …", "starting the services …")
        for service in self.services.values():
            service.start()
            self.started.append(service)
        self._wait_until_ready()
        self.write_state(running=True)

    def watch(self) -> None:
        """Keep all running until the user asks to stop. Raises `ServiceFailed` where one exits by itself."""
        while not self.stop.asked:
            changed = [self._look_after(service) for service in self.services.values()]
            changed += [self._look_after_engine(engine) for engine in (self.kafka, self.mongo)]
            if any(changed):
                self.write_state(running=True)
            time.sleep(_LOOK_SECONDS)

    def close(self) -> None:
        """Drain the services in the order of the line, then stop the engines; bounded in time."""
        for service in self.started:
            service.child.signal(signal.SIGTERM)
            self._wait_for_end(service.child)
        for engine in (self.kafka, self.mongo):
            engine.stop()
        self.write_state(running=False)

    def write_state(self, *, running: bool) -> None:
        """Tell other commands, tests and the next start what runs where."""
        self.folder.write_state(_state(self, running))

    def topics(self) -> list[str]:
        """The topics' names on the broker."""
        return [self.settings.topic_prefix + topic.name for topic in TOPICS]

    def last_lines(self, name: str) -> str:
        """The end of the log of a service or engine."""
        children = [self.kafka.child, self.mongo.child, *(service.child for service in self.services.values())]
        return next((child.last_lines() for child in children if child.name == name), "")

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + _READY_SECONDS
        waiting = dict(self.services)
        while waiting and not self.stop.asked:
            for name, service in list(waiting.items()):
                self._look_after(service)
                if _is_ready(service.url):
                    del waiting[name]
            if time.monotonic() > deadline:
                late = next(iter(waiting.values())).child
                raise ServiceFailed(service=late.name, code="not ready", log=late.log)
            time.sleep(_LOOK_SECONDS)

    def _look_after(self, service: Service) -> bool:
        """Restart a service that a signal killed or that was asked to end; True where that was done."""
        code = service.child.exit_code
        if code is None:
            return False
        if code > 0:
            raise ServiceFailed(service=service.child.name, code=code, log=service.child.log)
        if service.restart_at is None:
            lived = time.monotonic() - service.started_at
            service.deaths = 0 if lived > _SETTLED_SECONDS else service.deaths
            wait = _RESTART_WAITS[min(service.deaths, len(_RESTART_WAITS) - 1)]
            service.deaths += 1
            service.restart_at = time.monotonic() + wait
            self.tell(
                f"{service.child.name} 已退出（{code}），即将重启", f"{service.child.name} ended ({code}), restarting"
            )
        if time.monotonic() < service.restart_at:
            return False
        service.start()
        return True

    def _look_after_engine(self, engine: Engine) -> bool:
        """Restart an engine that a signal killed: its data are on disk, and the services wait for it."""
        code = engine.child.exit_code
        if code is None:
            return False
        if code >= 0:
            raise ServiceFailed(service=engine.child.name, code=code, log=engine.child.log)
        self.tell(f"{engine.child.name} 已退出（{code}），重启", f"{engine.child.name} ended ({code}), restarting")
        engine.start()
        return True

    def _wait_for_end(self, child: Child) -> None:
        deadline = time.monotonic() + self.settings.drain_timeout_s + 10.0
        while not child.wait(_LOOK_SECONDS):
            if self.stop.asked > 1 or time.monotonic() > deadline:
                child.signal(signal.SIGKILL)


def build_stack(
    folder: DataFolder, settings: Settings, port: int, parse_services: int, stop: Stop, tell: Tell
) -> Stack:
    """The stack over a locked folder, nothing started yet. Raises `PortTaken`, `EngineMissing`."""
    if not is_free(port):
        raise PortTaken(port=port)
    remembered = folder.state().get("ports", {})
    keep = (folder.lock_fd,)
    kafka = kafka_engine(folder.path / "kafka", folder.logs, remembered.get("kafka"), keep)
    mongo = mongo_engine(folder.path / "mongo", folder.logs, remembered.get("mongo"), keep)
    settings = connected(settings, kafka, mongo)
    names = [*LINE[:2], *(f"parse-{number}" for number in range(2, parse_services + 1)), *LINE[2:]]
    ports = {name: port if name == "ingest" else free_port(remembered.get(name)) for name in names}
    services = {
        name: Service(_service_child(name, folder, settings, ports), f"http://{HOST}:{ports[name]}") for name in names
    }
    return Stack(folder, settings, kafka, mongo, services, stop, tell)


def _service_child(name: str, folder: DataFolder, settings: Settings, ports: dict[str, int]) -> Child:
    service = name.partition("-")[0]
    environment = {
        **_FOR_THE_EMBEDDED_BROKER,
        **os.environ,
        "GOUJI_KAFKA_SERVERS": settings.kafka_servers,
        "GOUJI_MONGO_URL": settings.mongo_url,
        "GOUJI_HOST": HOST,
        "GOUJI_PORT": str(ports[name]),
        "GOUJI_QUERY_URL": settings.query_url or f"http://{HOST}:{ports['query']}",
        "GOUJI_GROUP_INSTANCE": name,
        "GOUJI_LOG_FORMAT": "json",
        "GOUJI_DATA_DIR": str(folder.path),
        "GOUJI_STORAGE_DIR": str(folder.path),
    }
    command = [sys.executable, "-m", "cli", "serve", service]
    return Child(name, command, folder.logs / f"{name}.log", environment, (folder.lock_fd,))


async def _prepare(settings: Settings) -> None:
    await create_topics(settings)
    async with Database(settings) as database:
        await migrate(database)


def _is_ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz", timeout=4.0, trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


def _state(stack: Stack, running: bool) -> dict[str, object]:
    api, query = stack.services["ingest"].url, stack.services["query"].url
    children = [stack.kafka.child, stack.mongo.child, *(service.child for service in stack.services.values())]
    ports = {name: int(service.url.rpartition(":")[2]) for name, service in stack.services.items()}
    return {
        "running": running,
        "pid": os.getpid() if running else None,
        "written_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "api_url": api,
        "query_url": query,
        "kafka_servers": stack.settings.kafka_servers,
        "mongo_url": stack.settings.mongo_url,
        "topics": stack.topics(),
        "services": {name: service.url for name, service in stack.services.items()},
        "ports": {"kafka": stack.kafka.port, "mongo": stack.mongo.port, **ports},
        "pids": {child.name: child.pid for child in children if child.pid is not None},
        "logs": {child.name: str(child.log) for child in children},
    }
