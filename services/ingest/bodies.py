"""The shapes that the upload API answers with."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from services.ingest.examples import RECEIPT, STATUS
from services.ingest.links import Links
from shared.events import Hints

Status = Literal["accepted", "parsed", "validated", "stored", "rejected", "dead_lettered"]
ENDINGS: tuple[Status, ...] = ("stored", "rejected", "dead_lettered")
FAILURES: tuple[Status, ...] = ("rejected", "dead_lettered")


class ReceiptBody(BaseModel):
    """A receipt 受理回执. `duplicate_of` is the number of the first receipt of the same bytes."""

    receipt: str = Field(examples=["GJ-20260312-000042"])
    document_id: str = Field(examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"])
    sequence: int = Field(description="order of receipt 受理顺序", examples=[42])
    duplicate: bool
    duplicate_of: str | None = None
    file_name: str
    size: int
    received_at: datetime
    hints: Hints
    batch_id: str | None = None
    links: Links

    model_config = ConfigDict(json_schema_extra={"example": RECEIPT})


class Reason(BaseModel):
    """Why a document was not stored, and what to do next."""

    reason: str = Field(examples=["no_text_layer"])
    message_zh: str
    message_en: str
    at_stage: str = Field(examples=["parse"])


class StageReached(BaseModel):
    """One line of the timeline 处理进度."""

    stage: str
    at: datetime
    seconds: float = Field(description="since receipt 距受理的秒数")
    replay: int = 0


class Counts(BaseModel):
    """The verdict in numbers. `checked` of `rules` single checks could be made; the rest is unclear."""

    errors: int
    warnings: int
    infos: int
    rules: int
    checked: int
    passed: int
    failed: int
    unclear: int


class DocumentStatus(BaseModel):
    """Where a document is on the line, and what is known of it."""

    document_id: str
    status: Status
    file_name: str
    size: int
    received_at: datetime
    batch_id: str | None = None
    kind: str | None = None
    fiscal_year: int | None = None
    unit_name: str | None = None
    scope: str | None = None
    region: str | None = None
    pages: int | None = None
    tables: int | None = None
    revision: int | None = None
    current: bool | None = Field(None, description="no later revision supersedes it 是否为最新版本")
    superseded_by: str | None = None
    counts: Counts | None = None
    rejection: Reason | None = None
    timeline: list[StageReached] = []
    receipts: list[str] = []
    links: Links

    model_config = ConfigDict(json_schema_extra={"example": STATUS})


class BatchStatus(BaseModel):
    """The documents of a batch 批次: how many are where, and which failed, and why."""

    batch_id: str
    receipts: int
    documents: int
    counts: dict[Status, int]
    done: bool = Field(description="every document is stored, rejected or dead-lettered")
    failed: list[DocumentStatus]
    members: list[DocumentStatus]


class BalanceBody(BaseModel):
    """Where all documents were when they were last reconciled 对账: accepted is the sum of the others."""

    accepted: int
    stored: int
    rejected: int
    in_flight: int
    dead_lettered: int
    unaccounted: int = Field(description="accepted, and nowhere; 0 in health 下落不明，正常为 0")
    at: datetime


class Overview(BaseModel):
    """How many documents were accepted and how many of them are where; the latest ones first."""

    accepted: int = Field(description="documents accepted since the beginning 累计受理", examples=[120])
    counts: dict[Status, int] = Field(description="documents by status now 当前各状态数量")
    balance: BalanceBody | None = Field(None, description="null before the first reconciliation 尚未对账时为空")
    unpublished: int = Field(description="receipts whose event is still in the outbox 待发布")
    latest: list[DocumentStatus]
