"""The document model: what one disclosure says, with the place of every figure.

Shapes are a public contract (`gouji parse --json`, `DocumentParsed`). Coordinates are points of the page as it is
displayed (after /Rotate), origin at its top left; pages count from 1. Nothing read is thrown away: a table that no
layout knows is kept with type `unknown`, and what was hard to read is said in `reading_notes`.

Plain classes: the reader makes thousands of them and trusts its own; what comes from elsewhere is checked against them
where it comes in (`shared.document_json`, and as a field of an event).
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar, Literal

Kind = Literal["final_accounts", "budget", "unknown"]
Scope = Literal["department", "unit", "unknown"]
Box = tuple[float, float, float, float]
"""x0, top, x1, bottom, in points."""


class Part:
    """Base of all parts of a document: what comes from elsewhere may have no field that the contract does not name."""

    __slots__ = ()
    __pydantic_config__: ClassVar = {"extra": "forbid"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell(Part):
    """One cell of a table. A cell covered by a merged neighbour has the text "" and the neighbour's box is larger.

    `value` is None where the text is not a figure (blank, dash, words); a blank cell of a table that was read counts
    as 0 in relations.
    """

    text: str = ""
    value: Decimal | None = None
    page: int | None = None
    bbox: Box | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Table(Part):
    """One table, joined over its pages. Header rows and the 栏次 row are in `columns`, not in `rows`.

    `columns[i]` is the header path of column i from the top down, e.g. ["支出", "项目"]; every row has
    `len(columns)` cells. `empty` is True where no amount cell holds a figure. `confidence` is 0…1.
    """

    type: str = "unknown"
    number: str | None = None
    title: str = ""
    amount_unit: str | None = None
    unit_name: str | None = None
    """The unit's name as printed above the table (部门：…)."""
    fiscal_year: int | None = None
    """The year as printed above the table."""
    empty: bool = False
    columns: tuple[tuple[str, ...], ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()
    notes: tuple[str, ...] = ()
    pages: tuple[int, ...] = ()
    confidence: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact(Part):
    """One figure of the narrative.

    `measure` is what the figure says of its subject (`MEASURES`); `subject` is the thing, as printed: an item's name
    (本年收入合计), several joined by 、 (收入总计、支出总计), or a functional code (2080501) followed by a space and
    its name path where the sentence gives one. `value` carries the sign of the words (减少, 下降 → negative) and
    `direction` the word's meaning. `base` names what a percentage is a percentage of. `quote` is the clause that
    holds the figure; `section` the heading path, joined by ' / '.
    """

    measure: str
    subject: str
    value: Decimal
    text: str = ""
    """The figure as printed, without its unit."""
    unit: str
    quote: str
    page: int | None = None
    section: str = ""
    base: str | None = None
    direction: Literal["increase", "decrease", "flat"] | None = None
    paragraph: int | None = None
    """Index in `Document.paragraphs`."""


MEASURES = {
    "amount": "an amount of the year (金额, 决算数 where no budget is named)",
    "budget": "年初预算 or 预算数",
    "actual": "支出决算 beside a budget in the same sentence",
    "completion_rate": "完成预算的 …%",
    "change": "与上年相比增加/减少 …",
    "growth_rate": "增长/下降 …%",
    "share": "占 …%",
    "rate": "another percentage (执行率, 满意度, 参保率)",
    "difference": "决算数较预算数增加/减少 …",
    "adjusted_budget": "全年预算数",
    "executed": "执行数",
    "score": "自评得分",
    "count": "a count of people, vehicles, projects, items",
    "other": "a figure whose role the sentence does not name in known words",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph(Part):
    """One paragraph of the narrative, joined over line and page breaks; `page` is where it starts."""

    text: str
    page: int | None = None
    section: str = ""
    level: int | None = None
    """1, 2, 3 … where the paragraph is a heading (第一部分 = 1, 一、 = 2, （一） = 3), else None."""
    turns: tuple[tuple[int, int], ...] = ()
    """Where it goes on to another page: (offset in `text`, page)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueEntry(Part):
    """One line of the 目录 or of the catalogue of tables: number, title, 是否空表 and its reason."""

    number: str | None = None
    title: str
    declared_empty: bool | None = None
    reason: str | None = None
    page: int | None = None
    listed_page: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment(Part):
    """One performance self-evaluation form (绩效自评表) with its grid, kept as printed."""

    type: str
    title: str
    page: int | None = None
    project: str | None = None
    rows: tuple[tuple[Cell, ...], ...] = ()
    pages: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingNote(Part):
    """Something that was hard to read or could not be placed. `code` is from a closed set, see `docs/reading.md`."""

    code: str
    text: str = ""
    page: int | None = None
    bbox: Box | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Document(Part):
    """One disclosure: who, what year, what kind, every table and every figure."""

    kind: Kind = "unknown"
    fiscal_year: int | None = None
    unit_name: str | None = None
    scope: Scope = "unknown"
    region: str | None = None
    pages: int = 0
    source_format: str = "pdf"
    title: str | None = None
    tables: tuple[Table, ...] = ()
    facts: tuple[Fact, ...] = ()
    paragraphs: tuple[Paragraph, ...] = ()
    catalogue: tuple[CatalogueEntry, ...] = ()
    assessments: tuple[Assessment, ...] = ()
    reading_notes: tuple[ReadingNote, ...] = ()
    reader_version: str = ""
