"""One code, one name within the document: every table that prints a code (科目代码) prints one name beside it."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from itertools import chain

from services.validate.book import DOUBTFUL_BELOW, Book
from services.validate.names import name_key
from services.validate.results import Agreed, Fault, Result
from services.validate.wording import table_name
from shared.figures import Figure
from shared.findings import CellRef

_PUNCTUATION = re.compile(r"\W")
_ALIKE = 0.4
_MOST = 8


def one_name_a_code(book: Book) -> Iterator[Result]:
    """All names of a code are one; differences of wording are told once, another name by itself."""
    worded: list[tuple[str, list[Figure]]] = []
    for code, names in sorted(_names(book).items()):
        spellings = [name for name in names if not any(_is_cut(name, other) for other in names)]
        figures = [names[name] for name in spellings]
        if len(spellings) < 2:
            yield Agreed()
        elif all(_likeness(spellings[0], name) >= _ALIKE for name in spellings[1:]):
            worded.append((_told(book, code, figures), figures))
        else:
            words = {"count": "1", "detail": _told(book, code, figures)}
            yield Fault(words, cells=_refs(book, figures), severity="warning")
    if worded:
        words = {"count": str(len(worded)), "detail": "；".join(told for told, _ in worded[:_MOST])}
        cells = _refs(book, list(chain.from_iterable(figures for _, figures in worded[:_MOST])))
        yield Fault(words, cells=cells, severity="info")


def _names(book: Book) -> Mapping[str, dict[str, Figure]]:
    """Every code with its names, and the first cell beside each; tables that are hard to read are left out."""
    found: dict[str, dict[str, Figure]] = defaultdict(dict)
    for view in chain(book.views.values(), *book.further):
        if view.table.confidence < DOUBTFUL_BELOW:
            continue
        for figure in view.figures:
            name = _PUNCTUATION.sub("", name_key(figure.row_name))
            if figure.is_code and name and not name.isdecimal():
                found[figure.row_key].setdefault(name, figure)
    return found


def _is_cut(name: str, other: str) -> bool:
    """True for a name that is another one with its end cut off."""
    return name != other and other.startswith(name)


def _likeness(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other).ratio()


def _told(book: Book, code: str, figures: list[Figure]) -> str:
    tables = book.document.tables
    return f"{code} " + "，".join(f"{table_name(tables[f.table])}作“{f.row_name}”" for f in figures)


def _refs(book: Book, figures: list[Figure]) -> tuple[CellRef, ...]:
    """The cells that print the names."""
    refs = []
    for figure in figures:
        table = book.document.tables[figure.table]
        column = next((i for i, cell in enumerate(table.rows[figure.row]) if cell.text.strip() == figure.row_name), 0)
        cell = table.rows[figure.row][column]
        label = f"{table_name(table)} · {figure.row_key}"
        place = {"table": figure.table, "row": figure.row, "column": column}
        refs.append(CellRef(**place, text=cell.text, page=cell.page, bbox=cell.bbox, label=label))
    return tuple(refs)
