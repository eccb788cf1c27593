"""What a correction changed, what taking a document back brings back, and corrections that say what they replace."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import httpx
import pytest
from callers import caller
from documents import received
from test_across import CARRY, accounts, across, answer
from verdicts import disclosure, finding, validated

from cli.samples.sample import build_sample
from services.store.filings import what_counts
from services.store.handler import Store, store_document
from services.store.withdrawals import publish_withdrawals
from services.validate.check import check_document
from services.validate.rulebook import load_rulebook
from shared.amounts import printed_amount
from shared.document import Cell, Document, Fact, Table
from shared.events import DocumentValidated, Event, Hints
from shared.mongo import Database
from shared.publications import FilingRevised

CODED = (("科目代码",), ("科目名称",), ("本年支出合计",), ("基本支出",), ("项目支出",))


def expenditure(*rows: Sequence[str]) -> Table:
    """支出决算表 with these rows."""
    cells = tuple(tuple(_cell(text) for text in row) for row in rows)
    return Table(type="expenditure", title="支出决算表", amount_unit="万元", columns=CODED, rows=cells)


def _cell(text: str) -> Cell:
    amount = printed_amount(text)
    return Cell(text=text, value=amount.value if amount else None, page=5, bbox=(1.0, 2.0, 3.0, 4.0))


def told(value: str) -> Fact:
    return Fact(
        measure="amount", subject="本年支出合计", value=Decimal(value), text=value, unit="万元", quote="支出合计"
    )


BEFORE = disclosure(
    tables=(
        expenditure(
            ("", "合计", "1,200.00", "700.00", "500.00"),
            ("2010101", "行政运行", "700.00", "700.00", ""),
            ("2010102", "一般行政管理事务", "480.00", "", "480.00"),
            ("2019999", "其他支出", "20.00", "", "20.00"),
        ),
    ),
    facts=(told("1200.00"),),
)
AFTER = disclosure(
    tables=(
        expenditure(
            ("", "合计", "1200.00", "700.00", "500.00"),
            ("2010101", "行政运行", "700.00", "700.00", "0.00"),
            ("2010102", "一般行政管理事务", "490.00", "", "490.00"),
            ("2010199", "其他统计信息事务支出", "10.00", "", "10.00"),
        ),
    ),
    facts=(told("1210.00"),),
)


async def test_difference_names_exactly_the_changed_figures_and_what_became_of_the_findings(
    store: Store, api: httpx.AsyncClient
) -> None:
    stays, cured, created = finding("STAYS"), finding("CURED"), finding("CREATED", "warning")
    first = validated("a", sequence=1, document=BEFORE, findings=[stays, cured])
    second = validated("b", sequence=2, document=AFTER, findings=[created, stays])
    for event in (first, second):
        await store_document(event, store)
    body = await answer(api, f"/documents/{first.document_id}/diff/{second.document_id}")
    assert [
        (line["row_key"], line["column_key"], line["before"]["text"], line["after"]["text"])
        for line in body["figures_changed"]
    ] == [("2010102", "project", "480.00", "490.00"), ("2010102", "total", "480.00", "490.00")]
    assert [row["row_key"] for row in body["rows_gone"]] == ["2019999"]
    assert [row["row_key"] for row in body["rows_added"]] == ["2010199"]
    assert [(fact["before"]["text"], fact["after"]["text"]) for fact in body["text_changed"]] == [
        ("1200.00", "1210.00")
    ]
    assert [one["rule"] for one in body["findings_cured"]] == ["CURED"]
    assert [one["rule"] for one in body["findings_created"]] == ["CREATED"]
    assert (body["before"]["revision"], body["after"]["revision"], body["after"]["current"]) == (1, 2, True)


async def test_difference_of_a_document_with_itself_is_empty(store: Store, api: httpx.AsyncClient) -> None:
    event = validated("a", document=BEFORE, findings=[finding("R")])
    await store_document(event, store)
    body = await answer(api, f"/documents/{event.document_id}/diff/{event.document_id}")
    assert {name: found for name, found in body.items() if isinstance(found, list) and found} == {}


async def test_a_key_that_is_printed_twice_is_told_apart_by_its_place(store: Store, api: httpx.AsyncClient) -> None:
    rows = [("2010102", "项目一", "1.00", "", "1.00"), ("2010102", "项目二", "2.00", "", "2.00")]
    first = validated("a", sequence=1, document=disclosure(tables=(expenditure(*rows),)))
    rows[1] = ("2010102", "项目二", "3.00", "", "3.00")
    second = validated("b", sequence=2, document=disclosure(tables=(expenditure(*rows),)))
    for event in (first, second):
        await store_document(event, store)
    body = await answer(api, f"/documents/{first.document_id}/diff/{second.document_id}")
    changed = [(line["row_key"], line["before"]["text"], line["after"]["text"]) for line in body["figures_changed"]]
    assert changed == [("2010102#2", "2.00", "3.00")] * 2


async def test_revision_of_a_real_form_cures_its_findings_and_the_difference_names_its_one_wrong_figure(
    store: Store, api: httpx.AsyncClient
) -> None:
    rulebook = load_rulebook()
    wrong, right = (build_sample(11, errors=errors, plant=["changed_digit"]) for errors in (1, 0))
    (planted,) = wrong.planted
    events = []
    for sequence, sample in enumerate((wrong, right, wrong), start=1):
        found = check_document(sample.document, rulebook).findings
        events.append(validated(f"v{sequence}", sequence=sequence, document=sample.document, findings=found))
        await store_document(events[-1], store)
    first, second, third = (event.document_id for event in events)
    told = {finding.rule for finding in events[0].verdict.findings} - {f.rule for f in events[1].verdict.findings}
    assert told

    body = await answer(api, f"/documents/{first}/diff/{second}")
    assert [(one["before"]["text"], one["after"]["text"]) for one in body["figures_changed"]] == [
        (planted.after, planted.before)
    ]
    assert (body["rows_added"], body["rows_gone"], body["text_changed"], body["findings_created"]) == ([], [], [], [])
    assert {one["rule"] for one in body["findings_cured"]} == told
    back = await answer(api, f"/documents/{second}/diff/{third}")
    assert (back["findings_cured"], {one["rule"] for one in back["findings_created"]}) == ([], told)


async def take_back(api: httpx.AsyncClient, event: DocumentValidated) -> Any:
    response = await api.post(f"/documents/{event.document_id}/withdraw", json={"reason": "误传"})
    assert response.status_code == 200, response.text
    return response.json()


async def test_withdrawn_document_lets_the_one_before_count_again(store: Store, api: httpx.AsyncClient) -> None:
    last_year = validated("z", sequence=1, document=accounts(2023, opening="1.00", closing="8.00"))
    right = validated("a", sequence=2, document=accounts(2024, opening="8.00", closing="0.00"))
    wrong = validated(
        "b", sequence=3, document=accounts(2024, opening="9.00", closing="0.00"), findings=[finding("WRONG")]
    )
    for event in (last_year, right, wrong):
        await store_document(event, store)
    assert await across(api) == [(2024, CARRY), (2024, "WRONG")]
    done = await take_back(api, wrong)
    assert (done["current"], done["reason"]) == (right.document_id, "误传")
    assert await take_back(api, wrong) == done
    assert await across(api) == []
    detail = await answer(api, f"/documents/{wrong.document_id}")
    assert (detail["current"], detail["withdrawn"]["reason"], detail["superseded_by"]) == (False, "误传", None)
    detail = await answer(api, f"/documents/{right.document_id}")
    assert (detail["current"], detail["across"]["counts"]["failed"]) == (True, 0)
    # A replay of the withdrawn one does not bring it back.
    await store_document(wrong.model_copy(update={"replay": 1}), store)
    assert (await answer(api, f"/documents/{wrong.document_id}"))["current"] is False
    # Without last year's file nothing can be said.
    await take_back(api, last_year)
    assert (await answer(api, f"/documents/{right.document_id}"))["across"]["with"] == []


async def test_only_what_is_stored_can_be_taken_back_or_compared(api: httpx.AsyncClient) -> None:
    for path in ("withdraw", "diff/nothing"):
        method = api.post if path == "withdraw" else api.get
        extra = {"json": {"reason": "误传"}} if path == "withdraw" else {}
        response = await method(f"/documents/nothing/{path}", **extra)
        assert (response.status_code, response.json()["reason"]) == (404, "unknown_document")
    response = await api.post("/documents/nothing/withdraw", json={})
    assert (response.status_code, response.json()["reason"]) == (400, "invalid_field")


async def test_district_takes_back_its_own_documents_only_and_the_audit_knows(
    store: Store, database: Database, api: httpx.AsyncClient
) -> None:
    event = validated("a").model_copy(update={"region_code": "990101"})
    await store_document(event, store)
    path, body = f"/documents/{event.document_id}/withdraw", {"reason": "误传"}
    foreign = await api.post(path, json=body, headers=await caller(database, "district", "990102"))
    assert (foreign.status_code, foreign.json()["reason"]) == (404, "unknown_document")
    reviewer = await api.post(path, json=body, headers=await caller(database, "reviewer"))
    assert reviewer.status_code == 403
    own = await api.post(path, json=body, headers=await caller(database, "district", "990101"))
    assert own.status_code == 200
    (entry,) = await database["audit"].all({"action": "withdrawal"})
    assert entry["about"] == {"document_id": event.document_id, "reason": "误传"}


async def test_withdrawal_is_told_to_whoever_follows_the_filing_once_it_is_said(
    store: Store, database: Database, api: httpx.AsyncClient
) -> None:
    event = validated("a")
    await store_document(event, store)
    await take_back(api, event)
    told: list[Event] = []

    async def publish(events: Sequence[Event]) -> None:
        told.extend(events)

    for _ in range(2):
        await publish_withdrawals(publish, database)
    (revised,) = told
    assert isinstance(revised, FilingRevised)
    assert await what_counts(revised.filing, database) is None


def replacing(event: DocumentValidated, old: DocumentValidated) -> DocumentValidated:
    return event.model_copy(update={"hints": Hints(supersedes=old.document_id)})


@pytest.mark.parametrize("late", [False, True], ids=["in order", "the replaced one is stored last"])
async def test_correction_replaces_a_document_whose_name_was_misread(
    store: Store, api: httpx.AsyncClient, late: bool
) -> None:
    misread = validated("a", sequence=1, document=_of("示例市样板"), findings=[finding("OLD")])
    right = replacing(validated(received("b", 2), document=_of("示例市样板局"), findings=[finding("NEW")]), misread)
    for event in (right, misread) if late else (misread, right):
        await store_document(event, store)
    details = [await answer(api, f"/documents/{event.document_id}") for event in (misread, right)]
    assert [(one["revision"], one["current"]) for one in details] == [(1, False), (2, True)]
    assert details[0]["superseded_by"] == right.document_id
    assert [rule for _, rule in await across(api)] == ["NEW"]
    # Reading the replaced one again, whatever name comes out of it, changes nothing.
    await store_document(misread.model_copy(update={"replay": 1}), store)
    assert [rule for _, rule in await across(api)] == ["NEW"]


def _of(unit: str) -> Document:
    return disclosure(unit=unit)
