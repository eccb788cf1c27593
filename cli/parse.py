"""`gouji parse`: read one file and show what was read."""

from pathlib import Path
from typing import Annotated

import typer

from cli.document import print_as_json, print_document
from services.parse.confinement import Confinement
from shared.settings import load_settings

app = typer.Typer(add_completion=False)


@app.command()
def parse(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="A PDF")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the whole Document as JSON")] = False,
) -> None:
    """Read FILE and print the Document. Exit codes: 0 read, 2 usage, 3 unreadable."""
    show = print_as_json if as_json else _show
    raise typer.Exit(print_document(file, Confinement.of(load_settings()), show))


def _show(data: bytes) -> None:
    """The document as a person reads it: identity, tables, counts, notes."""
    from rich.console import Console
    from rich.table import Table as Grid

    from shared.document_json import document_of

    document = document_of(data)
    console = Console()
    console.print(f"[bold]{document.title or document.unit_name or '?'}[/bold]")
    console.print(
        f"{document.kind} · {document.fiscal_year or '?'} · {document.unit_name or '?'} · {document.scope}"
        f" · {document.region or '-'} · {document.pages} p."
    )
    grid = Grid("type", "number", "title", "pages", "rows", "unit", "confidence")
    for table in document.tables:
        rows = f"{len(table.rows)} × {len(table.columns)}" + (" (empty)" if table.empty else "")
        pages = _span(table.pages)
        grid.add_row(
            table.type, table.number or "", table.title, pages, rows, table.amount_unit or "", str(table.confidence)
        )  # fmt: skip
    console.print(grid)
    for assessment in document.assessments:
        console.print(
            f"{assessment.type}: {assessment.title} · {assessment.project or '-'} · {_span(assessment.pages)}"
        )
    console.print(
        f"{len(document.facts)} facts · {len(document.paragraphs)} paragraphs · "
        f"{len(document.catalogue)} catalogue entries"
    )
    for note in document.reading_notes:
        console.print(f"[yellow]{note.code}[/yellow] p.{note.page or '-'} {note.text}")


def _span(pages: tuple[int, ...]) -> str:
    return f"{pages[0]}–{pages[-1]}" if len(pages) > 1 else str(pages[0]) if pages else "-"
