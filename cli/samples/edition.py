"""An edition: how one province arranges, titles and words its disclosures, read from `editions/*.yaml`.

Nothing about a province is code. A table is given by its columns (header paths, from the top down) and by what its rows
are: two sides of named lines, functional codes, blocks of economic codes side by side, or plain lines.
"""

from importlib.resources import files
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from shared.errors import GoujiError, InvalidField
from shared.strict_yaml import read_yaml

Role = Literal["name", "code", "section", "subsection", "item", "ordinal", "amount"]


FormKind = Literal["overall", "project"]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Column(_Strict):
    """One column. `code` prints the whole code; `section`, `subsection`, `item` print 类, 款, 项 of it."""

    path: tuple[str, ...]
    role: Role = "amount"
    key: str | None = None
    row: str | None = None
    """Where the header, not a row name, says which row the figure belongs to (预算数 | 决算数)."""
    last_at_bottom: bool = False
    """Where a path is shorter than the header is deep: the last part stands in the bottom row, the one above reaches
    down to it; else the last part itself reaches down."""
    side: int = 0
    """Which side, or which block of codes, the column belongs to."""
    width: float = 10


class Line(_Strict):
    """A named row; without a key it prints no amount. `heading` gives the texts of a row between groups of lines."""

    name: str = ""
    key: str | None = None
    ordinal: str = ""
    heading: tuple[str, ...] = ()
    classes: bool = False
    """Stands for all functional classes with their Chinese numerals (一、一般公共服务支出 …)."""


class Side(_Strict):
    """One side of a two-sided table: its items, then its last lines, which stand beside those of the other side."""

    key: str
    items: tuple[Line, ...]
    last: tuple[Line, ...]


class Foot(_Strict):
    """The last row of a table of code blocks: a name over columns `first`…`last`, its amount in the next column."""

    name: str
    key: str
    first: int
    last: int


class TableForm(_Strict):
    """One table as this edition prints it."""

    type: str
    title: str
    number: str | None = None
    landscape: bool = False
    columns: tuple[Column, ...]
    ordinals: str | None = None
    """The name of the row that numbers the columns (栏次); "" prints the numbers alone; None prints no such row."""
    sides: tuple[Side, ...] = ()
    codes: Literal["", "first", "last"] = ""
    """Rows are functional codes, 合计 as the first or the last row."""
    blocks: tuple[tuple[str, ...], ...] = ()
    """Economic codes of each block: prefixes, or ranges such as `307..31010`."""
    foot: tuple[Foot, ...] = ()
    unused: tuple[str, ...] = ()
    """Economic classes whose amounts are printed as ——— because this table cannot have them."""
    lines: tuple[Line, ...] = ()
    notes: tuple[str, ...] = ()
    empty_note: str | None = None
    font_size: float = 9


class AssessmentCell(_Strict):
    """A cell of a self-evaluation form. `merge` joins it with the one above where both print the same."""

    text: str = ""
    columns: int = 1
    rows: int = 1
    merge: bool = False
    align: Literal["left", "center", "right"] = "center"


class AssessmentRow(_Strict):
    """A row of a form, or one for each line of a list of the form (indicators)."""

    cells: tuple[AssessmentCell | str, ...]
    """A text alone is a plain cell."""
    each: str | None = None


class AssessmentBand(_Strict):
    """Rows of a form that belong together; `side` is the label in the first column beside all of them."""

    side: str = ""
    rows: tuple[AssessmentRow, ...]


class AssessmentForm(_Strict):
    """A performance self-evaluation form (绩效自评表) as this edition prints it."""

    type: str
    title: str
    subtitle: str
    widths: tuple[float, ...]
    bands: tuple[AssessmentBand, ...]
    font_size: float = 7.5


class Passage(_Strict):
    """One paragraph, or one for each of a list, or a list joined into one paragraph between `lead` and `tail`."""

    text: str = ""
    form: str | None = None
    """The self-evaluation form that follows the paragraph: `form:0` of the whole unit, `it` of the project told of."""
    when: str | None = None
    unless: str | None = None
    each: str | None = None
    join: str | None = None
    lead: str = ""
    tail: str = ""
    level: int | None = None


class Chapter(_Strict):
    """A heading with its passages."""

    heading: str
    level: int = 2
    passages: tuple[Passage | str, ...] = ()
    small: bool = False
    """Kept in the small documents made for load tests."""


class Part(_Strict):
    """One part of a document (第一部分 …): chapters of text, or the tables."""

    heading: str
    chapters: tuple[Chapter, ...] = ()
    tables: bool = False
    catalogue: bool = False
    """True where the tables begin with a catalogue that says which are empty (是否空表)."""


class Looks(_Strict):
    """Page and print habits; where several are given, each document takes one."""

    thousands: tuple[bool, ...]
    zero: tuple[Literal["", "0.00", "—"], ...]
    narrative_thousands: tuple[bool, ...]
    short: tuple[bool, ...]
    spaced: tuple[bool, ...]
    repeat_header: tuple[bool, ...]
    page_number: str
    body_size: float = 14
    leading: float = 26


class Edition(_Strict):
    """How one province prints one kind of document."""

    edition: str
    kind: Literal["final_accounts", "budget"]
    cover: tuple[str, ...]
    contents: bool = True
    above: tuple[tuple[str, str, str], ...]
    """The lines above each table: left, middle, right."""
    tables: tuple[TableForm, ...]
    small_tables: tuple[str, ...]
    parts: tuple[Part, ...]
    looks: Looks
    assessments: dict[FormKind, AssessmentForm] = {}
    """Self-evaluation forms; an edition without them prints none."""
    score_decimals: int = 0
    """How exactly the execution of a budget is scored."""


def edition_names() -> tuple[str, ...]:
    """The editions there are."""
    return tuple(sorted(path.name.removesuffix(".yaml") for path in _folder().glob("*.yaml")))


def load_edition(name: str) -> Edition:
    """Read an edition by name. Raises `InvalidField` where there is none, `InvalidCatalogue` where it does not fit."""
    if name not in edition_names():
        raise _unknown(name)
    return read_yaml(_folder() / f"{name}.yaml", Edition)


def _folder() -> Path:
    return Path(str(files("cli.samples") / "editions"))


def _unknown(name: str) -> GoujiError:
    return InvalidField(field="edition", detail=f"{name}: {', '.join(edition_names())}")
