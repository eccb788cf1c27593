"""What a form must say of itself: its department and unit; and that the projects the text names have their forms."""

import re
from collections.abc import Iterator

from services.validate.book import Book
from services.validate.forms import Form
from services.validate.names import name_key
from services.validate.results import Agreed, Fault, Result
from shared.amounts import fold
from shared.findings import CellRef, Quote

_FIELDS = ("主管部门", "实施单位", "预算单位", "部门(单位)名称")
_HEAD_ROWS = 4
_LISTED = re.compile(r"(?:反映的?|对|开展了?)(?P<names>[^。；;]{4,600}?)等?(?P<count>\d+)个(?:一级|二级)?项目")
_LEAST_NAME = 4


def filled_fields(book: Book) -> Iterator[Result]:
    """The heading fields of a form that has figures are filled in."""
    for form in book.forms:
        if not form.funds and not form.indicators:
            continue
        blank = list(_blank_fields(form))
        if blank:
            words = {"name": form.title, "detail": "、".join(ref.text for ref in blank)}
            yield Fault(words, cells=tuple(blank))
        else:
            yield Agreed()


def _blank_fields(form: Form) -> Iterator[CellRef]:
    for r, row in enumerate(form.form.rows[:_HEAD_ROWS]):
        placed = any(cell.bbox is not None for cell in row)  # then a cell without a place is covered by another
        filled = [(c, cell) for c, cell in enumerate(row) if cell.bbox is not None or not placed]
        for at, (c, cell) in enumerate(filled):
            following = next((fold(after.text) for _, after in filled[at + 1 :] if fold(after.text)), "")
            if fold(cell.text).rstrip(":") in _FIELDS and (not following or following.rstrip(":") in _FIELDS):
                yield CellRef(table=-1, assessment=form.index, row=r, column=c, text=cell.text, page=cell.page,
                              bbox=cell.bbox, label=form.title)  # fmt: skip


def named_forms(book: Book) -> Iterator[Result]:
    """Every project that the text names among those evaluated has its form."""
    projects = [form for form in book.forms if form.form.type == "project_self_evaluation"]
    known = [name_key(text) for form in projects for text in (form.form.project or "", form.form.title) if text]
    for paragraph in book.document.paragraphs:
        found = _LISTED.search(fold(paragraph.text))
        names = [name_key(name) for name in found["names"].split("、")] if found else []
        if found is None or not projects or len(names) != int(found["count"]):
            continue
        missing = [name for name in names if len(name) >= _LEAST_NAME and not any(_same(name, one) for one in known)]
        unnamed = sum(not form.form.project for form in projects)  # which may be the missing ones
        if len(missing) > unnamed:
            quote = Quote(text=paragraph.text[:80], page=paragraph.page)
            yield Fault({"count": str(len(missing)), "detail": "、".join(missing)}, quotes=(quote,))
        else:
            yield Agreed()


def _same(name: str, known: str) -> bool:
    return name in known or known in name
