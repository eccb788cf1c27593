"""The validate process: its one handler, put together with the rulebook and the file store."""

from functools import partial

from services.validate.handler import validate_document
from services.validate.rulebook import load_rulebook
from shared.logs import setup_logs
from shared.mongo import Database, Files
from shared.settings import Settings
from shared.topics import PARSED
from shared.worker import Stage, run_stage


async def serve(settings: Settings) -> None:
    """Run until SIGTERM, then finish what is in flight. A rulebook that is wrong stops the process at its start."""
    setup_logs("validate", settings)
    rulebook = load_rulebook()
    async with Database(settings) as database:
        handle = partial(
            validate_document, files=Files(database), rulebook=rulebook, inline_limit_kb=settings.inline_limit_kb
        )
        await run_stage(Stage("validate", {PARSED: handle}), settings, dependencies={"database": database.ping})
