"""The ingest service as a process of its own beside engines that a test stops and starts."""

import contextlib
import hashlib
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
from callers import new_operator

from cli.embedded.child import Child
from cli.embedded.engines import Engine
from cli.embedded.ports import HOST, free_port
from shared.settings import Settings

END_SECONDS = 60.0


class Ingest:
    """A running `gouji serve ingest`; its answers as an uploader gets them. The database must be there."""

    def __init__(self, folder: Path, settings: Settings, **changed: object) -> None:
        self.port = free_port()
        self.url = f"http://{HOST}:{self.port}"
        self.headers = new_operator(settings)
        given = {
            "kafka_servers": settings.kafka_servers,
            "mongo_url": settings.mongo_url,
            "mongo_database": settings.mongo_database,
            "topic_prefix": settings.topic_prefix,
            "host": HOST,
            "port": self.port,
            "retry_max_s": 1.0,
            "log_format": "json",
            **changed,
        }
        environment = {**os.environ, **{f"GOUJI_{name.upper()}": str(value) for name, value in given.items()}}
        command = [sys.executable, "-m", "cli", "serve", "ingest"]
        self.child = Child("ingest", command, folder / "ingest.log", environment)

    def is_ready(self) -> bool:
        """True where all that it needs is there."""
        with contextlib.suppress(httpx.TransportError):
            return httpx.get(f"{self.url}/readyz", timeout=10, trust_env=False).status_code == 200
        return False

    def upload(self, data: bytes, name: str = "a.pdf") -> httpx.Response:
        """Upload once; the answer, whatever it is."""
        file = {"file": (name, data, "application/pdf")}
        return httpx.post(f"{self.url}/documents", files=file, headers=self.headers, timeout=120, trust_env=False)

    def download(self, data: bytes) -> bytes:
        """What the service gives back for the file of these bytes."""
        key = hashlib.sha256(data).hexdigest()
        answer = httpx.get(f"{self.url}/documents/{key}/file", headers=self.headers, timeout=60, trust_env=False)
        answer.raise_for_status()
        return answer.content


@contextlib.contextmanager
def running_ingest(folder: Path, settings: Settings, **changed: object) -> Iterator[Ingest]:
    """Start it, and stop it in order at the end."""
    service = Ingest(folder, settings, **changed)
    service.child.start()
    try:
        yield service
    finally:
        service.child.signal(signal.SIGTERM)
        if not service.child.wait(END_SECONDS):
            service.child.signal(signal.SIGKILL)
            service.child.wait(END_SECONDS)


def start_again(engine: Engine, settings: Settings) -> None:
    """Start an engine over its data and wait until it answers."""
    engine.start()
    engine.wait_until_answering(settings)
