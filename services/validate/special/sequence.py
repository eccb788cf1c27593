"""Sequences: headings, goals of a form and numbers of tables run without gaps and in order."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from services.validate.book import Book
from services.validate.names import numeral_value
from services.validate.results import Agreed, Fault, Result
from services.validate.special.catalogue import Register
from services.validate.wording import table_name
from shared.amounts import fold
from shared.document import Paragraph, Table
from shared.findings import CellRef, Quote

_HEADING = re.compile(r"^\(?(?:第)?([一二三四五六七八九十]+|\d{1,2})(?:部分|[、.)])")
_GOAL = re.compile(r"目标(\d{1,2})[:：.、]")
_TABLE = re.compile(r"(\d+)表?$")


def numbered_headings(book: Book) -> Iterator[Result]:
    """Headings of one level under one heading are numbered without gaps, from one.

    Where the catalogue lists the missing one, its absence is that finding; where a paragraph begins with its number, it
    was only not recognised as a heading.
    """
    headings = [p for p in book.document.paragraphs if p.level is not None]
    for level in sorted({p.level for p in headings if p.level is not None}):
        for run in _runs(headings, level):
            gap = next((pair for pair in pairwise(run) if _number(pair[1]) != _number(pair[0]) + 1), None)
            if gap is not None and _number(run[0]) == 1 and not _is_known(book, gap[0], _number(gap[0]) + 1):
                yield _skipped(gap, _number(gap[0]) + 1)
            elif len(run) > 1:
                yield Agreed()


def _runs(headings: Sequence[Paragraph], level: int) -> Iterator[list[Paragraph]]:
    """The numbered headings of a level that stand below one heading; a first number begins anew."""
    run: list[Paragraph] = []
    for heading in headings:
        deeper, number = (heading.level or 0) > level, _number(heading)
        if deeper or (heading.level == level and not number):
            continue
        if run and ((heading.level or 0) < level or number == 1):
            yield run
            run = []
        if heading.level == level:
            run.append(heading)
    if run:
        yield run


def _number(heading: Paragraph) -> int:
    found = _HEADING.match(fold(heading.text))
    return numeral_value(found.group(1)) or 0 if found else 0


def _is_known(book: Book, before: Paragraph, wanted: int) -> bool:
    """True where the catalogue lists a chapter of that number, or a paragraph begins with it."""
    style = re.sub(r"[一二三四五六七八九十\d]+", "", _HEADING.match(fold(before.text)).group())  # type: ignore[union-attr]
    texts = [entry.title for entry in book.document.catalogue] + [p.text for p in book.document.paragraphs]
    for text in texts:
        found = _HEADING.match(fold(text))
        same = found is not None and re.sub(r"[一二三四五六七八九十\d]+", "", found.group()) == style
        if same and found is not None and numeral_value(found.group(1)) == wanted:
            return True
    return False


def _skipped(gap: tuple[Paragraph, Paragraph], expected: int) -> Fault:
    before, after = gap
    quotes = tuple(Quote(text=p.text, page=p.page) for p in gap)
    words = {"left": after.text, "right": before.text, "expected": str(expected)}
    return Fault(words, quotes=quotes, expected=str(expected))


def numbered_goals(book: Book) -> Iterator[Result]:
    """目标1, 目标2 … in a cell of a form run without gaps."""
    for form in book.forms:
        for r, row in enumerate(form.form.rows):
            for c, cell in enumerate(row):
                numbers = [int(found) for found in _GOAL.findall(fold(cell.text))]
                gap = next((pair for pair in pairwise(numbers) if pair[1] != pair[0] + 1), None)
                if gap is not None:
                    ref = CellRef(table=-1, assessment=form.index, row=r, column=c, text=cell.text[:60], page=cell.page,
                                  bbox=cell.bbox, label=form.title)  # fmt: skip
                    words = {"name": form.title, "left": f"目标{gap[1]}", "expected": f"目标{gap[0] + 1}"}
                    yield Fault(words, cells=(ref,), expected=str(gap[0] + 1))
                elif len(numbers) > 1:
                    yield Agreed()


def table_order(book: Book) -> Iterator[Result]:
    """Numbered tables follow one another in order, each number once, none left out that no catalogue lists."""
    tables = [(n, table) for table in book.document.tables if (n := _table_number(table)) is not None]
    if len(tables) < 2:
        return
    listed = {entry.number for entry in book.document.catalogue if entry.number}
    for (last, before), (number, table) in pairwise(tables):
        if number == last + 1 or (number > last + 1 and listed) or _unit(before) != _unit(table):
            yield Agreed()
        else:
            words = {"name": table_name(table), "left": table.number or "", "right": before.number or ""}
            quote = Quote(text=table_name(table), page=table.pages[0] if table.pages else None)
            yield Fault({**words, "expected": str(last + 1)}, quotes=(quote,), expected=str(last + 1))


def _table_number(table: Table) -> int | None:
    found = _TABLE.search(fold(table.number or ""))
    return int(found.group(1)) if found else None


def _unit(table: Table) -> str:
    return fold(table.unit_name or "")


def listed_titles(book: Book) -> Iterator[Result]:
    """A table bears the title that the catalogue gives it."""
    register = Register(book.document, book.layouts)
    pairs = [(entry, register.retitled(entry)) for entry in book.document.catalogue]
    wrong = [(entry, table) for entry, table in pairs if table is not None]
    if wrong:
        detail = "；".join(f"目录作“{entry.title}”，表题为“{table.title}”" for entry, table in wrong)
        quotes = tuple(Quote(text=entry.title, page=entry.page) for entry, _ in wrong)
        yield Fault({"count": str(len(wrong)), "detail": detail}, quotes=quotes)
    elif any(register.table_of(entry) is not None for entry in book.document.catalogue):
        yield Agreed()
