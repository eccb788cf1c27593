"""Reading: PDF bytes to a `Document`. Pure: no files, no network, no state between documents."""

from collections.abc import Callable, Iterator
from functools import cache
from typing import NamedTuple

from services.parse.catalogue import entries_of
from services.parse.content import Content, PageContent, content_of, take_apart
from services.parse.contents import Announced, split_contents
from services.parse.continuation import Placed
from services.parse.facts import facts_of
from services.parse.identity import identity_of
from services.parse.notes import notes_of
from services.parse.pages import Limits, Page, PageSource
from services.parse.pages_pdfium import PdfiumPages, is_pdf
from services.parse.paragraphs import paragraphs_of
from services.parse.reader_version import READER_VERSION
from services.parse.recognition import Recognised, Recogniser
from services.parse.tables import assessment_of, is_assessment, table_of
from shared.document import Assessment, Document, Table
from shared.errors import NoKnownTable, NoTextLayer
from shared.layouts import load_layouts

_MOST_UNMAPPED = 0.02  # of a page's characters
_MOST_OPINIONS = 20  # pages of one document, for each costs as much as ten


@cache
def _recogniser() -> Recogniser:
    return Recogniser(load_layouts())


def read_document(data: bytes, *, limits: Limits, on_page: Callable[[int], None] = lambda _number: None) -> Document:
    """Read a PDF, or plain text with tab-separated tables.

    Raises a `Rejection` where it cannot be opened, has no text, or holds no known table. `on_page` is called before
    each page with its number, so that a caller can watch the progress.
    """
    if data and not is_pdf(data):
        from services.parse.plain_text import text_content  # a PDF need not wait for it

        return _document(text_content(data), "text")
    with PdfiumPages(data, limits) as source:
        content = content_of(list(_taken_apart(source, data, on_page)))
    if not any(page.characters for page in content.pages):
        raise NoTextLayer(pages=len(content.pages))
    return _document(content, "pdf")


def _taken_apart(source: PageSource, data: bytes, on_page: Callable[[int], None]) -> Iterator[PageContent]:
    pages = source.pages()
    asked = 0
    for number in range(1, len(source) + 1):
        on_page(number)
        page = next(pages)
        if page.unmapped > _MOST_UNMAPPED * len(page.text) and asked < _MOST_OPINIONS:
            asked += 1
            page = _second_opinion(data, page)
        yield take_apart(page)


def _second_opinion(data: bytes, page: Page) -> Page:
    from services.parse.pages_pdfplumber import second_opinion  # slow to import, and rarely needed

    return second_opinion(data, page)


def _document(content: Content, source_format: str) -> Document:
    """The document of what was taken apart. Raises `NoKnownTable`."""
    sorted_out = _sort_out(content)
    tables = [table for _, table, _ in sorted_out.tables]
    listed, _contents, prose = split_contents(content.prose)
    widths = {page.number: page.width for page in content.pages}
    paragraphs = paragraphs_of(prose, widths, content.after_table, Announced(listed))
    first = content.pages[0].number
    cover = [line for line in prose if line.page == first]
    identity = identity_of(cover, paragraphs, tables, [recognised for _, _, recognised in sorted_out.tables])
    catalogue = [entry for table in tables if table.type == "catalogue" for entry in entries_of(table)]
    return Document(
        kind=identity.kind,
        fiscal_year=identity.fiscal_year,
        unit_name=identity.unit_name,
        scope=identity.scope,
        region=identity.region,
        title=identity.title,
        pages=len(content.pages),
        source_format=source_format,
        tables=tuple(tables),
        facts=tuple(facts_of(paragraphs, identity.fiscal_year)),
        paragraphs=tuple(paragraphs),
        catalogue=(*listed, *catalogue),
        assessments=tuple(sorted_out.assessments),
        reading_notes=tuple(notes_of(content, sorted_out.tables, prose)),
        reader_version=READER_VERSION,
    )


class _SortedOut(NamedTuple):
    """The tables with what is known of them, and the performance forms."""

    tables: list[tuple[Placed, Table, Recognised]]
    assessments: list[Assessment]


def _sort_out(content: Content) -> _SortedOut:
    sorted_out = _SortedOut([], [])
    for placed in content.tables:
        if is_assessment(placed):
            sorted_out.assessments.append(assessment_of(placed))
        else:
            sorted_out.tables.append((placed, *table_of(placed, _recogniser())))
    known = any(table.type not in ("unknown", "catalogue") for _, table, _ in sorted_out.tables)
    if not known and not sorted_out.assessments:
        raise NoKnownTable(pages=len(content.pages))
    return sorted_out
