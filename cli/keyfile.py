"""The keys that `gouji up` makes for its own machine, one for each role, in a file that only its owner can read."""

import getpass
import json
import os
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cli.embedded.folder import read_keys
from shared.audit import Actor
from shared.errors import NotAllowed
from shared.keys import ROLES, Keyring, Role, add_key
from shared.mongo import Database

LOCAL_REGION = "99"
"""No province has this code: the region of the local district key, for trying out what a district sees."""
LASTS = timedelta(days=365)
_RENEW_BEFORE = timedelta(days=30)


def actor_here() -> Actor:
    """For the audit: a command without a key, by its user and machine."""
    return Actor(None, "command", getpass.getuser(), socket.gethostname())


async def ensure_keys(folder: Path, database: Database) -> None:
    """Make the keys that are not there, or no longer open anything for long, and write all of them down."""
    known, keyring = read_keys(folder), Keyring(database)
    missing: list[Role] = [role for role in ROLES if not await _lasts(known.get(role, ""), keyring)]
    for role in missing:
        region = LOCAL_REGION if role == "district" else ""
        _, known[role] = await add_key(role, region, f"gouji up: {role}", LASTS, actor_here(), database)
    if missing:
        _write(folder / "keys.json", known)


async def _lasts(token: str, keyring: Keyring) -> bool:
    try:
        key = await keyring.holder_of(token)
    except NotAllowed:
        return False
    return key.expires_at > datetime.now(UTC) + _RENEW_BEFORE


def _write(path: Path, keys: dict[str, str]) -> None:
    """In one step, and never readable by others."""
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump(keys, file, indent=2)
        file.write("\n")
    fresh.replace(path)
