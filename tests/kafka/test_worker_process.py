"""A stage as a process of its own: what its end and its exit code tell the operator."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from documents import WAIT_S, read_all, received

from shared.events import Event
from shared.kafka import EventProducer, read_dead_letters, topic_states
from shared.settings import Settings
from shared.topics import PARSED, RECEIVED

HERE = Path(__file__).parent


@pytest.fixture
def start(line: Settings, tmp_path: Path) -> Iterator[object]:
    """Starts tiny_service.py with a handler of the given name and further settings."""
    started: list[subprocess.Popen[bytes]] = []

    def starter(handler: str, **settings: object) -> subprocess.Popen[bytes]:
        chosen = {**line.model_dump(), "log_format": "json", **settings}
        environment = {
            **os.environ,
            "PYTHONPATH": str(HERE.parent),
            **{f"GOUJI_{name.upper()}": str(value) for name, value in chosen.items()},
        }
        command = [sys.executable, str(HERE / "tiny_service.py"), handler, str(tmp_path / "begun")]
        with (tmp_path / "log").open("ab") as log:
            started.append(subprocess.Popen(command, env=environment, stdout=log, stderr=log))
        return started[-1]

    yield starter
    for process in started:
        process.kill()
        process.wait()


async def publish(settings: Settings, count: int) -> list[Event]:
    events: list[Event] = [received(str(number), number) for number in range(count)]
    async with EventProducer(settings, "ingest") as producer:
        await producer.publish(events)
    return events


async def lag(settings: Settings) -> int:
    return {state.name: state for state in await topic_states(settings)}[RECEIVED.name].lag["parse"]


async def end_of(process: subprocess.Popen[bytes], seconds: float = WAIT_S) -> int:
    return await asyncio.to_thread(process.wait, seconds)


async def appears(path: Path) -> None:
    async with asyncio.timeout(WAIT_S):
        while not path.exists():
            await asyncio.sleep(0.02)


async def test_one_dead_letter_too_many_in_a_minute_stops_the_process(line: Settings, start, tmp_path: Path) -> None:
    await publish(line, 10)
    process = start("refuse", dead_letters_per_minute=3)
    assert await end_of(process) not in (0, -signal.SIGKILL)
    assert len(await read_dead_letters(line)) == 3
    assert await lag(line) == 7
    assert "dead letters within a minute" in (tmp_path / "log").read_text()


async def test_unknown_error_stops_the_process_with_its_traceback_in_the_log(
    line: Settings, start, tmp_path: Path
) -> None:
    await publish(line, 10)
    process = start("crash")
    assert await end_of(process) not in (0, -signal.SIGKILL)
    assert "IndexError" in (tmp_path / "log").read_text()
    assert await read_dead_letters(line) == ()
    assert await lag(line) > 0


async def test_sigterm_finishes_what_is_in_flight_and_exits_with_0(line: Settings, start, tmp_path: Path) -> None:
    await publish(line, 3)
    process = start("work")
    await appears(tmp_path / "begun")
    process.send_signal(signal.SIGTERM)
    assert await end_of(process) == 0
    begun = (tmp_path / "begun").read_text().splitlines()
    assert len(await read_all(line, PARSED)) == len(begun)
    assert await lag(line) == 3 - len(begun)


async def test_sigterm_does_not_wait_longer_than_the_grace_period(line: Settings, start, tmp_path: Path) -> None:
    await publish(line, 1)
    process = start("hang", drain_timeout_s=0.5)
    await appears(tmp_path / "begun")
    process.send_signal(signal.SIGTERM)
    asked = time.monotonic()
    assert await end_of(process) == 0
    assert time.monotonic() - asked < 10
    assert await lag(line) == 1


async def test_process_that_is_killed_is_replaced_without_waiting_for_its_session(
    line: Settings, start, tmp_path: Path
) -> None:
    await publish(line, 3)
    killed = start("hang", group_instance="parse", session_timeout_ms=60_000)
    await appears(tmp_path / "begun")
    killed.kill()
    killed.wait()
    (tmp_path / "begun").unlink()
    start("work", group_instance="parse", session_timeout_ms=60_000)
    async with asyncio.timeout(WAIT_S):
        while await lag(line):
            await asyncio.sleep(0.1)
