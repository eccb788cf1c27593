"""The year and the unit's name, which must agree everywhere (“（汇总）” is no difference)."""

import re
from collections.abc import Iterator

from services.validate.book import Book
from services.validate.results import Agreed, Fault, Result, Unclear
from services.validate.wording import table_name
from shared.amounts import fold
from shared.findings import Quote

_NO_DIFFERENCE = re.compile(r"\((汇总|本级|机关|本部|部门)\)|本级$")


def years(book: Book) -> Iterator[Result]:
    """The year printed above each table is the document's year."""
    year = book.document.fiscal_year
    for table in book.document.tables:
        if table.fiscal_year is None:
            continue
        if year is None:
            yield Unclear("not_printed", table_name(table))
        elif table.fiscal_year == year:
            yield Agreed()
        else:
            said = Quote(
                text=f"{table_name(table)} {table.fiscal_year}年", page=table.pages[0] if table.pages else None
            )
            yield Fault({"name": table_name(table), "left": str(table.fiscal_year), "right": str(year)}, quotes=(said,))


def unit_names(book: Book) -> Iterator[Result]:
    """The unit's name printed above each table is the document's."""
    name = book.document.unit_name
    for table in book.document.tables:
        if not table.unit_name:
            continue
        if name is None:
            yield Unclear("not_printed", table_name(table))
        elif _alike(name, table.unit_name):
            yield Agreed()
        else:
            said = Quote(text=table.unit_name, page=table.pages[0] if table.pages else None)
            yield Fault({"name": table_name(table), "left": table.unit_name, "right": name}, quotes=(said,))


def _alike(one: str, other: str) -> bool:
    a, b = (_NO_DIFFERENCE.sub("", fold(name)) for name in (one, other))
    return a == b or a.endswith(b) or b.endswith(a)
