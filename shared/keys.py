"""API keys 接口密钥: made once, shown once, kept as a hash, and looked up by an id that is no secret.

A key is `gj_<id>_<secret>`. The secret is 256 random bits, of which the database keeps a BLAKE2b hash keyed by the id.
A slow hash would protect secrets that can be guessed; this one cannot, and is checked with every request. Keyed by the
id, so that a hash copied into another row opens nothing.
"""

import hashlib
import hmac
import re
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from shared.audit import Actor, Entry, write_audit
from shared.errors import InvalidField, KeyExpired, KeyRefused, KeyRevoked, UnknownKey
from shared.mongo import Database, Row
from shared.records import KEYS

Role = Literal["district", "reviewer", "operator"]
ROLES: tuple[Role, ...] = ("district", "reviewer", "operator")
"""District 区县: uploads, sees its own region. Reviewer 审核: reads all, decides. Operator 运维: reads all, runs it."""

FRESH_S = 5.0
"""A key's row is looked at again after so long: a revocation works everywhere within this time."""
_REMEMBERED = 4096
_TOKEN = re.compile(r"gj_(?P<id>[0-9a-f]{12})_(?P<secret>[A-Za-z0-9_-]{43})")
_REGION = re.compile(r"\d{2,12}")


@dataclass(frozen=True)
class Key:
    """A key without its secret. `region` is the code prefix that a district key may see; "" with other roles."""

    id: str
    role: Role
    region: str
    label: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None

    def refusal(self, now: datetime) -> KeyRevoked | KeyExpired | None:
        """Why the key no longer opens anything, or None."""
        if self.revoked_at is not None:
            return KeyRevoked(key=self.id)
        return KeyExpired(key=self.id, expired=f"{self.expires_at:%Y-%m-%d}") if self.expires_at <= now else None


class Keyring:
    """Says whose a key is. Rows are remembered for `FRESH_S`, at most `_REMEMBERED` of them."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._clock = clock
        self._known: OrderedDict[str, tuple[float, Row]] = OrderedDict()

    async def holder_of(self, token: str) -> Key:
        """The key of a token. Raises `KeyRefused`, `KeyRevoked`, `KeyExpired`, `DatabaseUnavailable`."""
        match = _TOKEN.fullmatch(token)
        row = await self._row(match["id"]) if match else None
        if match is None or row is None or not hmac.compare_digest(_hashed(match["id"], match["secret"]), row["hash"]):
            raise KeyRefused
        key = _key_of(row)
        if refusal := key.refusal(datetime.now(UTC)):
            raise refusal
        return key

    async def _row(self, key_id: str) -> Row | None:
        known = self._known.get(key_id)
        if known is not None and self._clock() - known[0] < FRESH_S:
            return known[1]
        asked_at = self._clock()
        row = await self._database[KEYS.name].one({"_id": key_id})
        self._known.pop(key_id, None)
        if row is not None:  # ids that are not there are not remembered: a new key works at once
            self._known[key_id] = (asked_at, row)
            if len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return row


async def add_key(
    role: Role, region: str, label: str, lasts: timedelta, actor: Actor, database: Database
) -> tuple[Key, str]:
    """Make a key; it and its token, which is shown this once. Raises `InvalidField`."""
    if role == "district" and not _REGION.fullmatch(region):
        raise InvalidField(field="region", detail="a district key needs a region code 区县密钥需要行政区划代码")
    if role != "district" and region:
        raise InvalidField(field="region", detail="only for district keys 只用于区县密钥")
    key_id, secret, now = secrets.token_hex(6), secrets.token_urlsafe(32), datetime.now(UTC)
    row = {"_id": key_id, "role": role, "region": region, "label": label, "created_at": now, "expires_at": now + lasts}
    await write_audit(Entry("key_added", actor, about={"key": key_id, "role": role, "region": region}), database)
    await database[KEYS.name].insert({**row, "hash": _hashed(key_id, secret), "created_by": actor.plain()})
    return _key_of(row), f"gj_{key_id}_{secret}"


async def revoke_key(key_id: str, actor: Actor, database: Database) -> Key:
    """Revoke a key for good; once revoked it stays as it is. Raises `UnknownKey`."""
    if await database[KEYS.name].one({"_id": key_id}, {"_id": 1}) is None:
        raise UnknownKey(key=key_id)
    await write_audit(Entry("key_revoked", actor, about={"key": key_id}), database)
    revoked = {"revoked_at": datetime.now(UTC), "revoked_by": actor.plain()}
    await database[KEYS.name].change({"_id": key_id, "revoked_at": {"$exists": False}}, {"$set": revoked})
    return _key_of(await database[KEYS.name].one({"_id": key_id}) or {})


async def list_keys(database: Database) -> list[Key]:
    """All keys ever made, the oldest first."""
    return [_key_of(row) for row in await database[KEYS.name].all({}, sort=[("created_at", 1)])]


def _hashed(key_id: str, secret: str) -> str:
    return hashlib.blake2b(secret.encode(), key=key_id.encode(), digest_size=32, person=b"gouji key").hexdigest()


def _key_of(row: Row) -> Key:
    named = {name: row[name] for name in ("role", "region", "label", "created_at", "expires_at")}
    return Key(id=row["_id"], revoked_at=row.get("revoked_at"), **named)
