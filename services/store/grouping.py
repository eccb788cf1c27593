"""Sums by district, year and so on: of the published measures from the roll-ups, of any other address by adding up."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Literal, get_args

from services.store.line_bodies import Group, Totals
from services.store.line_queries import current_lines
from services.store.measures import in_yuan, published_measures
from shared.errors import InvalidField, QueryTooSlow
from shared.mongo import Database, Row
from shared.records import TOTALS
from shared.sight import Sight

Dimension = Literal["region", "fiscal_year", "kind", "scope", "unit_name"]
SCAN_SECONDS = 5.0
"""How long a sum that no roll-up serves may take."""


def dimensions(by: str) -> tuple[Dimension, ...]:
    """What to group by, separated by commas. Raises `InvalidField`."""
    names = tuple(dict.fromkeys(part.strip() for part in by.split(",") if part.strip()))
    for name in names:
        if name not in get_args(Dimension):
            allowed = ", ".join(get_args(Dimension))
            raise InvalidField(field="by", detail=f"{name[:40]}; {allowed}")
    return names  # type: ignore[return-value]  # each one was looked up


async def measure_totals(
    measure: str, by: Sequence[Dimension], where: Mapping[str, Any], sight: Sight, database: Database
) -> Totals:
    """Sums of a published measure, from the roll-ups. Raises `InvalidField`."""
    if measure not in published_measures():
        raise InvalidField(field="measure", detail=", ".join(published_measures()))
    if "unit_name" in by:
        raise InvalidField(field="by", detail="by unit see /filings 按单位请用 /filings")
    sums = _Sums(by)
    fields = dict.fromkeys((*by, f"sums.{measure}", f"filings.{measure}"), 1)
    rows = database[TOTALS.name].each({**where, **sight.caller.region_filter}, fields)
    async for row in rows:
        if measure in row["sums"]:
            sums.add(row, row["sums"][measure], row["filings"][measure])
    return Totals(source="rollup", groups=sums.groups())


async def address_totals(
    cell: str, by: Sequence[Dimension], where: Mapping[str, Any], sight: Sight, database: Database,
    seconds: float = SCAN_SECONDS,
) -> Totals:  # fmt: skip
    """Sums over every current line of an address. Raises `QueryTooSlow` where that takes too long."""
    sums = _Sums(by)
    try:
        async with asyncio.timeout(seconds):
            async for line in current_lines(cell, where, sight, database):
                yuan = in_yuan(line["amount"], line["amount_unit"])
                if yuan is not None:
                    sums.add(line, yuan, 1)
    except TimeoutError as error:
        raise QueryTooSlow(seconds=f"{seconds:g}") from error
    return Totals(source="scan", groups=sums.groups())


class _Sums:
    def __init__(self, by: Sequence[Dimension]) -> None:
        self._by = by
        self._sums: dict[tuple[Any, ...], tuple[Decimal, int]] = {}

    def add(self, row: Row, amount: Decimal, filings: int) -> None:
        """Count one row's amount in its group."""
        key = tuple(row[name] for name in self._by)
        before, count = self._sums.get(key, (Decimal(0), 0))
        self._sums[key] = (before + amount, count + filings)

    def groups(self) -> list[Group]:
        """The groups, in the order of what they are grouped by."""
        return [
            Group.model_validate({**dict(zip(self._by, key, strict=True)), "amount": amount, "filings": filings})
            for key, (amount, filings) in sorted(self._sums.items(), key=lambda item: _order(item[0]))
        ]


def _order(key: Iterable[Any]) -> list[tuple[bool, str]]:
    return [(part is None, str(part)) for part in key]
