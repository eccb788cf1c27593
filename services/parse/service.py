"""The parse process: its one handler, put together with the file store and the reading processes."""

from functools import partial

from services.parse.handler import parse_document
from services.parse.pool import ReadingPool
from shared.logs import setup_logs
from shared.mongo import Database, Files
from shared.settings import Settings
from shared.topics import RECEIVED
from shared.worker import Stage, run_stage


async def serve(settings: Settings) -> None:
    """Run until SIGTERM, then finish what is in flight."""
    setup_logs("parse", settings)
    async with Database(settings) as database, ReadingPool(settings) as pool:
        handle = partial(
            parse_document, files=Files(database), read=pool.read, inline_limit_kb=settings.inline_limit_kb
        )
        await run_stage(Stage("parse", {RECEIVED: handle}), settings, dependencies={"database": database.ping})
