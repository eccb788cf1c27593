"""Parquet: amounts as decimal128(38, 10), a row group for some tens of thousands of rows."""

import io
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

from services.store.exports.sheets import Sheet, Value

MEDIA_TYPE = "application/vnd.apache.parquet"
ROWS_OF_A_GROUP = 20_000
_PRECISION, _SCALE = 38, 10


async def write_parquet(sheet: Sheet) -> AsyncIterator[bytes]:
    """The file, a row group at a time. An amount that does not fit is null; its printed text is beside it."""
    import pyarrow  # a large library, of use here only
    import pyarrow.parquet

    types = {"text": pyarrow.string(), "number": pyarrow.int64(), "amount": pyarrow.decimal128(_PRECISION, _SCALE)}
    schema = pyarrow.schema([(name, types[kind]) for name, kind in sheet.columns.items()])
    sink = _Drained()
    with pyarrow.parquet.ParquetWriter(pyarrow.PythonFile(sink, mode="w"), schema) as writer:
        async for rows in _grouped(sheet):
            columns = [_column(sheet, rows, index) for index in range(len(sheet.columns))]
            arrays = [pyarrow.array(values, field.type) for values, field in zip(columns, schema, strict=True)]
            writer.write_table(pyarrow.Table.from_arrays(arrays, schema=schema))
            yield sink.drain()
    yield sink.drain()


async def _grouped(sheet: Sheet) -> AsyncIterator[list[tuple[Value, ...]]]:
    group: list[tuple[Value, ...]] = []
    async for rows in sheet.rows:
        group += rows
        if len(group) >= ROWS_OF_A_GROUP:
            yield group
            group = []
    if group:
        yield group


def _column(sheet: Sheet, rows: list[tuple[Value, ...]], index: int) -> list[Value]:
    values = [row[index] for row in rows]
    if list(sheet.columns.values())[index] != "amount":
        return values
    return [value if isinstance(value, Decimal) and _fits(value) else None for value in values]


def _fits(value: Decimal) -> bool:
    exponent = value.as_tuple().exponent
    return isinstance(exponent, int) and exponent >= -_SCALE and value.adjusted() < _PRECISION - _SCALE


class _Drained(io.RawIOBase):
    """A file that is only written to, and emptied as it grows."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []
        self._written = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        self._parts.append(bytes(data))
        self._written += len(self._parts[-1])
        return len(self._parts[-1])

    def tell(self) -> int:
        return self._written

    def drain(self) -> bytes:
        """What was written since the last time."""
        parts, self._parts = self._parts, []
        return b"".join(parts)
