"""All settings, from environment variables `GOUJI_…`; `docs/settings.md` is generated from this file.

`main()` of each service reads them once and passes them on; nothing else reads the environment.
"""

import os
from difflib import get_close_matches
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from shared.errors import InvalidSettings
from shared.limits import MAX_PAGE_OBJECTS, MAX_PAGES, PAGE_TIMEOUT_S, PARSE_MEMORY_MB, PARSE_TIMEOUT_S


class Settings(BaseModel):
    """The settings of every service; each uses the ones it needs."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    # Engines
    kafka_servers: str = Field("127.0.0.1:9092", description="Kafka bootstrap servers, comma-separated")
    topic_prefix: str = Field("", description="Prefix of every topic and consumer group, e.g. 'test-'")
    topic_partitions: int = Field(12, ge=1, description="Partitions of a topic when it is created")
    topic_replication: int = Field(1, ge=1, description="Replication factor of a topic when it is created")
    mongo_url: str = Field("mongodb://127.0.0.1:27017/?directConnection=true", description="MongoDB connection string")
    mongo_database: str = Field("gouji", description="Name of the database")

    # HTTP
    host: str = Field(
        "127.0.0.1",
        description="Address every service binds to; any but this machine's own: behind TLS",
    )
    port: int = Field(0, ge=0, le=65535, description="Port of this process; 0 takes a free one and logs it")
    public_url: str = Field("", description="Base of the absolute URLs on receipts; empty takes the request's own")
    query_url: str = Field("", description="Base of the read API's URLs on receipts; empty takes the request's own")

    # Limits on uploads and documents
    max_file_mb: int = Field(200, ge=1, description="Largest file accepted, MB (10^6 bytes)")
    storage_dir: str = Field("", description="Folder of the database whose free space uploads mind; empty: not watched")
    storage_reserve_mb: int = Field(512, ge=1, description="Free space in storage_dir below which uploads get 507, MB")
    max_pages: int = Field(MAX_PAGES, ge=1, description="Most pages of one document")
    max_page_objects: int = Field(MAX_PAGE_OBJECTS, ge=1, description="Most graphic objects and characters on one page")
    page_timeout_s: float = Field(
        PAGE_TIMEOUT_S, gt=0, description="Seconds allowed for a page, at most; see parse_timeout_s"
    )
    parse_timeout_s: float = Field(PARSE_TIMEOUT_S, gt=0, description="Seconds allowed for reading one document")
    parse_memory_mb: int = Field(PARSE_MEMORY_MB, ge=128, description="Address space of one reading process, MB")
    parse_processes: int = Field(1, ge=1, description="Reading processes of one parse service")
    inline_limit_kb: int = Field(512, ge=1, description="A parsed document larger than this travels by reference")

    # Worker loop
    in_flight: int = Field(8, ge=1, description="Most messages of one process being handled at once")
    retry_initial_s: float = Field(0.5, gt=0, description="First wait after a transient error")
    retry_max_s: float = Field(30.0, gt=0, description="Longest wait between two tries")
    dead_letters_per_minute: int = Field(20, ge=1, description="More dead letters than this stop the process")
    group_instance: str = Field(
        "",
        description="Lasting name of this process in its consumer group (static membership): a restart under the same "
        "name takes its place at once; empty: a new member each time",
    )
    fetch_pause_ms: int = Field(
        0,
        ge=0,
        description="Pause between fetches while nothing comes; 0 for a broker that holds an empty fetch, as Apache "
        "Kafka does (the embedded one does not: gouji up sets 100)",
    )
    session_timeout_ms: int = Field(15_000, ge=1000, description="Kafka session timeout of a consumer")
    drain_timeout_s: float = Field(20.0, gt=0, description="Grace period for finishing what is in flight on SIGTERM")

    # Reconciling
    reconcile_every_s: float = Field(30.0, gt=0, description="Seconds between two looks at where every document is")
    stuck_after_s: float = Field(
        900.0, ge=0, description="No progress for so long makes a document a suspect; lost ones are published again"
    )

    # Observation
    log_format: str = Field("auto", pattern="^(auto|json|text)$", description="auto: text on a terminal, else JSON")
    log_level: str = Field("INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="Least level that is logged")

    # Command line
    url: str = Field("http://127.0.0.1:8080", description="Base URL the gouji command talks to")
    key: str = Field("", description="API key the gouji command sends; empty: the one that gouji up wrote for itself")
    data_dir: Path = Field(Path("data"), description="Data folder of the embedded engines (gouji up)")


def load_settings(**overrides: object) -> Settings:
    """Read the settings from the environment. Raises `InvalidSettings` naming the variable and what is wrong."""
    try:
        return Settings.model_validate({**_from_environment(), **overrides})
    except ValidationError as error:
        first = error.errors()[0]
        name = "GOUJI_" + "_".join(str(part) for part in first["loc"]).upper()
        raise InvalidSettings(detail=f"{name}: {first['msg']}") from error


def _from_environment() -> dict[str, str]:
    """What the environment says of the settings. Few lines here spare every command a slow import."""
    variables = {name: f"GOUJI_{name.upper()}" for name in Settings.model_fields}
    return {name: os.environ[variable] for name, variable in variables.items() if variable in os.environ}


def misspelt_variables() -> dict[str, str]:
    """Variables `GOUJI_…` of the environment that are no setting, each with the name it is likest to, or "".

    They are told, not refused: an orchestrator may put variables of that prefix there by itself.
    """
    known = [f"GOUJI_{name.upper()}" for name in Settings.model_fields]
    strangers = sorted(name for name in os.environ if name.startswith("GOUJI_") and name not in known)
    return {name: next(iter(get_close_matches(name, known, n=1)), "") for name in strangers}


def settings_table() -> str:
    """The table of all settings as Markdown, for docs/settings.md and `gouji settings`."""
    lines = ["| variable | default | meaning |", "| --- | --- | --- |"]
    for name, field in Settings.model_fields.items():
        default = "" if field.default in ("", None) else f"`{field.default}`"
        lines.append(f"| `GOUJI_{name.upper()}` | {default} | {field.description} |")
    return "\n".join(lines) + "\n"
