"""Requests that schemathesis makes up from each API's own description, with a key of each role and without one: nothing
breaks, every answer is one that the description announces, and no route lets in whom it should not."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Future
from dataclasses import dataclass

import httpx
import pytest
import schemathesis
from callers import TEST, bearer, key_for
from hypothesis import HealthCheck, Phase, given, settings, strategies
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from verdicts import finding, validated

from services.ingest.api import Door
from services.ingest.api import create_app as upload_api
from services.ingest.intake import Upload
from services.ingest.receipts import accept_upload
from services.store.handler import Store, record_event, store_document
from services.store.query import create_app as read_api
from shared.access import routes_with_roles
from shared.events import DocumentReceived
from shared.health import serving
from shared.keys import ROLES
from shared.layouts import load_layouts
from shared.mongo import Database, Files
from shared.records import DECISIONS, FINDINGS, RECEIPTS, migrate
from shared.settings import Settings

REGION = "610112"
EXAMPLES = 8
"""Requests for each route and caller, half of them wrong; all together take about a minute."""
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
CALLERS = ("nobody", *ROLES)


@dataclass
class Stand:
    """Both APIs, listening; what there is to be found in them."""

    urls: dict[str, str]
    keys: dict[str, str]
    known: dict[str, str]
    roles: dict[tuple[str, str], tuple[str, ...]]
    """The roles of each method and path."""


@pytest.fixture(scope="module")
def stand(engines: Settings) -> Iterator[Stand]:
    """The APIs in a thread of their own, since schemathesis asks them as a program without an event loop."""
    ready: Future[tuple[Stand, asyncio.AbstractEventLoop, asyncio.Event]] = Future()
    given_settings = engines.model_copy(update={"mongo_database": "fuzzing", "topic_prefix": "fuzzing-"})
    thread = threading.Thread(target=lambda: asyncio.run(serve(given_settings, ready)))
    thread.start()
    started, loop, stop = ready.result(60)
    yield started
    loop.call_soon_threadsafe(stop.set)
    thread.join(60)


async def serve(
    given_settings: Settings, ready: "Future[tuple[Stand, asyncio.AbstractEventLoop, asyncio.Event]]"
) -> None:
    stop = asyncio.Event()
    async with Database(given_settings) as database:
        await migrate(database)
        door = Door(given_settings, database, Files(database), lambda: None)
        door.migrated.set()
        apps = {"upload": upload_api(door), "read": read_api(database)}
        roles = {
            (method, path): roles
            for app in apps.values()
            for path, methods, roles in routes_with_roles(app)
            for method in methods
        }
        keys = {role: await key_for(database, role, REGION if role == "district" else "") for role in ROLES}
        known = await something_to_find(database)
        async with serving(apps["upload"], "127.0.0.1", 0) as upload, serving(apps["read"], "127.0.0.1", 0) as read:
            found = Stand({"upload": upload, "read": read}, keys, known, roles)
            ready.set_result((found, asyncio.get_running_loop(), stop))
            await stop.wait()


async def something_to_find(database: Database) -> dict[str, str]:
    """A stored document of the district with a finding; the path parameters that lead to it."""

    async def whole() -> AsyncIterator[bytes]:
        yield b"%PDF-1.7 something"

    files = Files(database)
    upload = Upload(await files.put_new("uploads", whole()), "a.pdf", batch_id="b", region_code=REGION)
    receipt = await accept_upload(upload, TEST, database, files)
    row = await database[RECEIPTS.name].one({"_id": receipt.number}) or {}
    event = DocumentReceived.read(row["event"])
    store = Store(database, files, load_layouts(), lambda: event.received_at)
    await record_event(event, store)
    await store_document(validated(event, findings=[finding("FA-X-SUM-01")]), store)
    found = await database[FINDINGS.name].one({}) or {}
    assert await database[DECISIONS.name].count({}) == 0
    return {
        "document_id": receipt.document_id,
        "number": receipt.number,
        "batch_id": "b",
        "finding_id": found["finding_id"],
    }


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("api", ["upload", "read"])
def test_every_route_answers_as_described_and_lets_in_whom_it_should(api: str, caller: str, stand: Stand) -> None:
    url = stand.urls[api]
    headers = bearer(stand.keys[caller]) if caller != "nobody" else {}
    for operation in (result.ok() for result in described(url).get_all_operations()):
        may = caller in stand.roles[operation.method.upper(), operation.path]
        refusal = None if may else 401 if caller == "nobody" else 403
        known = {name: value for name, value in stand.known.items() if f"{{{name}}}" in operation.path}
        cases = [operation.as_strategy(), operation.as_strategy(path_parameters=known or None)]
        if len(operation.query) or len(operation.body):  # else there is nothing that could be wrong
            cases.append(operation.as_strategy(GenerationMode.NEGATIVE, path_parameters=known or None))
        ask(strategies.one_of(cases), url, headers, refusal)


def described(url: str) -> BaseSchema:
    """An API's description, without its security: keys are what this test gives, and not made up."""
    description = httpx.get(f"{url}/openapi.json", timeout=30, trust_env=False).json()
    del description["components"]["securitySchemes"]
    for methods in description["paths"].values():
        for operation in methods.values():
            del operation["security"]
    return schemathesis.openapi.from_dict(description)


def ask(cases: "strategies.SearchStrategy[Case]", url: str, headers: dict[str, str], refusal: int | None) -> None:
    """Send requests; all of them must be refused with that status, or none of them for its key.

    What is no request to begin with (unknown parameters, a body that is no JSON) may be told so first.
    """

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases)
    def send(case: Case) -> None:
        answer = case.call(base_url=url, headers=headers)
        case.validate_response(answer, checks=CHECKS)
        if refusal is not None:
            assert answer.status_code in (refusal, 400), case.as_curl_command()
        elif answer.status_code in (401, 403):
            assert answer.json()["reason"] == "foreign_region", case.as_curl_command()

    send()
