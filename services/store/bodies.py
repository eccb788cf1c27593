"""The shapes that the read API answers with."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from services.store.examples import AUDIT_ENTRY, DECISION, DECISION_REQUEST, DOCUMENT, FINDING
from shared.audit import Action
from shared.document import CatalogueEntry, Kind, ReadingNote, Scope, Table
from shared.findings import Finding, Outcome, Severity, Text

Status = Literal["accepted", "parsed", "validated", "stored", "rejected", "dead_lettered"]


State = Literal["open", "confirmed", "dismissed"]


class DecidedFinding(BaseModel):
    """What a decision was about."""

    rule: str
    severity: Severity
    message: Text


class Counts(BaseModel):
    """The verdict in numbers: `checked` of `rules` single checks could be made, the rest is unclear."""

    errors: int
    warnings: int
    infos: int
    rules: int
    checked: int
    passed: int
    failed: int
    unclear: int


class Across(BaseModel):
    """What comparing a document with its counterparts gave; `with` are their document_ids."""

    counts: Counts
    documents: list[str] = Field(alias="with", default=[])

    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)


class Withdrawn(BaseModel):
    """A document that was taken back 撤回."""

    reason: str
    at: datetime


class Reason(BaseModel):
    """Why a document was refused and what to do next."""

    reason: str
    message_zh: str
    message_en: str
    at_stage: str


class DocumentItem(BaseModel):
    """One document in a list. 决算或预算公开文件"""

    document_id: str = Field(examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"])
    status: Status
    receipt_number: str = Field(examples=["GJ-20260312-000042"])
    sequence: int
    received_at: datetime
    file_name: str
    kind: Kind = "unknown"
    fiscal_year: int | None = Field(None, examples=[2024])
    unit_name: str | None = Field(None, examples=["某市示例局"])
    scope: Scope = "unknown"
    region: str | None = None
    title: str | None = None
    pages: int | None = None
    tables: int | None = None
    facts: int | None = None
    revision: int | None = None
    current: bool | None = Field(None, description="no later revision supersedes it 是否为最新版本")
    superseded_by: str | None = None
    counts: Counts | None = None
    across: Across | None = Field(None, description="compared with other documents 与其他文件核对的结果")
    withdrawn: Withdrawn | None = Field(None, description="taken back, by whom and why 已撤回")
    rejection: Reason | None = None
    reader_version: str | None = None
    pack_version: str | None = None

    model_config = ConfigDict(json_schema_extra={"example": DOCUMENT})


class DocumentDetail(DocumentItem):
    """One document with what each rule said of it, its catalogue and what was hard to read."""

    outcomes: list[Outcome] = []
    catalogue: list[CatalogueEntry] = []
    reading_notes: list[ReadingNote] = []
    reading_note_count: int = 0


class DecisionRequest(BaseModel):
    """A reviewer's decision. `text` is the reason; a dismissal and a comment need one."""

    decision: Literal["confirm", "dismiss", "reopen", "comment"]
    text: str = Field("", max_length=4000, description="reason or comment 理由或批注", examples=["已与区财政局核实"])

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": DECISION_REQUEST})


class Decided(BaseModel):
    """The decision that gave a finding its state."""

    decision: Literal["confirm", "dismiss", "reopen"]
    text: str
    at: datetime
    by: str = Field(description="label of the reviewer's key 审核人", examples=["省厅审核"])


class Decision(BaseModel):
    """One decision. `finding` is what it was about, also where a re-check no longer has it."""

    number: int
    document_id: str
    finding_id: str
    decision: Literal["confirm", "dismiss", "reopen", "comment"]
    text: str
    at: datetime
    by: str = Field(description="label of the reviewer's key 审核人")
    key: str | None = Field(description="id of the reviewer's key 密钥编号")
    finding: DecidedFinding

    model_config = ConfigDict(json_schema_extra={"example": DECISION})


class Decisions(BaseModel):
    """A history of decisions, the first one first."""

    items: list[Decision]


class AuditActor(BaseModel):
    """Who: a key and the address it came from, or a command with the system's user and machine."""

    key: str | None
    role: str
    label: str
    address: str


class AuditEntry(BaseModel):
    """One entry of the audit; `about` says on what."""

    id: str
    at: datetime
    action: Action
    actor: AuditActor
    about: dict[str, str | int]

    model_config = ConfigDict(json_schema_extra={"example": AUDIT_ENTRY})


class AuditPage(BaseModel):
    """A page of the audit, the latest entry first."""

    items: list[AuditEntry]
    next: str | None = Field(None, description="cursor of the next page; null on the last one 下一页游标")


class FindingItem(Finding):
    """A finding with the document it belongs to; `index` counts within the document from 0."""

    document_id: str
    index: int
    finding_id: str = Field(description="the same in every check of the same file; decisions refer to it")
    state: State = Field(description="what the reviewers decided 审核状态")
    decision: Decided | None = Field(None, description="the decision that gave the state 审核意见")
    receipt_number: str
    file_name: str
    region: str | None
    unit_name: str | None
    scope: Scope
    kind: Kind
    fiscal_year: int | None

    model_config = ConfigDict(frozen=True, extra="ignore", json_schema_extra={"example": FINDING})


@dataclass(frozen=True, slots=True, kw_only=True)
class TableItem(Table):
    """A table with all its cells; `index` is the one that findings refer to."""

    __pydantic_config__: ClassVar = {"extra": "ignore"}

    index: int


_TOTAL = Field(description="how many match, over all pages 符合条件的总数", examples=[137])
_NEXT = Field(None, description="cursor of the next page; null on the last one 下一页游标", examples=["41"])


class DocumentPage(BaseModel):
    """A page of documents, the one received last first."""

    total: int = _TOTAL
    items: list[DocumentItem]
    next: str | None = _NEXT


class FindingPage(BaseModel):
    """A page of findings."""

    total: int = _TOTAL
    items: list[FindingItem]
    next: str | None = _NEXT


class DocumentFindings(FindingPage):
    """A page of one document's findings. Before `status` is `stored` an empty page says nothing."""

    document_id: str
    status: Status
    counts: Counts | None = None


class DocumentTables(BaseModel):
    """A page of one document's tables, in the order of the document."""

    document_id: str
    status: Status
    total: int = _TOTAL
    items: list[TableItem]
    next: str | None = _NEXT
