"""ETag and If-None-Match on every JSON answer of the read API: who asks again is told when nothing has changed."""

import hashlib

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Tags:
    """Gives each whole JSON answer a tag of its content, and answers 304 to a request that names it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            await self._app(scope, receive, send)
            return
        answer = _Answer(Headers(scope=scope).get("if-none-match", ""), send)
        await self._app(scope, receive, answer)


class _Answer:
    """Holds an answer back while it may get a tag; a long one that is streamed goes through as it comes."""

    def __init__(self, known: str, send: Send) -> None:
        self._known = {tag.strip().removeprefix("W/") for tag in known.split(",")}
        self._send = send
        self._start: Message | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _may_be_tagged(message):
            self._start = message
            return
        if self._start is not None:
            start, self._start = self._start, None
            if not message.get("more_body"):
                await self._tagged(start, message)
                return
            await self._send(start)
        await self._send(message)

    async def _tagged(self, start: Message, message: Message) -> None:
        tag = f'"{hashlib.sha256(message.get("body", b"")).hexdigest()[:32]}"'
        headers = MutableHeaders(raw=list(start["headers"]))
        headers["ETag"] = tag
        headers["Cache-Control"] = "private, no-cache"
        unchanged = tag in self._known
        if unchanged:
            del headers["content-length"]
        await self._send({**start, "status": 304 if unchanged else start["status"], "headers": headers.raw})
        await self._send({**message, "body": b"" if unchanged else message.get("body", b"")})


def _may_be_tagged(start: Message) -> bool:
    kind = Headers(raw=start["headers"]).get("content-type", "")
    return start["status"] == 200 and kind.startswith("application/json")
