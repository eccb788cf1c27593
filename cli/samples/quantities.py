"""Exact quantities with the precision they will be printed in, and where they belong."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Literal, NamedTuple

from cli.samples.accounts import WAN, Fen


class FigureKey(NamedTuple):
    """The address of a figure: table type (or `narrative`), row key, column key."""

    table: str
    row: str
    column: str


NARRATIVE = "narrative"


@dataclass(frozen=True)
class Quantity:
    """An exact value in its printed unit, to be rounded half up to `decimals` when it is printed."""

    value: Fraction
    decimals: int = 2
    unit: str = "万元"


Ledger = Mapping[FigureKey, Quantity]


def money(fen: Fen) -> Quantity:
    """An amount of fen, in 万元."""
    return Quantity(Fraction(fen, WAN))


def percentage(part: Fen, whole: Fen) -> Quantity:
    """part / whole in per cent. `whole` is not zero."""
    return Quantity(Fraction(100 * part, whole), unit="%")


def count(number: int, unit: str) -> Quantity:
    """A number of people or things."""
    return Quantity(Fraction(number), 0, unit)


@dataclass(frozen=True)
class Style:
    """How one document prints its figures. `zero` is what a table prints for nothing."""

    thousands: bool
    zero: Literal["", "0.00", "—"]
    narrative_thousands: bool
    short: bool
    """True where the text leaves out trailing zeros: 170 万元, 0.4 万元."""
    spaced: bool
    """True where the text has a space around figures, as word processors set between Chinese and digits."""


def print_cell(quantity: Quantity, style: Style) -> str:
    """A figure as a table prints it."""
    if not quantity.value:
        return style.zero if quantity.decimals else ""
    return _digits(quantity, thousands=style.thousands)


def print_in_text(quantity: Quantity, style: Style, *, unsigned: bool = False) -> str:
    """A figure as the narrative prints it, without its unit; `unsigned` where a word (减少) carries the sign."""
    shown = Quantity(abs(quantity.value), quantity.decimals, quantity.unit) if unsigned else quantity
    text = _digits(shown, thousands=style.narrative_thousands)
    return text.rstrip("0").rstrip(".") if style.short and "." in text else text


def _digits(quantity: Quantity, *, thousands: bool) -> str:
    exact = Decimal(quantity.value.numerator) / Decimal(quantity.value.denominator)
    rounded = exact.quantize(Decimal(1).scaleb(-quantity.decimals), ROUND_HALF_UP)
    return f"{rounded:,f}" if thousands else f"{rounded:f}"
