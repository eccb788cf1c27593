"""What a table's notes say of it, and how the tables of several units add up to the department's."""

import re
from collections.abc import Iterator

from services.validate.book import Book
from services.validate.relations import Balance
from services.validate.results import Agreed, Claim, Fault, Result, Unclear
from services.validate.vocabulary import Address
from services.validate.wording import table_name
from shared.amounts import fold
from shared.document import Table
from shared.findings import CellRef, Quote

_EMPTY = re.compile(r"(?:本表|此表|故)(?:为空表|为空|无数据|没有数据|无内容)|公开空表|空表公开|本表为空")
_LEAST_UNITS = 2
_TOTALS = (
    Address(table="income_expenditure_summary", side="income", row="total", column="final"),
    Address(table="income_expenditure_summary", side="expenditure", row="total", column="final"),
    Address(table="fiscal_appropriation_summary", side="income", row="total", column="final"),
)


def noted_empty(book: Book) -> Iterator[Result]:
    """A table whose note says that it has no data has none."""
    for index, table in enumerate(book.document.tables):
        note = next((note for note in table.notes if _EMPTY.search(fold(note))), None)
        if note is None:
            continue
        figure = _first_amount(index, table)
        if figure is None:
            yield Agreed()
        else:
            quote = Quote(text=note, page=table.pages[-1] if table.pages else None)
            yield Fault({"name": table_name(table), "detail": note}, cells=(figure,), quotes=(quote,))


def _first_amount(index: int, table: Table) -> CellRef | None:
    """The first amount that is not zero, in a table of a known type."""
    if table.type in ("unknown", "catalogue"):
        return None
    for r, row in enumerate(table.rows):
        for c, cell in enumerate(row):
            if cell.value and "." in cell.text:
                return CellRef(table=index, row=r, column=c, text=cell.text, page=cell.page, bbox=cell.bbox,
                               label=table_name(table))  # fmt: skip
    return None


def units_of_department(book: Book) -> Iterator[Result]:
    """Where a department's tables and those of its units are printed, the units together are the department.

    Transfers within the department are taken out of its total, so that a difference is only worth a look.
    """
    own = {fold(view.table.unit_name or "") for view in book.views.values()}
    units = [other for other in book.others if not own & {fold(v.table.unit_name or "") for v in other.views.values()}]
    if len(units) < _LEAST_UNITS:
        return
    for address in _TOTALS:
        whole = book.cells(address)
        parts = [unit.cells(address) for unit in units]
        found = [term for terms in parts if not isinstance(terms, Unclear) for term in terms]
        if not isinstance(whole, Unclear) and len(found) == len(units):
            yield Claim(Balance(tuple(whole), tuple(found)), subject=whole[0])
