"""Dates: none that the calendar does not have, and none of another year where this year's state is told."""

import re
from collections.abc import Iterator
from datetime import date

from services.validate.book import Book
from services.validate.quoting import quoted
from services.validate.results import Agreed, Fault, Result
from shared.amounts import fold
from shared.findings import Quote

_DATE = re.compile(r"(20\d\d)年(\d{1,2})月(\d{1,2})日")
_UNTIL = re.compile(r"截[至止](?:到|至)?(20\d\d)年(?:12月31日|年?底|末)")
_STATE = re.compile(r"国有资产|车辆|人员|三公|政府采购")
_YEAR = re.compile(r"(20\d\d)年")
_FORM_YEAR = re.compile(r"(?<!\d)((?:20)?\d\d)年(?=度|全年|\d|底|末|初|上|下)")
_ABOUT = re.compile(r"决算|预算|情况|说明")
_AROUND = 12
_MOST = 6


def impossible_dates(book: Book) -> Iterator[Result]:
    """Every date of the text is one of the calendar's."""
    for paragraph in book.document.paragraphs:
        text = fold(paragraph.text)
        for found in _DATE.finditer(text):
            if _exists(*map(int, found.groups())):
                yield Agreed()
            else:
                quote = quoted(paragraph, _around(text, found))
                yield Fault({"detail": found.group()}, quotes=(quote,))


def state_of_year(book: Book) -> Iterator[Result]:
    """“截至 … 年12月31日” in the account of assets, staff and vehicles names the year of the accounts."""
    year = book.document.fiscal_year
    if year is None or book.document.kind != "final_accounts":
        return
    for paragraph in book.document.paragraphs:
        text = fold(paragraph.text)
        if not _STATE.search(fold(paragraph.section) + text):
            continue
        for found in _UNTIL.finditer(text):
            if int(found.group(1)) == year:
                yield Agreed()
            else:
                quote = quoted(paragraph, _around(text, found))
                yield Fault({"left": found.group(), "right": str(year)}, quotes=(quote,), expected=str(year))


def heading_years(book: Book) -> Iterator[Result]:
    """Headings of the text that name a year name the document's."""
    year = book.document.fiscal_year
    for paragraph in book.document.paragraphs:
        text = fold(paragraph.text)
        named = {int(found) for found in _YEAR.findall(text)}
        if paragraph.level is None or year is None or not named or not _ABOUT.search(text):
            continue
        if year in named:
            yield Agreed()
        else:
            words = {"left": paragraph.text, "right": str(year)}
            yield Fault(words, quotes=(Quote(text=paragraph.text, page=paragraph.page),), expected=str(year))


def form_dates(book: Book) -> Iterator[Result]:
    """Targets and results of a form lie in its year, unless the project itself bears another."""
    year = book.document.fiscal_year
    for form in book.forms if year is not None else ():
        own = {year, *_years(form.title)}
        wrong = [
            (line, key)
            for line in form.indicators
            for key in ("target", "actual")
            if _years(line.texts.get(key, "")) - own
        ]
        if wrong:
            detail = "；".join(f"{line.label}：{line.texts[key]}" for line, key in wrong[:_MOST])
            words = {"name": form.title, "detail": detail, "right": str(year)}
            yield Fault(words, cells=tuple(form.ref(line, key) for line, key in wrong[:_MOST]))
        elif form.indicators:
            yield Agreed()


def _years(text: str) -> set[int]:
    return {int(found) if len(found) == 4 else 2000 + int(found) for found in _FORM_YEAR.findall(fold(text))}


def _exists(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def _around(text: str, found: re.Match[str]) -> str:
    return text[max(0, found.start() - _AROUND) : found.end() + _AROUND]
