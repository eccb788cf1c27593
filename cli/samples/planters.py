"""The kinds of errors that can be planted: each makes one printed figure wrong, somewhere in a document."""

import random
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from decimal import Decimal

from cli.samples.mutations import (
    Mutation,
    change_digit,
    reprint,
    shift_by,
    swap_sign,
    transpose_digits,
    value_of,
    wrong_rate,
    wrong_score,
)
from cli.samples.narrative import Narrative
from cli.samples.performance_figures import is_form
from cli.samples.printing import Printed, narrative_key
from cli.samples.quantities import FigureKey

CODED = ("income", "expenditure", "general_public_budget_expenditure")
TABLES = ("income_expenditure_summary", *CODED, "fiscal_appropriation_summary", "basic_expenditure_detail")
"""The tables of identities 1–6, in which errors are planted."""


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
class Choice:
    """What planting may choose from: the clean figures that this document shows."""

    printed: Printed
    narrative: Narrative
    shown: Set[FigureKey]

    def amounts(self, tables: Sequence[str]) -> list[FigureKey]:
        """Printed amounts of these tables that are not nothing."""
        keys = [key for key in self.printed.texts if key.table in tables and key in self.shown]
        return [key for key in keys if _figure(self.printed.texts[key])]

    def in_forms(self, *columns: str) -> list[FigureKey]:
        """Figures of the self-evaluation forms (绩效自评表) in these columns, that are not nothing."""
        keys = [key for key in self.printed.texts if is_form(key.table) and key.column in columns]
        return [key for key in keys if key in self.shown and _figure(self.printed.texts[key])]

    def said(self, *measures: str) -> list[FigureKey]:
        """Figures of the text by measure, that are not nothing."""
        keys = [narrative_key(name) for name, s in self.narrative.statements.items() if s.measure in measures]
        return [key for key in keys if key in self.shown and _figure(self.printed.texts[key])]


def _figure(text: str) -> Decimal:
    return value_of(text) if text.strip("—") else Decimal(0)


Planter = Callable[[random.Random, Choice], Planting | None]


def _mutate(kind: str, mutation: Mutation, choose: Callable[[Choice], list[FigureKey]]) -> Planter:
    def plant(rng: random.Random, choice: Choice) -> Planting | None:
        keys = choose(choice)
        if not keys:
            return None
        key = rng.choice(keys)
        before = choice.printed.texts[key]
        after = mutation(rng, before)
        return None if after is None else Planting(kind, key, before, after, {key: after})

    return plant


def _in_tables(choice: Choice) -> list[FigureKey]:
    return choice.amounts(TABLES)


def _drop_row(rng: random.Random, choice: Choice) -> Planting | None:
    rows = sorted({key[:2] for key in choice.amounts(CODED) if key.row != "total"})
    if not rows:
        return None
    table, row = rng.choice(rows)
    texts = [text for key, text in choice.printed.texts.items() if key[:2] == (table, row) and text]
    return Planting("dropped_row", FigureKey(table, row, ""), " ".join((row, *texts)), "", {}, drops_row=True)


def _move_column(rng: random.Random, choice: Choice) -> Planting | None:
    """A value printed in a column of its row that should hold nothing."""
    keys = [key for key in choice.amounts((*CODED, "fiscal_appropriation_summary")) if key.column != "final"]
    if not keys:
        return None
    key = rng.choice(keys)
    texts = choice.printed.texts
    free = [k for k in texts if k[:2] == key[:2] and k != key and k in choice.shown and not _figure(texts[k])]
    if not free:
        return None
    other = rng.choice(free)
    return Planting("wrong_column", key, texts[key], texts[other], {key: texts[other], other: texts[key]})


def _wrong_base(rng: random.Random, choice: Choice) -> Planting | None:
    """A growth rate computed on this year's amount instead of last year's."""
    keys = choice.said("growth_rate")
    if not keys:
        return None
    key = rng.choice(keys)
    before = choice.printed.texts[key]
    rate = choice.narrative.statements[f"{key.row}.growth"].quantity.value
    wrong = abs(rate / (1 + rate / 100)) if rate != -100 else abs(rate)
    after = reprint(Decimal(wrong.numerator) / Decimal(wrong.denominator), before)
    return None if after == before else Planting("wrong_base", key, before, after, {key: after})


_TOLD = ("amount", "budget", "actual", "change", "adjusted_budget", "executed", "score")
"""The measures of the figures that the text tells, rates aside."""

PLANTERS: dict[str, Planter] = {
    "changed_digit": _mutate("changed_digit", change_digit, _in_tables),
    "transposed_digits": _mutate("transposed_digits", transpose_digits, _in_tables),
    "factor_10": _mutate("factor_10", shift_by(10), _in_tables),
    "factor_10000": _mutate("factor_10000", shift_by(10000), _in_tables),
    "swapped_sign": _mutate("swapped_sign", swap_sign, _in_tables),
    "dropped_row": _drop_row,
    "wrong_column": _move_column,
    "wrong_rate": _mutate(
        "wrong_rate",
        wrong_rate,
        lambda c: [*c.said("share", "completion_rate", "growth_rate"), *c.in_forms("rate")],
    ),
    "wrong_base": _wrong_base,
    "narrative_figure": _mutate("narrative_figure", change_digit, lambda c: c.said(*_TOLD)),
    "wrong_score": _mutate("wrong_score", wrong_score, lambda c: c.in_forms("weight", "score")),
}
KINDS = tuple(PLANTERS)
TABLE_KINDS = KINDS[:7]
"""The kinds that go wrong in a table of identities 1–6."""
