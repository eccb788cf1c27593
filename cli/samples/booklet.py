"""One document from cover to last page: parts, chapters and tables in the order of the edition, set on pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cli.samples.assessments import AssessmentGrid
from cli.samples.edition import Edition, Part
from cli.samples.forms import numeral
from cli.samples.grid import Grid, GridCell
from cli.samples.prose import Paragraph, Writer
from cli.samples.typeset import TextLine, TextStyle, Typesetter

TABLE_SIDE = {False: 52.0, True: 60.0}
"""Side margin of pages with tables: upright, landscape."""
CONTENTS_PER_PAGE = 24
CATALOGUE_TITLE = "目录"


@dataclass
class SetParagraph:
    """A paragraph of the narrative with its section and where its lines stand."""

    paragraph: Paragraph
    section: str
    lines: list[TextLine]


@dataclass
class ContentsEntry:
    """One line of the contents (目录): text, level, the page it points to."""

    text: str
    level: int
    page: int


@dataclass
class CatalogueLine:
    """One line of the catalogue of tables (是否空表)."""

    number: str
    title: str
    empty: bool
    reason: str
    page: int = 0


@dataclass
class Booklet:
    """A finished document: pages, and where everything is on them."""

    typesetter: Typesetter
    paragraphs: list[SetParagraph] = field(default_factory=list)
    contents: list[ContentsEntry] = field(default_factory=list)
    contents_page: int = 0
    catalogue: list[CatalogueLine] = field(default_factory=list)
    catalogue_rows: list[list[GridCell]] = field(default_factory=list)
    """The catalogue as it is printed, its header first."""
    assessments: list[AssessmentGrid] = field(default_factory=list)
    """Self-evaluation forms in the order in which they are printed."""


class Binder:
    """Sets one document. `small` keeps the chapters and tables that load tests need."""

    def __init__(
        self,
        edition: Edition,
        writer: Writer,
        grids: Sequence[Grid],
        assessments: Mapping[str, AssessmentGrid],
        *,
        repeat_header: bool,
        small: bool,
    ) -> None:
        self._edition = edition
        self._assessments = assessments
        self._writer = writer
        self._grids = [grid for grid in grids if not small or grid.form.type in edition.small_tables]
        self._repeat_header = repeat_header
        self._small = small
        self._sheet = Typesetter()
        self._booklet = Booklet(self._sheet)
        looks = edition.looks
        self._body = TextStyle(looks.body_size, looks.leading, indent=2)
        self._section: dict[int, str] = {}

    def bind(self) -> Booklet:
        """Cover, contents, parts, page numbers."""
        self._cover()
        contents_pages = self._reserve_contents()
        for part in self._edition.parts:
            if self._small and part.tables:
                self._tables(part)
            elif not self._small or any(chapter.small for chapter in part.chapters):
                self._part(part)
        if contents_pages:
            self._contents(contents_pages)
        for page in range(2, self._sheet.page_number + 1):
            self._sheet.footer(page, self._edition.looks.page_number.replace("<page>", str(page)))
        return self._booklet

    def _cover(self) -> None:
        self._sheet.new_page()
        self._sheet.skip(150)
        for number, line in enumerate(self._edition.cover):
            large = number < 2
            style = TextStyle(26 if large else 15, 48 if large else 30, "hei" if large else "song", "center")
            if number == 2:
                self._sheet.skip(200)
            self._write(self._writer.line(line), style)

    def _entries(self) -> int:
        """How many lines the contents will have."""
        chapters = sum(1 for part in self._edition.parts for chapter in part.chapters if chapter.heading)
        return len(self._edition.parts) + chapters + len(self._grids)

    def _reserve_contents(self) -> list[int]:
        if self._small or not self._edition.contents:
            return []
        pages = []
        for _ in range(-(-self._entries() // CONTENTS_PER_PAGE)):
            self._sheet.new_page()
            pages.append(self._sheet.page_number)
        return pages

    def _contents(self, pages: Sequence[int]) -> None:
        """Fill the reserved pages, now that every heading's page is known."""
        self._booklet.contents_page = pages[0]
        last = self._sheet.pages[pages[-1] :]
        del self._sheet.pages[pages[0] - 1 :]
        for number, entry in enumerate(self._booklet.contents):
            if number % CONTENTS_PER_PAGE == 0:
                self._sheet.new_page()
                if number == 0:
                    self._sheet.paragraph("目　录", TextStyle(18, 40, "hei", "center"))
            style = TextStyle(12, 25, indent=0 if entry.level == 1 else 2)
            self._sheet.leader_line(entry.text, entry.page, style)
        self._sheet.pages.extend(last)

    def _part(self, part: Part) -> None:
        self._sheet.new_page()
        heading = self._writer.line(part.heading, 1)
        self._enter(self._write(heading, TextStyle(20, 44, "hei", "center")), 1)
        self._sheet.skip(10)
        for chapter in part.chapters:
            if chapter.small or not self._small:
                for number, paragraph in enumerate(self._writer.chapter(chapter)):
                    self._chapter_line(paragraph, is_heading=number == 0 and bool(chapter.heading))
        if part.tables:
            self._tables(part)

    def _chapter_line(self, paragraph: Paragraph, *, is_heading: bool) -> None:
        """A heading or paragraph of a chapter, and the self-evaluation form that follows it."""
        if paragraph.text:
            placed = self._write(paragraph, self._style(paragraph))
            if is_heading:
                self._enter(placed, 2)
        if paragraph.form:
            self._assessment(self._assessments[paragraph.form])

    def _assessment(self, grid: AssessmentGrid) -> None:
        """A self-evaluation form with its title, all on one page."""
        title, subtitle = TextStyle(15, 28, "hei", "center", before=6), TextStyle(9, 15, align="center")
        size, widths = grid.form.font_size, grid.form.widths
        self._sheet.need(title.before + title.leading + subtitle.leading + self._sheet.height(grid.rows, widths, size))
        self._sheet.paragraph(grid.title, title)
        self._sheet.paragraph(grid.subtitle, subtitle)
        self._sheet.form(grid.rows, widths, size)
        self._sheet.skip(8)
        self._booklet.assessments.append(grid)

    def _enter(self, heading: SetParagraph, level: int) -> None:
        """Note a heading for the contents."""
        self._booklet.contents.append(ContentsEntry(heading.paragraph.text, level, heading.lines[0].page))

    def _style(self, paragraph: Paragraph) -> TextStyle:
        looks = self._edition.looks
        if paragraph.level is None:
            return self._body
        return TextStyle(looks.body_size, looks.leading, "hei", indent=2, before=4, keep_with_next=True)

    def _write(self, paragraph: Paragraph, style: TextStyle) -> SetParagraph:
        """Set a paragraph of the narrative and remember its section and place."""
        if paragraph.level is not None:
            self._section = {level: text for level, text in self._section.items() if level < paragraph.level}
        section = " / ".join(self._section[level] for level in sorted(self._section))
        lines = self._sheet.paragraph(paragraph.text, style)
        if paragraph.level is not None:
            self._section[paragraph.level] = paragraph.text
        self._booklet.paragraphs.append(SetParagraph(paragraph, section, lines))
        return self._booklet.paragraphs[-1]

    def _tables(self, part: Part) -> None:
        if part.catalogue and not self._small:
            self._catalogue()
        for number, grid in enumerate(self._grids, 1):
            side = TABLE_SIDE[grid.form.landscape]
            self._sheet.new_page(landscape=grid.form.landscape, side=side)
            self._booklet.contents.append(
                ContentsEntry(f"{numeral(number)}、{grid.form.title}", 2, self._sheet.page_number)
            )
            self._sheet.paragraph(grid.form.title, TextStyle(16, 30, "hei", "center"))
            for left, middle, right in grid.above:
                self._sheet.line_of_three(left, middle, right, TextStyle(9, 15))
            widths = [column.width for column in grid.form.columns]
            header = [*grid.header, *grid.numbers]
            self._sheet.table(header, grid.rows, widths, grid.form.font_size, repeat_header=self._repeat_header)
            for note in grid.notes:
                self._sheet.paragraph(note, TextStyle(9, 15))

    def _catalogue(self) -> None:
        """The catalogue of tables with 是否空表 and its reason."""
        body = self._writer.line("<body>").text
        self._sheet.paragraph("目　录", TextStyle(15, 30, align="center"))
        rows = [[GridCell(text) for text in ("序号", "内容", "是否空表", "表格为空的理由")]]
        for number, grid in enumerate(self._grids, 1):
            reason = f"本{body}不涉及，故公开空表" if grid.empty else ""
            line = CatalogueLine(f"表{number}", grid.form.title, grid.empty, reason, self._sheet.page_number)
            self._booklet.catalogue.append(line)
            texts = (line.number, line.title, "是" if line.empty else "否", line.reason)
            rows.append([GridCell(text, align="left" if i == 1 else "center") for i, text in enumerate(texts)])
        self._booklet.catalogue_rows = rows
        self._sheet.table(rows[:1], rows[1:], (8, 44, 12, 28), 9, repeat_header=True)
