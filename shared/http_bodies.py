"""Bodies of requests: how much of one is taken, and what becomes of the rest when the request is refused."""

import asyncio
import contextlib

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_TOO_LARGE = 413
_REFUSED = 400
_DRAIN_BYTES = 32_000_000
_DRAIN_S = 10.0


class BodiesReadToTheEnd:
    """Before a refusal is sent, reads on for a while: a client that sends first then sees the answer, not a reset.

    A body above `max_bytes` is refused with 413 as it arrives.
    """

    def __init__(self, app: ASGIApp, max_bytes: int | None = None) -> None:
        self._app = app
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] == "GET" or b"expect" in dict(scope["headers"]):
            await self._app(scope, receive, send)
            return
        unread, taken = True, 0

        async def receive_counting() -> Message:
            nonlocal unread, taken
            message = await receive()
            unread = message["type"] == "http.request" and bool(message.get("more_body"))
            taken += len(message.get("body", b""))
            if self._max_bytes is not None and taken > self._max_bytes:
                raise HTTPException(_TOO_LARGE)
            return message

        async def send_afterwards(message: Message) -> None:
            if unread and message["type"] == "http.response.start" and message["status"] >= _REFUSED:
                await _drain(receive)
            await send(message)

        await self._app(scope, receive_counting, send_afterwards)


async def _drain(receive: Receive) -> None:
    left = _DRAIN_BYTES
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_DRAIN_S):
            while left > 0:
                message = await receive()
                left -= len(message.get("body", b""))
                if not message.get("more_body"):
                    return
