"""The store process: every event of the line is written down, and `document-stored-v1` says that it is durable."""

from functools import partial

from services.store.handler import Store, record_event, store_document, store_rejection
from shared.backoff import Backoff
from shared.envelope import current_event_time
from shared.layouts import load_layouts
from shared.logs import setup_logs
from shared.mongo import Database, Files
from shared.records import migrate
from shared.settings import Settings
from shared.topics import PARSED, RECEIVED, REJECTED, VALIDATED
from shared.worker import Stage, run_stage


async def serve(settings: Settings) -> None:
    """Run until SIGTERM."""
    setup_logs("store", settings)
    layouts = load_layouts()
    async with Database(settings) as database:
        store = Store(database, Files(database), layouts, happened_at=current_event_time)
        stage = Stage(
            "store",
            {
                RECEIVED: partial(record_event, store=store),
                PARSED: partial(record_event, store=store),
                VALIDATED: partial(store_document, store=store),
                REJECTED: partial(store_rejection, store=store),
            },
        )
        await Backoff.of(settings).until_up(lambda: migrate(database))
        await run_stage(stage, settings, dependencies={"database": database.ping})
