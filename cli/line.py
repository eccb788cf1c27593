"""The running line as the command line sees it: where it is, and the few requests it takes."""

import asyncio
import contextlib
import io
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import httpx

from cli.collect import printable
from cli.embedded.folder import read_keys, read_state
from shared.errors import GoujiError, LineUnreachable, RefusedByLine
from shared.settings import load_settings

UPLOAD_TRIES = 8
_RETRY_FIRST_S, _RETRY_MOST_S = 0.5, 15.0
_TIMEOUT = httpx.Timeout(60.0, connect=5.0)


def line_url(url: str | None = None) -> str:
    """The upload API: the URL given, else GOUJI_URL, else of the `gouji up` over the data folder, else the default."""
    settings = load_settings()
    state = read_state(settings.data_dir)
    if url is None and "url" not in settings.model_fields_set and state.get("running"):
        url = state.get("api_url")
    return (url or settings.url).rstrip("/")


def line_key(url: str) -> str:
    """The key for the upload API at a URL: GOUJI_KEY, else the operator's of the `gouji up` that runs there, else none.

    The key of this machine's `gouji up` is sent to no other address.
    """
    settings = load_settings()
    if "key" in settings.model_fields_set:
        return settings.key
    if url.replace("//localhost:", "//127.0.0.1:") != read_state(settings.data_dir).get("api_url"):
        return ""
    return read_keys(settings.data_dir).get("operator", "")


def read_api(url: str | None = None) -> tuple[str, str]:
    """The read API and the key for it: the URL given, else GOUJI_QUERY_URL, else that of the running `gouji up`.

    The key is GOUJI_KEY, else the operator's where it is the API of that `gouji up`.
    """
    settings = load_settings()
    state = read_state(settings.data_dir)
    running = state["query_url"] if state.get("running") else ""
    base = (url or settings.query_url or running).rstrip("/")
    if not base:
        raise LineUnreachable(url="GOUJI_QUERY_URL", detail="not set 未设置")
    own = read_keys(settings.data_dir).get("operator", "") if base == running.rstrip("/") else ""
    return base, settings.key if "key" in settings.model_fields_set else own


def query_line(url: str | None = None) -> "Line":
    """A client of the read API, see `read_api`. Raises `LineUnreachable`."""
    return Line(*read_api(url))


class Line:
    """A client of the upload API and, by the links of its answers, of the read API."""

    def __init__(self, url: str, key: str) -> None:
        self.url = url
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._client = httpx.AsyncClient(timeout=_TIMEOUT, trust_env=False, headers=headers)

    async def __aenter__(self) -> "Line":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def check(self) -> None:
        """Return when the line answers. Raises `LineUnreachable`."""
        await self.get("/healthz")

    async def get(self, path: str, **params: str | int) -> Any:
        """The answer to a GET of a path or of a link. Raises `LineUnreachable`, `RefusedByLine`."""
        elsewhere = path.startswith("http")
        with _reaching(path if elsewhere else self.url):
            return _body(await self._client.get(path if elsewhere else self.url + path, params=params))

    async def download(self, path: str, params: Mapping[str, str], file: BinaryIO) -> int:
        """Write the answer to a GET into a file as it comes; its size. Raises `LineUnreachable`, `RefusedByLine`."""
        size = 0
        with _reaching(self.url):
            async with self._client.stream("GET", self.url + path, params=params) as response:
                if not response.is_success:
                    await response.aread()
                    raise _refusal(response)
                async for chunk in response.aiter_bytes():
                    size += file.write(chunk)
        return size

    async def post(
        self, path: str, *, body: Any = None, content: bytes | None = None, content_type: str = "application/json"
    ) -> Any:
        """The answer to a POST of a JSON body or of bytes. Raises `LineUnreachable`, `RefusedByLine`."""
        data = json.dumps(body).encode() if content is None else content
        with _reaching(self.url):
            return _body(await self._client.post(self.url + path, content=data, headers={"Content-Type": content_type}))

    async def upload(self, path: Path, fields: Mapping[str, str], on_bytes: Callable[[int], None]) -> dict[str, Any]:
        """Upload a file; the receipt. While the line is away or its database is, it is tried again.

        `on_bytes` is told how many bytes were sent, and a negative number when sending starts again. Raises
        `LineUnreachable`, `RefusedByLine`.
        """
        for attempt in range(1, UPLOAD_TRIES + 1):
            sent = _Sent(on_bytes)
            try:
                return await self._upload_once(path, fields, sent)
            except (LineUnreachable, RefusedByLine) as error:
                sent.take_back()
                if not passes(error) or attempt == UPLOAD_TRIES:
                    raise
                await asyncio.sleep(min(_RETRY_MOST_S, _RETRY_FIRST_S * 2 ** (attempt - 1)))
        raise AssertionError("the last try returns or raises")

    async def findings(self, link: str) -> list[dict[str, Any]]:
        """All findings behind a receipt's or a status's link. Raises `LineUnreachable`, `RefusedByLine`."""
        found: list[dict[str, Any]] = []
        cursor: dict[str, str] = {}
        while True:
            page = await self.get(link, limit=200, **cursor)
            found += page["items"]
            if page["next"] is None:
                return found
            cursor = {"cursor": page["next"]}

    async def _upload_once(self, path: Path, fields: Mapping[str, str], sent: "_Sent") -> dict[str, Any]:
        with _reaching(self.url), _Watched(path, sent) as file:
            response = await self._client.post(
                f"{self.url}/documents",
                data=dict(fields),
                files={"file": (printable(Path(path.name)), file, "application/pdf")},
            )
        return dict(_body(response))


class _Sent:
    """Counts what one try has sent, so that it can be taken back when the try fails."""

    def __init__(self, on_bytes: Callable[[int], None]) -> None:
        self._on_bytes = on_bytes
        self._count = 0

    def add(self, count: int) -> None:
        self._count += count
        self._on_bytes(count)

    def take_back(self) -> None:
        self._on_bytes(-self._count)


class _Watched(io.FileIO):
    """A file that tells how much of it was read."""

    def __init__(self, path: Path, sent: _Sent) -> None:
        super().__init__(path, "rb")
        self._sent = sent

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(-1 if size is None else size) or b""
        self._sent.add(len(data))
        return data


@contextlib.contextmanager
def _reaching(url: str) -> Iterator[None]:
    try:
        yield
    except httpx.TransportError as error:
        raise LineUnreachable(url=url, detail=str(error) or type(error).__name__) from error


def passes(error: GoujiError) -> bool:
    """True where the same request may succeed later."""
    return isinstance(error, LineUnreachable) or error.details.get("status") == httpx.codes.SERVICE_UNAVAILABLE


def _body(response: httpx.Response) -> Any:
    if response.is_success:
        return response.json()
    raise _refusal(response)


def _refusal(response: httpx.Response) -> RefusedByLine:
    try:
        body = response.json()
        code, zh, en = body["reason"], body["message_zh"], body["message_en"]
    except (ValueError, KeyError, TypeError):
        code, zh = "foreign_answer", f"HTTP {response.status_code}: {response.text[:200]}"
        en = zh
    return RefusedByLine(status=response.status_code, code=code, zh=zh, en=en)
