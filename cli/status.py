"""`gouji status`: where is my file? Overall counts, a batch, or one document with its timeline."""

import asyncio
import hashlib
import json
import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cli.line import Line, line_key, line_url
from cli.submit import Lang
from cli.words import Language, word

app = typer.Typer(add_completion=False)

_RECEIPT = re.compile(r"GJ-\d{8}-\d+")
_DOCUMENT_ID = re.compile(r"[0-9a-f]{64}")
_STATES = ("accepted", "parsed", "validated", "stored", "rejected", "dead_lettered")

_WHERE = ("stored", "rejected", "in_flight", "dead_lettered")


@app.command()
def status(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[DOCUMENT_ID|RECEIPT|BATCH|FILE]…", help="Which; all together where none is named."),
    ] = None,
    url: Annotated[str | None, typer.Option(help="The upload API; else GOUJI_URL, else the running gouji up.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    latest: Annotated[int, typer.Option(min=0, max=100, help="How many of the latest documents to list.")] = 10,
    lang: Annotated[Lang, typer.Option(help="Language of the tables.")] = Lang.zh,
) -> None:
    """Overall counts and the latest documents; with arguments, where each of them is. 查询处理状态。

    A FILE on this machine is looked up by its content.
    """
    answers = asyncio.run(_ask(line_url(url), [_document_id(name) for name in names or []], latest))
    if as_json:
        for answer in answers:
            typer.echo(json.dumps(answer, ensure_ascii=False))
        return
    console = Console(highlight=False)
    for answer in answers:
        _show(answer, lang.value, console)


def _document_id(name: str) -> str:
    """A file's document_id; any other name as it is."""
    path = Path(name)
    if not path.is_file():
        return name
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


async def _ask(url: str, names: Sequence[str], latest: int) -> list[dict[str, Any]]:
    """The line's answer for each name. Raises `LineUnreachable`, `RefusedByLine`."""
    async with Line(url, line_key(url)) as line:
        if not names:
            return [await line.get("/overview", latest=latest)]
        return [await _look_up(line, name) for name in names]


async def _look_up(line: Line, name: str) -> dict[str, Any]:
    if _RECEIPT.fullmatch(name):
        receipt = await line.get(f"/receipts/{name}")
        return dict(await line.get(f"/documents/{receipt['document_id']}"))
    if _DOCUMENT_ID.fullmatch(name):
        return dict(await line.get(f"/documents/{name}"))
    return dict(await line.get(f"/batches/{name}"))


def _show(answer: dict[str, Any], language: Language, console: Console) -> None:
    if "timeline" in answer:
        _show_document(answer, language, console)
        return
    if "batch_id" in answer:
        console.print(f"[bold]{escape(answer['batch_id'])}[/]")
    console.print(_counts(answer["counts"], language))
    if answer.get("balance"):
        console.print(_balance(answer["balance"], language))
    documents = answer.get("members") or answer.get("latest") or []
    if documents:
        console.print(_list(documents, language))
    for document in documents:
        _show_rejection(document, language, console)


def _counts(counts: dict[str, int], language: Language) -> Table:
    table = Table(title=word("now_at", language), title_justify="left")
    for state in _STATES:
        table.add_column(word(state, language), justify="right")
    table.add_row(*(str(counts.get(state, 0)) for state in _STATES))
    return table


def _balance(balance: dict[str, Any], language: Language) -> str:
    """The equation that must hold of all documents, and what does not fit into it."""
    parts = " + ".join(f"{word(name, language)} {balance[name]}" for name in _WHERE)
    missing = f"{word('unaccounted', language)} {balance['unaccounted']}"
    told = f"[bold red]{missing}[/]" if balance["unaccounted"] else missing
    total = f"{word('accepted_total', language)} {balance['accepted']}"
    return f"{total} = {parts} + {told}\n[dim]{word('as_of', language)} {_clock(balance['at'])}[/]"


def _list(documents: Sequence[dict[str, Any]], language: Language) -> Table:
    # Nine columns with rules between them need more than the 80 places of a narrow terminal.
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    for name in ("file", "unit"):
        table.add_column(word(name, language), overflow="fold")
    for name in ("year", "status"):
        table.add_column(word(name, language), no_wrap=True)
    for name in ("errors", "warnings", "infos", "coverage"):
        table.add_column(word(name, language), justify="right", no_wrap=True)
    table.add_column(word("received", language), no_wrap=True)
    for document in documents:
        counts = document["counts"] or {}
        table.add_row(
            escape(document["file_name"]),
            escape(document["unit_name"] or ""),
            str(document["fiscal_year"] or ""),
            word(document["status"], language),
            *(str(counts.get(name, "")) for name in ("errors", "warnings", "infos")),
            f"{counts['checked']}/{counts['rules']}" if counts else "",
            _clock(document["received_at"])[5:16],
        )
    return table


def _show_document(document: dict[str, Any], language: Language, console: Console) -> None:
    rows = Table.grid(padding=(0, 2))
    rows.add_column(no_wrap=True)
    rows.add_column(overflow="fold")  # a link that is cut cannot be copied
    for name, value in _facts(document, language):
        rows.add_row(f"[dim]{name}[/]", escape(value))
    console.print(rows)
    timeline = Table()
    for name in ("stage", "time", "seconds"):
        timeline.add_column(word(name, language), justify="right" if name == "seconds" else "left")
    for stage in document["timeline"]:
        replay = f" (replay {stage['replay']})" if stage["replay"] else ""
        timeline.add_row(word(stage["stage"], language) + replay, _clock(stage["at"]), f"{stage['seconds']:.1f} s")
    console.print(timeline)
    _show_rejection(document, language, console)


def _facts(document: dict[str, Any], language: Language) -> list[tuple[str, str]]:
    counts = document["counts"] or {}
    revision = str(document["revision"] or "")
    if document["superseded_by"]:
        revision += f" ({word('superseded', language)}: {document['superseded_by']})"
    return [
        (word("file", language), document["file_name"]),
        ("document_id", document["document_id"]),
        (word("status", language), word(document["status"], language)),
        (word("unit", language), document["unit_name"] or ""),
        (word("year", language), f"{document['fiscal_year'] or ''} {word(document['kind'] or 'unknown', language)}"),
        (word("revision", language), revision),
        (word("receipt", language), ", ".join(document["receipts"])),
        *((word(name, language), str(counts[name])) for name in ("errors", "warnings", "infos") if counts),
        (word("coverage", language), f"{counts['checked']}/{counts['rules']}" if counts else ""),
        *((name, link) for name, link in document["links"].items() if link),
    ]


def _show_rejection(document: dict[str, Any], language: Language, console: Console) -> None:
    reason = document["rejection"]
    if reason:
        console.print(
            f"[bold magenta]{word(document['status'], language)}[/] {escape(document['file_name'])} "
            f"[dim]{reason['reason']}[/]\n  {escape(reason[f'message_{language}'])}"
        )


def _clock(moment: str) -> str:
    """A time of the answer, on this machine's clock."""
    return f"{datetime.fromisoformat(moment).astimezone():%Y-%m-%d %H:%M:%S}"
