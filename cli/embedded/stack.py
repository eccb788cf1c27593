"""Engines and services of `gouji up`: start them, keep them running, stop them in the order of the line."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from cli.embedded.child import Child
from cli.embedded.engines import Engine, connected, kafka_engine, mongo_engine
from cli.embedded.folder import DataFolder
from cli.embedded.ports import HOST, free_port, is_free
from cli.embedded.service import Service
from cli.embedded.stop import Stop
from cli.embedded.tidying import Tidying
from cli.keyfile import ensure_keys
from shared.errors import PortTaken, ServiceFailed
from shared.kafka import create_topics
from shared.mongo import Database
from shared.records import migrate
from shared.settings import Settings
from shared.topics import TOPICS

LINE = ("ingest", "parse", "validate", "store", "query")
"""The services in the order in which they are started and drained."""

_READY_SECONDS = 90.0
_LOOK_SECONDS = 0.1
# The embedded broker saves all its messages anew each second, so they are kept small; and it answers a fetch at once.
_FOR_THE_EMBEDDED_BROKER = {"GOUJI_INLINE_LIMIT_KB": "16", "GOUJI_FETCH_PAUSE_MS": "100"}

Tell = Callable[[str, str], None]
"""Says in Chinese and English what is being done."""


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
        asyncio.run(_prepare(self.settings, self.folder.path))
        self.tell("启动服务 …", "starting the services …")
        for service in self.services.values():
            service.start()
            self.started.append(service)
        self._wait_until_ready()
        self.write_state(running=True)

    def watch(self) -> None:
        """Keep all running until the user asks to stop. Raises `ServiceFailed` where one exits by itself."""
        tidying = Tidying(self.settings)
        while not self.stop.asked:
            tidying.tidy_if_due()
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
                if service.is_ready():
                    del waiting[name]
            if time.monotonic() > deadline:
                late = next(iter(waiting.values())).child
                raise ServiceFailed(service=late.name, code="not ready", log=late.log)
            time.sleep(_LOOK_SECONDS)

    def _look_after(self, service: Service) -> bool:
        """Start a service again that has ended; True where that was done."""
        if service.has_ended():
            name, code = service.child.name, service.child.exit_code
            self.tell(f"{name} 已退出（{code}），即将重启", f"{name} ended ({code}), restarting")
        return service.restart_if_due()

    def _look_after_engine(self, engine: Engine) -> bool:
        if not engine.restart_if_killed():
            return False
        self.tell(f"{engine.child.name} 被杀死，已重启", f"{engine.child.name} was killed, started again")
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
    remembered = folder.state().get("ports", {})
    port = port or free_port(remembered.get("ingest"))
    if not is_free(port):
        raise PortTaken(port=port)
    keep = (folder.lock_fd,)
    kafka = kafka_engine(folder.path / "kafka", folder.logs, remembered.get("kafka"), keep)
    mongo = mongo_engine(folder.path / "mongo", folder.logs, remembered.get("mongo"), keep)
    settings = connected(settings, kafka, mongo)
    names = [*LINE[:2], *(f"parse-{number}" for number in range(2, parse_services + 1)), *LINE[2:]]
    ports = {name: port if name == "ingest" else free_port(remembered.get(name)) for name in names}
    # The embedded broker may give two lasting members of one group the same partitions when both come back at once, so
    # only a service that is alone in its group keeps its place over a restart.
    alone = {name for name in names if parse_services == 1 or not name.startswith("parse")}
    services = {
        name: Service(
            _service_child(name, folder, settings, ports, name if name in alone else ""),
            f"http://{HOST}:{ports[name]}",
        )
        for name in names
    }
    return Stack(folder, settings, kafka, mongo, services, stop, tell)


def _service_child(
    name: str, folder: DataFolder, settings: Settings, ports: dict[str, int], group_instance: str
) -> Child:
    service = name.partition("-")[0]
    environment = {
        **_FOR_THE_EMBEDDED_BROKER,
        **os.environ,
        "GOUJI_KAFKA_SERVERS": settings.kafka_servers,
        "GOUJI_MONGO_URL": settings.mongo_url,
        "GOUJI_HOST": HOST,
        "GOUJI_PORT": str(ports[name]),
        "GOUJI_QUERY_URL": settings.query_url or f"http://{HOST}:{ports['query']}",
        "GOUJI_GROUP_INSTANCE": group_instance,
        "GOUJI_LOG_FORMAT": "json",
        "GOUJI_DATA_DIR": str(folder.path),
        "GOUJI_STORAGE_DIR": str(folder.path),
    }
    command = [sys.executable, "-m", "cli", "serve", service]
    return Child(name, command, folder.logs / f"{name}.log", environment, (folder.lock_fd,))


async def _prepare(settings: Settings, folder: Path) -> None:
    await create_topics(settings)
    async with Database(settings) as database:
        await migrate(database)
        await ensure_keys(folder, database)


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
