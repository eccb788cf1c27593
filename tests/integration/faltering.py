"""A database whose connection breaks at a chosen operation, as that of a process which dies there."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

from shared.errors import DatabaseUnavailable
from shared.mongo import Collection, Database, Filter, Row, Sort
from shared.settings import Settings


class Faltering(Database):
    """Every operation after the first `left` ones fails; half of the rows of a failing bulk insert are written."""

    def __init__(self, settings: Settings, left: int) -> None:
        super().__init__(settings)
        self.left = left

    @property
    def broke(self) -> bool:
        """True where an operation failed."""
        return self.left < 0

    def __getitem__(self, name: str) -> Collection:
        return _Counted(super().__getitem__(name), self)

    def step(self) -> None:
        """Count one operation."""
        self.left -= 1
        if self.broke:
            raise DatabaseUnavailable(detail="the process died here")


class _Counted(Collection):
    def __init__(self, inner: Collection, database: Faltering) -> None:
        super().__init__(inner._collection)
        self._steps = database

    async def one(self, where: Filter, fields: Filter | None = None, sort: Sort | None = None) -> Row | None:
        self._steps.step()
        return await super().one(where, fields, sort)

    async def each(
        self, where: Filter, fields: Filter | None = None, sort: Sort = (), limit: int = 0, batch: int = 0
    ) -> AsyncIterator[Row]:
        self._steps.step()
        async for row in super().each(where, fields, sort, limit, batch):
            yield row

    async def insert(self, row: Row) -> bool:
        self._steps.step()
        return await super().insert(row)

    async def insert_missing(self, rows: Sequence[Row]) -> None:
        if self._steps.left == 0:
            await super().insert_missing(rows[: len(rows) // 2])
        self._steps.step()
        await super().insert_missing(rows)

    async def change(self, where: Filter, change: Any) -> bool:
        self._steps.step()
        return await super().change(where, change)

    async def change_all(self, where: Filter, change: Any) -> int:
        self._steps.step()
        return await super().change_all(where, change)

    async def delete(self, where: Filter) -> int:
        self._steps.step()
        return await super().delete(where)
