"""Lines, filings, sums and exports as the read API answers them, on the embedded database."""

import csv
import io
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import httpx
import pyarrow.parquet
import pytest
from callers import caller
from verdicts import disclosure, finding, summary_table, validated
from workbooks import sheets_of

from services.store.grouping import address_totals
from services.store.handler import Store, store_document
from services.store.publishing import publish_filing
from shared.access import Caller
from shared.errors import QueryTooSlow
from shared.events import DocumentValidated
from shared.keys import Keyring
from shared.mongo import Database
from shared.publications import FilingRevised
from shared.records import DOCUMENTS, FINDINGS, LINES, children_of
from shared.sight import sight_of

TOTAL = {"table_type": "income_expenditure_summary", "row_key": "income/total", "column_key": "final"}


async def answer(api: httpx.AsyncClient, path: str, **params: Any) -> Any:
    response = await api.get(path, params=params)
    assert response.status_code == 200, response.text
    return response.json()


def filed(n: int, total: str, *, region: str, year: int = 2023, findings: int = 0) -> DocumentValidated:
    document = disclosure(unit=f"示例市第{n}局", year=year, tables=(summary_table(total),))
    found = [finding(f"FA-X-SUM-{i:02d}") for i in range(findings)]
    event = validated(f"{n}-{year}-{total}", sequence=n, region=region, document=document, findings=found)
    return event.model_copy(update={"region_code": region})


async def stored(store: Store, *events: DocumentValidated) -> None:
    for event in events:
        for made in await store_document(event, store):
            if isinstance(made, FilingRevised):
                await publish_filing(made, store.database)


async def every_page(api: httpx.AsyncClient, path: str, **params: Any) -> list[Any]:
    items: list[Any] = []
    cursor: dict[str, str] = {}
    while True:
        page = await answer(api, path, **params, **cursor)
        items += page["items"]
        if page["next"] is None:
            return items
        cursor = {"cursor": page["next"]}


async def test_one_cell_of_every_document_is_listed_with_its_place_and_only_as_it_counts(
    store: Store, api: httpx.AsyncClient
) -> None:
    first, second = filed(1, "1.00", region="610100"), filed(2, "2.00", region="610200")
    corrected = filed(1, "7.00", region="610100").model_copy(update={"sequence": 9})
    await stored(store, first, second, corrected)
    items = await every_page(api, "/lines", **TOTAL, limit=1)
    assert {(item["region"], item["amount"], item["revision"], item["page"]) for item in items} == {
        ("610100", "7.00", 2, 5),
        ("610200", "2.00", 1, 5),
    }
    assert [item["amount"] for item in await every_page(api, "/lines", **TOTAL, region="610200")] == ["2.00"]
    of_the_first = await every_page(api, "/lines", **TOTAL, document_id=first.document_id)
    assert [(item["amount"], item["current"]) for item in of_the_first] == [("1.00", False)]


@pytest.mark.parametrize("limit", [1, 2, 200])
async def test_pages_hold_every_line_once_the_document_received_last_first(
    store: Store, api: httpx.AsyncClient, limit: int
) -> None:
    await stored(store, *(filed(n, f"{n}.00", region="610100") for n in range(1, 4)))
    items = await every_page(api, "/lines", table_type="income_expenditure_summary", limit=limit)
    places = [(item["document_id"], item["row"], item["column"]) for item in items]
    assert len(places) == len(set(places)) == 9
    assert [item["unit_name"] for item in items[::3]] == ["示例市第3局", "示例市第2局", "示例市第1局"]
    assert await every_page(api, "/lines", table_type="income", limit=limit) == []


async def test_lines_of_more_documents_than_a_page_looks_through_are_all_found(
    store: Store, api: httpx.AsyncClient
) -> None:
    await stored(store, *(filed(n, f"{n}.00", region="610100") for n in range(1, 24)))
    items = await every_page(api, "/lines", row_key="income/total", limit=200)
    assert sorted(Decimal(item["amount"]) for item in items) == [Decimal(n) for n in range(1, 24)]


@pytest.mark.parametrize("cursor", ["1", "x", "1.x", f"{'0' * 32}:000000"])
async def test_cursor_from_elsewhere_is_refused(api: httpx.AsyncClient, cursor: str) -> None:
    for path, params in (("/lines", {}), ("/lines", TOTAL)):
        response = await api.get(path, params={**params, "cursor": cursor})
        assert (response.status_code, response.json()["reason"]) == (400, "invalid_field")


async def test_units_are_found_by_a_part_of_their_name_with_their_measures(
    store: Store, api: httpx.AsyncClient
) -> None:
    await stored(store, *(filed(n, f"{n}.00", region="610100") for n in (1, 2, 12)))
    found = await every_page(api, "/filings", unit="第2局", limit=1)
    assert [(item["unit_name"], item["measures"]["total_income"]) for item in found] == [("示例市第2局", "20000.00")]
    assert len(await every_page(api, "/filings", unit="局", limit=1)) == 3
    assert await every_page(api, "/filings", unit="局第") == []


@pytest.mark.parametrize("asked", [{"measure": "total_income"}, TOTAL], ids=["measure", "address"])
async def test_sums_by_district_and_year_follow_every_revision(
    store: Store, api: httpx.AsyncClient, asked: dict[str, str]
) -> None:
    await stored(
        store,
        filed(1, "1.00", region="610100"),
        filed(2, "2.00", region="610100"),
        filed(3, "4.00", region="610200"),
        filed(4, "8.00", region="610200", year=2024),
        filed(2, "16.00", region="610100").model_copy(update={"sequence": 9}),
    )
    sums = await answer(api, "/totals", **asked, by="region,fiscal_year")
    assert [(group["region"], group["fiscal_year"], group["amount"], group["filings"]) for group in sums["groups"]] == [
        ("610100", 2023, "170000.00", 2),
        ("610200", 2023, "40000.00", 1),
        ("610200", 2024, "80000.00", 1),
    ]
    assert sums["source"] == ("rollup" if "measure" in asked else "scan")
    by_year = await answer(api, "/totals", **asked, by="fiscal_year", region="610200")
    assert [(group["fiscal_year"], group["amount"]) for group in by_year["groups"]] == [
        (2023, "40000.00"),
        (2024, "80000.00"),
    ]


async def test_sum_that_takes_too_long_is_refused_and_never_partial(store: Store, database: Database) -> None:
    await stored(store, filed(1, "1.00", region="610100"))
    sight = await sight_of(await of_role(database), database)
    cell = "income_expenditure_summary|income/total|final"
    with pytest.raises(QueryTooSlow, match="秒"):
        await address_totals(cell, ("region",), {}, sight, database, seconds=0.0)


async def of_role(database: Database, region: str = "") -> Caller:
    role: Any = "district" if region else "reviewer"
    headers = await caller(database, role, region)
    key = await Keyring(database).holder_of(headers["Authorization"].removeprefix("Bearer "))
    return Caller(key, "")


async def test_district_sees_lines_filings_sums_and_exports_of_its_own_region_only(
    store: Store, api: httpx.AsyncClient, database: Database
) -> None:
    await stored(store, filed(1, "1.00", region="610100"), filed(2, "2.00", region="610200", findings=1))
    api.headers.update(await caller(database, "district", "6101"))
    assert [item["region"] for item in await every_page(api, "/lines", **TOTAL)] == ["610100"]
    assert {item["region"] for item in await every_page(api, "/lines")} == {"610100"}
    assert [item["region"] for item in await every_page(api, "/filings", unit="局")] == ["610100"]
    for asked in ({"measure": "total_income"}, TOTAL):
        assert [group["region"] for group in (await answer(api, "/totals", **asked))["groups"]] == ["610100"]
    assert {row["region"] for row in await as_csv(api, "/export/lines")} == {"610100"}
    assert await as_csv(api, "/export/findings") == []
    foreign = filed(2, "2.00", region="610200").document_id
    assert (await api.get(f"/export/documents/{foreign}")).status_code == 404
    assert (await api.get("/lines", params={"document_id": foreign})).status_code == 404


async def as_csv(api: httpx.AsyncClient, path: str, **params: str) -> list[dict[str, str]]:
    response = await api.get(path, params={"format": "csv", **params})
    assert response.status_code == 200, response.text
    return list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))


async def in_store(database: Database) -> list[tuple[str, ...]]:
    heads = await database[DOCUMENTS.name].all({"current": True})
    rows = [row for head in heads for row in await database[LINES.name].all(children_of(head["event_id"]))]
    names = ("document_id", "table_type", "row_key", "column_key", "text")
    return sorted((*(row[name] for name in names), str(row["amount"] or "")) for row in rows)


def told(rows: Sequence[dict[str, Any]], amount: Any = str) -> list[tuple[str, ...]]:
    names = ("document_id", "table_type", "row_key", "column_key", "text")
    return sorted((*(row[name] for name in names), amount(row["amount"])) for row in rows)


async def test_exports_of_lines_hold_what_the_store_holds(
    store: Store, api: httpx.AsyncClient, database: Database
) -> None:
    await stored(store, *(filed(n, f"{n}.50", region="610100") for n in (1, 2, 3)))
    expected = await in_store(database)
    assert len(expected) == 9
    assert told(await as_csv(api, "/export/lines")) == expected

    response = await api.get("/export/lines", params={"format": "parquet"})
    table = pyarrow.parquet.read_table(io.BytesIO(response.content))
    assert told(table.to_pylist(), lambda amount: "" if amount is None else f"{amount:.2f}") == expected

    response = await api.get("/export/lines", params={"format": "xlsx"})
    ((name, (header, *rows)),) = sheets_of(response.content).items()
    assert name == "lines"
    listed = [dict(zip(header, row, strict=True)) for row in rows]
    assert told(listed, lambda amount: f"{Decimal(amount):.2f}" if amount else "") == expected


async def test_exports_of_findings_hold_what_the_store_holds(
    store: Store, api: httpx.AsyncClient, database: Database
) -> None:
    await stored(store, filed(1, "1.00", region="610100", findings=3), filed(2, "2.00", region="610100", findings=1))
    listed = await as_csv(api, "/export/findings")
    assert len(listed) == await database[FINDINGS.name].count({"current": True}) == 4
    assert listed[0]["message_zh"] == "本年收入合计印为 12.00"
    assert len(await as_csv(api, "/export/findings", rule="FA-X-SUM-00")) == 2
    response = await api.get("/export/findings", params={"format": "parquet"})
    assert pyarrow.parquet.read_table(io.BytesIO(response.content)).num_rows == 4


async def test_document_is_exported_as_its_forms_look(store: Store, api: httpx.AsyncClient) -> None:
    event = filed(1, "1.00", region="610100")
    await stored(store, event)
    response = await api.get(f"/export/documents/{event.document_id}")
    ((name, rows),) = sheets_of(response.content).items()
    assert name == "公开01表"
    assert rows[0][0] == "收入支出决算总表"
    assert "金额单位：万元" in rows[1]
    assert rows[2] == ["收入", "", "", "支出", "", ""]
    assert rows[3] == ["项目", "行次", "决算数", "项目", "行次", "决算数"]
    assert rows[5][:1] + rows[5][2:3] == ["本年收入合计", "1.00"]
    assert rows[5][5] == "—"


async def test_unchanged_answer_is_told_by_its_tag(store: Store, api: httpx.AsyncClient) -> None:
    await stored(store, filed(1, "1.00", region="610100"))
    tag = (await api.get("/lines")).headers["etag"]
    again = await api.get("/lines", headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    await stored(store, filed(2, "2.00", region="610100"))
    assert (await api.get("/lines", headers={"If-None-Match": tag})).status_code == 200


async def test_measures_are_listed_with_the_cells_they_are_taken_from(api: httpx.AsyncClient) -> None:
    measures = {measure["id"]: measure for measure in await answer(api, "/measures")}
    assert measures["three_public_expenses"]["cells"] == ["three_public_expenses|actual|total"]


async def test_sum_without_a_measure_or_a_whole_address_is_refused_with_what_to_give(api: httpx.AsyncClient) -> None:
    for asked in ({}, {"table_type": "income"}, {"measure": "none"}, {"measure": "total_income", "by": "colour"}):
        response = await api.get("/totals", params=asked)
        assert (response.status_code, response.json()["reason"]) == (400, "invalid_field")
