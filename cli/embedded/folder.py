"""The data folder of `gouji up`: one user at a time, and what it remembers from one start to the next.

::

    kafka/ mongo/    the engines' data
    logs/            one log file per process
    keys.json        an API key for each role, made at the first start; readable by its owner only (cli/keyfile.py)
    state.json       URLs, ports and process ids; ports are taken again at the next start where they are free
    lock             held by `gouji up` and by each of its children, so that the folder counts as used until the last
                     of them has ended, even where `gouji up` itself was killed
"""

import fcntl
import json
import os
import time
from pathlib import Path
from typing import Any

from shared.errors import DataFolderInUse, InvalidSettings

_DRAIN_SECONDS = 45.0


class DataFolder:
    """The folder, locked from `lock` until the process ends."""

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self.lock_fd = -1

    def lock(self) -> None:
        """Make the folder and take it. Raises `DataFolderInUse`, or `InvalidSettings` where it cannot be written.

        Children of a `gouji up` that was killed end by themselves, after draining; they are waited for.
        """
        try:
            for part in (self.path, self.logs, self.path / "kafka", self.path / "mongo"):
                part.mkdir(parents=True, exist_ok=True)
            self.lock_fd = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise InvalidSettings(detail=f"--data {self.path}: {error.strerror}") from error
        deadline = time.monotonic() + _DRAIN_SECONDS
        while not self._try_lock():
            owner = self._owner()
            if _lives(owner) or time.monotonic() > deadline:
                os.close(self.lock_fd)
                raise DataFolderInUse(folder=self.path, pid=owner or "?")
            time.sleep(0.2)
        os.truncate(self.lock_fd, 0)
        os.write(self.lock_fd, str(os.getpid()).encode())

    def release(self) -> None:
        """Give the folder back; the children hold it for as long as they live."""
        os.close(self.lock_fd)

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    def state(self) -> dict[str, Any]:
        """What the last start wrote; empty where there was none or it cannot be read."""
        return read_state(self.path)

    def write_state(self, state: dict[str, Any]) -> None:
        """Replace the state file in one step, so that a reader never sees half of it."""
        fresh = self.path / "state.json.new"
        fresh.write_text(json.dumps(state, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        fresh.replace(self.path / "state.json")

    def _try_lock(self) -> bool:
        try:
            fcntl.flock(self.lock_fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _owner(self) -> int | None:
        text = os.pread(self.lock_fd, 32, 0).decode("ascii", "replace").strip()
        return int(text) if text.isdigit() else None


def read_state(folder: Path) -> dict[str, Any]:
    """The state file of a data folder; empty where there is none or it cannot be read."""
    try:
        state = json.loads((folder / "state.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return state if isinstance(state, dict) else {}


def read_keys(folder: Path) -> dict[str, str]:
    """The keys by role in a data folder; empty where there are none or they cannot be read."""
    try:
        keys = json.loads((folder / "keys.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return keys if isinstance(keys, dict) else {}


def _lives(pid: int | None) -> bool:
    if pid is None:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
