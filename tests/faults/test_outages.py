"""A dependency is away, or its disk is full: what an uploader is told, and what is there afterwards."""

import asyncio
import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from one_service import Ingest, running_ingest, start_again
from relaying import visible_events
from whole_line import wait_for

from cli.embedded.engines import Engine, connected, kafka_engine, mongo_engine
from shared.errors import EngineMissing
from shared.kafka import create_topics
from shared.mongo import Database
from shared.settings import Settings, load_settings

KAFKA_AWAY_SECONDS = 60.0
PATIENCE_SECONDS = 90.0
MEGABYTE = 1_000_000


@dataclass
class Engines:
    """Both engines under the control of a test, and the settings that lead to them."""

    kafka: Engine
    mongo: Engine
    settings: Settings


@contextlib.contextmanager
def running_engines(folder: Path, mongo_data: Path) -> Iterator[Engines]:
    try:
        kafka, mongo = kafka_engine(folder / "kafka", folder), mongo_engine(mongo_data, folder)
    except EngineMissing as missing:
        pytest.skip(missing.message_en)
    name = f"t{uuid4().hex[:10]}"
    own = {"topic_prefix": f"{name}-", "mongo_database": name, "topic_partitions": 2, "session_timeout_ms": 6000}
    settings = connected(load_settings(), kafka, mongo).model_copy(update=own)
    with contextlib.ExitStack() as stops:
        for engine in (kafka, mongo):
            stops.callback(engine.stop)
            start_again(engine, settings)
        asyncio.run(create_topics(settings))
        yield Engines(kafka, mongo, settings)


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engines]:
    folder = tmp_path_factory.mktemp("engines")
    with running_engines(folder, folder / "mongo") as running:
        yield running


def pdf(number: int, size: int = 1000) -> bytes:
    """A file of about this size, like no other."""
    return b"%PDF-1.7\n" + f"{uuid4().hex} {number}\n".encode() + os.urandom(size)


def kept(settings: Settings) -> dict[str, int]:
    """What the database holds: receipts, files, chunks."""

    async def count() -> dict[str, int]:
        async with Database(settings) as database:
            return {name: await database[name].count({}) for name in ("receipts", "uploads.files", "uploads.chunks")}

    return asyncio.run(count())


def test_uploads_go_on_while_kafka_is_away_and_all_arrive_once_afterwards(engines: Engines, tmp_path: Path) -> None:
    with running_ingest(tmp_path, engines.settings) as ingest:
        wait_for(ingest.is_ready, PATIENCE_SECONDS)
        answers = [ingest.upload(pdf(0))]
        engines.kafka.stop()
        until = time.monotonic() + KAFKA_AWAY_SECONDS
        while time.monotonic() < until:
            began = time.monotonic()
            answers.append(ingest.upload(pdf(len(answers))))
            wait_for(lambda: time.monotonic() > min(began + 3, until), KAFKA_AWAY_SECONDS)  # noqa: B023
        assert {answer.status_code for answer in answers} == {202}
        assert len(answers) > 15
        assert ingest.is_ready(), "Kafka is no condition for taking documents in"
        start_again(engines.kafka, engines.settings)
        wait_for(lambda: unpublished(ingest) == 0, PATIENCE_SECONDS)
        seen = asyncio.run(visible_events(engines.settings, len(answers)))
    assert (len(seen), set(seen.values())) == (len(answers), {1})


def unpublished(ingest: Ingest) -> int:
    answer = httpx.get(f"{ingest.url}/overview", headers=ingest.headers, timeout=60, trust_env=False)
    return int(answer.json()["unpublished"])


def test_database_that_is_away_answers_503_and_keeps_nothing_half(engines: Engines, tmp_path: Path) -> None:
    before = kept(engines.settings)
    with running_ingest(tmp_path, engines.settings) as ingest:
        wait_for(ingest.is_ready, PATIENCE_SECONDS)
        cut: list[httpx.Response] = []
        uploading = threading.Thread(target=lambda: cut.append(upload_slowly(ingest, engines)))
        uploading.start()
        uploading.join(PATIENCE_SECONDS)
        refused = [*cut, ingest.upload(pdf(1))]
        for answer in refused:
            assert (answer.status_code, answer.json()["reason"]) == (503, "database_unavailable")
            assert int(answer.headers["retry-after"]) > 0
        assert not ingest.is_ready()
        start_again(engines.mongo, engines.settings)
        after = kept(engines.settings)
        assert (after["receipts"], after["uploads.files"]) == (before["receipts"], before["uploads.files"])
        wait_for(ingest.is_ready, PATIENCE_SECONDS)
        data = pdf(2)
        assert ingest.upload(data).status_code == 202
        assert ingest.download(data) == data


def upload_slowly(ingest: Ingest, engines: Engines) -> httpx.Response:
    """Upload a file of which a part is in the database when that is killed."""
    chunks = kept(engines.settings)["uploads.chunks"]

    def body() -> Iterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n' + pdf(0, MEGABYTE)
        wait_for(lambda: kept(engines.settings)["uploads.chunks"] > chunks, PATIENCE_SECONDS)
        engines.mongo.child.signal(signal.SIGKILL)
        engines.mongo.child.wait(PATIENCE_SECONDS)
        yield os.urandom(MEGABYTE) + b"\r\n--b--\r\n"

    headers = {**ingest.headers, "content-type": "multipart/form-data; boundary=b"}
    return httpx.post(f"{ingest.url}/documents", content=body(), headers=headers, timeout=120, trust_env=False)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 360 MB of its own."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if not mounted(disk, "size=360m"):
        pytest.skip("a small disk cannot be mounted here (tmpfs needs the right to mount)")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def mounted(disk: Path, options: str) -> bool:
    try:
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", disk], capture_output=True, check=False)
    except FileNotFoundError:
        return False
    return done.returncode == 0


@pytest.mark.parametrize("watched", [True, False], ids=["watched", "unwatched"])
def test_full_disk_answers_507_and_keeps_nothing_half(watched: bool, small_disk: Path, tmp_path: Path) -> None:
    """Watched, as `gouji up` does: refused while some room is left. Unwatched: the embedded database itself runs out of
    room, panics and says no more than that it is away; what it had acknowledged is there when it has room again.
    """
    watching: dict[str, Any] = {"storage_dir": small_disk, "storage_reserve_mb": 120} if watched else {}
    with running_engines(tmp_path, small_disk / "mongo") as engines:
        with running_ingest(tmp_path, engines.settings, **watching) as ingest:
            wait_for(ingest.is_ready, PATIENCE_SECONDS)
            accepted, answer = fill(ingest)
            told = (answer.status_code, answer.json()["reason"])
            assert told == (507, "storage_full") or (not watched and told == (503, "database_unavailable"))
            assert accepted
            if watched:
                assert [ingest.download(data) == data for data in accepted] == [True] * len(accepted)
        if not watched:
            # The embedded database is of no use until it has room again and is started anew.
            engines.mongo.child.signal(signal.SIGKILL)
            engines.mongo.child.wait(PATIENCE_SECONDS)
            subprocess.run(["mount", "-o", "remount,size=600m", small_disk], check=True)
            start_again(engines.mongo, engines.settings)
        counts = kept(engines.settings)
        assert (counts["receipts"], counts["uploads.files"]) == (len(accepted), len(accepted))
        with running_ingest(tmp_path, engines.settings) as ingest:
            wait_for(ingest.is_ready, PATIENCE_SECONDS)
            assert [ingest.download(data) == data for data in accepted] == [True] * len(accepted)


def fill(ingest: Ingest) -> tuple[list[bytes], httpx.Response]:
    """Upload until something else than 202 is answered: what was accepted, and that answer."""
    accepted: list[bytes] = []
    while True:
        data = pdf(len(accepted), 8 * MEGABYTE)
        answer = ingest.upload(data)
        if answer.status_code != 202:
            return accepted, answer
        accepted.append(data)
