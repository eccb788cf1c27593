"""The upload API: documents in, receipts out, and where each document is."""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import quote

from fastapi import Depends, FastAPI, Path, Query, Request
from fastapi.responses import RedirectResponse, StreamingResponse
from starlette.requests import ClientDisconnect

from services.ingest.bodies import BatchStatus, DocumentStatus, Overview, ReceiptBody
from services.ingest.describe import DESCRIPTION, DOCUMENT_ID, TAGS, UPLOAD_REQUEST
from services.ingest.intake import Upload, check_length, receive_upload
from services.ingest.links import links_to
from services.ingest.receipts import Receipt, accept_upload, find_receipt, receipts_where
from services.ingest.space import check_space
from services.ingest.status import batch_status, document_status, overview_of, receipt_body
from services.ingest.superseded import resolve_superseded
from shared.access import Caller, Reader, Uploader, protect
from shared.errors import (
    BadRequest,
    DatabaseUnavailable,
    GoujiError,
    PayloadMissing,
    StorageFull,
    UnknownDocument,
    UploadCut,
)
from shared.health import Check, probe_routes
from shared.http_errors import answer_errors, error_responses, refuse_unknown_parameters
from shared.metrics import DOCUMENTS, REFUSALS, UPLOAD_BYTES, UPLOADS
from shared.mongo import Database, Files
from shared.records import UPLOADS_BUCKET
from shared.settings import Settings

UPLOAD_LIMIT_S = 3600.0
"""An upload that takes longer is cut; the sweep of unfinished uploads relies on it."""


@dataclass(frozen=True)
class Door:
    """What the routes need. `migrated` is set when the indexes are there; no upload is taken before."""

    settings: Settings
    database: Database
    files: Files
    wake_relay: Callable[[], None]
    readiness: dict[str, Check] = field(default_factory=dict)
    migrated: asyncio.Event = field(default_factory=asyncio.Event)


def create_app(door: Door) -> FastAPI:
    """The application with all its routes."""
    app = FastAPI(
        title="Gouji 勾稽 · upload",
        description=DESCRIPTION,
        openapi_tags=TAGS,
        version="1",
        dependencies=[Depends(refuse_unknown_parameters)],
    )
    _add_upload(app, door)
    _add_lookups(app, door)
    _add_file(app, door)
    app.add_api_route("/", _to_docs, include_in_schema=False)
    app.router.routes.extend(probe_routes(door.readiness))
    answer_errors(app)
    protect(app, door.database)
    return app


def _add_upload(app: FastAPI, door: Door) -> None:
    @app.post(
        "/documents",
        status_code=202,
        tags=["upload 上传"],
        summary="Upload a disclosure 上传公开文件",
        openapi_extra=UPLOAD_REQUEST,
        responses=error_responses(400, 404, 413, 415, 422, 503, 507),
    )
    async def upload(request: Request, caller: Uploader) -> ReceiptBody:
        """Accepted (202) once the file and its receipt are durable; the rest happens by itself, see the links.

        The document belongs to the region of the key; `region` may name a part of it by its code.

        文件与回执落盘后即返回 202，其后自动读取、核对、入库。
        同一文件再次上传：同一 document_id，新回执指向首个回执，不重复处理。
        """
        receipt = await _take_in(request, caller, door)
        UPLOADS.labels(outcome="duplicate" if receipt.duplicate else "accepted").inc()
        UPLOAD_BYTES.inc(receipt.size)
        if not receipt.duplicate:
            DOCUMENTS.labels(stage="accepted").inc()
            door.wake_relay()
        return _body(receipt, request, door)


def _add_lookups(app: FastAPI, door: Door) -> None:
    @app.get("/documents/{document_id}", tags=["status 状态"], responses=error_responses(404, 503))
    async def document(request: Request, caller: Reader, document_id: str = DOCUMENT_ID) -> DocumentStatus:
        """Where a document is: status, timeline, receipts, counts of findings. 查询文件状态与处理进度"""
        return await document_status(document_id, caller, links_to(document_id, request, door.settings), door.database)

    @app.get("/overview", tags=["status 状态"], responses=error_responses(400, 503))
    async def overview(request: Request, caller: Reader, latest: int = Query(10, ge=0, le=100)) -> Overview:
        """How many documents are where, and the latest receipts. 总览：各状态数量与最近受理的文件"""
        return await overview_of(latest, caller, lambda key: links_to(key, request, door.settings), door.database)

    @app.get("/batches/{batch_id}", tags=["status 状态"], responses=error_responses(404, 503))
    async def batch(
        request: Request, caller: Reader, batch_id: str = Path(examples=["2024-finance-bureau"])
    ) -> BatchStatus:
        """A folder's uploads: counts by status, and which failed and why. 批次：各状态数量与失败清单"""
        return await batch_status(batch_id, caller, lambda key: links_to(key, request, door.settings), door.database)

    @app.get("/receipts/{number}", tags=["status 状态"], responses=error_responses(404, 503))
    async def receipt(
        request: Request, caller: Reader, number: str = Path(examples=["GJ-20260312-000042"])
    ) -> ReceiptBody:
        """A receipt by its number. 按回执号查询"""
        return _body(await find_receipt(number, door.database, caller.region_filter), request, door)


def _add_file(app: FastAPI, door: Door) -> None:
    @app.get(
        "/documents/{document_id}/file",
        tags=["status 状态"],
        response_class=StreamingResponse,
        responses={200: {"content": {"application/pdf": {}}}, **error_responses(404, 503)},
    )
    async def file(caller: Reader, document_id: str = DOCUMENT_ID) -> StreamingResponse:
        """The file as it was uploaded, byte by byte. 下载原件"""
        receipts = await receipts_where({"document_id": document_id}, door.database)
        own = [receipt for receipt in receipts if caller.sees(receipt.region_code)]
        ref = next((receipt.file for receipt in receipts if receipt.file is not None), None)
        if not own or ref is None:
            raise UnknownDocument(document_id=document_id)
        if await door.files.find(ref.bucket, ref.name) is None:
            raise PayloadMissing(reference=f"{ref.bucket}/{ref.name}")
        headers = {
            "Content-Length": str(ref.size),
            "Content-Disposition": _attachment(own[0].file_name),
            "ETag": f'"{document_id}"',
            "X-Content-Type-Options": "nosniff",
        }
        return StreamingResponse(door.files.stream(ref), media_type="application/pdf", headers=headers)


async def _take_in(request: Request, caller: Caller, door: Door) -> Receipt:
    """Receive and accept one upload; what is refused is counted by its reason."""
    try:
        return await _receive_and_accept(request, caller, door)
    except GoujiError as error:
        UPLOADS.labels(outcome="refused").inc()
        REFUSALS.labels(reason=error.reason).inc()
        raise


async def _receive_and_accept(request: Request, caller: Caller, door: Door) -> Receipt:
    max_bytes, announced = door.settings.max_file_mb * 1_000_000, request.headers.get("content-length")
    check_length(announced, max_bytes)
    check_space(door.settings, announced)
    await door.database.ping()
    if not door.migrated.is_set():
        raise DatabaseUnavailable(detail="starting 正在启动")
    try:
        async with asyncio.timeout(UPLOAD_LIMIT_S):
            upload = await receive_upload(
                request.stream(),
                request.headers.get("content-type", ""),
                put=lambda chunks: door.files.put_new(UPLOADS_BUCKET, chunks),
                discard=door.files.discard,
                max_bytes=max_bytes,
                region_of=caller.region_of_upload,
            )
    except (ClientDisconnect, TimeoutError) as error:
        raise UploadCut from error
    return await _accept(upload, caller, door)


async def _accept(upload: Upload, caller: Caller, door: Door) -> Receipt:
    try:
        upload.hints = await resolve_superseded(upload.hints, caller, door.database)
        return await accept_upload(upload, caller.actor, door.database, door.files)
    except (StorageFull, BadRequest):
        # Known not to be written, unlike after a broken connection: the file need not wait for the sweep.
        with contextlib.suppress(DatabaseUnavailable, StorageFull):
            await door.files.discard(upload.file)
        raise


def _body(receipt: Receipt, request: Request, door: Door) -> ReceiptBody:
    return receipt_body(receipt, links_to(receipt.document_id, request, door.settings, receipt.batch_id))


def _attachment(file_name: str) -> str:
    """A Content-Disposition that keeps the original name (RFC 6266, RFC 5987) and cannot break out of the header."""
    plain = "".join(c if c.isascii() and c.isprintable() and c not in '"\\;%' else "_" for c in file_name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(file_name, safe='')}"


async def _to_docs() -> RedirectResponse:
    return RedirectResponse("/docs")
