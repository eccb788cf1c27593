"""The read API, a process of its own: documents, their tables and findings, with filters and pages."""

import logging
from typing import Annotated

from fastapi import Depends, FastAPI, Path, Query
from fastapi.responses import RedirectResponse

from services.store.across.rulebook import load_across_rules
from services.store.bodies import (
    DocumentDetail,
    DocumentFindings,
    DocumentPage,
    DocumentTables,
    FindingPage,
    Status,
    TableItem,
)
from services.store.etags import Tags
from services.store.export_routes import export_routes
from services.store.ledger import MAX_BYTES, add_ledger
from services.store.line_routes import line_routes, total_routes
from services.store.parameters import (
    BatchId,
    Cursor,
    DocumentId,
    Limit,
    Region,
    Rule,
    SeverityOf,
    StateOf,
    TableType,
    Unit,
    Year,
)
from services.store.reading import (
    Page,
    all_findings,
    document_filters,
    findings_of,
    list_documents,
    one_document,
    one_table,
    tables_of,
)
from services.store.reviewing import add_reviewing
from services.store.revisions import add_revisions
from shared.access import Reader, protect
from shared.document import Kind
from shared.health import probe_routes, serving
from shared.http_errors import answer_errors, error_responses, refuse_unknown_parameters
from shared.lifetime import stop_requested
from shared.logs import setup_logs
from shared.mongo import Database
from shared.settings import Settings
from shared.sight import check_sight, sight_of

DESCRIPTION = """\
What Gouji has read and found. Follow `next` as `cursor` to the following page; `total` counts all pages.
An answer's `ETag`, sent back as `If-None-Match`, gets 304 while nothing has changed.

查询已入库的文件、表格与核对结果。翻页：把 `next` 作为 `cursor` 传入；`total` 为总数。
把 `ETag` 作为 `If-None-Match` 传回，未变化时返回 304。
每个错误都返回 `reason`、`message_zh`、`message_en`。
"""

_logger = logging.getLogger(__name__)


async def serve(settings: Settings) -> None:
    """Run until SIGTERM; then finish the requests under way."""
    setup_logs("query", settings)
    stop = stop_requested()
    async with (
        Database(settings) as database,
        serving(create_app(database), settings.host, settings.port, grace_s=settings.drain_timeout_s) as url,
    ):
        _logger.info("query listens on %s", url)
        await stop.wait()


def create_app(database: Database) -> FastAPI:
    """The application with all its routes."""
    app = FastAPI(
        title="Gouji 勾稽 · query",
        description=DESCRIPTION,
        version="1",
        dependencies=[Depends(refuse_unknown_parameters)],
    )
    _add_documents(app, database)
    _add_contents(app, database)
    _add_findings(app, database)
    add_reviewing(app, database)
    add_revisions(app, database, load_across_rules())
    app.include_router(line_routes(database))
    app.include_router(total_routes(database))
    app.include_router(export_routes(database))
    add_ledger(app, database)
    app.add_api_route("/", _to_docs, include_in_schema=False)
    app.router.routes.extend(probe_routes({"database": database.ping}))
    answer_errors(app, max_body_bytes=MAX_BYTES)
    app.add_middleware(Tags)
    protect(app, database)
    return app


def _add_documents(app: FastAPI, database: Database) -> None:
    @app.get("/documents", tags=["documents 文件"], responses=error_responses(400, 404, 503))
    async def documents(
        caller: Reader,
        region: Region = None,
        unit: Unit = None,
        kind: Annotated[Kind | None, Query(description="决算 final_accounts, 预算 budget")] = None,
        year: Year = None,
        status: Annotated[Status | None, Query(description="how far it has come 状态")] = None,
        severity: SeverityOf = None,
        batch_id: BatchId = None,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> DocumentPage:
        """Documents, the one received last first. `severity` keeps those with such a finding. 文件列表"""
        where = document_filters(
            unit=unit, severity=severity, region=region, kind=kind, fiscal_year=year, status=status
        )
        return await list_documents(where, batch_id, Page(limit, cursor), await sight_of(caller, database), database)

    @app.get("/documents/{document_id}", tags=["documents 文件"], responses=error_responses(404, 503))
    async def document(caller: Reader, document_id: DocumentId) -> DocumentDetail:
        """One document: what it is, its verdict by rule, its catalogue, what was hard to read. 文件详情"""
        await check_sight(document_id, caller, database)
        return await one_document(document_id, await sight_of(caller, database), database)


def _add_contents(app: FastAPI, database: Database) -> None:
    @app.get("/documents/{document_id}/tables", tags=["tables 表格"], responses=error_responses(400, 404, 503))
    async def tables(
        caller: Reader,
        document_id: DocumentId,
        type_: TableType = None,
        limit: Annotated[int, Query(ge=1, le=50, description="tables of a page 每页表数")] = 20,
        cursor: Cursor = None,
    ) -> DocumentTables:
        """A document's tables as read, with page and box of every cell. 文件中的表格"""
        await check_sight(document_id, caller, database)
        return await tables_of(document_id, type_, Page(limit, cursor), database)

    @app.get("/documents/{document_id}/tables/{index}", tags=["tables 表格"], responses=error_responses(400, 404, 503))
    async def table(
        caller: Reader,
        document_id: DocumentId,
        index: Annotated[int, Path(ge=0, le=999_999, description="from 0 从 0 起", examples=[3])],
    ) -> TableItem:
        """One table. 单张表格"""
        await check_sight(document_id, caller, database)
        return await one_table(document_id, index, database)


def _add_findings(app: FastAPI, database: Database) -> None:
    @app.get("/documents/{document_id}/findings", tags=["findings 核对结果"], responses=error_responses(400, 404, 503))
    async def document_findings(
        caller: Reader,
        document_id: DocumentId,
        severity: SeverityOf = None,
        rule: Rule = None,
        state: StateOf = None,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> DocumentFindings:
        """What does not agree in a document, with page and cell. 一份文件的核对结果"""
        await check_sight(document_id, caller, database)
        filters = {"severity": severity, "rule": rule, "state": state}
        return await findings_of(document_id, filters, Page(limit, cursor), await sight_of(caller, database), database)

    @app.get("/findings", tags=["findings 核对结果"], responses=error_responses(400, 503))
    async def findings(
        caller: Reader,
        rule: Rule = None,
        severity: SeverityOf = None,
        region: Region = None,
        year: Year = None,
        state: StateOf = None,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> FindingPage:
        """Findings over all current documents. 全部文件的核对结果（仅最新版本）"""
        filters = {"rule": rule, "severity": severity, "region": region, "fiscal_year": year, "state": state}
        return await all_findings(filters, Page(limit, cursor), await sight_of(caller, database), database)


async def _to_docs() -> RedirectResponse:
    return RedirectResponse("/docs")
