"""Made-up validated disclosures: one small table, two facts, findings as asked for."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from documents import received

from shared.amounts import printed_amount
from shared.document import Cell, Document, Fact, Table
from shared.events import DocumentReceived, DocumentRejected, DocumentValidated, Hints, carry_over
from shared.findings import CellRef, Finding, Outcome, Severity, Summary, Text, Verdict

COLUMNS = (
    ("收入", "项目"),
    ("收入", "行次"),
    ("收入", "决算数"),
    ("支出", "项目"),
    ("支出", "行次"),
    ("支出", "决算数"),
)
ROWS = (
    ("一、一般公共预算财政拨款收入", "1", "12.00", "一、一般公共服务支出", "32", ""),
    ("本年收入合计", "27", "12.00", "本年支出合计", "58", "—"),
)


def summary_table(total: str = "12.00") -> Table:
    """收入支出决算总表 with two rows; `total` is printed as 本年收入合计."""
    rows = [list(row) for row in ROWS]
    rows[1][2] = total
    return Table(
        type="income_expenditure_summary",
        number="公开01表",
        title="收入支出决算总表",
        amount_unit="万元",
        columns=COLUMNS,
        rows=tuple(tuple(_cell(text) for text in row) for row in rows),
        pages=(5,),
    )


def disclosure(unit: str | None = "示例市样板局", year: int | None = 2023, **fields: Any) -> Document:
    """A small final-accounts document."""
    facts = (
        Fact(
            measure="amount",
            subject="收入总计",
            value=Decimal("12.00"),
            text="12.00",
            unit="万元",
            quote="收入总计12.00万元",
        ),
    )
    given = {"tables": (summary_table(),), "facts": facts, **fields}
    return Document(
        kind="final_accounts",
        fiscal_year=year,
        unit_name=unit,
        scope="department",
        pages=9,
        reader_version="r1",
        **given,
    )


def finding(rule: str, severity: Severity = "error") -> Finding:
    """A finding of a rule, on the one table's total."""
    return Finding(
        rule=rule,
        severity=severity,
        title=Text(zh="合计不等", en="the total differs"),
        message=Text(zh="本年收入合计印为 12.00", en="the total is printed as 12.00"),
        cells=(CellRef(table=0, row=1, column=2, text="12.00", page=5),),
    )


def validated(
    event: DocumentReceived | str,
    *,
    sequence: int = 1,
    findings: Sequence[Finding] = (),
    document: Document | None = None,
    replay: int = 0,
    pack: str = "p1",
    region: str | None = None,
) -> DocumentValidated:
    """The verdict on a file; `event` is its receipt or a name that stands for its bytes."""
    event = received(event, sequence) if isinstance(event, str) else event
    summary = Summary(
        rules=3,
        pass_=2 - bool(findings),
        fail=int(bool(findings)),
        unclear=1,
        outcomes=(Outcome(rule="FA-X-SUM-01", outcome="pass", count=2),),
    )
    return DocumentValidated(
        **{**carry_over(event), "replay": replay},
        reader_version="r1",
        pack_version=pack,
        file_name=event.file_name,
        hints=Hints(region=region),
        document=document or disclosure(),
        verdict=Verdict(summary=summary, findings=tuple(findings)),
    )


def rejected(event: DocumentReceived) -> DocumentRejected:
    """The file cannot be read: it has a password."""
    return DocumentRejected(
        **carry_over(event),
        at_stage="parse",
        reason="encrypted_pdf",
        message_zh="PDF 设有打开密码。请去除密码后重新上传。",
        message_en="The PDF needs a password to be opened. Remove the password and upload it again.",
        file_name=event.file_name,
    )


def _cell(text: str) -> Cell:
    amount = printed_amount(text)
    return Cell(text=text, value=amount.value if amount else None, page=5, bbox=(1.0, 2.0, 3.0, 4.0))
