"""The catalogue (目录): announced tables are there, and 是否空表 agrees with what they print."""

import re
from collections.abc import Iterator

from services.validate.book import Book
from services.validate.results import Agreed, Fault, Result, Unclear
from services.validate.wording import table_name
from shared.amounts import fold
from shared.document import CatalogueEntry, Table
from shared.findings import CellRef, Quote

_PUNCTUATION = re.compile(r"[“”\"'《》、,，()\-—]|(19|20)\d\d年?(度)?")
_MENTIONED_WITH = ("表",)


def announced_tables(book: Book) -> Iterator[Result]:
    """Every table that the catalogue announces is printed under that title."""
    entries = [entry for entry in book.document.catalogue if _is_table(entry)]
    if not entries:
        yield Unclear("not_printed", "目录")
    for entry in entries:
        if _table_of(entry, book) is not None or _form_of(entry, book):
            yield Agreed()
        else:
            yield Fault({"name": " ".join(filter(None, (entry.number, entry.title)))}, quotes=(_quoted(entry),))


def declared_empty(book: Book) -> Iterator[Result]:
    """是否空表 in the catalogue agrees with the table."""
    for entry in book.document.catalogue:
        table = _table_of(entry, book)
        if entry.declared_empty is None or table is None:
            continue
        if entry.declared_empty == table.empty:
            yield Agreed()
            continue
        detail = "空表" if entry.declared_empty else "非空表"
        yield Fault(
            {"name": table_name(table), "detail": detail, "other": "没有数据" if table.empty else "有数据"},
            cells=_first_figure(book.document.tables.index(table), table),
            quotes=(_quoted(entry),),
        )


def _is_table(entry: CatalogueEntry) -> bool:
    return fold(entry.title).endswith(_MENTIONED_WITH) or (entry.number or "").startswith(("表", "公开", "财决公开"))


def _table_of(entry: CatalogueEntry, book: Book) -> Table | None:
    """The table an entry means: of the same number, else of the same title."""
    wanted, number = _bare(entry.title), fold(entry.number or "")
    for table in book.document.tables:
        if number and fold(table.number or "") == number:
            return table
    for table in book.document.tables:
        if table.title and (_bare(table.title).endswith(wanted) or wanted.endswith(_bare(table.title))):
            return table
    return None


def _form_of(entry: CatalogueEntry, book: Book) -> bool:
    wanted = _bare(entry.title)
    return any(_bare(form.title) in wanted or wanted in _bare(form.title) for form in book.document.assessments)


def _bare(title: str) -> str:
    return _PUNCTUATION.sub("", fold(title)).replace("明细", "")


def _quoted(entry: CatalogueEntry) -> Quote:
    return Quote(text=" ".join(filter(None, (entry.number, entry.title))), page=entry.page)


def _first_figure(index: int, table: Table) -> tuple[CellRef, ...]:
    for r, row in enumerate(table.rows):
        for c, cell in enumerate(row):
            if cell.value and "." in cell.text:
                ref = CellRef(table=index, row=r, column=c, text=cell.text, page=cell.page, bbox=cell.bbox,
                              label=table_name(table))  # fmt: skip
                return (ref,)
    return ()
