"""The outbox relay on the embedded engines: whatever dies, each accepted document is published once."""

from collections.abc import Sequence

import pytest
import relay_deaths
from relaying import Moment, accept, forget_lease, relay_of, relay_to

from services.ingest.leases import hold_lease, release_lease
from shared.errors import KafkaUnavailable
from shared.events import Event
from shared.mongo import Database
from shared.records import RECEIPTS
from shared.settings import Settings


@pytest.mark.parametrize("moment", ["before the commit", "behind the commit"])
async def test_relay_that_dies_publishes_nothing_twice(line: Settings, database: Database, moment: Moment) -> None:
    await relay_deaths.relay_that_dies_publishes_nothing_twice(line, database, moment)


async def test_second_relay_fences_the_first(line: Settings, database: Database) -> None:
    await relay_deaths.second_relay_fences_the_first(line, database)


async def test_restored_database_takes_nothing_new_for_published(line: Settings, database: Database) -> None:
    await relay_deaths.restored_database_takes_nothing_new_for_published(line, database)


async def test_fenced_transaction_is_invisible(line: Settings, database: Database) -> None:
    await relay_deaths.fenced_transaction_is_invisible(line, database)


async def test_relay_publishes_in_order_of_receipt_and_after_a_failure_again(
    settings: Settings, database: Database
) -> None:
    for number in range(5):
        await accept(str(number), database)
    tries: list[list[Event]] = []

    async def take(events: Sequence[Event]) -> None:
        tries.append(list(events))
        if len(tries) == 1:
            raise KafkaUnavailable(detail="test")

    relay = relay_to(take, database, settings)
    with pytest.raises(KafkaUnavailable):
        await relay.relay_once(limit=3)
    assert await relay.relay_once(limit=3) is False
    assert [event.sequence for published in tries[1:] for event in published] == [1, 2, 3, 4, 5]
    assert [event.event_id for event in tries[0]] == [event.event_id for event in tries[1]]


async def test_relay_that_died_before_its_marks_leaves_them_to_its_successor(
    line: Settings, database: Database
) -> None:
    await accept("document", database)
    async with relay_of(line, database) as relay:
        await relay.relay_once()
    # As if the process had died between Kafka's commit and the marks.
    await database[RECEIPTS.name].change({}, {"$set": {"pending": True}})
    await database["outbox"].change({"_id": "batch"}, {"$set": {"marked": False}})
    await forget_lease(database)
    async with relay_of(line, database) as successor:
        await successor.relay_once()
    assert await database[RECEIPTS.name].count({"pending": True}) == 0
    assert (await relay_deaths.visible_events(line, 1)).total() == 1


async def test_only_one_relay_works_at_a_time(database: Database) -> None:
    assert await hold_lease(database, "outbox", "one")
    assert not await hold_lease(database, "outbox", "two")
    assert await hold_lease(database, "outbox", "one")
    await release_lease(database, "outbox", "two")
    assert not await hold_lease(database, "outbox", "two")
    await release_lease(database, "outbox", "one")
    assert await hold_lease(database, "outbox", "two")
