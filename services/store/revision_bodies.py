"""The shapes that the read API answers with about revisions and counterparts of a document."""

from datetime import datetime
from decimal import Decimal

from pydantic import BaseModel, ConfigDict, Field

from services.store.across.judge import Reason
from services.store.across.rulebook import Counterpart
from services.store.bodies import Counts
from shared.document import Box, Kind, Scope
from shared.findings import Finding, OutcomeKind, Text

_ID = Field(examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"])


class _Read(BaseModel):
    model_config = ConfigDict(extra="ignore", from_attributes=True)


class RevisionItem(_Read):
    """One of the two documents of a difference."""

    document_id: str = _ID
    receipt_number: str
    file_name: str
    received_at: datetime
    unit_name: str | None = None
    fiscal_year: int | None = None
    revision: int | None = None
    current: bool | None = None
    counts: Counts | None = None


class PrintedFigure(_Read):
    """A figure as one of the two documents prints it."""

    text: str
    value: Decimal | None = None
    unit: str | None = None
    page: int | None = None
    bbox: Box | None = None


class LineChange(BaseModel):
    """A figure of a table printed otherwise 变动的数; null where one of the two does not print it."""

    table_type: str = Field(examples=["income"])
    row_key: str = Field(examples=["2080501"])
    column_key: str = Field(examples=["total"])
    row_name: str = Field(examples=["行政单位离退休"])
    before: PrintedFigure | None = None
    after: PrintedFigure | None = None


class FactChange(BaseModel):
    """A figure of the text told otherwise."""

    measure: str
    subject: str
    ordinal: int = 1
    before: PrintedFigure | None = None
    after: PrintedFigure | None = None


class RowItem(_Read):
    """A row that only one of the two documents has."""

    table_type: str
    row_key: str
    row_name: str = ""
    page: int | None = None


class DifferenceBody(BaseModel):
    """From one document to another 两个版本之间的差异: figures, rows, findings cured and created."""

    before: RevisionItem
    after: RevisionItem
    figures_changed: list[LineChange]
    text_changed: list[FactChange]
    rows_added: list[RowItem]
    rows_gone: list[RowItem]
    findings_cured: list[Finding]
    findings_created: list[Finding]


class WithdrawalRequest(BaseModel):
    """Why a document is taken back 撤回理由."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(min_length=1, max_length=500, examples=["误传上一年度的文件"])


class WithdrawalBody(BaseModel):
    """A document taken back; `current` is the revision that counts in its place, null where there is none."""

    document_id: str = _ID
    reason: str
    at: datetime
    current: str | None = None


class CounterpartItem(_Read):
    """A document that another one is compared with."""

    role: Counterpart
    document_id: str = _ID
    unit_name: str
    scope: Scope
    kind: Kind
    fiscal_year: int


class AcrossOutcome(BaseModel):
    """What one rule between documents says: how often it passed, failed, or could not be told, and why."""

    rule: str = Field(examples=["AC-CARRY-EQUAL-01"])
    title: Text
    outcome: OutcomeKind
    reason: Reason | None = None
    what: str = Field("", description="what is missing 缺少什么")
    count: int = 1


class AcrossBody(BaseModel):
    """A document against its counterparts as they are now 跨文件核对."""

    document_id: str = _ID
    counterparts: list[CounterpartItem]
    missing: list[str] = Field(description="years and units whose document is not there 尚未收到的年度或单位")
    outcomes: list[AcrossOutcome]
