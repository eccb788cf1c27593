"""The ingest process: upload API, outbox relay, reconciler, sweep of what nobody needs."""

import asyncio
import logging
from functools import partial

from services.ingest.api import Door, create_app
from services.ingest.garbage import collect_until
from services.ingest.outbox import OutboxRelay
from services.ingest.reconcile import Reconciler
from services.ingest.sweep import sweep_until
from shared.backoff import Backoff
from shared.errors import DatabaseUnavailable
from shared.health import serving
from shared.kafka import OutboxProducer
from shared.lifetime import stop_requested
from shared.logs import setup_logs
from shared.mongo import Database, Files
from shared.records import migrate
from shared.settings import Settings

_logger = logging.getLogger(__name__)


async def serve(settings: Settings) -> None:
    """Run until SIGTERM; then finish the uploads under way. Neither engine needs to be there at the start."""
    setup_logs("ingest", settings)
    stop = stop_requested()
    async with Database(settings) as database, OutboxProducer(settings) as producer:
        files = Files(database)
        relay = OutboxRelay(database, producer, Backoff.of(settings))
        # Kafka is no condition for taking documents in: they wait in the outbox.
        door = Door(settings, database, files, relay.wake)
        door.readiness["database"] = partial(_takes_documents, door)
        async with serving(create_app(door), settings.host, settings.port, grace_s=settings.drain_timeout_s) as url:
            _logger.info("ingest listens on %s", url)
            await _work(door, relay, stop)


async def _takes_documents(door: Door) -> None:
    """Ready: the database answers and has its indexes. Raises `DatabaseUnavailable`."""
    await door.database.ping()
    if not door.migrated.is_set():
        raise DatabaseUnavailable(detail="starting 正在启动")


async def _work(door: Door, relay: OutboxRelay, stop: asyncio.Event) -> None:
    """Everything beside the API. A mistake of ours in any of it stops the process."""
    await _migrate(door, stop)
    reconciler = Reconciler(door.database, door.settings, relay.wake)
    tasks = [
        asyncio.create_task(relay.run(stop)),
        asyncio.create_task(reconciler.run(stop)),
        asyncio.create_task(sweep_until(stop, door.database, door.files)),
        asyncio.create_task(collect_until(stop, door.settings, door.database, door.files)),
    ]
    for task in tasks:
        task.add_done_callback(lambda _: stop.set())
    await asyncio.gather(*tasks)


async def _migrate(door: Door, stop: asyncio.Event) -> None:
    """Bring the collections up to date, whenever the database is there, or give up when asked to stop."""
    migrating = asyncio.create_task(Backoff.of(door.settings).until_up(lambda: migrate(door.database)))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait((migrating, stopping), return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if migrating.done():
        migrating.result()
        door.migrated.set()
    else:
        migrating.cancel()
