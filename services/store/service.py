"""The store process: every event of the line is written down, and `document-stored-v1` says that it is durable."""

import asyncio
from functools import partial

from services.store.dead_letters import watch_dead_letters
from services.store.handler import Store, record_event, store_document, store_rejection
from services.store.publishing import publish_filing
from services.store.withdrawals import watch_withdrawals
from shared.backoff import Backoff
from shared.envelope import current_event_time
from shared.layouts import load_layouts
from shared.lifetime import stop_requested
from shared.logs import setup_logs
from shared.mongo import Database, Files
from shared.records import migrate
from shared.settings import Settings
from shared.topics import FILING_REVISED, PARSED, RECEIVED, REJECTED, VALIDATED
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
                FILING_REVISED: partial(publish_filing, database=database),
            },
        )
        await Backoff.of(settings).until_up(lambda: migrate(database))
        await _run(stage, settings, store)


async def _run(stage: Stage, settings: Settings, store: Store) -> None:
    """The loop, and beside it the watches. A mistake of ours in any of them stops the process."""
    stop = stop_requested()
    watches = [
        asyncio.create_task(watch_dead_letters(settings, store, stop)),
        asyncio.create_task(watch_withdrawals(settings, store.database, stop)),
    ]
    for watch in watches:
        watch.add_done_callback(lambda _: stop.set())
    try:
        await run_stage(stage, settings, dependencies={"database": store.database.ping}, stop=stop)
    finally:
        stop.set()
        await asyncio.gather(*watches)
