"""What the store keeps of each event, told by what the read API answers, on the embedded database."""

import asyncio
import contextlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest
from documents import parsed, received
from faltering import Faltering
from verdicts import disclosure, finding, rejected, summary_table, validated

from services.store.dead_letters import record_dead_letters
from services.store.handler import Store, record_event, store_document, store_rejection
from shared.claim_check import place
from shared.envelope import Message
from shared.errors import DatabaseUnavailable, PayloadMissing
from shared.events import DeadLetter, DocumentReceived, DocumentStored, DocumentValidated, PayloadRef
from shared.kafka import StoredLetter
from shared.layouts import load_layouts
from shared.mongo import Database, Files
from shared.records import CHILDREN
from shared.settings import Settings
from shared.topics import PARSED, Topic

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


class Clock:
    """The time at which events are produced; tests move it."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(database: Database, clock: Clock) -> Store:
    return Store(database, Files(database), load_layouts(), clock)


async def answer(api: httpx.AsyncClient, path: str, **params: Any) -> Any:
    response = await api.get(path, params=params)
    assert response.status_code == 200, response.text
    return response.json()


async def only(store: Store, event: DocumentValidated) -> DocumentStored:
    stored = [made for made in await store_document(event, store) if isinstance(made, DocumentStored)]
    assert len(stored) == 1
    return stored[0]


async def test_stored_document_can_be_read_back_with_tables_and_findings(store: Store, api: httpx.AsyncClient) -> None:
    event = validated("a", findings=[finding("FA-X-SUM-01"), finding("FA-X-SUM-02", "info")])
    stored = await only(store, event)
    assert (stored.errors, stored.infos, stored.revision, stored.current) == (1, 1, 1, True)

    page = await answer(api, f"/documents/{event.document_id}/findings")
    assert [item["rule"] for item in page["items"]] == ["FA-X-SUM-01", "FA-X-SUM-02"]
    assert page["items"][0]["cells"][0]["page"] == 5
    tables = await answer(api, f"/documents/{event.document_id}/tables")
    assert tables["items"][0]["rows"][1][2] == {"text": "12.00", "value": "12.00", "page": 5, "bbox": [1, 2, 3, 4]}
    detail = await answer(api, f"/documents/{event.document_id}")
    assert detail["status"] == "stored"
    assert detail["counts"] | {"checked": 2, "rules": 3, "unclear": 1} == detail["counts"]
    assert detail["outcomes"] == [{"rule": "FA-X-SUM-01", "outcome": "pass", "reason": None, "count": 2}]


async def test_lines_hold_what_is_printed_with_its_keys(store: Store, database: Database) -> None:
    event = validated("a", region="610000")
    await store_document(event, store)
    lines = await database["lines"].all({}, sort=[("_id", 1)])
    assert [(line["side"], line["row_key"], line["amount"], line["text"]) for line in lines] == [
        ("income", "income/general_public_budget", Decimal("12.00"), "12.00"),
        ("income", "income/total", Decimal("12.00"), "12.00"),
        ("expenditure", "expenditure/total", None, "—"),
    ]
    assert {(line["region"], line["fiscal_year"], line["amount_unit"]) for line in lines} == {("610000", 2023, "万元")}


async def test_redelivery_stores_nothing_twice_and_says_the_same(store: Store, database: Database) -> None:
    event = validated("a", findings=[finding("FA-X-SUM-01")])
    first = await store_document(event, store)
    before = [await database[records.name].count({}) for records in CHILDREN]
    assert await store_document(event, store) == first
    assert [await database[records.name].count({}) for records in CHILDREN] == before
    assert await database["events"].count({}) == 2


async def test_store_that_died_halfway_is_completed_by_the_redelivery(
    store: Store, database: Database, api: httpx.AsyncClient
) -> None:
    event = validated("a", findings=[finding("FA-X-SUM-01")])
    await store_document(event, store)
    # As if it had died after a part of the children and before the head.
    await database["documents"].delete({})
    await database["series"].delete({})
    await database["lines"].delete({"row_key": {"$in": ["income/total", "expenditure/total"]}})
    await database["events"].delete({})
    await store_document(event, store)
    assert await database["lines"].count({}) == 3
    detail = await answer(api, f"/documents/{event.document_id}")
    assert (detail["status"], detail["revision"], detail["current"]) == ("stored", 1, True)


async def test_store_that_dies_at_any_operation_is_completed_by_the_redelivery(
    settings: Settings, store: Store, database: Database, api: httpx.AsyncClient, clock: Clock
) -> None:
    """Between the death and the redelivery a reader sees the whole verdict or the one before, never a part."""
    before = validated("replayed", sequence=1, findings=[finding("OLD")])
    other = validated("other", sequence=2)
    for event in (before, other):
        await store_document(event, store)
    replay, broke = 0, True
    while broke:
        replay += 1
        clock.now += timedelta(minutes=1)
        news = [finding(f"NEW-{replay}-{number}") for number in range(3)]
        event = validated("replayed", sequence=1, findings=news, replay=replay)
        async with Faltering(settings, left=replay - 1) as dying:
            with contextlib.suppress(DatabaseUnavailable):
                await store_document(event, Store(dying, Files(dying), store.layouts, clock))
            broke = dying.broke
        seen = await answer(api, f"/documents/{event.document_id}/findings")
        assert len({item["rule"].rpartition("-")[0] for item in seen["items"]}) == 1
        assert seen["total"] == len(seen["items"]) == (1 if seen["items"][0]["rule"] == "OLD" else 3)
        assert isinstance((await store_document(event, store))[0], DocumentStored)
        after = await answer(api, f"/documents/{event.document_id}/findings")
        assert ([item["rule"] for item in after["items"]], after["status"]) == ([one.rule for one in news], "stored")
        counts = [await database[name].count({}) for name in ("findings", "tables", "lines")]
        assert counts == [3, 2, 6]
        revisions = [await answer(api, f"/documents/{one.document_id}") for one in (before, other)]
        assert [(one["revision"], one["current"]) for one in revisions] == [(1, False), (2, True)]
    assert replay > 15


async def test_revisions_stored_at_once_are_numbered_by_receipt(store: Store, api: httpx.AsyncClient) -> None:
    events = [validated(f"r{number}", sequence=number, findings=[finding("R")]) for number in range(1, 9)]
    await asyncio.gather(*(store_document(event, store) for event in reversed(events)))
    details = [await answer(api, f"/documents/{event.document_id}") for event in events]
    assert [detail["revision"] for detail in details] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert [detail["current"] for detail in details] == [False] * 7 + [True]
    assert [item["document_id"] for item in (await answer(api, "/findings"))["items"]] == [events[-1].document_id]


async def test_replay_replaces_the_verdict_and_leaves_nothing_of_the_old_one(
    store: Store, database: Database, api: httpx.AsyncClient
) -> None:
    await store_document(validated("a", findings=[finding("OLD"), finding("OLD-2")]), store)
    event = validated("a", findings=[finding("NEW")], replay=1, pack="p2")
    await store_document(event, store)
    page = await answer(api, f"/documents/{event.document_id}/findings")
    assert [item["rule"] for item in page["items"]] == ["NEW"]
    assert [item["rule"] for item in (await answer(api, "/findings"))["items"]] == ["NEW"]
    assert await database["findings"].count({}) == 1
    assert await database["tables"].count({}) == 1
    assert await database["verdicts"].count({}) == 2


@pytest.mark.parametrize("older", [{"replay": 0, "pack": "p1"}, {"replay": 1, "pack": "p1"}], ids=["replay", "time"])
async def test_older_verdict_never_overwrites_a_newer_one(
    store: Store, clock: Clock, api: httpx.AsyncClient, older: dict[str, Any]
) -> None:
    event = validated("a", findings=[finding("NEW")], replay=1, pack="p2")
    await store_document(event, store)
    clock.now = NOON - timedelta(minutes=1)
    assert await store_document(validated("a", findings=[finding("OLD")], **older), store) == []
    page = await answer(api, f"/documents/{event.document_id}/findings")
    assert [item["rule"] for item in page["items"]] == ["NEW"]
    assert page["status"] == "stored"


async def test_later_receipt_is_the_current_revision_whatever_arrives_first(
    store: Store, api: httpx.AsyncClient
) -> None:
    corrected = validated("corrected", sequence=7, findings=[finding("FA-X-SUM-02", "warning")])
    original = validated("original", sequence=3, findings=[finding("FA-X-SUM-01")])
    assert (await only(store, corrected)).revision == 1
    assert (await only(store, original)).current is False

    first, second = [await answer(api, f"/documents/{event.document_id}") for event in (original, corrected)]
    assert (first["revision"], first["current"], first["superseded_by"]) == (1, False, corrected.document_id)
    assert (second["revision"], second["current"], second["superseded_by"]) == (2, True, None)
    assert [item["rule"] for item in (await answer(api, "/findings"))["items"]] == ["FA-X-SUM-02"]
    # The superseded one is still there to be looked at.
    assert (await answer(api, f"/documents/{original.document_id}/findings"))["total"] == 1


async def test_replay_that_reads_another_year_moves_the_document_to_that_years_series(
    store: Store, api: httpx.AsyncClient
) -> None:
    kept = validated("kept", sequence=1)
    moved = validated("moved", sequence=2)
    await store_document(kept, store)
    await store_document(moved, store)
    await store_document(validated("moved", sequence=2, replay=1, document=disclosure(year=2022)), store)
    for event in (kept, moved):
        detail = await answer(api, f"/documents/{event.document_id}")
        assert (detail["revision"], detail["current"]) == (1, True)


async def test_summary_suffix_of_the_name_makes_no_other_series(store: Store) -> None:
    await only(store, validated("a", sequence=1))
    assert (
        await only(store, validated("b", sequence=2, document=disclosure(unit="示例市样板局（汇总）")))
    ).revision == 2


async def test_documents_that_do_not_say_what_they_are_supersede_nothing(store: Store) -> None:
    for name in ("a", "b"):
        assert (await only(store, validated(name, document=disclosure(unit=None)))).revision == 1


async def test_status_follows_the_line_and_never_goes_back(store: Store, api: httpx.AsyncClient) -> None:
    receipt = received("a")

    async def status() -> str:
        return str((await answer(api, f"/documents/{receipt.document_id}"))["status"])

    await record_event(receipt, store)
    assert await status() == "accepted"
    await store_document(validated(receipt), store)
    assert await status() == "stored"
    await record_event(parsed(receipt), store)
    assert await status() == "stored"


async def test_rejection_is_kept_with_its_reason_until_a_replay_overcomes_it(
    store: Store, api: httpx.AsyncClient
) -> None:
    receipt = received("a")
    await store_rejection(rejected(receipt), store)
    detail = await answer(api, f"/documents/{receipt.document_id}")
    assert (detail["status"], detail["rejection"]["reason"]) == ("rejected", "encrypted_pdf")
    assert "密码" in detail["rejection"]["message_zh"]
    await store_document(validated(receipt, replay=1), store)
    detail = await answer(api, f"/documents/{receipt.document_id}")
    assert (detail["status"], detail["rejection"]) == ("stored", None)


async def test_dead_letter_shows_in_the_status_until_its_replay_is_stored(
    store: Store, database: Database, api: httpx.AsyncClient
) -> None:
    receipt = received("a")
    row = {"_id": receipt.receipt_number, "document_id": receipt.document_id, "first": True, "sequence": 1}
    await database["receipts"].insert({**row, "received_at": receipt.received_at, "file_name": "a.pdf"})
    refused, noted = letter(receipt, "validate", PARSED), letter(received("b"), "store", PARSED)
    assert await record_dead_letters([refused, noted], store) == {refused.id, noted.id}
    await record_event(parsed(receipt), store)
    detail = await answer(api, f"/documents/{receipt.document_id}")
    assert (detail["status"], detail["rejection"]["reason"]) == ("dead_lettered", "payload_missing")
    assert (await api.get(f"/documents/{noted.letter.document_id}")).status_code == 404
    await store_document(validated(receipt), store)
    detail = await answer(api, f"/documents/{receipt.document_id}")
    assert (detail["status"], detail["rejection"]) == ("stored", None)


def letter(event: DocumentReceived, service: str, topic: Topic) -> StoredLetter:
    """The letter of a message that a service refused."""
    why = DeadLetter(
        reason="payload_missing",
        message="内容不在数据库中 / the payload is missing",
        stage=service,
        attempts=1,
        topic=topic.name,
        partition=0,
        offset=3,
        failed_at=NOON,
        document_id=event.document_id,
    )
    return StoredLetter(topic.dead_letter(service), 0, why, Message(topic.name, None, None), replayed=False)


async def test_document_that_travelled_by_reference_is_stored_like_an_inline_one(
    store: Store, database: Database, api: httpx.AsyncClient
) -> None:
    many = disclosure(tables=tuple(summary_table() for _ in range(40)))
    event = validated("a", document=many)
    carried = await place(many, event.document_id, store.files, inline_limit_kb=1)
    assert carried == await place(many, event.document_id, store.files, inline_limit_kb=1)
    assert await database["parsed.files"].count({}) == 1
    await store_document(event.model_copy(update={"document": None, **carried}), store)
    assert (await answer(api, f"/documents/{event.document_id}/tables"))["total"] == 40


async def test_payload_that_is_gone_makes_a_bad_message(store: Store) -> None:
    gone = PayloadRef(bucket="parsed", name="gone", size=3, sha256="0" * 64)
    event = validated("a").model_copy(update={"document": None, "payload": gone})
    with pytest.raises(PayloadMissing):
        await store_document(event, store)


async def test_very_long_table_is_kept_in_parts_and_read_as_one(
    store: Store, database: Database, api: httpx.AsyncClient
) -> None:
    table = summary_table()
    long = replace(table, rows=table.rows * 2000)
    event = validated("a", document=disclosure(tables=(table, long)))
    await store_document(event, store)
    assert await database["tables"].count({"index": 1}) > 1
    tables = await answer(api, f"/documents/{event.document_id}/tables", limit=1, cursor="0")
    assert (tables["total"], [len(item["rows"]) for item in tables["items"]]) == (2, [4000])
    assert len((await answer(api, f"/documents/{event.document_id}/tables/1"))["rows"]) == 4000


async def test_pages_of_documents_are_stable_while_new_ones_arrive(store: Store, api: httpx.AsyncClient) -> None:
    for number in range(1, 6):
        await store_document(validated(f"d{number}", sequence=number, document=disclosure(year=2010 + number)), store)
    first = await answer(api, "/documents", limit=2)
    await store_document(validated("late", sequence=9), store)
    second = await answer(api, "/documents", limit=2, cursor=first["next"])
    third = await answer(api, "/documents", limit=2, cursor=second["next"])
    assert [item["sequence"] for page in (first, second, third) for item in page["items"]] == [5, 4, 3, 2, 1]
    assert (first["total"], third["next"]) == (5, None)


async def test_documents_are_found_by_what_they_are(store: Store, api: httpx.AsyncClient) -> None:
    await store_document(validated("a", sequence=1, region="610000", findings=[finding("R1")]), store)
    await store_document(validated("b", sequence=2, document=disclosure(unit="示例县某中心(甲)", year=2022)), store)
    await store_rejection(rejected(received("c", 3)), store)

    async def found(**filters: Any) -> list[int]:
        return [item["sequence"] for item in (await answer(api, "/documents", **filters))["items"]]

    assert await found() == [3, 2, 1]
    assert await found(unit="中心(甲)") == [2]
    assert await found(region="610000") == [1]
    assert await found(year=2022) == [2]
    assert await found(kind="budget") == []
    assert await found(severity="error") == [1]
    assert await found(status="rejected") == [3]


async def test_findings_are_filtered_by_rule_severity_region_and_year(store: Store, api: httpx.AsyncClient) -> None:
    several = [finding("R1"), finding("R2", "warning"), finding("R1", "info")]
    await store_document(validated("a", sequence=1, region="610000", findings=several), store)
    await store_document(validated("b", sequence=2, findings=[finding("R1")], document=disclosure(year=2022)), store)

    async def found(**filters: Any) -> list[tuple[str, str]]:
        page = await answer(api, "/findings", **filters)
        assert page["total"] == len(page["items"])
        return [(item["rule"], item["severity"]) for item in page["items"]]

    assert await found() == [("R1", "error"), ("R1", "error"), ("R2", "warning"), ("R1", "info")]
    assert await found(rule="R1", severity="info") == [("R1", "info")]
    assert await found(region="610000", rule="R1") == [("R1", "error"), ("R1", "info")]
    assert await found(year=2022) == [("R1", "error")]
    page = await answer(api, "/findings", limit=3)
    rest = await answer(api, "/findings", limit=3, cursor=page["next"])
    assert (len(page["items"]), len(rest["items"]), rest["next"]) == (3, 1, None)


@pytest.mark.parametrize(
    ("path", "status", "reason"),
    [
        ("/documents/nothing", 404, "unknown_document"),
        ("/documents/nothing/findings", 404, "unknown_document"),
        ("/documents/nothing/tables/0", 404, "unknown_document"),
        ("/documents?batch_id=nothing", 404, "unknown_batch"),
        ("/documents?cursor=abc", 400, "invalid_field"),
        ("/documents?limit=0", 400, "invalid_field"),
        ("/documents?yaer=2024", 400, "unknown_field"),
        ("/findings?severity=fatal", 400, "invalid_field"),
        ("/nowhere", 404, "unknown_path"),
    ],
)
async def test_wrong_question_gets_its_reason_in_both_languages(
    api: httpx.AsyncClient, path: str, status: int, reason: str
) -> None:
    response = await api.get(path)
    body = response.json()
    assert (response.status_code, body["reason"]) == (status, reason)
    assert body["message_zh"]
    assert body["message_en"]


async def test_wrong_method_and_head_are_answered_in_the_same_way(api: httpx.AsyncClient) -> None:
    response = await api.delete("/documents")
    assert (response.status_code, response.json()["reason"]) == (405, "method_not_allowed")
    head = await api.head("/documents")
    assert (head.status_code, head.content) == (200, b"")


async def test_every_route_is_described_with_its_errors(api: httpx.AsyncClient) -> None:
    description = await answer(api, "/openapi.json")
    assert set(description["paths"]) == {
        "/documents",
        "/audit",
        "/documents/{document_id}",
        "/documents/{document_id}/decisions",
        "/documents/{document_id}/across",
        "/documents/{document_id}/diff/{other}",
        "/documents/{document_id}/withdraw",
        "/ledger",
        "/documents/{document_id}/findings",
        "/documents/{document_id}/findings/{finding_id}/decisions",
        "/documents/{document_id}/tables",
        "/documents/{document_id}/tables/{index}",
        "/findings",
        "/lines",
        "/filings",
        "/measures",
        "/totals",
        "/export/lines",
        "/export/findings",
        "/export/documents/{document_id}",
    }
    for path, methods in description["paths"].items():
        for method in methods.values():
            assert "503" in method["responses"], path
            assert method["description"], path
