"""Health, readiness and metrics over HTTP, and a small server for them that leaves the signals alone."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Mapping

import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from shared.errors import GoujiError, PortTaken
from shared.metrics import READY, REGISTRY

Check = Callable[[], Awaitable[None]]
"""Asks one dependency whether it answers; raises a `GoujiError` (or `OSError`) where it does not."""

_CHECK_SECONDS = 3.0


def probe_routes(readiness: Mapping[str, Check]) -> list[Route]:
    """The routes /healthz (the process lives), /readyz (names the missing dependency, 503) and /metrics."""

    async def healthz(_request: Request) -> Response:
        return JSONResponse({"alive": True})

    async def readyz(_request: Request) -> Response:
        names = list(readiness)
        answers = dict(zip(names, await asyncio.gather(*(_ask(readiness[name]) for name in names)), strict=True))
        for name, answer in answers.items():
            READY.labels(dependency=name).set(answer == "ok")
        missing = [name for name, answer in answers.items() if answer != "ok"]
        body = {"ready": not missing, "missing": missing, "dependencies": answers}
        return JSONResponse(body, status_code=503 if missing else 200)

    async def metrics(_request: Request) -> Response:
        return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)

    return [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)]


async def _ask(check: Check) -> str:
    try:
        async with asyncio.timeout(_CHECK_SECONDS):
            await check()
    except GoujiError as error:
        return str(error)
    except TimeoutError:
        return f"没有在 {_CHECK_SECONDS:g} 秒内回答 / no answer within {_CHECK_SECONDS:g} s"
    except OSError as error:
        return str(error)
    return "ok"


def probe_app(readiness: Mapping[str, Check]) -> ASGIApp:
    """The application of a service that has no API of its own: only the probes."""
    return Starlette(routes=probe_routes(readiness))


class _Server(uvicorn.Server):
    """Uvicorn without its signal handlers: the service decides when the server stops."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


@contextlib.asynccontextmanager
async def serving(app: ASGIApp, host: str, port: int, *, grace_s: float = 5.0) -> AsyncIterator[str]:
    """Serve `app` while the block runs; gives its base URL. Port 0 takes a free one.

    Requests under way at the end get `grace_s` seconds. Raises `PortTaken`.
    """
    listener = _listen(host, port)
    config = uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=max(1, round(grace_s)))
    server = _Server(config)
    running = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        while not server.started and not running.done():  # noqa: ASYNC110  uvicorn tells by a flag only
            await asyncio.sleep(0.01)
        if running.done():
            running.result()
        yield f"http://{host}:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await running
        listener.close()


def _listen(host: str, port: int) -> socket.socket:
    try:
        listener = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
        # Connections inherit it. asyncio sets it only on sockets made with a protocol number, which this one is not;
        # without it the body of an answer waits some 40 ms for the client to acknowledge the head.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return listener
    except OSError as error:
        raise PortTaken(port=f"{host}:{port} ({error.strerror})") from error
