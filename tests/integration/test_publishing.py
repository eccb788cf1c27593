"""What is published of filings: the compacted topic's state, told by applying its messages, against the store."""

import asyncio
import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from faltering import Faltering
from verdicts import disclosure, summary_table, validated

from services.store.handler import Store, store_document
from services.store.publishing import publish_filing
from shared.document import Document
from shared.envelope import encode
from shared.errors import DatabaseUnavailable
from shared.events import DocumentValidated, Event
from shared.mongo import Database
from shared.publications import FigurePublished, FilingRevised
from shared.records import DOCUMENTS, LINES, TOTALS, children_of
from shared.settings import Settings


class Subscriber:
    """Keeps the last message of each key, as a compacted topic does."""

    def __init__(self) -> None:
        self.figures: dict[bytes, bytes] = {}
        self.ids: list[str] = []

    def take(self, events: Sequence[Event]) -> None:
        for event in events:
            message = encode(event, "store")
            self.ids.append(event.event_id)
            assert message.key is not None
            if message.value is None:
                self.figures.pop(message.key, None)
            else:
                self.figures[message.key] = message.value

    @property
    def texts(self) -> dict[str, str]:
        values = [json.loads(value) for value in self.figures.values()]
        return {f"{value['row_key']}@{value['document_id'][:4]}": value["text"] for value in values}


async def stored(event: DocumentValidated, store: Store) -> list[FilingRevised]:
    return [made for made in await store_document(event, store) if isinstance(made, FilingRevised)]


async def all_the_way(event: DocumentValidated, store: Store, subscriber: Subscriber) -> None:
    for revised in await stored(event, store):
        subscriber.take(await publish_filing(revised, store.database))


def checksum(rows: Sequence[tuple[object, ...]]) -> str:
    return hashlib.sha256("\n".join(sorted(map(repr, rows))).encode()).hexdigest()


async def of_the_store(database: Database) -> str:
    rows: list[tuple[object, ...]] = []
    for head in await database[DOCUMENTS.name].all({"current": True}):
        for line in await database[LINES.name].all(children_of(head["event_id"])):
            names = ("document_id", "table_type", "row_key", "column_key", "text", "amount", "page")
            rows.append(tuple(line[name] for name in names))
    return checksum(rows)


def of_the_topic(subscriber: Subscriber) -> str:
    figures = [FigurePublished.read(value) for value in subscriber.figures.values()]
    names = ("document_id", "table_type", "row_key", "column_key", "text", "amount", "page")
    return checksum([tuple(getattr(one, name) for name in names) for one in figures])


def document(total: str, **fields: object) -> Document:
    return disclosure(tables=(summary_table(total),), **fields)


async def test_every_figure_is_published_with_where_it_stands_and_who_read_it(store: Store) -> None:
    event = validated("a", region="610000")
    (revised,) = await stored(event, store)
    figures = await publish_filing(revised, store.database)
    total = next(one for one in figures if isinstance(one, FigurePublished) and one.row_key == "income/total")
    assert (total.amount, total.text, total.amount_unit) == (Decimal("12.00"), "12.00", "万元")
    assert (total.document_id, total.page, total.bbox) == (event.document_id, 5, (1.0, 2.0, 3.0, 4.0))
    assert (total.reader_version, total.pack_version, total.revision) == ("r1", "p1", 1)
    assert json.loads(total.key) == [
        "610000", "示例市样板局", "department", "final_accounts", 2023, "income_expenditure_summary", "income/total",
        "final",
    ]  # fmt: skip


async def test_revision_replaces_the_figures_and_retracts_those_it_does_not_print(store: Store) -> None:
    subscriber = Subscriber()
    first = validated("first", sequence=1)
    await all_the_way(first, store, subscriber)
    assert len(subscriber.figures) == 3
    table = summary_table("13.00")
    shorter = replace(table, rows=table.rows[1:])
    second = validated("second", sequence=2, document=disclosure(tables=(shorter,)))
    await all_the_way(second, store, subscriber)
    mark = second.document_id[:4]
    assert subscriber.texts == {f"income/total@{mark}": "13.00", f"expenditure/total@{mark}": "—"}
    assert of_the_topic(subscriber) == await of_the_store(store.database)
    assert len(set(subscriber.ids)) == len(subscriber.ids)


async def test_older_revision_that_arrives_late_changes_no_figure(store: Store) -> None:
    subscriber = Subscriber()
    await all_the_way(validated("new", sequence=9, document=document("13.00")), store, subscriber)
    await all_the_way(validated("old", sequence=3), store, subscriber)
    assert {text for key, text in subscriber.texts.items() if key.startswith("income/total")} == {"13.00"}
    assert of_the_topic(subscriber) == await of_the_store(store.database)


async def test_document_that_moves_to_another_year_leaves_nothing_in_the_year_before(store: Store) -> None:
    subscriber = Subscriber()
    await all_the_way(validated("a"), store, subscriber)
    await all_the_way(validated("a", replay=1, document=disclosure(year=2024)), store, subscriber)
    assert {json.loads(key)[4] for key in subscriber.figures} == {2024}
    assert of_the_topic(subscriber) == await of_the_store(store.database)


async def test_redelivered_message_publishes_the_same_again_and_a_later_one_nothing(store: Store) -> None:
    event = validated("a")
    (revised,) = await stored(event, store)
    first = await publish_filing(revised, store.database)
    assert [one.event_id for one in await publish_filing(revised, store.database)] == [one.event_id for one in first]
    other = revised.model_copy(update={"cause": "another message about the same"})
    assert await publish_filing(other, store.database) == []


async def test_death_at_any_operation_is_made_up_for_by_the_redelivery(settings: Settings, store: Store) -> None:
    subscriber = Subscriber()
    await all_the_way(validated("first", sequence=1, region="610000"), store, subscriber)
    left, broke = 0, True
    while broke:
        left += 1
        event = validated("second", sequence=2, document=document(f"{left}.00"), replay=left, region="610000")
        (revised,) = await stored(event, store)
        async with Faltering(settings, left=left - 1) as dying:
            try:
                await publish_filing(revised, dying)
            except DatabaseUnavailable:
                assert dying.broke
            broke = dying.broke
        subscriber.take(await publish_filing(revised, store.database))
        assert of_the_topic(subscriber) == await of_the_store(store.database)
        assert await sums(store.database) == {"610000": Decimal(left) * 10_000}
    assert left > 5


async def sums(database: Database) -> dict[str, Decimal]:
    return {row["region"]: row["sums"]["total_income"] for row in await database[TOTALS.name].all({})}


async def test_sums_of_a_region_hold_every_filing_once_whatever_comes_at_once(store: Store) -> None:
    units = [
        validated(
            f"unit-{n}", sequence=n, region="610000", document=document(f"{n}.00", unit=f"示例市第{n}局")
        )
        for n in range(1, 9)
    ]  # fmt: skip
    messages = [revised for event in units for revised in await stored(event, store)]
    await asyncio.gather(*(publish_filing(revised, store.database) for revised in [*messages, *messages]))
    assert await sums(store.database) == {"610000": Decimal(36) * 10_000}


async def test_sum_of_an_earlier_version_goes_on_with_all_its_filings(store: Store) -> None:
    async def file(number: int, amount: int, replay: int = 0) -> None:
        unit = document(f"{amount}.00", unit=f"示例市第{number}局")
        event = validated(f"unit-{number}", sequence=number, region="610000", document=unit, replay=replay)
        for revised in await stored(event, store):
            await publish_filing(revised, store.database)

    for number in (1, 2):
        await file(number, number)
    await store.database[TOTALS.name].change_all({}, {"$unset": {"contributions": ""}})
    await file(3, 3)
    assert await sums(store.database) == {"610000": Decimal(6) * 10_000}
    await file(2, 5, replay=1)
    assert await sums(store.database) == {"610000": Decimal(9) * 10_000}


async def test_document_that_names_no_unit_is_published_under_its_own_hash(store: Store) -> None:
    subscriber = Subscriber()
    event = validated("nameless", document=disclosure(unit=None))
    await all_the_way(event, store, subscriber)
    assert {json.loads(key)[1] for key in subscriber.figures} == {event.document_id}
    again = validated("nameless", document=disclosure(unit=None, year=2024), replay=1)
    await all_the_way(again, store, subscriber)
    assert len(subscriber.figures) == 3, "read as of another year, it is still the same filing"
    totals = await store.database[TOTALS.name].all({})
    assert {row["fiscal_year"]: row["filings"].get("total_income", 0) for row in totals} == {2023: 0, 2024: 1}
    assert of_the_topic(subscriber) == await of_the_store(store.database)
