"""One client, its database and the few operations on collections that Gouji needs."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC
from decimal import Context, Decimal
from typing import Any, Self

from bson import Decimal128
from bson.codec_options import CodecOptions, TypeCodec, TypeRegistry
from bson.decimal128 import create_decimal128_context
from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorCollection
from pymongo import errors as driver

from shared.errors import InvalidSettings
from shared.mongo.translation import only_duplicates, translated
from shared.settings import Settings

Row = dict[str, Any]
Filter = Mapping[str, Any]
Sort = Sequence[tuple[str, int]]

_EXISTS = 48
"""MongoDB's NamespaceExists."""

_PIECE = 25

SERVER_SELECTION_MS = 3_000
SOCKET_TIMEOUT_MS = 30_000
WRITE_TIMEOUT_MS = 15_000


class Database:
    """One client and one database; an async context manager. `database["name"]` is a collection."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._client: AsyncIOMotorClient[Row] | None = None

    async def __aenter__(self) -> Self:
        try:
            self._client = AsyncIOMotorClient(
                self._settings.mongo_url,
                w="majority",
                journal=True,
                wTimeoutMS=WRITE_TIMEOUT_MS,
                serverSelectionTimeoutMS=SERVER_SELECTION_MS,
                connectTimeoutMS=SERVER_SELECTION_MS,
                socketTimeoutMS=SOCKET_TIMEOUT_MS,
                appname="gouji",
            )
        except (driver.ConfigurationError, driver.InvalidURI) as error:
            raise InvalidSettings(detail=f"GOUJI_MONGO_URL: {error}") from error
        return self

    async def __aexit__(self, *_: object) -> None:
        client, self._client = self._client, None
        if client is not None:
            # Closing says goodbye to the server and may have to wait for it.
            await asyncio.to_thread(client.close)

    def __getitem__(self, name: str) -> "Collection":
        return Collection(self._database().get_collection(name, codec_options=_CODECS))

    async def ping(self) -> None:
        """Return when the database answers. Raises `DatabaseUnavailable`."""
        with translated():
            await self._database().command("ping")

    async def ensure_shape(self, name: str, shape: Filter) -> None:
        """Let the database refuse rows of a collection that do not fit a `$jsonSchema`; rows there already may stay."""
        validation = {"validator": {"$jsonSchema": dict(shape)}, "validationLevel": "moderate"}
        with translated():
            try:
                await self._database().command({"create": name})
            except driver.OperationFailure as error:
                if error.code != _EXISTS:
                    raise
            await self._database().command({"collMod": name, **validation})

    async def next_number(self, counter: str) -> int:
        """The next number of a counter, from 1; never given twice, gaps are possible."""
        return int((await self["counters"].change_or_insert(counter, {"$inc": {"last": 1}}))["last"])

    async def last_number(self, counter: str) -> int:
        """The number of a counter that was given last; 0 where none was."""
        return int((await self["counters"].one({"_id": counter}) or {"last": 0})["last"])

    def _database(self) -> Any:
        if self._client is None:
            raise RuntimeError("the Database is used outside its 'async with'")
        return self._client[self._settings.mongo_database]


class Collection:
    """One collection with the few operations Gouji needs, driver errors translated."""

    def __init__(self, collection: "AsyncIOMotorCollection[Row]") -> None:
        self._collection = collection

    async def one(self, where: Filter, fields: Filter | None = None, sort: Sort | None = None) -> Row | None:
        """The first row that matches, or None."""
        with translated():
            return await self._collection.find_one(where, fields, sort=sort)

    async def all(self, where: Filter, fields: Filter | None = None, sort: Sort = (), limit: int = 0) -> list[Row]:
        """All rows that match, at most `limit` where it is not 0."""
        return [row async for row in self.each(where, fields, sort, limit)]

    async def each(
        self, where: Filter, fields: Filter | None = None, sort: Sort = (), limit: int = 0, batch: int = 0
    ) -> AsyncIterator[Row]:
        """The rows that match, one after the other; `batch` of them in memory at once where it is not 0."""
        with translated():
            cursor = self._collection.find(where, fields, limit=limit, batch_size=batch)
            if sort:
                cursor = cursor.sort(list(sort))
            async for row in cursor:
                yield row

    async def among(self, field: str, values: Sequence[Any], fields: Filter | None = None) -> list[Row]:
        """All rows whose field is one of many values.

        Asked for in pieces, because the embedded server compares every row that it finds with the whole list.
        """
        pieces = [values[start : start + _PIECE] for start in range(0, len(values), _PIECE)]
        return [row for piece in pieces for row in await self.all({field: {"$in": list(piece)}}, fields)]

    async def count(self, where: Filter) -> int:
        """How many rows match."""
        with translated():
            return await self._collection.count_documents(where)

    async def insert(self, row: Row) -> bool:
        """Insert a row; False, and nothing changed, where a unique index already has it."""
        with translated():
            try:
                await self._collection.insert_one(row)
            except driver.DuplicateKeyError:
                return False
            return True

    async def insert_missing(self, rows: Sequence[Row]) -> None:
        """Insert the rows that are not there yet, by `_id`; rows already there are left as they are."""
        if not rows:
            return
        with translated():
            try:
                await self._collection.insert_many(rows, ordered=False)
            except driver.BulkWriteError as error:
                if not only_duplicates(error):
                    raise

    async def change(self, where: Filter, change: Any) -> bool:
        """Change one row atomically; True where one matched.

        Where `where` names no `_id`, nor begins with an indexed field, or holds `$or`, the embedded server reads the
        whole collection.
        """
        with translated():
            return bool((await self._collection.update_one(where, change)).matched_count)

    async def change_or_insert(self, row_id: str, change: Any) -> Row:
        """Change the row of an `_id` atomically, an empty one where it is not there yet, and return it afterwards.

        For small collections: to return a row that it changes, the embedded server reads the whole collection.
        Not the server's upsert: of several at once it may report a collision, or (the embedded server) no row at all.
        """
        while True:
            with translated():
                row = await self._collection.find_one_and_update({"_id": row_id}, change, return_document=True)
            if row is not None:
                return row
            await self.insert({"_id": row_id})

    async def change_all(self, where: Filter, change: Any) -> int:
        """Change every row that matches; how many matched."""
        with translated():
            return int((await self._collection.update_many(where, change)).matched_count)

    async def delete(self, where: Filter) -> int:
        """Delete every row that matches; how many there were."""
        with translated():
            return int((await self._collection.delete_many(where)).deleted_count)

    async def ensure_index(self, keys: Sort, *, unique: bool = False, only: Filter | None = None) -> None:
        """Create an index if it is not there; `only` restricts it to the rows that match (a partial index)."""
        options: Row = {"partialFilterExpression": dict(only)} if only else {}
        with translated():
            await self._collection.create_index(list(keys), unique=unique, **options)


class _DecimalCodec(TypeCodec):
    """Decimal ↔ Decimal128; more than 34 digits are rounded (the printed text is always kept beside an amount)."""

    python_type = Decimal
    bson_type = Decimal128
    _context: Context = create_decimal128_context()

    def transform_python(self, value: Decimal) -> Decimal128:
        return Decimal128(self._context.create_decimal(value))

    def transform_bson(self, value: Decimal128) -> Decimal:
        return value.to_decimal()


_CODECS: CodecOptions[Row] = CodecOptions(tz_aware=True, tzinfo=UTC, type_registry=TypeRegistry([_DecimalCodec()]))
