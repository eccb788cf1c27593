"""`gouji submit` and `gouji status` as a user runs them, against both APIs on the embedded engines."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from callers import key_for
from documents import parsed
from relaying import relay_to
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from verdicts import finding, rejected, validated

from cli.line import Line
from services.ingest.api import Door, create_app
from services.store import query
from services.store.handler import Store, record_event, store_document, store_rejection
from shared.envelope import current_event_time
from shared.events import DocumentReceived, Event
from shared.health import serving
from shared.layouts import load_layouts
from shared.mongo import Database, Files
from shared.records import migrate
from shared.settings import Settings, load_settings


@dataclass
class Ended:
    """A finished command."""

    code: int
    out: str
    err: str


@dataclass
class Stand:
    """Both APIs, and a line that settles what is received by its file's name."""

    url: str
    key: str
    database: Database

    async def gouji(self, *arguments: str, folder: Path | None = None) -> Ended:
        """Run the command in a process of its own."""
        environment = {**os.environ, "GOUJI_URL": self.url, "GOUJI_KEY": self.key, "COLUMNS": "140", "NO_COLOR": "1"}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "cli", *arguments,
            env=environment, cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, err = await process.communicate()
        return Ended(process.returncode or 0, out.decode(), err.decode())


@pytest.fixture
async def stand(settings: Settings) -> AsyncIterator[Stand]:
    async with Database(settings) as database, contextlib.AsyncExitStack() as stack:
        await migrate(database)
        read_api = await stack.enter_async_context(serving(query.create_app(database), "127.0.0.1", 0))
        given = settings.model_copy(update={"query_url": read_api})
        door = Door(given, database, Files(database), lambda: None)
        door.migrated.set()
        upload_api = await stack.enter_async_context(serving(create_app(door), "127.0.0.1", 0))
        settling = asyncio.create_task(settle(database))
        yield Stand(upload_api, await key_for(database), database)
        settling.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await settling


async def settle(database: Database) -> None:
    """Instead of parse and validate: the name of a file says how it ends."""
    store = Store(database, Files(database), load_layouts(), current_event_time)

    async def take(events: Sequence[Event]) -> None:
        for event in events:
            assert isinstance(event, DocumentReceived)
            await record_event(event, store)
            if "locked" in event.file_name:
                await store_rejection(rejected(event), store)
            elif "slow" not in event.file_name:
                await record_event(parsed(event), store)
                findings = [finding("FA-X-SUM-01")] if "wrong" in event.file_name else []
                await store_document(validated(event, findings=findings), store)

    relay = relay_to(take, database, load_settings())
    while True:
        await relay.relay_once()
        await asyncio.sleep(0.05)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("good.pdf", "wrong.pdf", "deep/locked.pdf", "readme.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"%PDF-1.7 " + name.encode())
    return tmp_path


async def test_folder_is_uploaded_followed_and_told_as_tables(stand: Stand, folder: Path) -> None:
    ended = await stand.gouji("submit", str(folder), "--batch", "b1", "--unit", "示例局")
    assert ended.code == 3, ended.err
    assert "readme.txt" in ended.err
    for part in ("good.pdf", "一致", "有误", "2/3", "退回", "本年收入合计印为 12.00", "请去除密码后重新上传"):
        assert part in ended.out
    status = await stand.gouji("status", "b1", "--lang", "en")
    assert "locked.pdf" in status.out
    assert "encrypted_pdf" in status.out


async def test_exit_code_and_json_tell_what_was_found(stand: Stand, folder: Path) -> None:
    good, wrong = folder / "good.pdf", folder / "wrong.pdf"
    assert (await stand.gouji("submit", str(good))).code == 0
    ended = await stand.gouji("submit", "--json", str(good), str(wrong))
    assert ended.code == 1, ended.err
    first, second = [json.loads(line) for line in ended.out.splitlines()]
    assert (first["status"], first["findings"]) == ("stored", [])
    assert first["duplicate_of"].startswith("GJ-")
    assert second["findings"][0]["rule"] == "FA-X-SUM-01"


async def test_status_tells_where_a_file_a_receipt_and_everything_is(stand: Stand, folder: Path) -> None:
    ended = await stand.gouji("submit", "--json", str(folder / "good.pdf"))
    receipt = json.loads(ended.out)["receipt"]
    by_file = await stand.gouji("status", "--json", str(folder / "good.pdf"))
    by_receipt = await stand.gouji("status", "--json", receipt)
    assert by_file.out == by_receipt.out
    assert [stage["stage"] for stage in json.loads(by_file.out)["timeline"]] == [
        "accepted",
        "parsed",
        "validated",
        "stored",
    ]
    overall = json.loads((await stand.gouji("status", "--json")).out)
    assert overall["counts"]["stored"] == 1
    unknown = await stand.gouji("status", "no-such-batch")
    assert unknown.code == 2
    assert "unknown_batch" in unknown.err


async def test_wait_that_takes_too_long_says_how_to_look_later(stand: Stand, tmp_path: Path) -> None:
    (tmp_path / "slow.pdf").write_bytes(b"%PDF-1.7 slow")
    ended = await stand.gouji("submit", str(tmp_path), "--timeout", "0.5", "--batch", "late")
    assert ended.code == 2
    assert "gouji status late" in ended.err
    assert (await stand.gouji("submit", str(tmp_path), "--no-wait")).code == 0


async def test_refused_file_does_not_stop_the_others(stand: Stand, tmp_path: Path) -> None:
    (tmp_path / "good.pdf").write_bytes(b"%PDF-1.7 good")
    (tmp_path / "text.pdf").write_bytes(b"just text")
    ended = await stand.gouji("submit", str(tmp_path), "--lang", "en")
    assert ended.code == 3
    assert "not_a_pdf" in ended.out
    assert "consistent" in ended.out


async def test_nobody_there_is_told_in_both_languages_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.7")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "cli", "submit", str(tmp_path), "--url", url, stderr=asyncio.subprocess.PIPE
    )
    _, err = await process.communicate()
    assert process.returncode == 2
    assert err.decode().count("make up") == 2
    assert url in err.decode()


async def test_folder_without_a_pdf_is_a_mistake_of_usage(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "cli", "submit", str(tmp_path), stderr=asyncio.subprocess.PIPE
    )
    _, err = await process.communicate()
    assert process.returncode == 2
    assert "There is no PDF" in err.decode()


async def test_upload_is_repeated_while_the_line_says_later(tmp_path: Path) -> None:
    answers = iter([503, 503, 202])
    received: list[bytes] = []

    async def documents(request: Request) -> JSONResponse:
        received.append(await request.body())
        status = next(answers)
        busy = {"reason": "database_unavailable", "message_zh": "稍后再试", "message_en": "Try again later"}
        return JSONResponse({"receipt": "GJ-20260101-000001"} if status == 202 else busy, status_code=status)

    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.7" + b"x" * 300_000)
    sent: list[int] = []
    app = Starlette(routes=[Route("/documents", documents, methods=["POST"])])
    async with serving(app, "127.0.0.1", 0) as url, Line(url, "") as line:
        receipt = await line.upload(tmp_path / "a.pdf", {"unit": "示例局"}, sent.append)
    assert receipt == {"receipt": "GJ-20260101-000001"}
    assert len({body.replace(boundary(body), b"") for body in received}) == 1
    assert sum(sent) == 300_008


def boundary(body: bytes) -> bytes:
    """The boundary of a multipart body; every request has another."""
    return body[2:].partition(b"\r\n")[0]


async def test_ctrl_c_says_that_the_uploaded_files_go_on_and_how_to_follow_them(stand: Stand, tmp_path: Path) -> None:
    (tmp_path / "slow.pdf").write_bytes(b"%PDF-1.7 slow")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "cli", "submit", str(tmp_path), "--batch", "cut",
        env={**os.environ, "GOUJI_URL": stand.url, "GOUJI_KEY": stand.key, "COLUMNS": "140"},
        stderr=asyncio.subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a shell's background jobs ignore it
    )  # fmt: skip
    assert process.stderr is not None
    assert b"cut" in await process.stderr.readline()  # it has named its batch: now it uploads and waits
    process.send_signal(signal.SIGINT)
    _, err = await process.communicate()
    assert process.returncode == 130
    assert "gouji status cut" in err.decode()
    assert "Traceback" not in err.decode()
