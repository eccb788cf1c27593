"""`gouji contracts`: write the public contracts, and refuse a change that would break a consumer."""

import json
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from cli.contracts.compatibility import breaking_changes
from cli.contracts.generate import contract_files

app = typer.Typer(add_completion=False)


@app.command()
def contracts(
    out: Annotated[Path, typer.Option(help="Folder to write to.")] = Path("docs/contracts"),
) -> None:
    """Write JSON Schemas, examples and AsyncAPI of every topic; exit 1 where a change breaks the released version.

    `released/` keeps each schema as first released; the schema of a topic may only grow from there. What must break
    gets a new topic version (`…-v2`).
    """
    (out / "released").mkdir(parents=True, exist_ok=True)
    broken: list[str] = []
    for name, text in contract_files(version("gouji")).items():
        released = out / "released" / name
        if name.endswith(".schema.json"):
            if released.exists():
                changes = breaking_changes(json.loads(released.read_text(encoding="utf-8")), json.loads(text))
                broken += [f"{name} {change}" for change in changes]
            else:
                released.write_text(text, encoding="utf-8")
        (out / name).write_text(text, encoding="utf-8")
        typer.echo(f"{out / name}")
    for line in broken:
        typer.echo(f"破坏性变更 · breaking: {line}", err=True)
    if broken:
        typer.echo("请新增主题版本（-v2）· Make a new topic version (-v2) instead.", err=True)
        raise typer.Exit(1)
