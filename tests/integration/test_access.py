"""What each kind of key opens, over both APIs on the embedded database."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest
from callers import TEST, bearer, key_for
from relaying import relay_to
from verdicts import finding, validated

from services.ingest.api import Door
from services.ingest.api import create_app as upload_api
from services.store.handler import Store, record_event, store_document
from services.store.query import create_app as read_api
from shared.access import routes_with_roles
from shared.envelope import current_event_time
from shared.errors import KeyRevoked
from shared.events import DocumentReceived, Event
from shared.keys import FRESH_S, Keyring, Role, add_key, list_keys, revoke_key
from shared.layouts import load_layouts
from shared.mongo import Database, Files
from shared.records import AUDIT, KEYS
from shared.settings import Settings

HERE, THERE = "610112", "610204"


@dataclass
class Line:
    """Both APIs over one database, and a store that takes everything that was uploaded."""

    database: Database
    apis: dict[str, httpx.AsyncClient]
    routes: list[tuple[str, str]]
    """API and path of everything that a district may GET."""

    async def ask(self, api: str, path: str, key: str, **params: Any) -> httpx.Response:
        return await self.apis[api].get(path, params=params, headers=bearer(key))

    async def upload(self, key: str, name: str, **fields: str) -> httpx.Response:
        file = {"file": (f"{name}.pdf", b"%PDF-1.7 " + name.encode(), "application/pdf")}
        return await self.apis["upload"].post("/documents", files=file, data=fields, headers=bearer(key))

    async def store_all(self) -> None:
        store = Store(self.database, Files(self.database), load_layouts(), current_event_time)

        async def take(events: list[Event]) -> None:
            for event in events:
                assert isinstance(event, DocumentReceived)
                await record_event(event, store)
                await store_document(validated(event, findings=[finding("FA-X-SUM-01")]), store)

        await relay_to(take, self.database, Settings()).relay_once()


@pytest.fixture
async def line(settings: Settings, database: Database) -> AsyncIterator[Line]:
    door = Door(settings, database, Files(database), lambda: None)
    door.migrated.set()
    async with contextlib.AsyncExitStack() as stack:
        apis, routes = {}, []
        for name, app in (("upload", upload_api(door)), ("read", read_api(database))):
            client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=f"http://{name}")
            apis[name] = await stack.enter_async_context(client)
            found = routes_with_roles(app)
            routes += [(name, path) for path, methods, roles in found if "GET" in methods and "district" in roles]
        yield Line(database, apis, routes)


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ({}, "key_missing"),
        ({"Authorization": "Basic Z2o6Z2o="}, "key_missing"),
        ({"Authorization": "Bearer gj_1_2"}, "key_refused"),
        (bearer(f"gj_{'0' * 12}_{'x' * 43}"), "key_refused"),
    ],
)
async def test_request_without_a_valid_key_is_refused_with_its_reason(
    line: Line, header: dict[str, str], reason: str
) -> None:
    for api, path in (("upload", "/overview"), ("read", "/findings"), ("read", "/documents")):
        answer = await line.apis[api].get(path, headers=header)
        assert (answer.status_code, answer.json()["reason"]) == (401, reason)
        assert answer.headers["www-authenticate"] == "Bearer"


async def test_secret_of_one_key_does_not_open_another(line: Line) -> None:
    mine, other = await key_for(line.database), await key_for(line.database, "reviewer")
    mixed = other[: -len("_") - 43] + mine[-len("_") - 43 :]
    assert (await line.ask("upload", "/overview", mixed)).json()["reason"] == "key_refused"


async def test_expired_and_revoked_keys_say_so(line: Line) -> None:
    _, expired = await add_key("operator", "", "old", timedelta(0), TEST, line.database)
    assert (await line.ask("upload", "/overview", expired)).json()["reason"] == "key_expired"
    key, revoked = await add_key("operator", "", "lost", timedelta(days=1), TEST, line.database)
    await revoke_key(key.id, TEST, line.database)
    assert (await line.ask("upload", "/overview", revoked)).json()["reason"] == "key_revoked"


async def test_revocation_works_in_a_running_service_within_seconds(database: Database) -> None:
    now = [0.0]
    keyring = Keyring(database, clock=lambda: now[0])
    key, token = await add_key("reviewer", "", "r", timedelta(days=1), TEST, database)
    assert (await keyring.holder_of(token)).label == "r"
    await revoke_key(key.id, TEST, database)
    now[0] += FRESH_S
    with pytest.raises(KeyRevoked):
        await keyring.holder_of(token)


async def test_only_hashes_are_kept(database: Database) -> None:
    _, token = await add_key("district", HERE, "某县财政局", timedelta(days=1), TEST, database)
    row = await database[KEYS.name].one({}) or {}
    assert token.rpartition("_")[2] not in str(row)
    assert [(key.role, key.region, key.label) for key in await list_keys(database)] == [
        ("district", HERE, "某县财政局")
    ]


@pytest.mark.parametrize("role", ["reviewer"])
async def test_role_that_may_not_upload_is_refused(line: Line, role: Role) -> None:
    answer = await line.upload(await key_for(line.database, role), "a")
    assert (answer.status_code, answer.json()["reason"]) == (403, "role_refused")


async def test_district_sees_its_own_region_only(line: Line) -> None:
    here, there = await key_for(line.database, "district", HERE), await key_for(line.database, "district", THERE)
    city = await key_for(line.database, "district", HERE[:4])
    mine = (await line.upload(here, "a", batch_id="b")).json()
    other = (await line.upload(there, "b", batch_id="b")).json()
    await line.store_all()
    for key in (here, city, await key_for(line.database, "reviewer"), await key_for(line.database)):
        assert (await line.ask("read", f"/documents/{mine['document_id']}", key)).status_code == 200
    assert (await line.ask("upload", f"/receipts/{other['receipt']}", here)).json()["reason"] == "unknown_receipt"
    assert (await line.ask("upload", "/batches/b", here)).json()["documents"] == 1
    overview = (await line.ask("upload", "/overview", here)).json()
    assert (overview["accepted"], overview["counts"]["stored"], overview["balance"]) == (1, 1, None)
    assert [each["document_id"] for each in overview["latest"]] == [mine["document_id"]]
    for path in ("/documents", "/findings", "/documents?batch_id=b"):
        page = (await line.ask("read", path, here)).json()
        assert {item["document_id"] for item in page["items"]} == {mine["document_id"]}, path
        assert page["total"] == 1


async def test_no_route_shows_a_district_what_belongs_to_another(line: Line) -> None:
    """Whichever routes there are: those of a document, and lists."""
    here, there = await key_for(line.database, "district", HERE), await key_for(line.database, "district", THERE)
    other = (await line.upload(there, "b", batch_id="b")).json()
    await line.store_all()
    filled = {"document_id": other["document_id"], "other": other["document_id"], "index": "0", "batch_id": "b"}
    filled |= {"number": other["receipt"], "finding_id": finding("FA-X-SUM-01").identity}
    assert len(line.routes) > 9
    for api, path in line.routes:
        owner, stranger = [await line.ask(api, path.format(**filled), key) for key in (there, here)]
        assert stranger.status_code == (404 if "{" in path else owner.status_code), path
        for told in (other["document_id"], other["receipt"], "示例市样板局"):
            assert "{" in path or told not in stranger.text, path


async def test_same_bytes_from_another_region_are_seen_under_a_receipt_of_its_own(line: Line) -> None:
    here, there = await key_for(line.database, "district", HERE), await key_for(line.database, "district", THERE)
    first = (await line.upload(there, "same")).json()
    await line.store_all()
    assert (await line.ask("read", "/documents", here)).json()["total"] == 0
    again = (await line.upload(here, "same")).json()
    assert again["document_id"] == first["document_id"]
    assert (again["duplicate"], again["duplicate_of"]) == (False, None)
    status = (await line.ask("upload", f"/documents/{again['document_id']}", here)).json()
    assert status["receipts"] == [again["receipt"]]
    for path in ("/documents", "/findings", f"/documents/{again['document_id']}/findings"):
        (item,) = (await line.ask("read", path, here)).json()["items"]
        assert item["receipt_number"] == again["receipt"]
        (item,) = (await line.ask("read", path, there)).json()["items"]
        assert item["receipt_number"] == first["receipt"]
    assert (await line.ask("upload", "/overview", here)).json()["accepted"] == 1


async def test_upload_belongs_to_the_region_of_its_key_or_to_a_part_of_it(line: Line) -> None:
    city = await key_for(line.database, "district", HERE[:4])
    assert (await line.upload(city, "a", region=HERE)).json()["hints"]["region"] == HERE
    assert (await line.upload(city, "b")).json()["hints"]["region"] == HERE[:4]
    assert (await line.upload(city, "c", region="某县")).json()["hints"]["region"] == "某县"
    refused = await line.upload(city, "d", region=THERE)
    assert (refused.status_code, refused.json()["reason"]) == (403, "foreign_region")
    part = await key_for(line.database, "district", HERE)
    assert (await line.ask("upload", "/overview", part)).json()["accepted"] == 1


async def test_uploads_and_key_changes_are_in_the_audit_with_who_and_from_where(line: Line) -> None:
    key = await key_for(line.database, "district", HERE)
    receipt = (await line.upload(key, "a")).json()
    await line.upload(key, "a")
    entries = await line.database[AUDIT.name].all({}, sort=[("_id", 1)])
    assert [entry["action"] for entry in entries] == ["key_added", "upload", "upload"]
    assert entries[1]["about"] == {
        "document_id": receipt["document_id"],
        "receipt": receipt["receipt"],
        "region_code": HERE,
    }
    assert entries[1]["actor"]["key"] == key.split("_")[1]
    assert entries[1]["actor"]["address"]
