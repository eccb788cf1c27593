"""The catalogue (目录): announced tables are there, and 是否空表 agrees with what they print."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from services.validate.book import Book
from services.validate.names import name_key
from services.validate.results import Agreed, Fault, Result, Unclear
from services.validate.wording import table_name
from shared.amounts import fold
from shared.document import CatalogueEntry, Document, Table
from shared.findings import CellRef, Quote
from shared.layouts import Layouts

_PUNCTUATION = re.compile(r"[“”\"'《》、,，()\-—]|(19|20)\d\d年?(度)?")
_TABLE_NUMBER = re.compile(r"(财决|财预)?(公开)?0*\d*表?0*\d+表?")


def announced_tables(book: Book) -> Iterator[Result]:
    """Every table that the catalogue announces is printed under that title."""
    register = Register(book.document, book.layouts)
    entries = [entry for entry in book.document.catalogue if register.announces_table(entry)]
    if not entries:
        yield Unclear("not_printed", "目录")
    missing = [entry for entry in entries if not register.is_printed(entry)]
    yield from (Agreed() for _ in range(len(entries) - len(missing)))
    if missing:
        words = {"count": str(len(missing)), "detail": "、".join(map(_named, missing))}
        yield Fault(words, quotes=tuple(map(_quoted, missing)))


def declared_empty(book: Book) -> Iterator[Result]:
    """是否空表 in the catalogue agrees with the table."""
    register = Register(book.document, book.layouts)
    for entry in book.document.catalogue:
        index = register.table_of(entry)
        if entry.declared_empty is None or index is None:
            continue
        table = book.document.tables[index]
        figure = _first_figure(index, table)
        if entry.declared_empty == (figure is None) or (not entry.declared_empty and not table.empty):
            yield Agreed()  # a table of zeros may be called either
        else:
            detail, other = ("空表", "有数据") if entry.declared_empty else ("非空表", "没有数据")
            words = {"name": table_name(table), "detail": detail, "other": other}
            yield Fault(words, cells=(figure,) if figure else (), quotes=(_quoted(entry),))


@dataclass(frozen=True)
class Register:
    """The printed tables and forms of a document by what a catalogue may call them."""

    document: Document
    layouts: Layouts

    @cached_property
    def _tables(self) -> list[tuple[str, str, str]]:
        """(type, number, bare title) of every table."""
        return [(table.type, fold(table.number or ""), _bare(table.title)) for table in self.document.tables]

    @cached_property
    def _forms(self) -> list[str]:
        return [_bare(form.title) for form in self.document.assessments if form.title]

    @cached_property
    def _titles(self) -> list[tuple[str, str]]:
        """(bare title, type) of every standard table, the longest title first."""
        titles = [(_bare(title), layout.type) for layout in self.layouts.tables for title in layout.titles]
        return sorted(titles, key=lambda pair: -len(pair[0]))

    def announces_table(self, entry: CatalogueEntry) -> bool:
        """True where an entry speaks of a table, not of a chapter."""
        numbered = entry.number is not None and _TABLE_NUMBER.fullmatch(fold(entry.number)) is not None
        return (numbered and "表" in (entry.number or "")) or self._type(_bare(entry.title)) is not None

    def is_printed(self, entry: CatalogueEntry) -> bool:
        """True where the table or form that an entry announces is there."""
        title = _bare(entry.title)
        return self.table_of(entry) is not None or any(title in form or form in title for form in self._forms)

    def table_of(self, entry: CatalogueEntry) -> int | None:
        """The table an entry means: of the same title, of the same type, else of the same number."""
        title, number = _bare(entry.title), fold(entry.number or "")
        wanted = self._type(title)
        same_title = [bool(bare) and bare == title for _, _, bare in self._tables]
        same_type = [wanted is not None and kind == wanted for kind, _, _ in self._tables]
        same_number = [bool(number) and printed == number for _, printed, _ in self._tables]
        return next((fits.index(True) for fits in (same_title, same_type, same_number) if any(fits)), None)

    def retitled(self, entry: CatalogueEntry) -> Table | None:
        """The table of an entry's type that bears another title, where there is none of the same title."""
        index, title = self.table_of(entry), _bare(entry.title)
        if index is None or self._type(title) != self.document.tables[index].type:
            return None
        printed = _bare(self.document.tables[index].title)
        return self.document.tables[index] if printed and title not in printed and printed not in title else None

    def _type(self, title: str) -> str | None:
        return next((kind for known, kind in self._titles if title.endswith(known)), None)


def _bare(title: str) -> str:
    return _PUNCTUATION.sub("", name_key(title)).replace("明细", "")


def _named(entry: CatalogueEntry) -> str:
    return " ".join(filter(None, (entry.number, entry.title)))


def _quoted(entry: CatalogueEntry) -> Quote:
    return Quote(text=_named(entry), page=entry.page)


def _first_figure(index: int, table: Table) -> CellRef | None:
    """The first amount of a table that is not zero."""
    for r, row in enumerate(table.rows):
        for c, cell in enumerate(row):
            if cell.value and "." in cell.text:
                return CellRef(table=index, row=r, column=c, text=cell.text, page=cell.page, bbox=cell.bbox,
                               label=table_name(table))  # fmt: skip
    return None
