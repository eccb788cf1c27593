"""A service as small as can be, run as a process of its own by the tests: `tiny_service.py HANDLER`."""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from documents import parsed

from shared.errors import PayloadMissing
from shared.events import DocumentReceived, Event
from shared.logs import setup_logs
from shared.settings import load_settings
from shared.topics import RECEIVED
from shared.worker import Handler, Stage, run_stage


async def refuse(event: DocumentReceived) -> Sequence[Event]:
    raise PayloadMissing(reference=event.file.name)


async def crash(event: DocumentReceived) -> Sequence[Event]:
    return [parsed(event)] if event.sequence < 3 else [][event.sequence]


async def work(event: DocumentReceived) -> Sequence[Event]:
    begun = Path(sys.argv[2])
    begun.write_text(begun.read_text() + event.file_name + "\n" if begun.exists() else event.file_name + "\n")
    await asyncio.sleep(1.0)
    return [parsed(event)]


async def share(event: DocumentReceived) -> Sequence[Event]:
    Path(sys.argv[2]).touch()
    await asyncio.sleep(0.1)
    return [parsed(event)]


async def hang(_event: DocumentReceived) -> Sequence[Event]:
    Path(sys.argv[2]).write_text("begun")
    await asyncio.Event().wait()
    return []


HANDLERS: dict[str, Handler] = {"refuse": refuse, "crash": crash, "work": work, "share": share, "hang": hang}


async def main() -> None:
    settings = load_settings()
    setup_logs("parse", settings)
    await run_stage(Stage("parse", {RECEIVED: HANDLERS[sys.argv[1]]}), settings, dependencies={})


asyncio.run(main())
