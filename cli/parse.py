"""`gouji parse`: read one file and show what was read."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from services.parse.once import read_once
from shared.errors import Rejection
from shared.settings import load_settings

app = typer.Typer(add_completion=False)

_UNREADABLE = 3


@app.command()
def parse(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="A PDF")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the whole Document as JSON")] = False,
) -> None:
    """Read FILE and print the Document. Exit codes: 0 read, 2 usage, 3 unreadable."""
    try:
        document = read_once(file.read_bytes(), load_settings())
    except Rejection as rejection:
        typer.echo(f"{file.name}: {rejection.message_zh}\n{rejection.message_en}  [{rejection.reason}]", err=True)
        raise typer.Exit(_UNREADABLE) from rejection
    if as_json:
        sys.stdout.buffer.write(document + b"\n")
        return
    _show(document)


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
        f" · {document.region or '-'} · {document.pages} pages"
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
