"""Leases: what one process at a time should do. They only save work: correctness never rests on them."""

from datetime import UTC, datetime, timedelta

from shared.mongo import Database
from shared.records import LEASES

LEASE = timedelta(seconds=5)


async def hold_lease(database: Database, name: str, holder: str, lasting: timedelta = LEASE) -> bool:
    """Take or renew a lease; False where another holder has it."""
    leases, now = database[LEASES.name], datetime.now(UTC)
    held = {"holder": holder, "until": now + lasting}
    free = {"_id": name, "$or": [{"holder": holder}, {"until": {"$lt": now}}]}
    return await leases.change(free, {"$set": held}) or await leases.insert({"_id": name, **held})


async def release_lease(database: Database, name: str, holder: str) -> None:
    """Give a lease back, so that the next holder need not wait for its end."""
    await database[LEASES.name].delete({"_id": name, "holder": holder})
