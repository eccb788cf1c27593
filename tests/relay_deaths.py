"""What must hold of the outbox relay on any broker; run on the embedded one and on Apache Kafka."""

import pytest
from relaying import Died, Moment, accept, forget_lease, relay_of, visible_events

from shared.kafka import OutboxProducer
from shared.mongo import Database
from shared.records import OUTBOX, RECEIPTS
from shared.settings import Settings


async def relay_that_dies_publishes_nothing_twice(line: Settings, database: Database, moment: Moment) -> None:
    """A receipt that becomes durable between death and takeover, of a lower sequence, is published too."""
    late = await database.next_number("receipts")
    documents = [await accept(f"document {number}", database) for number in range(5)]
    async with relay_of(line, database, moment, batch=2) as dying:
        await dying.relay_once(limit=2)
        with pytest.raises(Died):
            await dying.relay_once(limit=2)
        assert await database[RECEIPTS.name].count({"pending": True}) == 3
        documents.append(await accept("of a lower sequence", database))
        await database[RECEIPTS.name].change({"document_id": documents[-1]}, {"$set": {"sequence": late}})
        await forget_lease(database)
        async with relay_of(line, database) as successor:
            while await successor.relay_once(limit=2):
                pass
    assert await database[RECEIPTS.name].count({"pending": True}) == 0
    seen = await visible_events(line, len(documents))
    assert (len(seen), set(seen.values())) == (len(documents), {1})


async def second_relay_fences_the_first(line: Settings, database: Database) -> None:
    """The lease only saves work: a relay that wakes up behind its end can neither repeat nor lose anything."""
    documents = [await accept(f"document {number}", database) for number in range(4)]
    async with relay_of(line, database) as sleeper, relay_of(line, database) as successor:
        await sleeper.relay_once(limit=1)
        await forget_lease(database)
        await successor.relay_once(limit=1)
        await forget_lease(database)
        with pytest.raises(Exception, match="another relay"):
            await sleeper.relay_once(limit=1)
        await forget_lease(database)
        while await successor.relay_once(limit=1) or await database[RECEIPTS.name].count({"pending": True}):
            pass
    seen = await visible_events(line, len(documents))
    assert (len(seen), set(seen.values())) == (len(documents), {1})


async def restored_database_takes_nothing_new_for_published(line: Settings, database: Database) -> None:
    """MongoDB goes back to a backup in which the relay had not begun; Kafka knows of later batches."""
    async with relay_of(line, database) as relay:
        for number in range(3):
            await accept(f"before {number}", database)
            await relay.relay_once(limit=1)
    for name in (OUTBOX.name, RECEIPTS.name, "counters"):
        await database[name].delete({})
    await accept("after", database)
    await forget_lease(database)
    async with relay_of(line, database) as relay:
        await relay.relay_once()
    seen = await visible_events(line, 4)
    assert (len(seen), set(seen.values())) == (4, {1})


async def fenced_transaction_is_invisible(line: Settings, database: Database) -> None:
    """What a relay sends behind its fence is seen by nobody."""
    first, second = OutboxProducer(line), OutboxProducer(line)
    await accept("document", database)
    try:
        assert await first.start() == 0
        assert await second.start() == 0
        with pytest.raises(Exception, match="another relay took over"):
            await first.publish(1, [])
        await second.publish(1, [])
        assert await first.start() == 1
    finally:
        await first.stop()
        await second.stop()
