"""Routes of the read API that hand out files: lines and findings of many documents, and one document's tables."""

from collections.abc import AsyncIterator, Callable
from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from services.store.bodies import TableItem
from services.store.exports import as_csv, as_parquet, as_xlsx
from services.store.exports.forms import write_forms
from services.store.exports.sheets import Sheet, findings_sheet, lines_sheet
from services.store.parameters import DocumentId, Region, Rule, SeverityOf, TableTypeOf, Unit, Year
from services.store.reading import Page, document_filters, one_document, tables_of
from shared.access import Reader
from shared.document import Kind
from shared.http_errors import error_responses
from shared.mongo import Database
from shared.sight import check_sight, sight_of


class Format(StrEnum):
    """What an export may be written as."""

    csv = "csv"
    xlsx = "xlsx"
    parquet = "parquet"


_WRITERS: dict[Format, tuple[Callable[[Sheet], AsyncIterator[bytes]], str]] = {
    Format.csv: (as_csv.write_csv, as_csv.MEDIA_TYPE),
    Format.xlsx: (as_xlsx.write_xlsx, as_xlsx.MEDIA_TYPE),
    Format.parquet: (as_parquet.write_parquet, as_parquet.MEDIA_TYPE),
}
FormatOf = Annotated[Format, Query(alias="format", description="csv, xlsx, parquet 文件格式")]
KindOf = Annotated[Kind | None, Query(description="决算 final_accounts, 预算 budget")]
_FILES: dict[int | str, dict[str, Any]] = {
    200: {"content": {media.partition(";")[0]: {} for _, media in _WRITERS.values()}, "description": "the file 文件"}
}
_WORKBOOK: dict[int | str, dict[str, Any]] = {
    200: {"content": {as_xlsx.MEDIA_TYPE: {}}, "description": "the workbook 工作簿"}
}


def export_routes(database: Database) -> APIRouter:
    """The routes over a database."""
    router = APIRouter(tags=["export 导出"], prefix="/export")

    @router.get("/lines", response_class=StreamingResponse, responses={**error_responses(400, 503), **_FILES})
    async def export_lines(
        caller: Reader,
        format_: FormatOf = Format.csv,
        region: Region = None,
        unit: Unit = None,
        year: Year = None,
        kind: KindOf = None,
        table_type: TableTypeOf = None,
    ) -> StreamingResponse:
        """Every amount of the current revisions, as a file. 导出数据行"""
        where = document_filters(unit=unit, severity=None, region=region, fiscal_year=year, kind=kind)
        return _file(lines_sheet(where, table_type, await sight_of(caller, database), database), format_)

    @router.get("/findings", response_class=StreamingResponse, responses={**error_responses(400, 503), **_FILES})
    async def export_findings(
        caller: Reader,
        format_: FormatOf = Format.csv,
        region: Region = None,
        unit: Unit = None,
        year: Year = None,
        kind: KindOf = None,
        rule: Rule = None,
        severity: SeverityOf = None,
    ) -> StreamingResponse:
        """Every finding of the current revisions, as a file. 导出核对结果"""
        where = document_filters(unit=unit, severity=severity, region=region, fiscal_year=year, kind=kind)
        wanted = {name: value for name, value in (("rule", rule), ("severity", severity)) if value is not None}
        return _file(findings_sheet(where, wanted, await sight_of(caller, database), database), format_)

    @router.get(
        "/documents/{document_id}",
        response_class=StreamingResponse,
        responses={**error_responses(404, 503), **_WORKBOOK},
    )
    async def export_document(caller: Reader, document_id: DocumentId) -> StreamingResponse:
        """One document's tables as a workbook, a sheet a table, as the standard forms look. 按表导出一份文件"""
        await check_sight(document_id, caller, database)
        document = await one_document(document_id, await sight_of(caller, database), database)
        body = write_forms(_tables(document_id, database), document.unit_name)
        return _attachment(body, f"{document_id[:12]}.xlsx", as_xlsx.MEDIA_TYPE)

    return router


async def _tables(document_id: str, database: Database) -> AsyncIterator[TableItem]:
    cursor = None
    while True:
        page = await tables_of(document_id, None, Page(20, cursor), database)
        for table in page.items:
            yield table
        cursor = page.next
        if cursor is None:
            return


def _file(sheet: Sheet, format_: Format) -> StreamingResponse:
    write, media = _WRITERS[format_]
    return _attachment(write(sheet), f"{sheet.name}.{format_.value}", media)


def _attachment(body: AsyncIterator[bytes], name: str, media: str) -> StreamingResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(body, media_type=media, headers=headers)
