"""`gouji export`: lines and findings as a file, or one document's tables as a workbook."""

import asyncio
import re
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cli.line import Line, read_api

app = typer.Typer(add_completion=False)

_DOCUMENT_ID = re.compile(r"[0-9a-f]{64}")
_LISTS = ("lines", "findings")


class Format(StrEnum):
    """What it is written as."""

    csv = "csv"
    xlsx = "xlsx"
    parquet = "parquet"


@app.command()
def export(
    what: Annotated[str, typer.Argument(metavar="lines|findings|DOCUMENT_ID", help="What to write.")],
    out: Annotated[Path | None, typer.Option(help="The file; else standard output.")] = None,
    form: Annotated[
        Format | None, typer.Option("--format", help="Else what the file's name ends in, else csv.")
    ] = None,
    region: Annotated[str | None, typer.Option(help="Of one region only.")] = None,
    unit: Annotated[str | None, typer.Option(help="The unit's name contains this.")] = None,
    year: Annotated[int | None, typer.Option(help="Of one fiscal year only.")] = None,
    kind: Annotated[str | None, typer.Option(help="final_accounts or budget.")] = None,
    table_type: Annotated[str | None, typer.Option(help="Lines of one table type only.")] = None,
    rule: Annotated[str | None, typer.Option(help="Findings of one rule only.")] = None,
    severity: Annotated[str | None, typer.Option(help="Findings of one severity only.")] = None,
    url: Annotated[
        str | None, typer.Option(help="The read API; else GOUJI_QUERY_URL, else the running gouji up.")
    ] = None,
) -> None:
    """Write what counts now as CSV, XLSX or Parquet; of one document its tables, as the standard forms look. 导出。"""
    if what not in _LISTS and not _DOCUMENT_ID.fullmatch(what):
        raise typer.BadParameter("请给出 lines、findings 或 document_id / lines, findings or a document_id")
    filters = {
        "region": region, "unit": unit, "year": year, "kind": kind, "table_type": table_type, "rule": rule,
        "severity": severity,
    }  # fmt: skip
    given = {name: str(value) for name, value in filters.items() if value is not None}
    if what in _LISTS:
        path, given["format"] = f"/export/{what}", (form or _format_of(out)).value
    else:
        path = f"/export/documents/{what}"
    asyncio.run(_write(path, given, out, url))


def _format_of(out: Path | None) -> Format:
    ending = out.suffix.removeprefix(".").lower() if out is not None else ""
    return Format(ending) if ending in list(Format) else Format.csv


async def _write(path: str, params: dict[str, str], out: Path | None, url: str | None) -> None:
    base, key = read_api(url)
    async with Line(base, key) as line:
        if out is None:
            await line.download(path, params, sys.stdout.buffer)
            return
        part = out.with_name(f"{out.name}.part")
        with part.open("wb") as file:
            size = await line.download(path, params, file)
        part.replace(out)
    typer.echo(f"{out}  {size / 1e6:.1f} MB")
