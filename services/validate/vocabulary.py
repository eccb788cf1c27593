"""The closed vocabulary of checks: what a rule written as data can ask.

Addresses are written `table type/row/column`, or `table type/side/row/column` for a table of two sides. The row is
- a row key of the layout (`total`), or the name of a row as printed, without its numbering;
- a group of the layout: `items` are all the rows that add up to the total;
- `codes` (every coded row) or `classes` (those with a three-digit code; `classes-301-303` leaves some out).
The column is a column key, or `*` for every amount column in turn.
"""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


class Strict(BaseModel):
    """Base of everything read from a rule file: frozen, unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def places(self) -> Iterator["Address | TableSide"]:
        """The cells and tables that a check names."""
        for name in type(self).model_fields:
            value = getattr(self, name)
            yield from (one for one in (value if isinstance(value, tuple) else (value,)) if isinstance(one, _PLACES))


class Address(Strict):
    """Cells named by meaning: `income_expenditure_summary/income/total/final`."""

    table: str
    side: str = ""
    row: str
    column: str

    def __str__(self) -> str:
        side = f"/{self.side}" if self.side else ""
        return f"{self.table}{side}/{self.row}/{self.column}"


class TableSide(Strict):
    """One side of a table: `income`, or `income_expenditure_summary/expenditure`."""

    table: str
    side: str = ""

    def __str__(self) -> str:
        return f"{self.table}/{self.side}" if self.side else self.table


_PLACES = (Address, TableSide)


def _address(text: object) -> object:
    if not isinstance(text, str):
        return text
    match text.split("/"):
        case [table, row, column]:
            return Address(table=table, row=row, column=column)
        case [table, side, row, column]:
            return Address(table=table, side=side, row=row, column=column)
    raise ValueError(f"{text!r} is no address: write table/row/column or table/side/row/column")


def _table_side(text: object) -> object:
    if not isinstance(text, str):
        return text
    table, _, side = text.partition("/")
    return TableSide(table=table, side=side)


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


Cells = Annotated[Address, BeforeValidator(_address)]
Side = Annotated[TableSide, BeforeValidator(_table_side)]
OneOrMore = BeforeValidator(_listed)


class Sum(Strict):
    """The total equals the sum of its parts; `optional` parts count where they are printed."""

    kind: Literal["sum"]
    total: Cells
    parts: Annotated[tuple[Cells, ...], OneOrMore]
    optional: Annotated[tuple[Cells, ...], OneOrMore] = ()
    unless: Cells | None = None
    """Does not apply where these cells are printed."""
    where_printed: bool = False
    """True for a table that only some editions print: no word of it where its total is not there."""


class Equal(Strict):
    """Two cells restate one figure."""

    kind: Literal["equal"]
    left: Cells
    right: Cells
    where_printed: bool = False
    """True for a row that only some editions print: no word of it where either cell is not there."""


class AtMost(Strict):
    """The left cell is no more than the right one."""

    kind: Literal["at_most"]
    left: Cells
    right: Cells
    where_printed: bool = False


class RowSum(Strict):
    """In every row, the total columns together equal the sum of the part columns that the table has."""

    kind: Literal["row_sum"]
    table: Side
    total: Annotated[tuple[str, ...], OneOrMore]
    parts: Annotated[tuple[str, ...], OneOrMore]


class Hierarchy(Strict):
    """In every column, 合计 ≈ Σ 类, 类 ≈ Σ 款, 款 ≈ Σ 项; `total` names the row of 合计 where the table has one."""

    kind: Literal["hierarchy"]
    table: Side
    total: str | None = None


class Match(Strict):
    """For every row key of the left cells, the same row on the right restates it, or is no less (`at_most`)."""

    kind: Literal["match"]
    left: Cells
    right: Cells
    at_most: bool = False


class Subset(Strict):
    """A line headed 其中 is a part of the line above it and may not exceed it."""

    kind: Literal["subset"]
    table: Side


class FactName(Strict):
    """Figures of the narrative: what is said (`measure`), of what (`subject`), under which headings (`section`).

    `subject`, `section` and `unlike` are regular expressions: a subject must fit as a whole, a section in a part, and
    a clause in which `unlike` is found is not meant (年初预算 is not the 全年预算数 of a table).
    """

    subject: Annotated[tuple[str, ...], OneOrMore] = ()
    measure: Annotated[tuple[str, ...], OneOrMore] = ("amount",)
    section: str = ""
    unlike: str = ""


class Restated(Strict):
    """A sentence restates a cell of a table."""

    kind: Literal["restated"]
    fact: FactName
    cell: Cells
    where_said: bool = False
    """True for a sentence that need not be written: no word of it where it is not."""
    where_printed: bool = False
    """True for a table that only some editions print: no word of it where it is not there."""


class RestatedRows(Strict):
    """Sentences about coded items restate the rows of a table, found by code or by names."""

    kind: Literal["restated_rows"]
    fact: FactName
    cells: Cells


class KnownCodes(Strict):
    """Every code that the narrative names is a row of a table."""

    kind: Literal["known_codes"]
    fact: FactName
    cells: Cells


class FactSum(Strict):
    """Figures of one paragraph or section add up to another, or with `at_most` do not exceed it."""

    kind: Literal["fact_sum"]
    total: FactName
    parts: tuple[FactName, ...]
    at_most: bool = False


class FactRate(Strict):
    """Percentages of the narrative agree with the amounts they are made of."""

    kind: Literal["fact_rate"]
    rate: Literal["growth_rate", "share", "completion_rate", "difference"]


class ShareOfCell(Strict):
    """A share of the narrative whose base is a cell: “占项目支出总额的 P%”; `base` is a regular expression."""

    kind: Literal["share_of_cell"]
    base: str
    cell: Cells


class Repeated(Strict):
    """Every sentence that tells this figure, wherever it stands, tells the same."""

    kind: Literal["repeated"]
    fact: FactName


class Absent(Strict):
    """Where a sentence says that there is none of it (没有, 无, 未发生), the cells hold no figure.

    `said` is a regular expression that finds the whole phrase of absence in a sentence.
    """

    kind: Literal["absent"]
    said: str
    section: str = ""
    cells: Cells


class Special(Strict):
    """A check that has no such shape: a Python function of `services.validate.special`, with the same metadata."""

    kind: Literal["special"]
    function: str


Check = Annotated[
    Sum | Equal | AtMost | RowSum | Hierarchy | Match | Subset | Restated | RestatedRows | KnownCodes | FactSum
    | FactRate | ShareOfCell | Repeated | Absent | Special,
    Field(discriminator="kind"),
]  # fmt: skip
