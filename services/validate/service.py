"""The validate process: its one handler, put together with the rules in force and the file store."""

from functools import partial

from services.validate.handler import validate_document
from services.validate.in_force import RulesInForce
from services.validate.packs import released_pack
from shared.logs import setup_logs
from shared.mongo import Database, Files
from shared.settings import Settings
from shared.topics import PARSED
from shared.worker import Stage, run_stage


async def serve(settings: Settings) -> None:
    """Run until SIGTERM, then finish what is in flight. Rules that cannot be read stop the process."""
    setup_logs("validate", settings)
    async with Database(settings) as database:
        handle = partial(
            validate_document,
            files=Files(database),
            rulebook_for=RulesInForce(released_pack(), database).rulebook_for,
            inline_limit_kb=settings.inline_limit_kb,
        )
        await run_stage(Stage("validate", {PARSED: handle}), settings, dependencies={"database": database.ping})
