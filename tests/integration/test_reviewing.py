"""Reviewers' decisions on findings, and the audit, over the read API on the embedded database."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from callers import caller
from verdicts import finding, validated

from services.store.handler import Store, store_document
from services.store.ledger import MAX_BYTES
from services.store.query import create_app
from shared.events import DocumentValidated
from shared.layouts import load_layouts
from shared.mongo import Database, Files

SUM, RATE = finding("FA-X-SUM-01"), finding("FA-X-RATE-01", "warning")


@pytest.fixture
def store(database: Database) -> Store:
    return Store(database, Files(database), load_layouts(), lambda: datetime.now(UTC))


@pytest.fixture
async def api(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    transport, headers = httpx.ASGITransport(create_app(database)), await caller(database, "reviewer")
    async with httpx.AsyncClient(transport=transport, base_url="http://query", headers=headers) as client:
        yield client


async def findings(api: httpx.AsyncClient, document_id: str, **params: str) -> dict[str, Any]:
    """The findings of a document by rule."""
    answer = await api.get(f"/documents/{document_id}/findings", params=params)
    assert answer.status_code == 200, answer.text
    return {item["rule"]: item for item in answer.json()["items"]}


async def decide(api: httpx.AsyncClient, of: dict[str, Any], decision: str, text: str = "") -> httpx.Response:
    path = f"/documents/{of['document_id']}/findings/{of['finding_id']}/decisions"
    return await api.post(path, json={"decision": decision, "text": text})


async def stored(store: Store, replay: int = 0, of: Sequence[Any] = (SUM, RATE), pack: str = "p1") -> str:
    event: DocumentValidated = validated("a", findings=of, replay=replay, pack=pack)
    await store_document(event, store)
    return event.document_id


async def test_decision_is_shown_with_the_finding_and_filters_it(store: Store, api: httpx.AsyncClient) -> None:
    found = await findings(api, await stored(store))
    assert {item["state"] for item in found.values()} == {"open"}
    made = await decide(api, found["FA-X-SUM-01"], "dismiss", "单位已说明")
    assert made.status_code == 201, made.text
    shown = (await findings(api, made.json()["document_id"]))["FA-X-SUM-01"]
    assert (shown["state"], shown["decision"]["text"]) == ("dismissed", "单位已说明")
    assert shown["decision"]["by"] == "test reviewer"
    for state, rules in (("open", {"FA-X-RATE-01"}), ("dismissed", {"FA-X-SUM-01"}), ("confirmed", set())):
        page = (await api.get("/findings", params={"state": state})).json()
        assert ({item["rule"] for item in page["items"]}, page["total"]) == (rules, len(rules))
        assert set(await findings(api, shown["document_id"], state=state)) == rules


async def test_decision_survives_a_check_that_finds_the_same_again(store: Store, api: httpx.AsyncClient) -> None:
    document_id = await stored(store)
    await decide(api, (await findings(api, document_id))["FA-X-SUM-01"], "confirm", "已核实")
    await stored(store, replay=1, pack="p2")
    found = await findings(api, document_id)
    assert (found["FA-X-SUM-01"]["state"], found["FA-X-RATE-01"]["state"]) == ("confirmed", "open")
    assert found["FA-X-SUM-01"]["decision"]["text"] == "已核实"


async def test_decision_on_a_finding_that_is_gone_stays_in_the_history_and_counts_when_it_comes_back(
    store: Store, api: httpx.AsyncClient
) -> None:
    document_id = await stored(store)
    await decide(api, (await findings(api, document_id))["FA-X-SUM-01"], "confirm")
    await stored(store, replay=1, of=[RATE], pack="p2")
    assert set(await findings(api, document_id)) == {"FA-X-RATE-01"}
    (kept,) = (await api.get(f"/documents/{document_id}/decisions")).json()["items"]
    assert (kept["decision"], kept["finding"]["rule"]) == ("confirm", "FA-X-SUM-01")
    await stored(store, replay=2, pack="p3")
    assert (await findings(api, document_id))["FA-X-SUM-01"]["state"] == "confirmed"


async def test_later_decision_replaces_the_earlier_and_a_comment_changes_nothing(
    store: Store, api: httpx.AsyncClient
) -> None:
    one = (await findings(api, await stored(store)))["FA-X-SUM-01"]
    states = []
    for decision in ("confirm", "comment", "dismiss", "reopen"):
        assert (await decide(api, one, decision, "理由")).status_code == 201
        states.append((await findings(api, one["document_id"]))["FA-X-SUM-01"]["state"])
    assert states == ["confirmed", "confirmed", "dismissed", "open"]
    path = f"/documents/{one['document_id']}/findings/{one['finding_id']}/decisions"
    history = (await api.get(path)).json()["items"]
    assert [each["decision"] for each in history] == ["confirm", "comment", "dismiss", "reopen"]


async def test_decision_needs_a_reason_a_finding_and_a_reviewer(
    store: Store, api: httpx.AsyncClient, database: Database
) -> None:
    one = (await findings(api, await stored(store)))["FA-X-SUM-01"]
    for decision in ("dismiss", "comment"):
        refused = await decide(api, one, decision, "  ")
        assert (refused.status_code, refused.json()["reason"]) == (400, "missing_reason")
    missing = await decide(api, {**one, "finding_id": "0" * 32}, "confirm")
    assert (missing.status_code, missing.json()["reason"]) == (404, "unknown_finding")
    odd = await decide(api, one, "burn")
    assert (odd.status_code, odd.json()["reason"]) == (400, "invalid_field")
    long = await decide(api, one, "comment", "理" * 4001)
    assert (long.status_code, long.json()["reason"]) == (400, "invalid_field")
    large = await decide(api, one, "comment", "x" * MAX_BYTES)
    assert (large.status_code, large.json()["reason"]) == (413, "request_too_large")
    api.headers.update(await caller(database))
    refused = await decide(api, one, "confirm")
    assert (refused.status_code, refused.json()["reason"]) == (403, "role_refused")


async def test_operator_reads_who_did_what_page_by_page(
    store: Store, api: httpx.AsyncClient, database: Database
) -> None:
    one = (await findings(api, await stored(store)))["FA-X-SUM-01"]
    await decide(api, one, "confirm")
    assert (await api.get("/audit")).json()["reason"] == "role_refused"
    reviewer = api.headers["authorization"].split("_")[1]
    api.headers.update(await caller(database))
    (entry,) = (await api.get("/audit", params={"key": reviewer})).json()["items"]
    assert (entry["action"], entry["about"]["finding_id"]) == ("decision", one["finding_id"])
    assert entry["actor"] == {"key": reviewer, "role": "reviewer", "label": "test reviewer", "address": "127.0.0.1"}
    pages, cursor = [], {}
    while True:
        page = (await api.get("/audit", params={"limit": 1, **cursor})).json()
        pages += [item["action"] for item in page["items"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert pages == ["key_added", "decision", "key_added"]
    of_document = (await api.get("/audit", params={"document_id": one["document_id"]})).json()
    assert [item["action"] for item in of_document["items"]] == ["decision"]
    assert (await api.get("/audit", params={"action": "upload"})).json() == {"items": [], "next": None}
