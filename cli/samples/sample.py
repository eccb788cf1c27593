"""One sample: a fictional disclosure with its true Document, the errors planted in it, and its pages."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from cli.samples.accounts import Accounts
from cli.samples.assessments import AssessmentGrid, fill_assessments
from cli.samples.booklet import Binder, Booklet
from cli.samples.document import document_of
from cli.samples.economy import draw_accounts, invent_unit
from cli.samples.edition import Edition, Looks, load_edition
from cli.samples.forms import fill_forms
from cli.samples.grid import Grid
from cli.samples.indicators import load_indicators
from cli.samples.ledger import ledger_of
from cli.samples.names import invent_district
from cli.samples.narrative import Narrative
from cli.samples.performance import draw_evaluations
from cli.samples.performance_figures import form_ledger, tell_evaluations
from cli.samples.planted import Planted, describe
from cli.samples.planters import Planting
from cli.samples.planting import plant_errors
from cli.samples.printing import Printed, print_figures
from cli.samples.prose import Writer
from cli.samples.quantities import FigureKey, Style
from cli.samples.render import pages_to_pdf
from cli.samples.statements import narrate
from cli.samples.subjects import Subjects, load_subjects
from shared.document import Document

FIRST_YEAR, LAST_YEAR = 2021, 2024
_edition = cache(load_edition)
_subjects = cache(load_subjects)
_indicators = cache(load_indicators)


@dataclass(frozen=True)
class Draft:
    """A sample before errors are planted and pages are set: the accounts and every figure as it will be printed."""

    edition: Edition
    subjects: Subjects
    accounts: Accounts
    narrative: Narrative
    style: Style
    repeat_header: bool
    printed: Printed

    def assessments(self, printed: Printed) -> dict[str, AssessmentGrid]:
        """The self-evaluation forms with these figures."""
        return fill_assessments(self.edition.assessments, printed, self.narrative)

    def forms(self, printed: Printed) -> tuple[list[Grid], Writer]:
        """The tables, and the writer of the text, with these figures."""
        writer = Writer(self.narrative, printed, self.style)
        return fill_forms(self.edition, printed, writer, self.subjects), writer

    def shown(self, *, small: bool = False) -> frozenset[FigureKey]:
        """The figures that a document of this edition shows, in its tables and in its text."""
        grids, writer = self.forms(self.printed)
        keys: set[FigureKey] = set()
        for grid in grids:
            if not small or grid.form.type in self.edition.small_tables:
                keys |= {cell.key for row in grid.rows for cell in row if cell.key}
        for chapter in (chapter for part in self.edition.parts for chapter in part.chapters):
            if chapter.small or not small:
                keys |= {figure.key for paragraph in writer.chapter(chapter) for figure in paragraph.figures}
        for form in self.assessments(self.printed).values() if not small else ():
            keys |= {cell.key for row in form.rows for cell in row if cell.key}
        return frozenset(keys)


@dataclass(frozen=True)
class Sample:
    """A fictional disclosure. `document` is what a perfect reader would give of its PDF, planted errors included."""

    name: str
    seed: int
    edition: str
    document: Document
    planted: tuple[Planted, ...]
    booklet: Booklet


def draft_sample(rng: random.Random, edition: str) -> Draft:
    """Invent a unit with its accounts, and print its figures in the habits of an edition."""
    form, subjects = _edition(edition), _subjects()
    line = rng.choice(subjects.departments)
    unit = invent_unit(rng, invent_district(rng), line)
    accounts = draw_accounts(rng, unit, line, rng.randint(FIRST_YEAR, LAST_YEAR), subjects)
    narrative = narrate(accounts, subjects)
    style, repeat_header = draw_style(rng, form.looks)
    ledger = ledger_of(accounts)
    if form.assessments:
        evaluations = draw_evaluations(rng, accounts, _indicators(), form.score_decimals)
        tell_evaluations(narrative, evaluations)
        ledger = {**ledger, **form_ledger(evaluations)}
    printed = print_figures(ledger, narrative, style)
    return Draft(form, subjects, accounts, narrative, style, repeat_header, printed)


def draw_style(rng: random.Random, looks: Looks) -> tuple[Style, bool]:
    """One document's habits, and whether its tables repeat their header on the next page."""
    style = Style(
        thousands=rng.choice(looks.thousands),
        zero=rng.choice(looks.zero),
        narrative_thousands=rng.choice(looks.narrative_thousands),
        short=rng.choice(looks.short),
        spaced=rng.choice(looks.spaced),
    )
    return style, rng.choice(looks.repeat_header)


def build_sample(
    seed: int,
    *,
    edition: str = "shaanxi",
    errors: int = 0,
    plant: Sequence[str] = (),
    small: bool = False,
) -> Sample:
    """Make one sample; the same arguments give the same sample.

    `errors` is how many errors to plant, of the kinds in `plant` (all kinds when empty). `small` makes a document of
    3–4 pages for load tests. Raises `InvalidField` for an unknown edition or kind of error.
    """
    rng = random.Random(f"{seed}/{edition}")
    draft = draft_sample(rng, edition)
    plantings: list[Planting] = []
    if errors:
        shown = draft.shown(small=small)
        plantings = plant_errors(rng, draft.printed, draft.narrative, shown, errors, plant)
    printed = draft.printed
    for planting in plantings:
        printed = planting.applied_to(printed)
    grids, writer = draft.forms(printed)
    assessments = draft.assessments(printed)
    booklet = Binder(draft.edition, writer, grids, assessments, repeat_header=draft.repeat_header, small=small).bind()
    document = document_of(draft.accounts, draft.edition, draft.narrative, grids, booklet)
    planted = tuple(describe(planting, grids, booklet) for planting in plantings)
    return Sample(f"{edition}_{seed:06d}", seed, edition, document, planted, booklet)


def render_pdf(sample: Sample) -> bytes:
    """The sample's PDF; the same sample gives the same bytes."""
    return pages_to_pdf(sample.booklet.typesetter.pages, sample.document.title or sample.name)
