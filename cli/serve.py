"""`gouji serve`: one process of one service, as in production."""

import asyncio
import importlib
from enum import StrEnum
from typing import Annotated

import typer

from shared.settings import load_settings

app = typer.Typer(add_completion=False)


class Service(StrEnum):
    """The services by name; query is the store's read API, a process of its own."""

    ingest = "ingest"
    parse = "parse"
    validate = "validate"
    store = "store"
    query = "query"


_MODULES = {
    Service.ingest: "services.ingest.service",
    Service.parse: "services.parse.service",
    Service.validate: "services.validate.service",
    Service.store: "services.store.service",
    Service.query: "services.store.query",
}


@app.command()
def serve(
    service: Annotated[Service, typer.Argument(help="Which service to run.")],
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port of its API and probes; GOUJI_PORT, or a free one.")
    ] = None,
) -> None:
    """Run one process of SERVICE until SIGTERM. Scale a service by running more processes of it.

    ingest: upload API and outbox relay. parse: files to tables and facts. validate: the rules. store: the record.
    query: the read API. All settings are environment variables, see `gouji settings`.
    """
    settings = load_settings() if port is None else load_settings(port=port)
    module = importlib.import_module(_MODULES[service])
    asyncio.run(module.serve(settings))
