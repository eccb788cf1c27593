"""The upload API on the embedded engines: what an uploader sees, and what is left behind when things break."""

import asyncio
import contextlib
import hashlib
import socket
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from callers import TEST, bearer, caller, key_for
from documents import WAIT_S, parsed, read_events
from faltering import Faltering
from relaying import relay_of, relay_to
from verdicts import finding, rejected, validated

from services.ingest.api import Door, create_app
from services.ingest.intake import Upload
from services.ingest.outbox import OutboxRelay
from services.ingest.receipts import accept_upload, find_receipt
from services.ingest.sweep import sweep
from services.store.handler import Store, record_event, store_document, store_rejection
from shared.backoff import Backoff
from shared.envelope import current_event_time
from shared.errors import DatabaseUnavailable
from shared.events import DocumentReceived, Event
from shared.health import serving
from shared.kafka import OutboxProducer
from shared.layouts import load_layouts
from shared.mongo import Database, Files
from shared.records import BUCKETS, RECEIPTS
from shared.settings import Settings
from shared.topics import RECEIVED

PDF = b"%PDF-1.7\n" + bytes(range(256)) * 3000


NO_KEY = f"gj_{'0' * 12}_{'x' * 43}"
"""As a key looks."""


def nothing() -> None:
    """Nobody to wake."""


class Pipe:
    """A TCP connection to the database that a test can cut and mend."""

    def __init__(self, url: str) -> None:
        host, _, port = url.removeprefix("mongodb://").partition("/")[0].partition(":")
        self._target = (host, int(port))
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self._port = 0

    @property
    def url(self) -> str:
        return f"mongodb://127.0.0.1:{self._port}/?directConnection=true"

    async def mend(self) -> None:
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        if self._server is not None:
            self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_connection(*self._target)
        self._writers |= {writer, there_writer}
        await asyncio.gather(_copy(reader, there_writer), _copy(there_reader, writer))


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


@pytest.fixture
def door(settings: Settings, database: Database) -> Door:
    opened = Door(settings, database, Files(database), nothing, {"database": database.ping})
    opened.migrated.set()
    return opened


@pytest.fixture
async def api(door: Door, database: Database) -> AsyncIterator[httpx.AsyncClient]:
    async with (
        serving(create_app(door), "127.0.0.1", 0) as url,
        httpx.AsyncClient(base_url=url, timeout=WAIT_S, trust_env=False, headers=await caller(database)) as client,
    ):
        yield client


async def upload(api: httpx.AsyncClient, data: bytes = PDF, name: str = "a.pdf", **fields: str) -> httpx.Response:
    return await api.post("/documents", data=fields, files={"file": (name, data, "application/pdf")})


async def accepted(api: httpx.AsyncClient, data: bytes = PDF, name: str = "a.pdf", **fields: str) -> dict[str, Any]:
    response = await upload(api, data, name, **fields)
    assert response.status_code == 202, response.text
    return dict(response.json())


async def stored_bytes(database: Database) -> dict[str, int]:
    """How many rows the file store holds, by collection."""
    names = [f"{bucket}.{part}" for bucket in BUCKETS for part in ("files", "chunks", "pending")]
    counts = {name: await database[name].count({}) for name in names}
    return {name: count for name, count in counts.items() if count}


async def test_accepted_file_gets_a_receipt_and_can_be_downloaded(api: httpx.AsyncClient, database: Database) -> None:
    receipt = await accepted(api, name="决算公开（汇总）.pdf", unit="示例局", batch_id="b1")
    assert receipt["document_id"] == hashlib.sha256(PDF).hexdigest()
    assert receipt["receipt"].startswith("GJ-")
    assert (receipt["duplicate"], receipt["sequence"], receipt["hints"]["unit"]) == (False, 1, "示例局")
    assert (await api.get(f"/receipts/{receipt['receipt']}")).json() == receipt | {"links": receipt["links"]}

    file = await api.get(receipt["links"]["file"])
    assert file.content == PDF
    assert file.headers["content-disposition"] == (
        f"attachment; filename=\"{'_' * 8}.pdf\"; filename*=UTF-8''%E5%86%B3%E7%AE%97%E5%85%AC%E5%BC%80"
        "%EF%BC%88%E6%B1%87%E6%80%BB%EF%BC%89.pdf"
    )
    head = await api.head(receipt["links"]["file"])
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", str(len(PDF)))
    assert "uploads.pending" not in await stored_bytes(database)


async def test_status_is_accepted_until_the_line_goes_on(api: httpx.AsyncClient) -> None:
    receipt = await accepted(api)
    status = (await api.get(receipt["links"]["status"])).json()
    assert status["status"] == "accepted"
    assert [stage["stage"] for stage in status["timeline"]] == ["accepted"]
    assert status["receipts"] == [receipt["receipt"]]


async def test_same_bytes_again_are_one_document_with_a_linked_receipt(
    api: httpx.AsyncClient, database: Database
) -> None:
    first = await accepted(api)
    before = await stored_bytes(database)
    again = await accepted(api, name="other name.pdf")
    assert again["document_id"] == first["document_id"]
    assert (again["duplicate"], again["duplicate_of"]) == (True, first["receipt"])
    assert again["receipt"] != first["receipt"]
    assert await stored_bytes(database) == before
    assert await database[RECEIPTS.name].count({"pending": True}) == 1
    status = (await api.get(first["links"]["status"])).json()
    assert status["receipts"] == [first["receipt"], again["receipt"]]
    assert status["file_name"] == "a.pdf"


async def test_same_bytes_at_once_are_processed_once(
    settings: Settings, api: httpx.AsyncClient, database: Database
) -> None:
    receipts = await asyncio.gather(*(accepted(api) for _ in range(8)))
    assert Counter(receipt["duplicate"] for receipt in receipts) == {False: 1, True: 7}
    assert len({receipt["receipt"] for receipt in receipts}) == 8
    (first,) = [receipt["receipt"] for receipt in receipts if not receipt["duplicate"]]
    assert {receipt["duplicate_of"] for receipt in receipts if receipt["duplicate"]} == {first}
    assert await database["uploads.files"].count({}) == 1
    published: list[Event] = []

    async def publish(events: Sequence[Event]) -> None:
        published.extend(events)

    await relay_to(publish, database, settings).relay_once()
    assert [event.receipt_number for event in published] == [first]
    assert (await api.get(receipts[0]["links"]["file"])).content == PDF


@pytest.mark.parametrize(
    ("data", "name", "fields", "status", "reason"),
    [
        (b"plain text", "a.pdf", {}, 415, "not_a_pdf"),
        (b"", "a.pdf", {}, 422, "empty_file"),
        (PDF, "../a.pdf", {}, 400, "invalid_file_name"),
        (PDF, "a\nb.pdf", {}, 400, "invalid_file_name"),
        (PDF, "a.pdf", {"password": "x"}, 400, "unknown_field"),
        (PDF, "a.pdf", {"kind": "final"}, 400, "invalid_field"),
        (PDF, "a.pdf", {"year": "never"}, 400, "invalid_field"),
        (PDF + b"x" * 1_100_000, "a.pdf", {}, 413, "file_too_large"),
    ],
)
async def test_wrong_upload_is_refused_at_the_door_in_both_languages(
    door: Door, database: Database, data: bytes, name: str, fields: dict[str, str], status: int, reason: str
) -> None:
    small = Door(door.settings.model_copy(update={"max_file_mb": 1}), database, door.files, nothing)
    small.migrated.set()
    async with (
        serving(create_app(small), "127.0.0.1", 0) as url,
        httpx.AsyncClient(base_url=url, timeout=WAIT_S, trust_env=False, headers=await caller(database)) as client,
    ):
        response = await upload(client, data, name, **fields)
    body = response.json()
    assert (response.status_code, body["reason"]) == (status, reason)
    assert set(body) == {"reason", "message_zh", "message_en"}
    assert await stored_bytes(database) == {}
    assert await database[RECEIPTS.name].count({}) == 0


async def test_upload_without_a_file_or_a_form_is_refused(api: httpx.AsyncClient) -> None:
    missing = await api.post("/documents", files={"unit": (None, "示例局")})
    assert (missing.status_code, missing.json()["reason"]) == (400, "missing_field")
    naked = await api.post("/documents", content=PDF, headers={"content-type": "application/pdf"})
    assert (naked.status_code, naked.json()["reason"]) == (400, "malformed_upload")


async def test_too_large_body_without_a_length_is_stopped_while_it_arrives(door: Door, database: Database) -> None:
    small = Door(door.settings.model_copy(update={"max_file_mb": 1}), database, door.files, nothing)
    small.migrated.set()

    async def endless() -> AsyncIterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n%PDF-1.7'
        for _ in range(40):
            yield b"x" * 100_000

    async with (
        serving(create_app(small), "127.0.0.1", 0) as url,
        httpx.AsyncClient(timeout=WAIT_S, trust_env=False, headers=await caller(database)) as client,
    ):
        headers = {"content-type": "multipart/form-data; boundary=b"}
        response = await client.post(f"{url}/documents", content=endless(), headers=headers)
    assert (response.status_code, response.json()["reason"]) == (413, "file_too_large")
    assert await stored_bytes(database) == {}


async def test_cut_upload_leaves_nothing(api: httpx.AsyncClient, database: Database) -> None:
    url, key = httpx.URL(str(api.base_url)), (await key_for(database)).encode()
    _, writer = await asyncio.open_connection(url.host, url.port)
    head = (
        b"POST /documents HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000\r\nAuthorization: Bearer " + key + b"\r\n"
        b"Content-Type: multipart/form-data; boundary=b\r\n\r\n"
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n'
    )
    writer.write(head + PDF)
    await writer.drain()
    await eventually(lambda: database["uploads.chunks"].count({}))
    writer.close()
    await writer.wait_closed()
    await eventually(lambda: is_empty(database))
    assert await database[RECEIPTS.name].count({}) == 0


async def is_empty(database: Database) -> bool:
    return not await stored_bytes(database)


async def eventually(condition: Any) -> None:
    """Wait until an asynchronous condition holds."""
    async with asyncio.timeout(WAIT_S):
        while not await condition():
            await asyncio.sleep(0.02)


async def test_database_that_is_down_answers_503_and_says_when_to_try_again(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    away = settings.model_copy(update={"mongo_url": f"mongodb://127.0.0.1:{port}/?directConnection=true"})
    async with Database(away) as database:
        door = Door(away, database, Files(database), nothing, {"database": database.ping})
        async with (
            serving(create_app(door), "127.0.0.1", 0) as url,
            httpx.AsyncClient(base_url=url, timeout=WAIT_S, trust_env=False, headers=bearer(NO_KEY)) as client,
        ):
            response = await upload(client)
            ready = await client.get("/readyz")
    assert (response.status_code, response.json()["reason"]) == (503, "database_unavailable")
    assert int(response.headers["retry-after"]) > 0
    assert (ready.status_code, ready.json()["missing"]) == (503, ["database"])


async def test_full_storage_answers_507_and_keeps_nothing(door: Door, database: Database, tmp_path: Path) -> None:
    scarce = {"storage_dir": str(tmp_path), "storage_reserve_mb": 10**9}
    full = Door(door.settings.model_copy(update=scarce), database, door.files, nothing)
    full.migrated.set()
    async with (
        serving(create_app(full), "127.0.0.1", 0) as url,
        httpx.AsyncClient(base_url=url, timeout=WAIT_S, trust_env=False, headers=await caller(database)) as client,
    ):
        response = await upload(client)
    assert (response.status_code, response.json()["reason"]) == (507, "storage_full")
    assert await stored_bytes(database) == {}
    assert await database[RECEIPTS.name].count({}) == 0


async def test_database_that_goes_down_during_an_upload_keeps_nothing_half(
    settings: Settings, database: Database
) -> None:
    pipe = Pipe(settings.mongo_url)
    await pipe.mend()

    async def body() -> AsyncIterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n' + PDF
        await eventually(lambda: database["uploads.chunks"].count({}))
        await pipe.cut()
        yield PDF + b"\r\n--b--\r\n"

    async with Database(settings.model_copy(update={"mongo_url": pipe.url})) as through:
        door = Door(settings, through, Files(through), nothing)
        door.migrated.set()
        async with (
            serving(create_app(door), "127.0.0.1", 0) as url,
            httpx.AsyncClient(base_url=url, timeout=WAIT_S, trust_env=False, headers=await caller(database)) as client,
        ):
            headers = {"content-type": "multipart/form-data; boundary=b"}
            response = await client.post("/documents", content=body(), headers=headers)
            assert (response.status_code, response.json()["reason"]) == (503, "database_unavailable")
            assert await database[RECEIPTS.name].count({}) == 0
            assert await database["uploads.files"].count({}) == 0
            await pipe.mend()
            assert (await accepted(client))["sequence"] == 1
    await pipe.cut()
    # Nobody could tidy up while the database was away; the sweep does, and spares what has a receipt.
    assert await sweep(database, Files(database), older_than=timedelta(0)) == 1
    assert await stored_bytes(database) == {"uploads.files": 1, "uploads.chunks": 3}


async def test_upload_that_dies_at_any_operation_is_accepted_once_when_it_is_sent_again(
    settings: Settings, database: Database
) -> None:
    """Whatever was left behind is swept, and what has a receipt stays readable."""
    files, operations, broke = Files(database), 0, True
    while broke:
        operations += 1
        data = PDF + operations.to_bytes(2, "big")
        async with Faltering(settings, left=operations - 1) as dying:
            with contextlib.suppress(DatabaseUnavailable):
                await accept_upload(await stored(dying, data), TEST, dying, Files(dying))
            broke = dying.broke
        receipt = await accept_upload(await stored(database, data), TEST, database, files)
        first = await find_receipt(receipt.first_number, database)
        assert await database[RECEIPTS.name].count({"document_id": receipt.document_id, "pending": True}) == 1
        await sweep(database, files, older_than=timedelta(0))
        assert first.file is not None
        assert await files.read(first.file) == data
        assert (await stored_bytes(database)).keys() == {"uploads.files", "uploads.chunks"}
        assert await database["uploads.files"].count({}) == operations
    assert operations > 8


async def stored(database: Database, data: bytes) -> Upload:
    """An upload whose file is in the file store and that has no receipt yet."""

    async def whole() -> AsyncIterator[bytes]:
        yield data

    return Upload(await Files(database).put_new("uploads", whole()), "a.pdf")


async def test_sweep_spares_a_file_whose_receipt_is_there(api: httpx.AsyncClient, database: Database) -> None:
    receipt = await accepted(api)
    row = await database["uploads.files"].one({}) or {}
    # As if the process had died between the receipt and settling the file.
    await database["uploads.pending"].insert(
        {"_id": row["_id"], "name": row["filename"], "started_at": row["uploadDate"]}
    )
    assert await sweep(database, Files(database), older_than=timedelta(0)) == 0
    assert (await api.get(receipt["links"]["file"])).content == PDF


async def test_kafka_that_is_down_still_gives_receipts_and_the_events_arrive_afterwards(
    line: Settings, database: Database
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        away = line.model_copy(update={"kafka_servers": f"127.0.0.1:{taken.getsockname()[1]}"})
    stop = asyncio.Event()
    async with OutboxProducer(away) as producer:
        relay = OutboxRelay(database, producer, Backoff.of(away))
        door = Door(line, database, Files(database), relay.wake)
        door.migrated.set()
        running = asyncio.create_task(relay.run(stop))
        async with (
            serving(create_app(door), "127.0.0.1", 0) as url,
            httpx.AsyncClient(base_url=url, timeout=WAIT_S, trust_env=False, headers=await caller(database)) as client,
        ):
            receipts = [await accepted(client, PDF + bytes([number])) for number in range(3)]
            assert (await client.get("/overview")).json()["unpublished"] == 3
        stop.set()
        await running
    async with relay_of(line, database) as relay:
        assert await relay.relay_once() is False
    events = await read_events(line, RECEIVED, 3)
    assert {event.receipt_number for event in events} == {receipt["receipt"] for receipt in receipts}


async def test_batch_tells_how_many_are_where_and_which_failed_and_why(
    api: httpx.AsyncClient, database: Database
) -> None:
    store = Store(database, Files(database), load_layouts(), current_event_time)
    events = []
    for number in range(4):
        await accepted(api, PDF + bytes([number]), f"{number}.pdf", batch_id="folder")
    await accepted(api, PDF + bytes([0]), "0.pdf", batch_id="folder")
    for row in await database[RECEIPTS.name].all({"first": True}, sort=[("sequence", 1)]):
        events.append(DocumentReceived.read(row["event"]))
    await store_document(validated(events[0], findings=[finding("R1")]), store)
    await store_rejection(rejected(events[1]), store)
    await record_event(parsed(events[2]), store)

    batch = (await api.get("/batches/folder")).json()
    assert (batch["receipts"], batch["documents"], batch["done"]) == (5, 4, False)
    assert batch["counts"] == {"stored": 1, "rejected": 1, "parsed": 1, "accepted": 1}
    (failed,) = batch["failed"]
    assert (failed["file_name"], failed["rejection"]["reason"]) == ("1.pdf", "encrypted_pdf")
    stored = batch["members"][0]
    assert (stored["counts"]["errors"], stored["unit_name"], stored["revision"]) == (1, "示例市样板局", 1)
    for event in events[2:]:
        await store_document(validated(event), store)
    assert (await api.get("/batches/folder")).json()["done"] is True

    overview = (await api.get("/overview", params={"latest": 2})).json()
    assert overview["accepted"] == sum(overview["counts"].values()) == 4
    assert [document["file_name"] for document in overview["latest"]] == ["3.pdf", "2.pdf"]
    status = (await api.get(f"/documents/{events[0].document_id}")).json()
    assert [stage["stage"] for stage in status["timeline"]] == ["accepted", "validated", "stored"]


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/documents/nothing", "unknown_document"),
        ("/documents/nothing/file", "unknown_document"),
        ("/batches/nothing", "unknown_batch"),
        ("/receipts/GJ-20260101-000001", "unknown_receipt"),
        ("/nowhere", "unknown_path"),
    ],
)
async def test_what_is_not_there_is_a_404_with_its_reason(api: httpx.AsyncClient, path: str, reason: str) -> None:
    response = await api.get(path)
    assert (response.status_code, response.json()["reason"]) == (404, reason)


async def test_upload_is_described_field_by_field(api: httpx.AsyncClient) -> None:
    description = (await api.get("/openapi.json")).json()
    operation = description["paths"]["/documents"]["post"]
    form = operation["requestBody"]["content"]["multipart/form-data"]["schema"]
    assert set(form["properties"]) == {"file", "region", "unit", "kind", "year", "batch_id", "supersedes"}
    assert {"202", "400", "413", "415", "422", "503", "507"} <= set(operation["responses"])


async def test_probes_and_metrics_tell_what_happened(api: httpx.AsyncClient) -> None:
    await accepted(api)
    assert (await api.get("/healthz")).json() == {"alive": True}
    assert (await api.get("/readyz")).json()["ready"] is True
    assert "gouji_uploads_total" in (await api.get("/metrics")).text
