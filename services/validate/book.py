"""A document as rules see it: tables by type, cells by address, facts by name, and how far to trust the reading."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from typing import NamedTuple

from services.validate.form_prose import FormProse, prose_of
from services.validate.forms import Form, forms_of
from services.validate.names import name_key
from services.validate.results import Unclear
from services.validate.selection import ambiguous, rows_of, why_missing
from services.validate.table_sets import sets_of
from services.validate.terms import Place, Term, exact_term, term_of
from services.validate.vocabulary import Address, FactName
from shared.amounts import fold, is_dash
from shared.document import Box, Document, Fact, Paragraph, Table
from shared.figures import Figure, TableView, view_of
from shared.layouts import Layouts, compiled

DOUBTFUL_BELOW = 0.8
"""A table read with less confidence than this accuses nobody."""

_NOTHING = frozenset({"", "无", "/"})
_STOP = re.compile(r"[。；;]")
_NOT_THERE = re.compile(r"无|没有|未|不涉及")
_YEAR = re.compile(r"((?:19|20)\d\d)年")


class Book:
    """A document's tables, cells and facts, addressable. Made once for each check of a document."""

    def __init__(self, document: Document, layouts: Layouts) -> None:
        views = [view_of(table, index, layouts) for index, table in enumerate(document.tables)]
        self._prepare(document, layouts, [view for view in views if view is not None])

    @classmethod
    def of_views(cls, document: Document, layouts: Layouts, views: Sequence[TableView]) -> "Book":
        """A book of ready views: what the examples of the rules are written as."""
        book = cls.__new__(cls)
        book._prepare(document, layouts, views)
        return book

    def _prepare(self, document: Document, layouts: Layouts, views: Sequence[TableView]) -> None:
        self.document = document
        self.layouts = layouts
        self.views, self.further = sets_of(views)
        self._columns: dict[str, dict[tuple[str, str], list[Figure]]] = {}
        self._terms: dict[Place, Term | None] = {}

    @cached_property
    def others(self) -> list["Book"]:
        """The further sets of tables that a document prints (a department's and its units'), each a book of its own.

        They have no narrative: sentences speak of the first set.
        """
        alone = replace(self.document, facts=(), paragraphs=(), catalogue=(), assessments=())
        return [Book.of_views(alone, self.layouts, views) for views in self.further]

    def view(self, table_type: str) -> TableView | Unclear:
        """The table of a type, or why there is none to check."""
        view = self.views.get(table_type)
        if view is not None:
            return view
        if not self._belongs(table_type):
            return Unclear("not_applicable", table_type)
        typed = any(table.type == table_type for table in self.document.tables)
        return Unclear("not_readable" if typed else "not_printed", table_type)

    def _belongs(self, table_type: str) -> bool:
        """True where one of the editions that the document's tables are printed in has such a table."""
        for edition in self.layouts.editions:
            if any(known in self.views for known in edition.known_by):
                return table_type in edition.prints
        editions = {view.layout.edition for view in self.views.values()}
        return not editions or any(layout.edition in editions for layout in self.layouts.of_type(table_type))

    def columns(self, view: TableView) -> dict[tuple[str, str], list[Figure]]:
        """The figures of a table by (side, column key), in printed order, repeated rows included."""
        held = self._columns.get(view.table.type)
        if held is None:
            held = defaultdict(list)
            for figure in view.figures:
                held[figure.side, figure.column_key].append(figure)
            for key in [key for key, figures in held.items() if ambiguous(figures)]:
                del held[key]  # two columns that the layout cannot tell apart: none of them can be checked
            self._columns[view.table.type] = held
        return held

    def column_keys(self, view: TableView, side: str) -> list[str]:
        """The keys of a side's amount columns, in printed order."""
        return [column for at, column in self.columns(view) if at == side]

    def row_identity(self, figure: Figure) -> tuple[str, str]:
        """What tells a row from others of its key: budgets print (departmental code, government code) pairs."""
        view = self.views[self.document.tables[figure.table].type]
        if "government_code" not in view.column_keys:
            return figure.row_key, ""
        column = view.column_keys.index("government_code")
        return figure.row_key, fold(view.table.rows[figure.row][column].text)

    def term(self, figure: Figure) -> Term | None:
        """The term of a cell; None where its text is neither a figure nor nothing."""
        place = Place("cell", figure.table, figure.row, figure.column)
        if place not in self._terms:
            cell = figure.cell
            nothing = cell.value is None and (fold(cell.text) in _NOTHING or is_dash(cell.text))
            unit = self.document.tables[figure.table].amount_unit or "万元"
            readable = cell.value is not None or nothing
            if cell.value is not None and self._is_count(figure):
                self._terms[place] = exact_term(place, cell.value, cell.text, figure)
            else:
                self._terms[place] = term_of(place, cell.text, cell.value, unit, figure) if readable else None
        return self._terms[place]

    def _is_count(self, figure: Figure) -> bool:
        """True for a row whose figures were counted (vehicles, devices), not paid."""
        view = self.views.get(self.document.tables[figure.table].type)
        rows = view.layout.rows if view is not None else ()
        return any(row.counted and row.key == figure.row_key for row in rows)

    def fact_term(self, index: int) -> Term:
        """The term of a figure of the narrative."""
        fact = self.document.facts[index]
        if fact.measure == "count" and not fact.unit.startswith(("万", "亿", "千", "百")):
            return exact_term(Place("fact", index), fact.value, fact.text or str(fact.value), fact)
        return term_of(Place("fact", index), fact.text or str(abs(fact.value)), fact.value, fact.unit, fact)

    def terms(self, figures: Sequence[Figure]) -> list[Term] | Unclear:
        """The terms of some cells, or what of them cannot be read."""
        found: list[Term] = []
        for figure in figures:
            term = self.term(figure)
            if term is None:
                return Unclear("not_readable", f"{figure.row_name} {figure.cell.text}".strip())
            found.append(term)
        return found

    def select(self, address: Address) -> list[Figure] | Unclear:
        """The cells at an address: one, or those of a group or of coded rows. Never an empty list."""
        view = self.view(address.table)
        if isinstance(view, Unclear):
            return view
        column = self.columns(view).get((address.side, address.column), [])
        return rows_of(column, address.row) or Unclear(why_missing(view.layout, address), str(address))

    def has_column(self, address: Address) -> bool:
        """True where the table of an address was read and has its column."""
        view = self.view(address.table)
        return not isinstance(view, Unclear) and (address.side, address.column) in self.columns(view)

    def cells(self, address: Address) -> list[Term] | Unclear:
        """The terms at an address, or why they cannot be had."""
        figures = self.select(address)
        return figures if isinstance(figures, Unclear) else self.terms(figures)

    def facts(self, name: FactName) -> Iterator[tuple[int, Fact]]:
        """The facts that a rule's name means, with their index, in printed order."""
        section = compiled(name.section) if name.section else None
        wanted = [compiled(subject) for subject in name.subject]
        indexes = sorted(index for measure in name.measure for index in self._by_measure.get(measure, ()))
        for index in indexes:
            if section and not section.search(self._sections[index]):
                continue
            if name.unlike and re.search(name.unlike, fold(self.document.facts[index].quote)):
                continue
            if not wanted or any(one.fullmatch(subject) for one in wanted for subject in self.subjects[index]):
                yield index, self.document.facts[index]

    @cached_property
    def forms(self) -> list[Form]:
        """The self-evaluation forms."""
        return forms_of(self.document)

    @cached_property
    def form_prose(self) -> list[FormProse]:
        """What is said in words of the self-evaluation forms."""
        return list(prose_of(self.document, self.forms))

    @cached_property
    def absences(self) -> list[tuple[str, Paragraph]]:
        """The sentences that say that something is not there, folded, with their paragraphs."""
        return [
            (sentence, paragraph)
            for paragraph in self.document.paragraphs
            for sentence in _STOP.split(fold(paragraph.text))
            if _NOT_THERE.search(sentence)
        ]

    @cached_property
    def subjects(self) -> list[frozenset[str]]:
        """For every fact, the names it is said of (several are joined by 、)."""
        return [frozenset(map(name_key, fact.subject.split("、"))) for fact in self.document.facts]

    @cached_property
    def sentences(self) -> list["Sentence"]:
        """For every fact, the sentence it stands in."""
        texts = [_STOP.split(fold(paragraph.text)) for paragraph in self.document.paragraphs]
        return [_sentence(fact, texts) for fact in self.document.facts]

    @cached_property
    def _sections(self) -> list[str]:
        return [fold(fact.section) for fact in self.document.facts]

    @cached_property
    def _by_measure(self) -> dict[str, list[int]]:
        """Facts of this year by what they say; what a clause tells of another year is none of them."""
        found: dict[str, list[int]] = defaultdict(list)
        for index, fact in enumerate(self.document.facts):
            if not self.of_another_year(index):
                found[fact.measure].append(index)
        return found

    def of_another_year(self, index: int) -> bool:
        """True where the clause says that its amount is another year's: “2022年决算支出 X 万元”."""
        fact, year = self.document.facts[index], self.document.fiscal_year
        if year is None or fact.measure not in ("amount", "actual", "budget", "executed", "adjusted_budget"):
            return False
        named = {int(found) for found in _YEAR.findall(fold(fact.quote))}
        return bool(named) and year not in named

    def doubtful(self, term: Term) -> bool:
        """True where the reading of a figure is itself in doubt: it must accuse nobody."""
        if term.place.kind == "fact":
            return False
        if term.place.kind == "form":
            pages = self.document.assessments[term.place.of].pages
            return any(note.page in pages for note in self.document.reading_notes)
        table = self.document.tables[term.place.of]
        if table.confidence < DOUBTFUL_BELOW:
            return True
        areas = _areas(table)
        return any(
            note.page in areas and (note.bbox is None or _overlap(note.bbox, areas[note.page]))
            for note in self.document.reading_notes
        )


class Sentence(NamedTuple):
    """A sentence of the narrative: its paragraph, its number there, its folded text."""

    paragraph: int | None
    number: int
    text: str

    @property
    def place(self) -> tuple[int | None, int]:
        """What two figures of one sentence have in common."""
        return self.paragraph, self.number


def _sentence(fact: Fact, texts: Sequence[Sequence[str]]) -> Sentence:
    clause = fold(fact.quote)
    if fact.paragraph is None or fact.paragraph >= len(texts):
        return Sentence(fact.paragraph, 0, clause)
    for number, text in enumerate(texts[fact.paragraph]):
        if clause in text:
            return Sentence(fact.paragraph, number, text)
    return Sentence(fact.paragraph, -1, clause)


def _areas(table: Table) -> dict[int | None, Box]:
    """The area of a table on each of its pages."""
    held: dict[int | None, Box] = {}
    for row in table.rows:
        for cell in row:
            if cell.bbox is not None:
                held[cell.page] = _union(held.get(cell.page), cell.bbox)
    return held


def _overlap(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _union(a: Box | None, b: Box) -> Box:
    return b if a is None else (min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3]))
