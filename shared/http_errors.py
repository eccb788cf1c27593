"""The one shape of every error over HTTP: a reason code and what to do next, in Chinese and English."""

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.errors import (
    BadRequest,
    GoujiError,
    InvalidField,
    KeyMissing,
    MethodNotAllowed,
    NotAllowed,
    RequestTooLarge,
    RoleRefused,
    TransientError,
    UnknownField,
    UnknownPath,
)
from shared.http_bodies import BodiesReadToTheEnd
from shared.metrics import NOT_ALLOWED

RETRY_AFTER_S = 5


class ErrorBody(BaseModel):
    """What went wrong and what to do next. 出了什么问题、下一步怎么办"""

    reason: str
    message_zh: str
    message_en: str

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "reason": "unknown_document",
                "message_zh": "没有编号为 3f2a… 的文件。请核对上传回执中的 document_id。",
                "message_en": "There is no document 3f2a…. Check the document_id on the upload's receipt.",
            }
        }
    )


def error_body(error: GoujiError) -> dict[str, str]:
    """The body of an error's answer."""
    return {"reason": error.reason, "message_zh": error.message_zh, "message_en": error.message_en}


def error_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that may answer with these error statuses, for OpenAPI.

    Every route may answer with 400, and with 401 and 403 for its key.
    """
    always = (BadRequest.status, KeyMissing.status, RoleRefused.status)
    return {status: {"model": ErrorBody} for status in (*always, *statuses)}


def refuse_unknown_parameters(request: Request) -> None:
    """Raise `UnknownField` for a query parameter that the route does not take: a misspelt filter filters nothing."""
    known = [parameter.alias for parameter in request.scope["route"].dependant.query_params]
    for name in request.query_params:
        if name not in known:
            raise UnknownField(field=name[:80], allowed=", ".join(known) or "无 none")


def answer_errors(app: FastAPI, max_body_bytes: int | None = None) -> None:
    """Make every error of an application answer in the one shape; a transient one says when to try again.

    A body above `max_body_bytes` is refused as it arrives.
    """

    async def refuse(_request: Request, error: Exception) -> JSONResponse:
        if isinstance(error, NotAllowed):
            NOT_ALLOWED.labels(reason=error.reason).inc()
        return _answer(error if isinstance(error, GoujiError) else GoujiError())

    async def refuse_route(request: Request, error: Exception) -> JSONResponse:
        status = error.status_code if isinstance(error, HTTPException) else 404
        if status == MethodNotAllowed.status:
            allowed = (error.headers or {}) if isinstance(error, HTTPException) else {}
            return _answer(MethodNotAllowed(method=request.method, path=request.url.path), dict(allowed))
        if status == RequestTooLarge.status:
            return _answer(RequestTooLarge())
        if status == InvalidField.status:
            return _answer(InvalidField(field="body", detail="cannot be read 无法读取"))
        return _answer(UnknownPath(path=request.url.path))

    async def refuse_parameter(_request: Request, error: Exception) -> JSONResponse:
        first = error.errors()[0] if isinstance(error, RequestValidationError) else {"loc": ("?",), "msg": "?"}
        return _answer(InvalidField(field=str(first["loc"][-1]), detail=str(first["msg"])))

    app.add_exception_handler(GoujiError, refuse)
    app.add_exception_handler(Exception, refuse)
    app.add_exception_handler(HTTPException, refuse_route)
    app.add_exception_handler(RequestValidationError, refuse_parameter)
    app.add_middleware(HeadRequests)
    app.add_middleware(BodiesReadToTheEnd, max_bytes=max_body_bytes)


def _answer(error: GoujiError, headers: dict[str, str] | None = None) -> JSONResponse:
    answer = JSONResponse(error_body(error), status_code=error.status, headers=headers)
    if isinstance(error, TransientError):
        answer.headers["Retry-After"] = str(RETRY_AFTER_S)
    if error.status == KeyMissing.status:
        answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


class HeadRequests:
    """Answers HEAD wherever GET is answered, without the body."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def send_without_body(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        await self._app({**scope, "method": "GET"}, receive, send_without_body)
