"""Headings, numbering and years of the document as a whole."""

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import pairwise

from services.validate.book import Book
from services.validate.names import name_key, numeral_value
from services.validate.results import Agreed, Fault, Result
from services.validate.wording import table_name
from shared.amounts import fold
from shared.document import CatalogueEntry
from shared.findings import CellRef, Quote

_NUMERAL = re.compile(r"^(?:第)?([一二三四五六七八九十]+)(、|部分)")
_YEAR = re.compile(r"(20\d\d)年")
_OWN = re.compile(r"^(?:本)?(?:部门|单位|项目)")
_ASIDE = re.compile(r"[(][^()]*[)]$")
_LEAST_WORDS = 4
_MOST = 8
_LONGEST_HEADING = 50
_ALIKE = 0.8


def listed_headings(book: Book) -> Iterator[Result]:
    """Every chapter of the 目录 has its heading in the text.

    Where most chapters were not found, headings were not recognised as such, and nothing is said.
    """
    chapters = [entry for entry in book.document.catalogue if _is_chapter(entry)]
    pages = {entry.page for entry in chapters}
    printed = {p.text for p in book.document.paragraphs if len(p.text) <= _LONGEST_HEADING and p.page not in pages}
    above = {part for p in book.document.paragraphs for part in p.section.split(" / ")}
    missing = _unmatched(chapters, sorted({_bare(text) for text in printed | above}))
    if missing and len(missing) * 3 <= len(chapters):
        names = "、".join(entry.title for entry in missing[:_MOST])
        quotes = tuple(Quote(text=entry.title, page=entry.page) for entry in missing[:_MOST])
        yield Fault({"count": str(len(missing)), "detail": names}, quotes=quotes)
    elif chapters and not missing:
        yield Agreed()


def _is_chapter(entry: CatalogueEntry) -> bool:
    title = fold(entry.title)
    return entry.number is None and _NUMERAL.match(title) is not None and not title.endswith("表")


def _unmatched(chapters: Sequence[CatalogueEntry], headings: Sequence[str]) -> list[CatalogueEntry]:
    """The chapters that no heading is left for; each heading is matched once, the most alike first."""
    wanted, left = {i: _bare(entry.title) for i, entry in enumerate(chapters)}, list(headings)
    for agrees in (str.__eq__, _behind_a_name):
        for i, title in list(wanted.items()):
            if (found := next((heading for heading in left if agrees(heading, title)), None)) is not None:
                left.remove(found)
                del wanted[i]
    pairs = [(_likeness(title, heading), i, at) for i, title in wanted.items() for at, heading in enumerate(left)]
    used: set[int] = set()
    for likeness, i, at in sorted(pairs, reverse=True):
        if likeness >= _ALIKE and i in wanted and at not in used:
            used.add(at)
            del wanted[i]
    return [chapters[i] for i in wanted]


def _behind_a_name(heading: str, title: str) -> bool:
    """部门主要职能 is printed as 某市某局（部门）主要职能."""
    words = _OWN.sub("", title)
    return len(words) >= _LEAST_WORDS and heading.endswith(words)


def _likeness(one: str, other: str) -> float:
    """How alike two titles are, 0 to 1: 收支决算 and 收入支出决算 are much alike."""
    if not other or abs(len(one) - len(other)) * 2 > max(len(one), len(other)):
        return 0.0
    return SequenceMatcher(None, one, other).ratio()


def catalogue_years(book: Book) -> Iterator[Result]:
    """Titles in the catalogue bear the document's year."""
    year = book.document.fiscal_year
    wrong = [entry for entry in book.document.catalogue if year is not None and _other_year(entry.title, year)]
    if wrong:
        years = "、".join(sorted({found for entry in wrong for found in _YEAR.findall(fold(entry.title))}))
        quotes = tuple(Quote(text=entry.title, page=entry.page) for entry in wrong[:_MOST])
        yield Fault({"count": str(len(wrong)), "left": years, "right": str(year)}, quotes=quotes)
    elif book.document.catalogue:
        yield Agreed()


def numbered_lines(book: Book) -> Iterator[Result]:
    """Items numbered 一、二、三 in a table's name column run without gaps."""
    for view in book.views.values():
        for column, key in enumerate(view.column_keys):
            layout = view.layout.column(view.table.columns[column])
            if key is None or layout is None or layout.role != "name":
                continue
            numbers = [(r, number) for r, row in enumerate(view.table.rows) if (number := _numeral(row[column].text))]
            gap = next((pair for pair in pairwise(numbers) if _skips(pair)), None)
            if gap is not None:
                (_, last), (r, _) = gap
                cell = view.table.rows[r][column]
                ref = CellRef(table=view.index, row=r, column=column, text=cell.text, page=cell.page, bbox=cell.bbox,
                              label=table_name(view.table))  # fmt: skip
                words = {"name": table_name(view.table), "left": cell.text, "expected": str(last + 1)}
                yield Fault(words, cells=(ref,), expected=str(last + 1))
            elif len(numbers) > 1:
                yield Agreed()


def _skips(pair: Sequence[tuple[int, int]]) -> bool:
    (_, last), (_, found) = pair
    return found > last + 1


def _bare(title: str) -> str:
    """A title's words: without number, year, quotation marks, and what a bracket at its end explains."""
    words = re.sub(r"^第[一二三四五六七八九十]+部分|[“”\"]|20\d\d年?(度)?", "", name_key(title))
    return _ASIDE.sub("", words) or words


def _other_year(title: str, year: int) -> bool:
    found = _YEAR.findall(fold(title))
    return bool(found) and str(year) not in found


def _numeral(text: str) -> int | None:
    found = _NUMERAL.match(fold(text))
    return numeral_value(found.group(1)) if found else None
