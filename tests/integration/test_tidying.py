"""`gouji up` keeps the embedded broker small, and takes nothing from a service that has yet to read it."""

from documents import read_records, received

from cli.embedded.tidying import Tidying
from shared.kafka import EventProducer, Partition, TransactionalProducer, topic_states
from shared.settings import Settings
from shared.topics import RECEIVED


async def messages(settings: Settings) -> int:
    return next(state.messages for state in await topic_states(settings) if state.name == RECEIVED.name)


async def settle_all(service: str, place: Partition, settings: Settings) -> None:
    producer = TransactionalProducer(settings, service)
    await producer.start()
    await producer.deliver([], service, {place: 3})
    await producer.stop()


async def test_messages_go_one_look_after_every_service_has_settled_them(line: Settings) -> None:
    async with EventProducer(line, "ingest") as producer:
        await producer.publish([received("a", number) for number in range(3)])
    [place] = {record.place for record in await read_records(line, RECEIVED, 3)}
    tidying = Tidying(line)
    await settle_all("parse", place, line)
    for _ in range(2):
        await tidying.tidy()
    assert await messages(line) == 3
    await settle_all("store", place, line)
    await tidying.tidy()
    assert await messages(line) == 3
    await tidying.tidy()
    assert await messages(line) == 0
