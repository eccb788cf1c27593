"""`gouji replay`: run stored documents again after a new reader or rule pack."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from cli.conditions import WHERE_HELP, Condition, chosen_by, condition_of
from cli.embedded.connection import engine_settings
from cli.keyfile import actor_here
from services.store.replays import Candidate, ReplayStage, ended_replays, replay_event
from shared.audit import Entry, write_audit
from shared.backoff import Backoff
from shared.kafka import EventProducer
from shared.mongo import Database
from shared.settings import Settings

app = typer.Typer(add_completion=False)

_LOOK_S = 0.5
_NOT_STARTED = (
    "not_started: 由旧版本入库（请用 --stage parse）或正在处理 / "
    "stored by an older version (use --stage parse), or on its way already"
)


@app.command()
def replay(
    stage: Annotated[ReplayStage, typer.Option(help="parse: read the file anew; validate: only check anew.")],
    where: Annotated[list[str] | None, typer.Option(metavar="CONDITION", help=WHERE_HELP)] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be run again.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    at_once: Annotated[
        int, typer.Option(min=1, help="Most documents on the line at once; new uploads go between.")
    ] = 8,
) -> None:
    """Run stored documents again, as new events with the next replay number. 用新版本重新读取或重新核对已入库文件。

    Without a condition all stored documents are taken; rejected ones only with status=rejected. The present verdict of
    each stays visible until the new one is stored. Exit code: 0 all stored, 3 some were rejected or dead-lettered.
    """
    conditions = [condition_of(text) for text in where or []]
    console = Console(highlight=False)
    settings = engine_settings()
    chosen = asyncio.run(_choose(settings, conditions))
    if not chosen:
        console.print("没有符合条件的已入库文件 / no stored document matches")
        return
    console.print(_table(chosen, stage))
    if dry_run:
        return
    if not yes:
        typer.confirm(f"重新处理以上 {len(chosen)} 份文件？/ run these {len(chosen)} documents again?", abort=True)
    endings = asyncio.run(_run(settings, chosen, stage, at_once, console))
    told = "  ".join(f"{ending} {count}" for ending, count in sorted(endings.items()))
    console.print(f"完成 / done: {told}")
    if endings["not_started"]:
        console.print(_NOT_STARTED, style="yellow")
    if endings.total() > endings["stored"]:
        raise typer.Exit(3)


async def _choose(settings: Settings, conditions: Sequence[Condition]) -> list[Candidate]:
    async with Database(settings) as database:
        return await chosen_by(conditions, database)


def _table(chosen: Sequence[Candidate], stage: ReplayStage) -> Table:
    step = {"parse": "重新读取并核对 · read and check anew", "validate": "重新核对 · check anew"}[stage.value]
    table = Table(title=step, title_justify="left")
    for name in ("类型 kind", "年度 year", "状态 status", "读取版本 reader", "规则版本 pack"):
        table.add_column(name)
    table.add_column("文件数 documents", justify="right")
    groups = Counter(
        (one.kind or "", str(one.fiscal_year or ""), one.status, one.reader_version or "", one.pack_version or "")
        for one in chosen
    )
    for group, count in sorted(groups.items()):
        table.add_row(*group, str(count))
    table.add_section()
    table.add_row("合计 total", "", "", "", "", str(len(chosen)))
    return table


async def _run(
    settings: Settings, chosen: Sequence[Candidate], stage: ReplayStage, at_once: int, console: Console
) -> Counter[str]:
    """Keep at most `at_once` of them on the line until all are over; how many ended how."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    async with Database(settings) as database, EventProducer(settings, "replay") as producer:
        with Progress(*columns, console=console) as bar:
            task = bar.add_task("重新处理 / replaying", total=len(chosen))

            async def start(candidate: Candidate) -> int | None:
                event = await replay_event(candidate, stage, database)
                if event is None:
                    return None
                about = {"document_id": candidate.document_id, "stage": stage.value, "replay": event.replay}
                await Backoff.of(settings).until_up(lambda: write_audit(Entry("replay", actor_here(), about), database))
                await Backoff.of(settings).until_up(lambda: producer.publish([event]))
                return event.replay

            return await _in_turn(
                chosen,
                start,
                lambda begun: ended_replays(begun, database),
                at_once,
                lambda count: bar.advance(task, count),
            )


async def _in_turn(
    chosen: Sequence[Candidate],
    start: Callable[[Candidate], Awaitable[int | None]],
    ended: Callable[[dict[str, int]], Awaitable[dict[str, str]]],
    at_once: int,
    on_ended: Callable[[int], None],
) -> Counter[str]:
    endings: Counter[str] = Counter()
    begun: dict[str, int] = {}
    waiting = list(reversed(chosen))
    while waiting or begun:
        while waiting and len(begun) < at_once:
            candidate = waiting.pop()
            number = await start(candidate)
            if number is None:
                endings["not_started"] += 1
                on_ended(1)
            else:
                begun[candidate.document_id] = number
        for document_id, status in (await ended(begun)).items():
            del begun[document_id]
            endings[status] += 1
            on_ended(1)
        if begun:
            await asyncio.sleep(_LOOK_S)
    return endings
