"""Routes of the ledger of duties 报送台账: loading the province's list, and who has filed, late, missing, returned."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from fastapi import Body, FastAPI, Query, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from services.store.duties import STATES, Completeness, Entry, State, completeness, ledger
from services.store.duty_list import COLUMNS, load_duties, read_duties
from services.store.exports.as_xlsx import MEDIA_TYPE, write_xlsx
from services.store.exports.sheets import Kind as ColumnKind
from services.store.exports.sheets import Rows, Sheet
from shared.access import Operator, Reader
from shared.audit import Entry as AuditEntry
from shared.audit import write_audit
from shared.document import Kind
from shared.http_errors import error_responses
from shared.mongo import Database

_TAG = "ledger 报送台账"
MAX_BYTES = 8_000_000
"""Of a list of duties, about 80,000 of them: the largest body that the read API takes."""
_FILES: dict[int | str, dict[str, Any]] = {
    200: {"content": {kind: {"schema": {"type": "string"}} for kind in ("text/csv", MEDIA_TYPE)}}
}


class DutyItem(BaseModel):
    """A duty and what became of it. 报送任务及其办理情况"""

    region: str = Field(examples=["610102"])
    region_name: str
    unit: str = Field(examples=["示例区样板局"])
    scope: str
    kind: str
    year: int
    due: date
    state: State = Field(description="filed 已报, late 迟报, missing 未报, returned 退回, pending 未到期")
    receipt_status: Literal["accepted", "accepted_with_errors", "returned"] | None = Field(
        None, description="已受理, 受理有问题, 退回; null where nothing was filed 未报为空"
    )
    document_id: str | None = None
    receipt_number: str | None = None
    received_at: datetime | None = None
    errors: int = Field(0, description="findings of severity error in the current revision")


class Score(BaseModel):
    """Completeness of a district, 0 to 100, with its parts. 区县完整性得分"""

    region: str
    region_name: str
    score: Decimal | None = Field(description="mean worth of the duties that are due or filed; null where none is")
    duties: int
    filed: int
    late: int
    missing: int
    returned: int
    pending: int
    with_errors: int


class LedgerBody(BaseModel):
    """The ledger as it is now."""

    total: int
    states: dict[State, int]
    scores: list[Score]
    items: list[DutyItem]
    next: str | None = Field(None, description="cursor of the next page; null on the last one 下一页游标")


class LoadedBody(BaseModel):
    """What a list of duties brought."""

    duties: int
    new: int


def add_ledger(app: FastAPI, database: Database) -> None:
    """Add the routes to the application."""
    _add_loading(app, database)
    _add_listing(app, database)


def _add_loading(app: FastAPI, database: Database) -> None:
    @app.post("/ledger", tags=[_TAG], responses=error_responses(400, 413, 503, 507))
    async def load(
        caller: Operator, duties: Annotated[bytes, Body(media_type="text/csv", max_length=MAX_BYTES)]
    ) -> LoadedBody:
        """Load a list of duties (CSV: region,region_name,unit,scope,kind,year,due). 导入报送任务

        A duty that is known gets its new date; duties that the list does not name stay.
        """
        read = read_duties(duties)
        await write_audit(AuditEntry("duties", caller.actor, {"duties": len(read)}), database)
        return LoadedBody(duties=len(read), new=await load_duties(read, database))


def _add_listing(app: FastAPI, database: Database) -> None:
    @app.get("/ledger", tags=[_TAG], responses={**_FILES, **error_responses(400, 503)}, response_model=LedgerBody)
    async def listing(
        caller: Reader,
        region: Annotated[
            str | None, Query(max_length=12, pattern=r"^\d+$", description="code, or its beginning")
        ] = None,
        unit: Annotated[str | None, Query(max_length=200, description="the unit's name contains 单位名称包含")] = None,
        kind: Kind | None = None,
        year: Annotated[int | None, Query(ge=1900, le=2099)] = None,
        state: Annotated[State | None, Query(description="办理情况")] = None,
        form: Annotated[
            Literal["json", "csv", "xlsx"], Query(alias="format", description="csv, xlsx: all of it 整表下载")
        ] = "json",
        limit: Annotated[int, Query(ge=1, le=1000)] = 200,
        cursor: Annotated[int, Query(ge=0, le=10_000_000, description="`next` of the page before")] = 0,
    ) -> LedgerBody | Response:
        """Who must file what by when, who has, who is late; the score of each district. 报送情况与完整性得分"""
        where = {name: value for name, value in (("kind", kind), ("year", year)) if value is not None}
        entries = await ledger({**where, **caller.region_filter}, datetime.now(UTC), database)
        chosen = [
            entry
            for entry in entries
            if entry.duty.region.startswith(region or "") and (unit is None or unit in entry.duty.unit)
        ]
        listed = [entry for entry in chosen if state is None or entry.state == state]
        if form != "json":
            headers = {"Content-Disposition": f'attachment; filename="ledger.{form}"'}
            if form == "xlsx":
                return StreamingResponse(write_xlsx(_sheet(listed)), media_type=MEDIA_TYPE, headers=headers)
            return Response(_as_csv(listed), media_type="text/csv; charset=utf-8", headers=headers)
        return LedgerBody(
            total=len(listed),
            states={name: sum(entry.state == name for entry in chosen) for name in STATES},
            scores=[_score(one) for one in completeness(chosen)],
            items=[_item(entry) for entry in listed[cursor : cursor + limit]],
            next=str(cursor + limit) if cursor + limit < len(listed) else None,
        )


def _item(entry: Entry) -> DutyItem:
    duty = entry.duty
    named = {name: getattr(duty, name) for name in COLUMNS}
    status = None
    if entry.document_id is not None:
        status = "returned" if entry.state == "returned" else "accepted_with_errors" if entry.errors else "accepted"
    return DutyItem(
        **named,
        state=entry.state,
        receipt_status=status,
        document_id=entry.document_id,
        receipt_number=entry.receipt_number,
        received_at=entry.received_at,
        errors=entry.errors,
    )


def _score(one: Completeness) -> Score:
    return Score(
        region=one.region,
        region_name=one.region_name,
        score=one.score,
        duties=one.duties,
        with_errors=one.with_errors,
        **{str(state): count for state, count in one.states.items()},
    )


def _as_csv(entries: Iterable[Entry]) -> bytes:
    """The entries as a spreadsheet opens them: UTF-8 with its mark."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(DutyItem.model_fields)
    for entry in entries:
        writer.writerow(_plain(value) for value in _item(entry).model_dump().values())
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def _sheet(entries: Sequence[Entry]) -> Sheet:
    """The same as one sheet of a spreadsheet."""
    kinds: dict[str, ColumnKind] = dict.fromkeys(DutyItem.model_fields, "text")

    async def rows() -> Rows:
        yield [tuple(_cell(value) for value in _item(entry).model_dump().values()) for entry in entries]

    return Sheet("ledger", {**kinds, "year": "number", "errors": "number"}, rows())


def _cell(value: object) -> str | int | None:
    return value if isinstance(value, int) or value is None else str(value)


def _plain(value: object) -> object:
    """A value as a spreadsheet may have it: no text that it would take for a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") else text
