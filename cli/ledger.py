"""`gouji ledger`: load the province's list of duties, and show who has filed, late, missing, returned."""

import asyncio
import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cli.line import query_line
from cli.submit import Lang
from cli.words import word

app = typer.Typer(add_completion=False, no_args_is_help=True)

_STATES = ("filed", "late", "missing", "returned", "pending")
Url = Annotated[str | None, typer.Option(help="The read API; else that of the running gouji up.")]


@app.command()
def load(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV with a line for each duty.")],
    url: Url = None,
) -> None:
    """Load a list of duties: region,region_name,unit,scope,kind,year,due. 导入报送任务。

    kind: final_accounts (决算) or budget (预算); scope: department (部门), unit (单位) or blank. A duty that is known
    gets its new date; loading a list twice changes nothing.
    """
    done = asyncio.run(_load(file.read_bytes(), url))
    typer.echo(
        f"{done['duties']} 项报送任务，新增 {done['new']} 项 / {done['duties']} duties, {done['new']} of them new"
    )


async def _load(data: bytes, url: str | None) -> dict[str, Any]:
    async with query_line(url) as line:
        return dict(await line.post("/ledger", content=data, content_type="text/csv"))


@app.command()
def show(
    region: Annotated[str, typer.Option(help="A region's code, or its beginning.")] = "",
    year: Annotated[int | None, typer.Option(min=1900, max=2099, help="年度.")] = None,
    state: Annotated[str, typer.Option(help=f"One of {', '.join(_STATES)}.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="The answer as JSON.")] = False,
    lang: Annotated[Lang, typer.Option(help="Language of the tables.")] = Lang.zh,
    url: Url = None,
) -> None:
    """The score of each district with its parts, and the duties that match. 报送情况与完整性得分。"""
    filters = {"region": region, "year": year, "state": state}
    body = asyncio.run(_show({name: value for name, value in filters.items() if value}, url))
    if as_json:
        typer.echo(json.dumps(body, ensure_ascii=False))
        return
    console = Console(highlight=False)
    scores = Table(word("region", lang.value), word("score", lang.value), *(word(one, lang.value) for one in _STATES))
    for one in body["scores"]:
        name = f"{one['region']} {one['region_name']}"
        scores.add_row(escape(name), str(one["score"] or ""), *(str(one[each]) for each in _STATES))
    console.print(scores)
    if state or region:
        console.print(_duties(body["items"], lang))


async def _show(filters: dict[str, str | int], url: str | None) -> dict[str, Any]:
    async with query_line(url) as line:
        body = dict(await line.get("/ledger", limit=1000, **filters))
        while body["next"] is not None:
            page = await line.get("/ledger", limit=1000, cursor=body["next"], **filters)
            body["items"] += page["items"]
            body["next"] = page["next"]
        return body


def _duties(items: list[dict[str, Any]], lang: Lang) -> Table:
    names = ("unit", "year", "kind", "due", "status", "receipt", "errors")
    table = Table(*(word(name, lang.value) for name in names))
    for item in items:
        table.add_row(
            escape(item["unit"]),
            str(item["year"]),
            word(item["kind"], lang.value),
            item["due"],
            word(item["state"], lang.value),
            item["receipt_number"] or "",
            str(item["errors"] or ""),
        )
    return table
