"""`gouji check`: read and check files here, without any server."""

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from cli.verdicts import Checked, exit_code, print_verdicts, verdict_json
from services.parse.confinement import Confinement
from services.parse.once import read_once
from services.validate.check import check_document
from services.validate.rulebook import Rulebook, load_rulebook
from shared.document_json import document_of
from shared.errors import Rejection
from shared.settings import Settings, load_settings

app = typer.Typer(add_completion=False)


@app.command()
def check(
    files: Annotated[list[Path], typer.Argument(exists=True, dir_okay=False, readable=True, help="PDFs")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a file, a line each")] = False,
    lang: Annotated[Literal["both", "zh", "en"], typer.Option(help="Language of the findings")] = "both",
    report: Annotated[Path | None, typer.Option(dir_okay=False, help="Write a correction notice (HTML) here")] = None,
    pack: Annotated[
        Path | None, typer.Option(exists=True, file_okay=False, help="Check with the rule pack in this folder")
    ] = None,
) -> None:
    """Read and check FILES. Exit codes: 0 clean, 1 findings of severity error, 2 usage, 3 unreadable."""
    settings, rulebook = load_settings(), load_rulebook(pack)
    results = []
    for number, file in enumerate(files, start=1):
        if len(files) > 1 and sys.stderr.isatty():
            typer.echo(f"[{number}/{len(files)}] {file.name}", err=True)
        result = _check(file, settings, rulebook)
        results.append(result)
        if as_json:
            sys.stdout.buffer.write(verdict_json(result) + b"\n")
            sys.stdout.flush()
    if not as_json:
        print_verdicts(results, rulebook, lang)
    if report is not None:
        from cli.report import report_html

        report.write_text(report_html(results), encoding="utf-8")
        typer.echo(f"整改通知 notice: {report}", err=True)
    raise typer.Exit(exit_code(results))


def _check(file: Path, settings: Settings, rulebook: Rulebook) -> Checked:
    try:
        document = document_of(read_once(file.read_bytes(), Confinement.of(settings)))
    except Rejection as rejection:
        return Checked(file, rejection=rejection)
    return Checked(file, document, check_document(document, rulebook))
