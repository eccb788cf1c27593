"""Every route of both APIs says who may use it, whichever module it stands in."""

import pytest
from fastapi import APIRouter, FastAPI

from services.ingest.api import Door
from services.ingest.api import create_app as upload_api
from services.store.query import create_app as read_api
from shared.access import OPEN_PATHS, protect, routes_with_roles
from shared.mongo import Database, Files
from shared.settings import Settings

DATABASE = Database(Settings())


@pytest.fixture(params=["upload", "read"])
def app(request: pytest.FixtureRequest) -> FastAPI:
    if request.param == "read":
        return read_api(DATABASE)
    return upload_api(Door(Settings(), DATABASE, Files(DATABASE), lambda: None))


def test_every_route_needs_a_key_of_some_role_but_probes_and_description(app: FastAPI) -> None:
    routes = list(routes_with_roles(app))
    assert len(routes) > len(OPEN_PATHS)
    assert {path for path, _, roles in routes if not roles} == OPEN_PATHS


def test_the_description_says_which_routes_need_a_key(app: FastAPI) -> None:
    described = app.openapi()
    assert described["components"]["securitySchemes"]["key"]["scheme"] == "bearer"
    for path, methods in described["paths"].items():
        for operation in methods.values():
            assert operation["security"] == [{"key": []}], path
            assert {"401", "403"} <= set(operation["responses"]), path


def test_application_with_a_route_that_says_no_role_is_refused() -> None:
    app, router = FastAPI(), APIRouter(prefix="/hidden")

    @router.get("/door")
    def door() -> None:
        """Open to everyone by mistake."""

    app.include_router(router)
    with pytest.raises(RuntimeError, match="/hidden/door"):
        protect(app, DATABASE)
