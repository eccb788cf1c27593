"""The shapes that the read API answers with about lines, filings and sums."""

from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from services.store.examples import FILING, GROUP, LINE
from shared.document import Box, Kind, Scope


class LineItem(BaseModel):
    """One printed amount with its place and its address. 表中的一个数"""

    document_id: str
    revision: int | None
    current: bool | None
    region: str | None
    unit_name: str | None
    scope: Scope
    kind: Kind
    fiscal_year: int | None
    table: int
    table_type: str
    row: int
    column: int
    row_key: str
    row_name: str
    column_key: str
    amount: Decimal | None
    text: str
    amount_unit: str | None
    page: int | None
    bbox: Box | None
    reader_version: str | None
    pack_version: str | None

    model_config = ConfigDict(json_schema_extra={"example": LINE})


class LinePage(BaseModel):
    """A page of lines. It may be shorter than asked; only where `next` is null there are no more."""

    items: list[LineItem]
    next: str | None = Field(None, description="cursor of the next page 下一页游标")


class FilingItem(BaseModel):
    """One filing, whatever its revision, with the published measures of its current one, in yuan. 公开文件"""

    region: str | None
    unit_name: str | None
    scope: Scope
    kind: Kind
    fiscal_year: int | None
    document_id: str
    revision: int | None
    lines: int
    measures: dict[str, Decimal]

    model_config = ConfigDict(json_schema_extra={"example": FILING})


class FilingPage(BaseModel):
    """A page of filings, by region and unit."""

    items: list[FilingItem]
    next: str | None = Field(None, description="cursor of the next page 下一页游标")


class Group(BaseModel):
    """A sum in yuan over the filings of one group; the fields that were not asked for are absent. 分组合计（元）"""

    region: str | None = None
    fiscal_year: int | None = None
    kind: Kind | None = None
    scope: Scope | None = None
    unit_name: str | None = None
    amount: Decimal
    filings: int = Field(description="how many filings print it 计入的文件数")

    model_config = ConfigDict(json_schema_extra={"example": GROUP})


class Totals(BaseModel):
    """Sums by group. `source` says whether they were kept ready (`rollup`) or added up now (`scan`)."""

    unit: Literal["元"] = "元"
    source: Literal["rollup", "scan"]
    groups: list[Group]


class MeasureItem(BaseModel):
    """A published measure: what it is, and the cells it is taken from, the first one printed."""

    id: str
    kind: Kind
    title_zh: str
    title_en: str
    cells: list[str]
