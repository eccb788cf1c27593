"""The Document that a perfect reader would give of a sample, made from the generator's own truth."""

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

from cli.samples.accounts import Accounts
from cli.samples.assessments import AssessmentGrid
from cli.samples.booklet import CATALOGUE_TITLE, Booklet, SetParagraph
from cli.samples.edition import Edition
from cli.samples.grid import Grid, GridCell
from cli.samples.narrative import Narrative
from cli.samples.prose import Figure
from shared.amounts import printed_amount
from shared.document import Assessment, CatalogueEntry, Cell, Document, Fact, Paragraph, Table

TRUTH_VERSION = "samples"
_CLAUSE_END = re.compile(r"[，；。：]")
_SPACE = re.compile(r"\u3000|(?<=[^!-~]) (?!/)|(?<!/) (?=[^!-~])")


def document_of(
    accounts: Accounts, edition: Edition, narrative: Narrative, grids: Sequence[Grid], booklet: Booklet
) -> Document:
    """The whole Document with pages and boxes; the catalogue of tables is kept as a table, too."""
    facts, paragraphs = _prose(booklet.paragraphs, narrative)
    cover = "".join(placed.paragraph.text for placed in booklet.paragraphs[: len(edition.cover)])
    return Document(
        kind=edition.kind,
        fiscal_year=accounts.year,
        unit_name=next(name for name in _names(narrative) if name in cover),
        scope=accounts.unit.scope,
        pages=len(booklet.typesetter.pages),
        title="".join(paragraph.paragraph.text for paragraph in booklet.paragraphs[:2]),
        tables=(*_catalogue_table(booklet), *(_table(grid, accounts, narrative) for grid in grids if grid.is_set)),
        facts=tuple(facts),
        paragraphs=tuple(paragraphs),
        catalogue=tuple(_catalogue(booklet)),
        assessments=tuple(_assessment(grid, narrative) for grid in booklet.assessments),
        reader_version=TRUTH_VERSION,
    )


def _names(narrative: Narrative) -> tuple[str, str]:
    """The unit's name with and without （汇总）, the longer first."""
    return narrative.words["aggregated"], narrative.words["unit"]


def _catalogue_table(booklet: Booklet) -> Iterator[Table]:
    rows = booklet.catalogue_rows
    if rows:
        columns = tuple((cell.text,) for cell in rows[0])
        cells = tuple(tuple(_cell(cell, False) for cell in row) for row in rows[1:])
        yield Table(
            type="catalogue", title=CATALOGUE_TITLE, empty=True, columns=columns, rows=cells, pages=_pages(rows[1:])
        )


def _pages(rows: Sequence[Sequence[GridCell]]) -> tuple[int, ...]:
    return tuple(sorted({cell.page for row in rows for cell in row if cell.page}))


def _table(grid: Grid, accounts: Accounts, narrative: Narrative) -> Table:
    above = "".join("".join(line) for line in grid.above)
    amounts = [column.role == "amount" for column in grid.form.columns]
    return Table(
        type=grid.form.type,
        number=grid.form.number,
        title=grid.form.title,
        amount_unit="万元",
        unit_name=next((name for name in _names(narrative) if name in above), None),
        fiscal_year=accounts.year if f"{accounts.year}年" in above else None,
        empty=grid.empty,
        columns=tuple(column.path for column in grid.form.columns),
        rows=tuple(tuple(_cell(cell, amount) for cell, amount in zip(row, amounts, strict=True)) for row in grid.rows),
        notes=grid.notes,
        pages=_pages(grid.rows),
    )


def _assessment(grid: AssessmentGrid, narrative: Narrative) -> Assessment:
    return Assessment(
        type=grid.form.type,
        title=grid.title,
        page=grid.rows[0][0].page,
        project=narrative.words[f"{grid.scope}.name"] if "项目名称" in grid.rows[0][0].text else None,
        rows=tuple(tuple(_cell(cell, True) for cell in row) for row in grid.rows),
        pages=_pages(grid.rows),
    )


def _cell(cell: GridCell, holds_amount: bool) -> Cell:
    """A cell as read; codes and line numbers (行次) are digits but no amounts."""
    amount = printed_amount(cell.text) if cell.text and holds_amount else None
    value = amount.value if amount else None
    return Cell(text=cell.text, value=value, page=cell.page, bbox=cell.box)


def _prose(placed: Sequence[SetParagraph], narrative: Narrative) -> tuple[list[Fact], list[Paragraph]]:
    facts: list[Fact] = []
    paragraphs: list[Paragraph] = []
    for number, one in enumerate(placed):
        paragraph = one.paragraph
        text, level = plain(paragraph.text), paragraph.level
        paragraphs.append(Paragraph(text=text, page=one.lines[0].page, section=plain(one.section), level=level))
        facts += [_fact(one, figure, narrative, number) for figure in paragraph.figures]
    return facts, paragraphs


def _fact(placed: SetParagraph, figure: Figure, narrative: Narrative, number: int) -> Fact:
    statement = narrative.statements[f"{figure.key.row}.{figure.key.column}"]
    text = placed.paragraph.text[figure.start : figure.end]
    amount = printed_amount(text)
    value = amount.value if amount else Decimal(0)
    return Fact(
        measure=statement.measure,
        subject=statement.subject,
        value=-value if statement.direction == "decrease" else value,
        text=text,
        unit=statement.quantity.unit,
        quote=plain(clause(placed.paragraph.text, figure)),
        page=page_of(placed, figure),
        section=plain(placed.section),
        base=statement.base,
        direction=statement.direction,
        paragraph=number,
    )


def plain(text: str) -> str:
    """A text without the spaces that only typesetting put there."""
    return _SPACE.sub("", text)


def clause(text: str, figure: Figure) -> str:
    """The clause that holds a figure."""
    before = [found.end() for found in _CLAUSE_END.finditer(text, 0, figure.start)]
    after = _CLAUSE_END.search(text, figure.end)
    return text[before[-1] if before else 0 : after.start() if after else len(text)].strip()


def page_of(placed: SetParagraph, figure: Figure) -> int:
    """The page on which a figure of a paragraph stands."""
    return next(line.page for line in placed.lines if line.start <= figure.start < max(line.end, line.start + 1))


def _catalogue(booklet: Booklet) -> Iterator[CatalogueEntry]:
    for entry in booklet.contents if booklet.contents_page else ():
        yield CatalogueEntry(title=entry.text, page=booklet.contents_page, listed_page=entry.page)
    for line in booklet.catalogue:
        yield CatalogueEntry(
            number=line.number, title=line.title, declared_empty=line.empty, reason=line.reason or None, page=line.page
        )
