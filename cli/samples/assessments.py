"""Self-evaluation forms (绩效自评表) as grids: an edition's template filled with the figures of one evaluation.

In a template `<form.total.budget>` is a figure or word of the form's line `total`, `<it.name>` one of the line that
`each` goes through, and any other `<…>` a word of the document.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cli.samples.edition import AssessmentBand, AssessmentCell, AssessmentForm, AssessmentRow, FormKind
from cli.samples.grid import GridCell
from cli.samples.narrative import Narrative
from cli.samples.performance_figures import FORM
from cli.samples.printing import Printed
from cli.samples.quantities import FigureKey

_SLOT = re.compile(r"<([a-z_]+(?:[.:][a-z_0-9]+)*)>")
_FIGURE_ALONE = re.compile(r"<([a-z_]+(?:[.:][a-z_0-9]+)*)>%?")


@dataclass
class AssessmentGrid:
    """One form filled in: its title, the line below it, and its cells."""

    form: AssessmentForm
    scope: str
    title: str
    subtitle: str
    rows: list[list[GridCell]]

    @property
    def is_set(self) -> bool:
        """True where the form was set on a page; small documents leave the forms out."""
        return self.rows[0][0].page is not None


def fill_assessments(
    forms: Mapping[FormKind, AssessmentForm], printed: Printed, narrative: Narrative
) -> dict[str, AssessmentGrid]:
    """The forms of a document by scope: that of the whole unit, then those of the projects."""
    if not forms:
        return {}
    scopes = [f"{FORM}0", *narrative.lists["evaluated"]]
    templates = [forms["overall"], *[forms["project"]] * (len(scopes) - 1)]
    return {
        scope: _Filler(template, scope, printed, narrative).grid()
        for scope, template in zip(scopes, templates, strict=True)
    }


class _Filler:
    """Fills one form."""

    def __init__(self, form: AssessmentForm, scope: str, printed: Printed, narrative: Narrative) -> None:
        self._form = form
        self._scope = scope
        self._printed = printed
        self._narrative = narrative

    def grid(self) -> AssessmentGrid:
        rows = [row for band in self._form.bands for row in self._band(band)]
        title, subtitle = (self._text(text, "") for text in (self._form.title, self._form.subtitle))
        return AssessmentGrid(self._form, self._scope, title, subtitle, rows)

    def _band(self, band: AssessmentBand) -> list[list[GridCell]]:
        """The rows of a band; its side label stands beside all of them."""
        width = len(self._form.widths)
        grid: list[list[GridCell]] = []
        below: dict[int, int] = {}  # column → rows that a cell above still covers
        last: dict[int, GridCell] = {}  # column → the cell that one with the same text joins
        for row, it in self._repeated(band):
            cells = [GridCell(covered=True) for _ in range(width)]
            free = [c for c in range(bool(band.side), width) if not below.get(c)]
            below = {c: rows - 1 for c, rows in below.items() if rows}
            for one in row.cells:
                template = AssessmentCell(text=one) if isinstance(one, str) else one
                column, free = free[0], free[template.columns :]
                cells[column] = self._cell(template, it, last.get(column))
                last[column] = cells[column] if not cells[column].covered else last[column]
                below |= {column + k: template.rows - 1 for k in range(template.columns)}
            grid.append(cells)
        if band.side:
            grid[0][0] = GridCell(band.side, rows=len(grid))
        return grid

    def _repeated(self, band: AssessmentBand) -> Iterator[tuple[AssessmentRow, str]]:
        for row in band.rows:
            for it in self._narrative.lists[f"{self._scope}.{row.each}"] if row.each else [""]:
                yield row, it

    def _cell(self, template: AssessmentCell, it: str, above: GridCell | None) -> GridCell:
        text = self._text(template.text, it)
        if template.merge and above is not None and above.text == text:
            above.rows += 1
            return GridCell(covered=True)
        return GridCell(text, self._figure(template.text, it), template.align, template.columns, template.rows)

    def _figure(self, template: str, it: str) -> FigureKey | None:
        """The figure that a cell holds, where it holds nothing else."""
        slot = _FIGURE_ALONE.fullmatch(template)
        key = self._key(slot[1], it) if slot else None
        return key if key in self._printed.texts else None

    def _text(self, template: str, it: str) -> str:
        """The text of a cell; a % after a figure that is not there is left out."""
        slots = {found[0]: self._slot(found[1], it) for found in _SLOT.finditer(template)}
        text = _SLOT.sub(lambda found: slots[found[0]], template)
        return "" if text == "%" else text

    def _slot(self, name: str, it: str) -> str:
        key = self._key(name, it)
        if key in self._printed.texts:
            return self._printed.texts[key]
        owned = name.partition(".")[0] in ("form", "it")
        word = self._narrative.words[f"{self._scope}.{key.row}.{key.column}".replace("..", ".") if owned else name]
        return self._text(word, it)

    def _key(self, name: str, it: str) -> FigureKey:
        owner, _, rest = name.partition(".")
        row, _, column = rest.rpartition(".")
        return FigureKey(self._scope, it if owner == "it" else row, column)
