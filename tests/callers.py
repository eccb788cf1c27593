"""Keys for tests that speak HTTP to the services."""

import asyncio
from datetime import UTC, datetime, timedelta

from shared.access import Caller
from shared.audit import Actor
from shared.keys import Key, Role, add_key
from shared.mongo import Database
from shared.records import migrate
from shared.settings import Settings

TEST = Actor(None, "command", "test", "here")
OPERATOR = Caller(Key("0" * 12, "operator", "", "test", datetime.now(UTC), datetime.max.replace(tzinfo=UTC)), "here")
"""Who sees everything, for functions that take who asks."""


async def key_for(database: Database, role: Role = "operator", region: str = "") -> str:
    """A new key's token."""
    _, token = await add_key(role, region, f"test {role}", timedelta(days=1), TEST, database)
    return token


async def caller(database: Database, role: Role = "operator", region: str = "") -> dict[str, str]:
    """The headers of a request with a new key."""
    return bearer(await key_for(database, role, region))


def bearer(token: str) -> dict[str, str]:
    """The headers of a request with a key."""
    return {"Authorization": f"Bearer {token}"}


def new_operator(settings: Settings) -> dict[str, str]:
    """The headers of a request with a new operator's key, for tests without an event loop."""

    async def make() -> dict[str, str]:
        async with Database(settings) as database:
            await migrate(database)
            return await caller(database)

    return asyncio.run(make())
