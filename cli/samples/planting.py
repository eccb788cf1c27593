"""Planting errors: one printed figure is made wrong, and it is said where, and whether any relation can see it."""

import random
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from cli.samples.booklet import Booklet
from cli.samples.document import clause, page_of
from cli.samples.forms import Grid
from cli.samples.mutations import (
    Mutation,
    change_digit,
    reprint,
    shift_by,
    swap_sign,
    transpose_digits,
    value_of,
    wrong_rate,
)
from cli.samples.narrative import Narrative
from cli.samples.oracle import broken_relations
from cli.samples.printing import Printed, narrative_key
from cli.samples.quantities import NARRATIVE, FigureKey
from shared.errors import InvalidField

CODED = ("income", "expenditure", "general_public_budget_expenditure")
TABLES = ("income_expenditure_summary", *CODED, "fiscal_appropriation_summary", "basic_expenditure_detail")
"""The tables of identities 1–6, in which errors are planted."""
TRIES = 200


@dataclass(frozen=True)
class Planting:
    """One error to plant: the texts it changes, or the row it drops. `target` is the figure that is wrong."""

    kind: str
    target: FigureKey
    before: str
    after: str
    changed: Mapping[FigureKey, str]
    drops_row: bool = False
    violates: bool = False

    def applied_to(self, printed: Printed) -> Printed:
        """The document with this error in it."""
        if self.drops_row:
            return printed.without_row(self.target.table, self.target.row)
        return printed.with_texts(self.changed)


@dataclass(frozen=True)
class Planted:
    """What was planted, as `NAME.json` states it. Indexes are those of `Document.tables` and its rows.

    An error of the narrative has no table; `quote` then is the clause it stands in. A dropped row is where it would
    have stood.
    """

    kind: str
    table: int | None
    row: int | None
    column: int | None
    before: str
    after: str
    page: int | None
    violates: bool
    quote: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The fields in the order of the contract."""
        return dict(self.__dict__)


@dataclass(frozen=True)
class _Page:
    """What planting may choose from: the clean figures that this document shows."""

    printed: Printed
    narrative: Narrative
    shown: Set[FigureKey]

    def amounts(self, tables: Sequence[str]) -> list[FigureKey]:
        """Printed amounts of these tables that are not nothing."""
        keys = [key for key in self.printed.texts if key.table in tables and key in self.shown]
        return [key for key in keys if _figure(self.printed.texts[key])]

    def said(self, *measures: str) -> list[FigureKey]:
        """Figures of the text by measure, that are not nothing."""
        keys = [narrative_key(name) for name, s in self.narrative.statements.items() if s.measure in measures]
        return [key for key in keys if key in self.shown and _figure(self.printed.texts[key])]


def _figure(text: str) -> Decimal:
    return value_of(text) if text.strip("—") else Decimal(0)


Planter = Callable[[random.Random, _Page], Planting | None]


def _mutate(kind: str, mutation: Mutation, choose: Callable[[_Page], list[FigureKey]]) -> Planter:
    def plant(rng: random.Random, page: _Page) -> Planting | None:
        keys = choose(page)
        if not keys:
            return None
        key = rng.choice(keys)
        before = page.printed.texts[key]
        after = mutation(rng, before)
        return None if after is None else Planting(kind, key, before, after, {key: after})

    return plant


def _in_tables(page: _Page) -> list[FigureKey]:
    return page.amounts(TABLES)


def _drop_row(rng: random.Random, page: _Page) -> Planting | None:
    rows = sorted({key[:2] for key in page.amounts(CODED) if key.row != "total"})
    if not rows:
        return None
    table, row = rng.choice(rows)
    texts = [text for key, text in page.printed.texts.items() if key[:2] == (table, row) and text]
    return Planting("dropped_row", FigureKey(table, row, ""), " ".join((row, *texts)), "", {}, drops_row=True)


def _move_column(rng: random.Random, page: _Page) -> Planting | None:
    """A value printed in a column of its row that should hold nothing."""
    keys = [key for key in page.amounts((*CODED, "fiscal_appropriation_summary")) if key.column != "final"]
    if not keys:
        return None
    key = rng.choice(keys)
    texts = page.printed.texts
    free = [k for k in texts if k[:2] == key[:2] and k != key and k in page.shown and not _figure(texts[k])]
    if not free:
        return None
    other = rng.choice(free)
    return Planting("wrong_column", key, texts[key], texts[other], {key: texts[other], other: texts[key]})


def _wrong_base(rng: random.Random, page: _Page) -> Planting | None:
    """A growth rate computed on this year's amount instead of last year's."""
    keys = page.said("growth_rate")
    if not keys:
        return None
    key = rng.choice(keys)
    before = page.printed.texts[key]
    rate = page.narrative.statements[f"{key.row}.growth"].quantity.value
    wrong = abs(rate / (1 + rate / 100)) if rate != -100 else abs(rate)
    after = reprint(Decimal(wrong.numerator) / Decimal(wrong.denominator), before)
    return None if after == before else Planting("wrong_base", key, before, after, {key: after})


PLANTERS: dict[str, Planter] = {
    "changed_digit": _mutate("changed_digit", change_digit, _in_tables),
    "transposed_digits": _mutate("transposed_digits", transpose_digits, _in_tables),
    "factor_10": _mutate("factor_10", shift_by(10), _in_tables),
    "factor_10000": _mutate("factor_10000", shift_by(10000), _in_tables),
    "swapped_sign": _mutate("swapped_sign", swap_sign, _in_tables),
    "dropped_row": _drop_row,
    "wrong_column": _move_column,
    "wrong_rate": _mutate("wrong_rate", wrong_rate, lambda p: p.said("share", "completion_rate", "growth_rate")),
    "wrong_base": _wrong_base,
    "narrative_figure": _mutate(
        "narrative_figure", change_digit, lambda p: p.said("amount", "budget", "actual", "change")
    ),
}
KINDS = tuple(PLANTERS)
TABLE_KINDS = KINDS[:7]
"""The kinds that go wrong in a table of identities 1–6."""


def plant_errors(
    rng: random.Random,
    printed: Printed,
    narrative: Narrative,
    shown: Set[FigureKey],
    errors: int,
    kinds: Sequence[str],
) -> list[Planting]:
    """Choose `errors` errors in different rows. Raises `InvalidField` for an unknown kind.

    A small document may have no place for some kinds; then fewer are planted.
    """
    unknown = [kind for kind in kinds if kind not in PLANTERS]
    if unknown:
        raise InvalidField(field="plant", detail=f"{', '.join(unknown)}: {', '.join(KINDS)}")
    page = _Page(printed, narrative, shown)
    plantings: list[Planting] = []
    for _ in range(TRIES):
        if len(plantings) == errors:
            break
        planting = PLANTERS[rng.choice(list(kinds or KINDS))](rng, page)
        if planting and all(planting.target[:2] != other.target[:2] for other in plantings):
            plantings.append(_judged(planting, page))
    return plantings


def _judged(planting: Planting, page: _Page) -> Planting:
    """The planting with the oracle's verdict on the document that has this error alone."""
    texts = planting.applied_to(page.printed).texts
    broken = violated(texts, page.narrative, page.shown)
    return Planting(**{**planting.__dict__, "violates": bool(broken)})


def violated(texts: Mapping[FigureKey, str], narrative: Narrative, shown: Set[FigureKey]) -> list[str]:
    """The relations that the shown figures break."""
    signs = {
        narrative_key(name): -1 for name, statement in narrative.statements.items() if statement.direction == "decrease"
    }
    compared = {
        key.removesuffix(".compared"): word for key, word in narrative.words.items() if key.endswith(".compared")
    }
    return broken_relations({key: text for key, text in texts.items() if key in shown}, signs, compared)


def describe(planting: Planting, grids: Sequence[Grid], booklet: Booklet) -> Planted:
    """Where a planting ended up in the finished document."""
    if planting.target.table == NARRATIVE:
        return _in_narrative(planting, booklet)
    shown = [grid for grid in grids if grid.is_set]
    number, grid = next((i, grid) for i, grid in enumerate(shown) if grid.form.type == planting.target.table)
    table = number + bool(booklet.catalogue_rows)
    if planting.drops_row:
        row = _place_of(planting.target.row, grid)
        return _planted(planting, table, row, None, grid.rows[min(row, len(grid.rows) - 1)][0].page)
    row, column = next(
        (r, c) for r, cells in enumerate(grid.rows) for c, cell in enumerate(cells) if cell.key == planting.target
    )
    return _planted(planting, table, row, column, grid.rows[row][column].page)


def _planted(planting: Planting, table: int | None, row: int | None, column: int | None, page: int | None) -> Planted:
    return Planted(planting.kind, table, row, column, planting.before, planting.after, page, planting.violates)


def _place_of(code: str, grid: Grid) -> int:
    """The index at which the row of a dropped code would stand."""
    for number, cells in enumerate(grid.rows):
        row = next((cell.key.row for cell in cells if cell.key), "")
        if row.isdecimal() and row > code:
            return number
    return len(grid.rows)


def _in_narrative(planting: Planting, booklet: Booklet) -> Planted:
    for placed in booklet.paragraphs:
        for figure in placed.paragraph.figures:
            if figure.key == planting.target:
                quote = clause(placed.paragraph.text, figure)
                return Planted(
                    planting.kind, None, None, None, planting.before, planting.after, page_of(placed, figure),
                    planting.violates, quote,
                )  # fmt: skip
    raise LookupError(planting.target)
