"""Who may do what over HTTP: every route says which roles it takes, through one dependency, and nothing else asks.

A route takes one of the annotated types below as a parameter (`caller: Reader`). `protect` is called when all routes
are there, and refuses an application with a route that says no role and is not in `OPEN_PATHS`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, FastAPI, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from shared.audit import Actor
from shared.errors import ForeignRegion, KeyMissing, RoleRefused
from shared.keys import Key, Keyring, Role
from shared.mongo import Database, Filter

OPEN_PATHS = frozenset(
    ("/", "/docs", "/docs/oauth2-redirect", "/redoc", "/openapi.json", "/healthz", "/readyz", "/metrics")
)
"""What answers without a key: the description of the API and the probes. None of it shows a document."""

_bearer = HTTPBearer(
    scheme_name="key",
    bearerFormat="gj_<id>_<secret>",
    description="An API key, made with `gouji keys add`. 接口密钥，由 gouji keys add 生成。",
    auto_error=False,
)


@dataclass(frozen=True)
class Caller:
    """Who asks: the key, and the address the request came from."""

    key: Key
    address: str

    @property
    def actor(self) -> Actor:
        """For the audit."""
        return Actor(self.key.id, self.key.role, self.key.label, self.address)

    @property
    def region_filter(self) -> Filter:
        """The rows with a `region_code` that the caller may see; a range, so that an index serves it."""
        code = self.key.region
        return {"region_code": {"$gte": code, "$lt": f"{code}:"}} if code else {}  # ':' follows '9'

    def sees(self, region_code: str | None) -> bool:
        """True where a row of this region may be shown."""
        return (region_code or "").startswith(self.key.region)

    def region_of_upload(self, said: str | None) -> str | None:
        """The region code that an upload belongs to, `said` being what the uploader gave as its region.

        Raises `ForeignRegion` where a district names the code of another one.
        """
        code = said if said and said.isascii() and said.isdecimal() else None
        if code and not code.startswith(self.key.region):
            raise ForeignRegion(region=code, own=self.key.region)
        return code or self.key.region or None


class Needs:
    """The dependency that lets a request in: its key must have one of the roles."""

    def __init__(self, *roles: Role) -> None:
        self.roles = roles

    async def __call__(
        self, request: Request, given: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
    ) -> Caller:
        if given is None:
            raise KeyMissing
        key = await request.app.state.keyring.holder_of(given.credentials)
        if key.role not in self.roles:
            raise RoleRefused(role=key.role, needed=", ".join(self.roles))
        return Caller(key, request.client.host if request.client else "")


Reader = Annotated[Caller, Depends(Needs("district", "reviewer", "operator"))]
"""Anyone with a key; a district sees its own region only: filter see `shared.sight`."""
Uploader = Annotated[Caller, Depends(Needs("district", "operator"))]
Reviewer = Annotated[Caller, Depends(Needs("reviewer"))]
Overseer = Annotated[Caller, Depends(Needs("reviewer", "operator"))]
Operator = Annotated[Caller, Depends(Needs("operator"))]


def protect(app: FastAPI, database: Database) -> None:
    """Let the application's routes know the keys. Raises `RuntimeError` where a route says no role."""
    app.state.keyring = Keyring(database)
    silent = [path for path, _, roles in routes_with_roles(app) if not roles and path not in OPEN_PATHS]
    if silent:
        raise RuntimeError(f"routes without a role: {', '.join(silent)}")


def routes_with_roles(app: FastAPI) -> Iterator[tuple[str, frozenset[str], tuple[Role, ...]]]:
    """Every route of an application, included routers' too: path, methods, and roles, none where it needs no key."""
    for route in iter_route_contexts(app.routes):
        path, methods = route.path or str(route.route), frozenset(route.methods or ())
        yield path, methods, _roles(getattr(route, "dependant", None))


def _roles(dependant: Dependant | None) -> tuple[Role, ...]:
    if dependant is None:
        return ()
    if isinstance(dependant.call, Needs):
        return dependant.call.roles
    return next((roles for below in dependant.dependencies if (roles := _roles(below))), ())
