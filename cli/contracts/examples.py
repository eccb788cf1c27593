"""One decoded example per topic, made from the event classes: what a consumer will meet, in small."""

from datetime import UTC, datetime
from decimal import Decimal

from shared.document import Cell, Document, Fact, Paragraph, Table
from shared.events import (
    DocumentParsed,
    DocumentReceived,
    DocumentRejected,
    DocumentStored,
    DocumentValidated,
    Event,
    Hints,
    PayloadRef,
)
from shared.findings import Cause, CellRef, Finding, Outcome, Summary, Text, Verdict
from shared.publications import FigurePublished, FilingRevised

DOCUMENT_ID = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
UNIT = "示例市示例区档案馆"
_RECEIVED_AT = datetime(2024, 9, 2, 1, 15, 30, tzinfo=UTC)
_HINTS = Hints(region="990101", kind="final_accounts", year=2023)


def _cell(text: str, x: float, value: str | None = None) -> Cell:
    return Cell(text=text, value=Decimal(value) if value else None, page=9, bbox=(x, 120.0, x + 90.0, 136.0))


def _document() -> Document:
    table = Table(
        type="income_expenditure_summary",
        number="公开01表",
        title="收入支出决算总表",
        amount_unit="万元",
        unit_name=UNIT,
        columns=(("收入", "项目"), ("收入", "行次"), ("收入", "决算数")),
        rows=((_cell("本年收入合计", 60), _cell("27", 210), _cell("120.50", 300, "120.50")),),
        pages=(9,),
    )
    quote = "2023年度本年收入合计120.05万元"
    fact = Fact(
        measure="amount", subject="本年收入合计", value=Decimal("120.05"), text="120.05", unit="万元", quote=quote,
        page=5, section="二、收入决算情况说明", paragraph=0,
    )  # fmt: skip
    return Document(
        kind="final_accounts", fiscal_year=2023, unit_name=UNIT, scope="unit", region="990101", pages=18,
        tables=(table,), facts=(fact,), paragraphs=(Paragraph(text=quote + "。", page=5),), reader_version="1",
    )  # fmt: skip


def _verdict() -> Verdict:
    cell = CellRef(table=0, row=0, column=2, text="120.50", page=9, bbox=(300.0, 120.0, 390.0, 136.0))
    finding = Finding(
        rule="FA-NARR-TOTAL-01",
        severity="error",
        title=Text(zh="情况说明中的本年收入合计与表一致", en="Total income in the narrative equals the table"),
        message=Text(zh="文字印为120.05万元，表中为120.50万元", en="The text prints 120.05, the table 120.50"),
        cells=(cell,),
        expected="120.50",
        difference="-0.45",
        causes=(
            Cause(
                kind="transposed_digits",
                explanation=Text(zh="数字颠倒", en="two digits changed places"),
                cell=cell,
                proposed="120.05",
            ),
        ),
    )
    outcomes = (Outcome(rule="FA-NARR-TOTAL-01", outcome="fail"),)
    summary = Summary(rules=1, fail=1, outcomes=outcomes, reader_version="1", pack_version="1")
    return Verdict(summary=summary, findings=(finding,))


def example_events() -> tuple[Event, ...]:
    """One event of every class, telling the story of one document (and of one that was refused)."""
    common = {
        "document_id": DOCUMENT_ID, "receipt_number": "GJ-20240902-000001", "received_at": _RECEIVED_AT, "sequence": 1,
    }  # fmt: skip
    name = "示例区档案馆2023年度部门决算.pdf"
    file = PayloadRef(bucket="uploads", name=DOCUMENT_ID, size=482133, sha256=DOCUMENT_ID)
    return (
        DocumentReceived(**common, file=file, file_name=name, hints=_HINTS),
        DocumentParsed(
            **common, reader_version="1", pages=18, tables=1, facts=1, file_name=name, hints=_HINTS,
            document=_document(),
        ),
        DocumentValidated(
            **common, reader_version="1", pack_version="1", file_name=name, hints=_HINTS, document=_document(),
            verdict=_verdict(),
        ),
        DocumentStored(
            **common, reader_version="1", pack_version="1", revision=1, current=True, kind="final_accounts",
            fiscal_year=2023, unit_name=UNIT, region="990101", rules=1, passed=0, failed=1, unclear=0, errors=1,
            warnings=0, infos=0,
        ),
        DocumentRejected(
            **common, at_stage="parse", reason="encrypted_pdf", message_zh="PDF 设有打开密码。",
            message_en="The PDF needs a password.", file_name=name, hints=_HINTS,
        ),
        FilingRevised(
            **common, filing=f"990101|{UNIT}|unit|final_accounts|2023", cause="5b2c6d1f0e9a48b7c3d2e1f0a9b8c7d6",
        ),
        FigurePublished(
            **common, region="990101", unit=UNIT, scope="unit", kind="final_accounts", fiscal_year=2023,
            table_type="income_expenditure_summary", row_key="income/total", column_key="final", publication=1,
            unit_name=UNIT, revision=1, row_name="本年收入合计", amount=Decimal("120.50"), text="120.50",
            amount_unit="万元", page=9, bbox=(300.0, 120.0, 390.0, 136.0), reader_version="1", pack_version="1",
        ),
    )  # fmt: skip
