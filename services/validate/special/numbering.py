"""Line numbers (行次), which run without gaps: down one side of a table and on down the next."""

from collections.abc import Iterator

from services.validate.book import Book
from services.validate.results import Agreed, Fault, Result
from services.validate.wording import table_name
from shared.amounts import fold
from shared.figures import TableView
from shared.findings import CellRef


def line_numbers(book: Book) -> Iterator[Result]:
    """Every line number is one more than the one before it."""
    for view in book.views.values():
        gaps = list(_gaps(view))
        if gaps:
            yield from gaps
        elif _ordinals(view):
            yield Agreed()


def _gaps(view: TableView) -> Iterator[Result]:
    previous: int | None = None
    for column in _ordinals(view):
        for r, row in enumerate(view.table.rows):
            text = fold(row[column].text)
            if not text.isdecimal():
                continue
            number = int(text)
            if previous is not None and number != previous + 1:
                cell = row[column]
                ref = CellRef(table=view.index, row=r, column=column, text=cell.text, page=cell.page, bbox=cell.bbox,
                              label=f"{table_name(view.table)} · 行次 {number}")  # fmt: skip
                words = {"name": table_name(view.table), "left": str(number), "expected": str(previous + 1)}
                yield Fault(words, cells=(ref,), expected=str(previous + 1))
            previous = number


def _ordinals(view: TableView) -> list[int]:
    found = ((i, view.layout.column(path)) for i, path in enumerate(view.table.columns))
    return [i for i, column in found if column is not None and column.role == "ordinal"]
