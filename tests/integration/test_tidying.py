"""`gouji up` keeps the embedded broker small, and takes nothing from a service that has yet to read it."""

from documents import read_records, received

from cli.embedded.tidying import NEWEST, tidy
from shared.kafka import EventProducer, Partition, TransactionalProducer, topic_states
from shared.settings import Settings
from shared.topics import RECEIVED

SPARE = 7


async def messages(settings: Settings) -> int:
    return next(state.messages for state in await topic_states(settings) if state.name == RECEIVED.name)


async def settle_all(service: str, place: Partition, settings: Settings) -> None:
    producer = TransactionalProducer(settings, service)
    await producer.start()
    await producer.deliver([], service, {place: 10_000})
    await producer.stop()


async def test_the_oldest_messages_go_when_every_service_has_settled_them(line: Settings) -> None:
    kept = NEWEST[RECEIVED] // line.topic_partitions
    async with EventProducer(line, "ingest") as producer:
        await producer.publish([received("a", number) for number in range(kept + SPARE)])
    [place] = {record.place for record in await read_records(line, RECEIVED, 1)}
    await settle_all("parse", place, line)
    await tidy(line)
    assert await messages(line) == kept + SPARE
    await settle_all("store", place, line)
    await tidy(line)
    assert await messages(line) == kept
