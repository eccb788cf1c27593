"""What is said in words of a self-evaluation form: its own prose, and the text's review of its project (综述)."""

import re
from collections.abc import Iterator, Mapping, Sequence

from services.validate.forms import Form
from services.validate.names import name_key
from services.validate.results import Fault
from shared.amounts import fold
from shared.document import Cell, Document
from shared.findings import CellRef, Quote

_LEAST_WORDS = 12
_REVIEW = re.compile(r"^\(?\d{0,2}\)?[.、]?(.{2,60}?)(?:项目)?(?:支出)?绩效自评综述")


class FormProse:
    """A piece of prose about a form: a cell of the form, or a paragraph of the text."""

    def __init__(self, form: Form, text: str, place: CellRef | Quote) -> None:
        self.form, self.text, self.place = form, fold(text), place

    def fault(self, words: Mapping[str, str], *others: CellRef) -> Fault:
        """A finding that points at this prose and at what it does not agree with."""
        cells = (self.place,) if isinstance(self.place, CellRef) else ()
        quotes = (self.place,) if isinstance(self.place, Quote) else ()
        return Fault({"name": self.form.title, **words}, cells=(*cells, *others), quotes=quotes)


def prose_of(document: Document, forms: Sequence[Form]) -> Iterator[FormProse]:
    """The prose of every form, and the paragraphs that review its project."""
    for form in forms:
        heads = {line.row for line in (*form.funds, *form.indicators)}
        for r, row in enumerate(form.form.rows):
            for c, cell in enumerate(row):
                words = cell.value is None and len(fold(cell.text)) >= _LEAST_WORDS
                if words and (r not in heads or c == _reason_column(form, r)):
                    yield FormProse(form, cell.text, _ref(form, r, c, cell))
    for form, text, quote in _reviews(document, forms):
        yield FormProse(form, text, quote)


def _reason_column(form: Form, row: int) -> int | None:
    return next((line.columns.get("reason") for line in form.indicators if line.row == row), None)


def _ref(form: Form, r: int, c: int, cell: Cell) -> CellRef:
    return CellRef(
        table=-1, assessment=form.index, row=r, column=c, text=cell.text[:80], page=cell.page, bbox=cell.bbox,
        label=form.title,
    )  # fmt: skip


def _reviews(document: Document, forms: Sequence[Form]) -> Iterator[tuple[Form, str, Quote]]:
    """The paragraphs of each project's review (绩效自评综述) with the form that it introduces."""
    current: Form | None = None
    taken: set[int] = set()
    section = ""
    for paragraph in document.paragraphs:
        found = _REVIEW.match(fold(paragraph.text))
        if found is not None:
            section = paragraph.section
            name = name_key(found[1])
            current = next((f for f in forms if f.index not in taken and _is_of(f, name, paragraph.page)), None)
            if current is not None:
                taken.add(current.index)
        elif paragraph.level is not None or paragraph.section != section:
            current = None
        if current is not None:
            yield current, paragraph.text, Quote(text=paragraph.text[:80], page=paragraph.page)


def _is_of(form: Form, name: str, page: int | None) -> bool:
    named = name_key(form.form.project or "") == name or fold(form.form.title).startswith(name)
    return named and (form.form.page or 0) >= (page or 0)
