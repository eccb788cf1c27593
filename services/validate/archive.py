"""The archive of rule packs and the log of their activations, in MongoDB.

Both are only appended to: every pack that made a verdict can be read again, and what was in force when is on record.
"""

import json
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime

from services.validate.packs import Pack, Years
from shared.mongo import Database
from shared.records import RULE_ACTIVATIONS, RULE_PACKS


@dataclass(frozen=True)
class Activation:
    """From `at` on, the pack `digest` is in force for these fiscal years, unless a later activation covers them."""

    number: int
    digest: str
    years: Years
    at: datetime
    by: str


@dataclass(frozen=True)
class ArchivedPack:
    """A pack of the archive, and since when it is there."""

    pack: Pack
    archived_at: datetime


async def archive_pack(pack: Pack, database: Database) -> None:
    """Keep a pack; one that is kept already stays as it is. Raises `DatabaseUnavailable`."""
    content = zlib.compress(json.dumps(dict(pack.files), ensure_ascii=False, sort_keys=True).encode())
    await database[RULE_PACKS.name].insert({"_id": pack.digest, "files": content, "archived_at": datetime.now(UTC)})


async def archived_pack(digest: str, database: Database) -> Pack | None:
    """A pack of the archive. Raises `DatabaseUnavailable`."""
    row = await database[RULE_PACKS.name].one({"_id": digest})
    return _unpacked(row["files"]) if row is not None else None


async def archived_packs(database: Database) -> list[ArchivedPack]:
    """All packs of the archive, the oldest first."""
    rows = await database[RULE_PACKS.name].all({}, sort=[("archived_at", 1)])
    return [ArchivedPack(_unpacked(row["files"]), row["archived_at"]) for row in rows]


async def activate_pack(pack: Pack, by: str, database: Database) -> Activation:
    """Archive a pack and put it in force for its years. Raises `DatabaseUnavailable`, `InvalidCatalogue`."""
    years = Years(since=pack.manifest.since, until=pack.manifest.until)
    await archive_pack(pack, database)
    number = await database.next_number(RULE_ACTIVATIONS.name)
    one = Activation(number, pack.digest, years, datetime.now(UTC), by)
    row = {"_id": number, "digest": one.digest, "years": years.model_dump(), "at": one.at, "by": by}
    await database[RULE_ACTIVATIONS.name].insert(row)
    return one


async def activations(database: Database) -> list[Activation]:
    """All activations, the latest first. Raises `DatabaseUnavailable`."""
    rows = await database[RULE_ACTIVATIONS.name].all({}, sort=[("_id", -1)])
    return [
        Activation(row["_id"], row["digest"], Years.model_validate(row["years"]), row["at"], row["by"]) for row in rows
    ]


def _unpacked(files: bytes) -> Pack:
    return Pack(json.loads(zlib.decompress(files)))
