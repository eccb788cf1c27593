"""`gouji dlq`: which messages were refused, why, and putting them back."""

import asyncio
import json
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Column, Table

from cli.embedded.connection import engine_settings
from cli.keyfile import actor_here
from shared.audit import Entry, write_audit
from shared.kafka import EventProducer, StoredLetter, read_dead_letters, replay_dead_letter
from shared.mongo import Database
from shared.settings import Settings

app = typer.Typer(add_completion=False, no_args_is_help=True, help="List, show and replay dead letters.")

_JSON = typer.Option("--json", help="Print JSON.")
_REASON = typer.Option(help="Only letters with this reason code.")


@app.command("list")
def list_letters(
    reason: Annotated[str | None, _REASON] = None,
    replayed: Annotated[bool, typer.Option("--replayed", help="Also those that were replayed already.")] = False,
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """The messages that were refused and not replayed yet, the oldest first. 列出死信。"""
    letters = _chosen(engine_settings(), reason=reason, replayed=replayed)
    if as_json:
        typer.echo(json.dumps([_plain(stored) for stored in letters], ensure_ascii=False))
    elif letters:
        Console().print(_table(letters))
    else:
        typer.echo("没有死信 / no dead letters")


@app.command()
def show(
    letter: Annotated[str, typer.Argument(help="Its id, as `gouji dlq list` prints it.")],
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """One dead letter: why it was refused, its headers and its body. 查看一条死信。"""
    stored = _named(engine_settings(), [letter])[0]
    if as_json:
        typer.echo(json.dumps({**_plain(stored), **_content(stored)}, ensure_ascii=False))
        return
    for name, value in {**_plain(stored), **_content(stored)}.items():
        typer.echo(f"{name:12} {value}")


@app.command()
def replay(
    letters: Annotated[list[str] | None, typer.Argument(help="Ids, as `gouji dlq list` prints them.")] = None,
    reason: Annotated[str | None, _REASON] = None,
    everything: Annotated[bool, typer.Option("--all", help="All that were not replayed yet.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be replayed.")] = False,
) -> None:
    """Put messages back on their topics: those named, those of one reason, or all. 重放死信。

    A replayed message carries the same event id: services that handled it before leave it alone.
    """
    settings = engine_settings()
    if sum((bool(letters), reason is not None, everything)) != 1:
        raise typer.BadParameter("请给出编号、--reason 或 --all 之一 / name letters, or --reason, or --all")
    chosen = _named(settings, letters) if letters else _chosen(settings, reason=reason)
    foreign = [stored for stored in chosen if not stored.original.topic]
    chosen = [stored for stored in chosen if stored.original.topic]
    if not dry_run:
        asyncio.run(_replay(settings, chosen))
    for stored in chosen:
        typer.echo(f"{stored.id} → {stored.original.topic}")
    for stored in foreign:
        typer.echo(f"{stored.id}: 不是 Gouji 写入的，已跳过 / not written by Gouji, skipped", err=True)
    done = ("将重放", "would be replayed") if dry_run else ("已重放", "replayed")
    typer.echo(f"{done[0]} {len(chosen)} 条 / {len(chosen)} {done[1]}")


def _chosen(settings: Settings, *, reason: str | None = None, replayed: bool = False) -> list[StoredLetter]:
    found = asyncio.run(read_dead_letters(settings))
    return [
        stored
        for stored in found
        if (replayed or not stored.replayed) and (reason is None or stored.letter.reason == reason)
    ]


def _named(settings: Settings, ids: list[str]) -> list[StoredLetter]:
    known = {stored.id: stored for stored in asyncio.run(read_dead_letters(settings))}
    for unknown in sorted(set(ids) - set(known)):
        raise typer.BadParameter(f"没有编号为 {unknown} 的死信 / there is no dead letter {unknown}")
    return [known[name] for name in ids]


async def _replay(settings: Settings, letters: list[StoredLetter]) -> None:
    async with Database(settings) as database, EventProducer(settings, "dlq") as producer:
        for stored in letters:
            about = {"letter": stored.id, "document_id": stored.letter.document_id}
            await write_audit(Entry("dead_letter_replay", actor_here(), about), database)
            await replay_dead_letter(stored, producer)


def _plain(stored: StoredLetter) -> dict[str, object]:
    return {"id": stored.id, "replayed": stored.replayed, **stored.letter.model_dump(mode="json")}


def _content(stored: StoredLetter) -> dict[str, object]:
    headers = {name: content.decode("utf-8", "replace") for name, content in stored.original.headers}
    return {"headers": headers, "body": (stored.original.value or b"").decode("utf-8", "replace")}


def _table(letters: list[StoredLetter]) -> Table:
    table = Table(
        Column("编号 id", overflow="fold"),
        "时间 time",
        "原因 reason",
        "服务 stage",
        "次数 attempts",
        "文件 document",
        "说明 message",
    )
    for stored in letters:
        letter = stored.letter
        when = letter.failed_at.astimezone().strftime("%m-%d %H:%M:%S")
        state = "  (已重放 replayed)" if stored.replayed else ""
        table.add_row(
            stored.id, when, letter.reason, letter.stage, str(letter.attempts),
            (letter.document_id or "")[:12], letter.message + state,
        )  # fmt: skip
    return table
