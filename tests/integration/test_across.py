"""Documents compared with each other as they are stored, told by what the read API answers."""

import asyncio
import itertools
from dataclasses import replace
from typing import Any

import httpx
import pytest
from verdicts import COLUMNS, disclosure, validated

from services.store.handler import Store, store_document
from shared.amounts import printed_amount
from shared.document import Cell, Document, Paragraph, Table
from shared.mongo import Database
from shared.records import FINDINGS

CARRY = "AC-CARRY-EQUAL-01"


def accounts(
    year: int, *, opening: str, closing: str, total: str = "20.00", unit: str = "示例市样板局", **fields: Any
) -> Document:
    """Accounts that say what the year began with and what it left."""
    rows = (("年初结转和结余", "", opening, "年末结转和结余", "", closing), ("总计", "", total, "总计", "", total))
    table = Table(
        type="income_expenditure_summary",
        title="收入支出决算总表",
        amount_unit="万元",
        columns=COLUMNS,
        rows=tuple(tuple(_cell(text) for text in row) for row in rows),
    )
    return disclosure(unit=unit, year=year, tables=(table,), facts=(), **fields)


def _cell(text: str) -> Cell:
    amount = printed_amount(text)
    return Cell(text=text, value=amount.value if amount else None, page=5, bbox=(1.0, 2.0, 3.0, 4.0))


async def answer(api: httpx.AsyncClient, path: str) -> Any:
    response = await api.get(path)
    assert response.status_code == 200, response.text
    return response.json()


async def across(api: httpx.AsyncClient) -> list[tuple[int, str]]:
    """Year and rule of every finding that counts now."""
    items = (await answer(api, "/findings"))["items"]
    return sorted((item["fiscal_year"], item["rule"]) for item in items)


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
async def test_opening_balance_is_compared_in_whatever_order_the_files_come(
    store: Store, api: httpx.AsyncClient, order: tuple[int, ...]
) -> None:
    years = [
        accounts(2022, opening="1.00", closing="5.00"),
        accounts(2023, opening="5.00", closing="7.00"),
        accounts(2024, opening="8.00", closing="0.00"),
    ]
    events = [validated(str(number), sequence=number + 1, document=one) for number, one in enumerate(years)]
    for number in order:
        await store_document(events[number], store)
    await store_document(events[order[0]], store)  # and a redelivery
    assert await across(api) == [(2024, CARRY)]
    page = await answer(api, f"/documents/{events[2].document_id}/findings")
    (finding,) = page["items"]
    assert page["total"] == 1
    assert {cell["document_id"] for cell in finding["cells"]} == {events[1].document_id, events[2].document_id}
    assert (finding["expected"], finding["difference"]) == ("7.00", "1.00")
    detail = await answer(api, f"/documents/{events[2].document_id}")
    assert detail["across"]["counts"]["errors"] == 1
    assert detail["across"]["with"] == [events[1].document_id]


async def test_files_stored_at_once_are_compared_all_the_same(store: Store, api: httpx.AsyncClient) -> None:
    events = [
        validated(str(year), sequence=year, document=accounts(year, opening="1.00", closing="2.00"))
        for year in range(2018, 2026)
    ]
    await asyncio.gather(*(store_document(event, store) for event in events))
    assert await across(api) == [(year, CARRY) for year in range(2019, 2026)]


async def test_revision_of_either_file_withdraws_the_finding_it_cures(
    store: Store, database: Database, api: httpx.AsyncClient
) -> None:
    first = validated("a", sequence=1, document=accounts(2023, opening="1.00", closing="7.00"))
    second = validated("b", sequence=2, document=accounts(2024, opening="8.00", closing="0.00"))
    for event in (first, second):
        await store_document(event, store)
    assert await across(api) == [(2024, CARRY)]
    corrected = validated("c", sequence=3, document=accounts(2023, opening="1.00", closing="8.00"))
    await store_document(corrected, store)
    assert await across(api) == []
    assert (await answer(api, f"/documents/{second.document_id}/findings"))["total"] == 0
    assert (await answer(api, f"/documents/{second.document_id}"))["across"]["with"] == [corrected.document_id]
    # The accounts are corrected the wrong way: the finding is back, and belongs to the revision that counts.
    await store_document(validated("d", sequence=4, document=accounts(2024, opening="9.00", closing="0.00")), store)
    assert await across(api) == [(2024, CARRY)]
    assert await database[FINDINGS.name].count({"current": True}) == 1


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
async def test_department_is_compared_with_its_units_once_all_of_them_are_there(
    store: Store, api: httpx.AsyncClient, order: tuple[int, ...]
) -> None:
    listed = Paragraph(text="纳入2024年度本部门决算编制范围的单位共2个，包括：示例市样板局（本级）、示例市样板站。")
    department = accounts(2024, opening="5.00", closing="3.00", total="40.00", paragraphs=(listed,))
    own = accounts(2024, opening="2.00", closing="2.00", unit="示例市样板局（本级）")
    station = accounts(2024, opening="2.00", closing="1.00", unit="示例市样板站")
    documents = [department, *(replace(one, scope="unit") for one in (own, station))]
    for number in order:
        assert await across(api) == []
        await store_document(validated(str(number), sequence=number, document=documents[number]), store)
    assert await across(api) == [(2024, "AC-UNITS-SUM-01")]
