"""Which engines a command of `gouji` talks to: those of the environment, else those of a running `gouji up`."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from cli.embedded.folder import read_state
from shared.mongo import Database
from shared.settings import Settings, load_settings

Result = TypeVar("Result")


def engine_settings() -> Settings:
    """The settings; where the environment names no Kafka, the addresses of the `gouji up` over the data folder.

    So `gouji dlq` and `gouji topics` work beside `gouji up` without any variable.
    """
    settings = load_settings()
    state = read_state(settings.data_dir)
    if not state.get("running") or "kafka_servers" in settings.model_fields_set:
        return settings
    found = {name: state[name] for name in ("kafka_servers", "mongo_url")}
    return settings.model_copy(update=found)


def with_database(work: Callable[[Database], Awaitable[Result]]) -> Result:
    """What `work` gives, on the database of the running line."""

    async def run() -> Result:
        async with Database(engine_settings()) as database:
            return await work(database)

    return asyncio.run(run())
