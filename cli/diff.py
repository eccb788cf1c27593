"""`gouji diff`: what changed from one document to another, figure by figure."""

import asyncio
import json
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cli.line import query_line
from cli.submit import Lang
from cli.words import word

app = typer.Typer(add_completion=False)


@app.command()
def diff(
    before: Annotated[str, typer.Argument(help="document_id of the one.")],
    after: Annotated[str, typer.Argument(help="document_id of the other.")],
    as_json: Annotated[bool, typer.Option("--json", help="The answer as JSON.")] = False,
    lang: Annotated[Lang, typer.Option(help="Language of the tables.")] = Lang.zh,
    url: Annotated[str | None, typer.Option(help="The read API; else that of the running gouji up.")] = None,
) -> None:
    """Figures changed, rows added or gone, findings cured and created. 两个版本之间的差异。"""
    found = asyncio.run(_ask(before, after, url))
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
        return
    console = Console(highlight=False)
    console.print(_figures(found, lang))
    for name in ("rows_gone", "rows_added"):
        for row in found[name]:
            console.print(f"{word(name, lang.value)}: {escape(_named(row))}")
    for name in ("findings_cured", "findings_created"):
        for finding in found[name]:
            console.print(f"{word(name, lang.value)}: {finding['rule']} {escape(finding['message'][lang.value])}")


async def _ask(before: str, after: str, url: str | None) -> dict[str, Any]:
    async with query_line(url) as line:
        return dict(await line.get(f"/documents/{before}/diff/{after}"))


def _figures(found: dict[str, Any], lang: Lang) -> Table:
    table = Table(*(word(name, lang.value) for name in ("figure", "before", "after")))
    for change in found["figures_changed"]:
        table.add_row(escape(f"{_named(change)} {change['column_key']}"), *_printed(change))
    for change in found["text_changed"]:
        table.add_row(escape(f"{change['measure']} {change['subject']}"), *_printed(change))
    return table


def _named(row: dict[str, Any]) -> str:
    return " ".join(dict.fromkeys(part for part in (row["table_type"], row["row_key"], row["row_name"]) if part))


def _printed(change: dict[str, Any]) -> Sequence[str]:
    return [escape(change[name]["text"]) if change[name] else "" for name in ("before", "after")]
