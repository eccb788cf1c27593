"""Which rows an address means, and why there are none: the selectors of the vocabulary."""

import re
from collections.abc import Sequence

from services.validate.vocabulary import Address
from shared.amounts import fold
from shared.figures import Figure
from shared.findings import UnclearReason
from shared.layouts import TableLayout

_NUMBERING = (r"[一二三四五六七八九十]+、", r"\([一二三四五六七八九十]+\)", r"\d+[、.]", r"\(\d+\)")


def rows_of(column: Sequence[Figure], row: str) -> list[Figure]:
    """The figures of a column that a row selector means."""
    if row == "codes":
        return [figure for figure in column if figure.is_code]
    if row.split("-")[0] == "classes":
        left_out = set(row.split("-")[1:])
        return [f for f in column if f.is_code and len(f.row_key) == 3 and f.row_key not in left_out]
    one = [figure for figure in column if figure.row_key == row][:1]
    return one or _one_level([figure for figure in column if figure.group == row and not figure.subset])


def _one_level(figures: list[Figure]) -> list[Figure]:
    """Only the rows of the highest numbering among them: 一、 1、 (1) is a hierarchy, of which one level is added."""
    levels = [numbering_level(figure.row_name) for figure in figures]
    top = min((level for level in levels if level is not None), default=None)
    return [f for f, level in zip(figures, levels, strict=True) if level is None or level == top]


def why_missing(layout: TableLayout, address: Address) -> UnclearReason:
    """Another edition's row, column or side does not apply; one of this edition is missing."""
    side = next((side for side in layout.sides if side.key == address.side), None)
    rows = (*side.rows, *layout.rows) if side else ()
    known = {"codes", "classes", "items", *(row.key for row in rows), *(row.group for row in rows)}
    foreign_row = address.row.isascii() and not address.row[0].isdigit() and address.row.split("-")[0] not in known
    foreign_column = address.column != "*" and all(column.key != address.column for column in layout.columns)
    return "not_applicable" if side is None or foreign_row or foreign_column else "not_printed"


def numbering_level(name: str) -> int | None:
    """0 for 一、, 1 for （一）, 2 for 1、, 3 for (1); None for a name without a number."""
    folded = fold(name)
    return next((level for level, pattern in enumerate(_NUMBERING) if re.match(pattern, folded)), None)


def ambiguous(figures: Sequence[Figure]) -> bool:
    """True where two columns of one block of columns bear one key."""
    columns: dict[tuple[int, str], int] = {}
    return any(columns.setdefault((f.block, f.row_key), f.column) != f.column for f in figures if f.row_key)
