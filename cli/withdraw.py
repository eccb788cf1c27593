"""`gouji withdraw`: take a document back, so that the revision before it counts again."""

import asyncio
from typing import Annotated, Any

import typer

from cli.line import query_line

app = typer.Typer(add_completion=False)


@app.command()
def withdraw(
    document_id: Annotated[str, typer.Argument(help="document_id of the document.")],
    reason: Annotated[str, typer.Option(help="Why; it stays with the document and in the audit.")],
    url: Annotated[str | None, typer.Option(help="The read API; else that of the running gouji up.")] = None,
) -> None:
    """Take a document back with a reason. Nothing is deleted. 撤回一份文件，上一版本重新生效。"""
    done = asyncio.run(_ask(document_id, reason, url))
    now = done["current"] or "–"
    typer.echo(f"已撤回，现行版本：{now} / withdrawn; the current revision now: {now}")


async def _ask(document_id: str, reason: str, url: str | None) -> dict[str, Any]:
    async with query_line(url) as line:
        return dict(await line.post(f"/documents/{document_id}/withdraw", body={"reason": reason}))
