"""The audit 审计记录: who did what, when, from where. Entries are added; nothing changes or removes one.

An entry is durable before what it records is done. A process that dies in between leaves an entry of something that
was asked for and did not happen (its receipt or decision is not there); nothing ever happens without its entry.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import uuid4

from shared.mongo import Database, Filter, Row
from shared.records import AUDIT

Action = Literal[
    "upload", "withdrawal", "duties", "decision", "replay", "dead_letter_replay", "key_added", "key_revoked"
]


@dataclass(frozen=True)
class Actor:
    """Who acts: the key's id, role and label, and the address it came from; a command has no key."""

    key: str | None
    role: str
    label: str
    address: str

    def plain(self) -> Row:
        """As it is kept."""
        return {"key": self.key, "role": self.role, "label": self.label, "address": self.address}


@dataclass(frozen=True)
class Entry:
    """One act. `about` says on what, by field: document_id, receipt, finding_id, key …"""

    action: Action
    actor: Actor
    about: Mapping[str, Any] = field(default_factory=dict)


async def write_audit(entry: Entry, database: Database) -> None:
    """Add an entry; it is durable when this returns. Raises `DatabaseUnavailable`, `StorageFull`."""
    at = datetime.now(UTC)
    about = {name: value for name, value in entry.about.items() if value is not None}
    row = {"_id": f"{at:%Y%m%dT%H%M%S.%f}-{uuid4().hex[:8]}", "action": entry.action, "at": at, "about": about}
    await database[AUDIT.name].insert({**row, "actor": entry.actor.plain()})


async def read_audit(where: Filter, before: str | None, limit: int, database: Database) -> list[Row]:
    """At most `limit` entries that match, the latest first, older than the entry `before`."""
    behind = {"_id": {"$lt": before}} if before is not None else {}
    return await database[AUDIT.name].all({**where, **behind}, sort=[("_id", -1)], limit=limit)
