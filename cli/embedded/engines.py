"""The embedded engines: programs of their own that speak Kafka's and MongoDB's protocols. Never imported.

noida-db is run by its binary, without the Python wrapper that would not pass signals on. SecantusDB is GPL-2.0 and runs
as a separate program.
"""

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

from cli.embedded.child import Child
from cli.embedded.ports import HOST, accepts, free_port
from shared.errors import EngineFailed, EngineMissing, ServiceFailed, TransientError
from shared.kafka import ping as ping_kafka
from shared.mongo import Database
from shared.settings import Settings

_START_SECONDS = 60.0
_SHORT_LIFE_SECONDS = 5.0
_STOP_SECONDS = 60.0  # the broker writes all its messages once more before it ends


@dataclass
class Engine:
    """One engine: its process, its port, and how to ask whether it answers."""

    child: Child
    port: int
    answers: Callable[[Settings], Coroutine[Any, Any, None]]
    started_at: float = 0.0

    @property
    def servers(self) -> str:
        """Its address, as Kafka's clients want it."""
        return f"{HOST}:{self.port}"

    @property
    def pid(self) -> int | None:
        """Its process id while it runs."""
        return self.child.pid

    def start(self) -> None:
        """Start it (again)."""
        self.child.start()
        self.started_at = time.monotonic()

    def restart_if_killed(self) -> bool:
        """Start it again where a signal ended it: its data are on disk, and the services wait for it.

        True where that was done. Raises `ServiceFailed` where it exited by itself, or does not live for long.
        """
        code = self.child.exit_code
        if code is None:
            return False
        if code >= 0 or time.monotonic() - self.started_at < _SHORT_LIFE_SECONDS:
            raise ServiceFailed(service=self.child.name, code=code, log=self.child.log)
        self.start()
        return True

    def wait_until_answering(self, settings: Settings) -> None:
        """Raises `EngineFailed` where it ends or says nothing for a minute."""
        deadline = time.monotonic() + _START_SECONDS
        while self.child.pid is not None and time.monotonic() < deadline:
            if accepts(self.port):
                with contextlib.suppress(TransientError):
                    asyncio.run(self.answers(settings))
                    return
            time.sleep(0.1)
        detail = self.child.last_lines(5) or "no answer"
        raise EngineFailed(engine=self.child.name, detail=detail, log=self.child.log)

    def kill(self) -> None:
        """kill -9, as a power cut would."""
        self.child.signal(signal.SIGKILL)
        self.child.wait(_STOP_SECONDS)

    def stop(self) -> None:
        """Stop it in order, so that it saves what it has; kill it where that takes longer than a minute."""
        self.child.signal(signal.SIGINT)
        if not self.child.wait(_STOP_SECONDS):
            self.kill()


def kafka_engine(data: Path, logs: Path, port: int | None = None, keep_open: Sequence[int] = ()) -> Engine:
    """The broker over the data in `data`, on `port` where it is free. Raises `EngineMissing`."""
    binary = _package("noida_db", "noida-db") / "noida-db"
    binary.chmod(binary.stat().st_mode | 0o111)
    port = free_port(port)
    command = [str(binary), "start", "--only", "kafka", "--host", HOST]
    command += ["--kafka-port", str(port), "--data-dir", str(data)]
    return Engine(Child("kafka", command, logs / "kafka.log", os.environ, keep_open), port, ping_kafka)


def mongo_engine(data: Path, logs: Path, port: int | None = None, keep_open: Sequence[int] = ()) -> Engine:
    """The database over the data in `data`, on `port` where it is free. Raises `EngineMissing`."""
    _package("secantus", "SecantusDB")
    port = free_port(port)
    # As a standalone it keeps no oplog, which nobody reads here: half of what each write costs. Commits stay durable.
    command = [sys.executable, "-m", "secantus", "--standalone", "--sync-on-commit", "--log-level", "WARNING"]
    command += ["--host", HOST, "--port", str(port), "--storage-path", str(data)]
    return Engine(Child("mongo", command, logs / "mongo.log", os.environ, keep_open), port, _ping_mongo)


class Broker(Protocol):
    """What speaks Kafka's protocol at an address, whichever it is."""

    @property
    def servers(self) -> str:
        """Its address, as Kafka's clients want it."""


def connected(settings: Settings, kafka: Broker, mongo: Engine) -> Settings:
    """The settings with the engines' addresses.

    The driver's own repetition of writes is off: for each write the embedded database looks through the records of all
    writes of the last half hour, and there is no other node that a write could be repeated on.
    """
    mongo_url = f"mongodb://{HOST}:{mongo.port}/?directConnection=true&retryWrites=false"
    return settings.model_copy(update={"kafka_servers": kafka.servers, "mongo_url": mongo_url})


async def _ping_mongo(settings: Settings) -> None:
    async with Database(settings) as database:
        await database.ping()


def _package(module: str, engine: str) -> Path:
    spec = find_spec(module)
    if spec is None or not spec.submodule_search_locations:
        raise EngineMissing(engine=engine)
    return Path(spec.submodule_search_locations[0])
