"""Terms: printed figures as operands of relations, with their place, interval and unit."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, NamedTuple

from shared.document import Cell, Fact
from shared.figures import Figure
from shared.interval import YUAN, ZERO, Interval, exactly, last_place, printed

ONE = Decimal(1)
_SIGNS = ("-", "－", "−", "–", "—", "(", "（")


class Place(NamedTuple):
    """Where a figure is printed: a cell of a table, a cell of a self-evaluation form (绩效自评表), or a fact.

    `of` is the index of the table, form or fact in the document.
    """

    kind: Literal["cell", "form", "fact"]
    of: int
    row: int = 0
    column: int = 0


@dataclass(frozen=True, slots=True)
class FormCell:
    """A cell of a self-evaluation form (index in the document, row, column), with what it is called there."""

    form: int
    row: int
    column: int
    title: str
    label: str
    cell: Cell


Source = Figure | Fact | FormCell


@dataclass(frozen=True, slots=True)
class Term:
    """One printed figure. `value` and `interval` are in base units: yuan for amounts, else the printed unit."""

    place: Place
    text: str
    value: Decimal
    interval: Interval
    step: Decimal
    """One unit of the last printed place, in base units; 0 for a blank or a dash."""
    unit: Decimal
    """Base units in one printed unit."""
    unit_name: str
    source: Source

    @property
    def sign(self) -> int:
        """-1 for a decrease told in words (下降 1.95%): its figure is printed without the sign of its value."""
        return -1 if self.value < 0 and not self.text.startswith(_SIGNS) else 1

    @property
    def blank(self) -> bool:
        """True for a blank or a dash: exactly 0, but nothing was printed."""
        return self.step == 0


def term_of(place: Place, text: str, value: Decimal | None, unit_name: str, source: Source) -> Term:
    """The term of a printed figure; `value` None is a blank or a dash."""
    unit = YUAN.get(unit_name, ONE)
    return Term(
        place=place,
        text=text.strip(),
        value=(value if value is not None else ZERO) * unit,
        interval=printed(value, unit),
        step=last_place(value) * unit if value is not None else ZERO,
        unit=unit,
        unit_name=unit_name,
        source=source,
    )


def exact_term(place: Place, value: Decimal, text: str, source: Source) -> Term:
    """The term of a figure that was never rounded: a score, a weight, a count."""
    return Term(place, text.strip(), value, exactly(value), last_place(value), ONE, "", source)
