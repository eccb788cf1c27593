"""Tests that share engines without meeting each other, and what to know about the embedded broker."""

import time
from pathlib import Path
from uuid import uuid4

from shared.settings import Settings

SAVED_SECONDS = 30.0


def isolated(engines: Settings) -> Settings:
    """Settings of one test on these engines: topics and a database of its own, short waits, a free port."""
    name = f"t{uuid4().hex[:10]}"
    own = {"topic_prefix": f"{name}-", "mongo_database": name, "port": 0, "topic_partitions": 4}
    short = {
        "session_timeout_ms": 6000,
        "retry_initial_s": 0.05,
        "retry_max_s": 0.2,
        "drain_timeout_s": 5.0,
        "fetch_pause_ms": 20,
    }
    return engines.model_copy(update={**own, **short})


def saved(snapshot: Path) -> None:
    """Wait until the embedded broker has saved what it has: it replaces one file each second in which it took some."""
    deadline = time.monotonic() + SAVED_SECONDS
    while not snapshot.exists() or time.time() - snapshot.stat().st_mtime < 3:
        assert time.monotonic() < deadline, "the broker does not come to rest"
        time.sleep(0.1)
