"""Filling the embedded database with made-up documents through the store's own handlers, for benchmarks/store.py."""

import hashlib
import time
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial

from services.store.handler import Store, store_document
from services.store.publishing import publish_filing
from shared.backoff import Backoff
from shared.document import Cell, Document, Table
from shared.events import DocumentValidated, Hints
from shared.findings import CellRef, Finding, Summary, Text, Verdict
from shared.layouts import load_layouts
from shared.mongo import Database, Files
from shared.publications import FilingRevised
from shared.records import DOCUMENTS, FILINGS, migrate
from shared.settings import Settings

REGIONS, YEARS = 30, (2023, 2024)
_CODES = [f"{a}{b:02d}{c:02d}" for a in (201, 205, 208, 210, 212, 213) for b in (1, 5, 7) for c in range(1, 6)]

_WIDE = (
    (
        "income",
        ("本年收入合计", "财政拨款收入", "上级补助收入", "事业收入", "经营收入", "附属单位上缴收入", "其他收入"),
    ),
    ("expenditure", ("本年支出合计", "基本支出", "项目支出", "上缴上级支出", "经营支出", "对附属单位补助支出")),
    ("general_public_budget_expenditure", ("小计", "基本支出", "项目支出")),
)
_THREE = [f"{which}/{item}" for which in ("预算数", "决算数") for item in ("合计", "因公出国（境）费", "公务接待费")]


def _cell(text: str, amount: bool = True) -> Cell:
    return Cell(text=text, value=Decimal(text) if amount else None, page=9, bbox=(60.0, 120.0, 150.0, 136.0))


def _table(kind: str, columns: tuple[tuple[str, ...], ...], named: list[tuple[str, ...]], seed: int) -> Table:
    width = len(columns) - len(named[0])
    rows = tuple(
        (*(_cell(name, False) for name in names), *(_cell(_figure(seed, r, c)) for c in range(width)))
        for r, names in enumerate(named)
    )
    return Table(type=kind, title=kind, amount_unit="万元", columns=columns, rows=rows, pages=(9,))


def _figure(seed: int, row: int, column: int) -> str:
    return f"{(seed * 31 + row * 7 + column) % 99_999}.{column:02d}"


def document(number: int, lines: int = 2000) -> Document:
    """A made-up disclosure of about so many lines."""
    codes = [(code, f"示例科目{code}") for code in _CODES] + [("", "合计")]
    three = tuple(tuple(path.split("/")) for path in _THREE)
    tables = [_summary(number), _table("three_public_expenses", three, [()], number)]
    while sum(len(table.rows) * (len(table.columns) - 2) for table in tables) < lines - 200:
        kind, amounts = _WIDE[len(tables) % len(_WIDE)]
        columns = tuple((name,) for name in ("科目代码", "科目名称", *amounts))
        tables.append(_table(kind, columns, codes, number + len(tables)))
    return Document(
        kind="final_accounts", fiscal_year=YEARS[number % len(YEARS)], unit_name=f"示例市第{number // len(YEARS)}局",
        scope="department", pages=30, tables=tuple(tables), reader_version="r",
    )  # fmt: skip


def _summary(number: int) -> Table:
    columns = (("收入", "项目"), ("收入", "决算数"), ("支出", "项目"), ("支出", "决算数"))
    rows = [("一般公共预算财政拨款收入", "一般公共服务支出"), ("本年收入合计", "本年支出合计")]
    cells = tuple(
        (_cell(a, False), _cell(f"{number + r}.05"), _cell(b, False), _cell(f"{number + r}.07"))
        for r, (a, b) in enumerate(rows)
    )
    kind, title = "income_expenditure_summary", "收入支出决算总表"
    return Table(type=kind, title=title, amount_unit="万元", columns=columns, rows=cells)


def verdict() -> Verdict:
    """Ten findings, so that there is something to list and export."""
    text = Text(zh="合计不等", en="the total differs")
    cells = (CellRef(table=0, row=1, column=1, text="1.05", page=9),)
    findings = tuple(
        Finding(rule=f"FA-X-SUM-{n:02d}", severity="error", title=text, message=text, cells=cells) for n in range(10)
    )
    return Verdict(summary=Summary(rules=10, fail=10), findings=findings)


def region_of(number: int) -> str:
    """One of the made-up districts."""
    return f"61{number % REGIONS:02d}00"


async def fill(settings: Settings, lines: int) -> None:
    """Store documents until there are so many lines."""
    async with Database(settings) as database:
        await migrate(database)
        store = Store(database, Files(database), load_layouts(), lambda: datetime.now(UTC))
        number = max(0, await database[DOCUMENTS.name].count({}) - 1)
        stored = sum([row["lines"] for row in await database[FILINGS.name].all({}, {"lines": 1})])
        began, backoff = time.monotonic(), Backoff.of(settings)
        while stored < lines:
            read = document(number)
            digest = hashlib.sha256(str(number).encode()).hexdigest()
            event = DocumentValidated(
                document_id=digest, receipt_number=f"GJ-20260101-{number:06d}",
                received_at=datetime.now(UTC), sequence=number + 1, reader_version="r", pack_version="p",
                region_code=region_of(number // len(YEARS)), file_name=f"{number}.pdf", hints=Hints(),
                document=read, verdict=verdict(),
            )  # fmt: skip
            stored += await backoff.until_up(partial(keep, event, store))
            number += 1
            if number % 50 == 0:
                print(f"{number} documents, {stored} lines, {time.monotonic() - began:.0f} s", flush=True)


async def keep(event: DocumentValidated, store: Store) -> int:
    """Store a document and what follows from it; how many figures were published."""
    revised = [made for made in await store_document(event, store) if isinstance(made, FilingRevised)]
    return sum([len(await publish_filing(made, store.database)) for made in revised])
