"""The lines of one verdict, packed: what whole-document readers (publishing, exports) take in one go.

Reading the lines one by one costs the embedded database some hundred times as much.
"""

import json
import zlib
from collections.abc import Iterator, Sequence
from decimal import Decimal

from services.store.lines import Line
from shared.mongo import Database, Row
from shared.records import PACKED_LINES, child_id

_AMOUNT, _BOX = 9, 13
"""Where they stand in `_values`."""

LINES_OF_A_PART = 20_000
"""A part stays far below the 16 MB that a row of the database may have."""


def packed_rows(event_id: str, lines: Sequence[Line]) -> list[Row]:
    """The rows that hold the lines of a verdict; at least one, so that a verdict without lines is told from none."""
    starts = range(0, max(1, len(lines)), LINES_OF_A_PART)
    return [
        {
            "_id": child_id(event_id, number),
            "parts": len(starts),
            "packed": zlib.compress(_text(lines[start : start + LINES_OF_A_PART]).encode()),
        }
        for number, start in enumerate(starts)
    ]


async def packed_lines(event_id: str, database: Database) -> list[Line] | None:
    """The lines of a verdict in the order of the document; None where the verdict is not (any longer) kept."""
    # By their very ids: the embedded database has no index for a range of `_id`.
    first = await database[PACKED_LINES.name].one({"_id": child_id(event_id, 0)})
    if first is None:
        return None
    others = [child_id(event_id, number) for number in range(1, first.get("parts", 1))]
    rows = await database[PACKED_LINES.name].all({"_id": {"$in": others}}, sort=[("_id", 1)]) if others else []
    return [line for row in (first, *rows) for line in _unpacked(row)] if len(rows) == len(others) else None


def _text(lines: Sequence[Line]) -> str:
    return json.dumps([_values(line) for line in lines], ensure_ascii=False, separators=(",", ":"))


def _values(line: Line) -> list[object]:
    amount = None if line.amount is None else str(line.amount)
    return [
        line.table, line.table_type, line.row, line.column, line.side, line.block, line.row_key, line.row_name,
        line.column_key, amount, line.text, line.amount_unit, line.page, line.bbox,
    ]  # fmt: skip


def _unpacked(row: Row) -> Iterator[Line]:
    for values in json.loads(zlib.decompress(row["packed"])):
        amount, box = values[_AMOUNT], values[_BOX]
        values[_AMOUNT] = None if amount is None else Decimal(amount)
        values[_BOX] = None if box is None else tuple(box)
        yield Line(*values)
