"""Two years of a small province stored: every error between documents is found, nothing else is, the ledger is true."""

import csv
import io
import random

import httpx
import pytest
from callers import caller
from documents import received
from verdicts import rejected, validated

from cli.samples.linked.duties import duties_csv
from cli.samples.linked.write import Province, draw_province
from services.store.duty_list import read_duties
from services.store.handler import Store, store_document, store_rejection
from shared.errors import InvalidField
from shared.events import Hints
from shared.mongo import Database


@pytest.fixture(scope="module")
def province() -> Province:
    return draw_province(2, 10, 2, 2, (), edition="shaanxi", small=True)


async def stored(province: Province, store: Store) -> dict[str, str]:
    """Every document of the province stored, in no order; file name → document_id."""
    names: dict[str, str] = {}
    made = list(province.documents())
    random.Random(7).shuffle(made)
    for sequence, (filing, _, document) in enumerate(made, start=1):
        receipt = received(filing.file, sequence).model_copy(update={"region_code": filing.region})
        names[filing.file] = receipt.document_id
        hints = Hints(region=filing.region, unit=filing.unit.name, kind=filing.kind, year=filing.year)
        if document is None:
            await store_rejection(rejected(receipt).model_copy(update={"hints": hints}), store)
        else:
            await store_document(validated(receipt, document=document), store)
    return names


async def test_province_is_stored_with_its_errors_found_and_its_ledger_true(
    province: Province, store: Store, database: Database, api: httpx.AsyncClient
) -> None:
    names = await stored(province, store)
    files = {document_id: file for file, document_id in names.items()}
    found = await database["findings"].all({"current": True, "comparison": {"$exists": True}})
    assert {(files[row["document_id"]], row["rule"]) for row in found} == set(province.expected)

    duties = duties_csv(province.filings, province.fates).encode()
    for new in (len(province.filings), 0):
        answer = await api.post("/ledger", content=duties, headers={"Content-Type": "text/csv"})
        assert (answer.status_code, answer.json()) == (200, {"duties": len(province.filings), "new": new})
    body = (await api.get("/ledger", params={"limit": 1000})).json()
    told = {(item["unit"], item["kind"], item["year"]): item["state"] for item in body["items"]}
    assert told == {(one.unit.name, one.kind, one.year): province.fates[one.file] for one in province.filings}
    (score,) = body["scores"]
    assert score["duties"] == body["total"] == len(province.filings)
    assert sum(body["states"].values()) == body["total"]

    late = await api.get("/ledger", params={"state": "late", "format": "csv"})
    rows = list(csv.DictReader(io.StringIO(late.content.decode("utf-8-sig"))))
    assert len(rows) == body["states"]["late"]
    sheet = await api.get("/ledger", params={"format": "xlsx"})
    assert sheet.content.startswith(b"PK")
    foreign = await api.get("/ledger", headers=await caller(database, "district", "990009"))
    assert foreign.json()["total"] == 0
    refused = await api.post("/ledger", content=duties, headers=await caller(database, "district", "990001"))
    assert refused.status_code == 403


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("x,某县,某局,department,决算,2024,2025-01-01", "region"),
        ("990001,某县,,department,决算,2024,2025-01-01", "unit"),
        ("990001,某县,某局,office,决算,2024,2025-01-01", "scope"),
        ("990001,某县,某局,department,报告,2024,2025-01-01", "kind"),
        ("990001,某县,某局,department,决算,24,2025-01-01", "year"),
        ("990001,某县,某局,department,决算,2024,1月31日", "due"),
    ],
)
def test_list_of_duties_is_refused_with_its_line_and_field(line: str, field: str) -> None:
    with pytest.raises(InvalidField, match=rf"第 2 行: {field}"):
        read_duties(f"region,region_name,unit,scope,kind,year,due\n{line}\n".encode())


def test_list_of_duties_may_come_from_a_spreadsheet_in_chinese() -> None:
    text = "region,unit,kind,year,due,scope\r\n990001,某局（汇总）,决算,2024,2025-09-20,部门\r\n"
    for data in (text.encode("utf-8-sig"), text.encode("gb18030")):
        (duty,) = read_duties(data)
        assert (duty.unit, duty.kind, duty.scope, duty.key) == (
            "某局（汇总）", "final_accounts", "department", "990001|某局|department|final_accounts|2024"
        )  # fmt: skip
