"""`gouji submit`: upload files or folders, wait until the line is done with them, show what it found."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated
from uuid import uuid4

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from cli.collect import Skipped, collect
from cli.line import Line, line_key, line_url, passes
from cli.outcome import Outcome, exit_code, print_outcomes
from cli.words import Language, word
from shared.errors import LineUnreachable, RefusedByLine

app = typer.Typer(add_completion=False)

UPLOADS_AT_ONCE = 4
USAGE = 2
INTERRUPTED = 130  # as a shell says of a program that SIGINT ended
_POLL_FIRST_S, _POLL_MOST_S = 0.2, 2.0
_SKIPPED_SHOWN = 20
_REFUSAL = {"reason": "code", "message_zh": "zh", "message_en": "en"}
_ENDINGS = ("stored", "rejected", "dead_lettered")


class Kind(StrEnum):
    """What the files are; their text decides where it says otherwise."""

    final_accounts = "final_accounts"
    budget = "budget"


class Lang(StrEnum):
    """Language of what is printed."""

    zh = "zh"
    en = "en"


@dataclass(frozen=True)
class Submission:
    """What is asked for: where to, with which form fields, how long to wait, and how to print."""

    url: str
    fields: Mapping[str, str]
    wait: bool
    timeout_s: float
    language: Language


@app.command()
def submit(
    paths: Annotated[list[Path], typer.Argument(exists=True, metavar="FILE…|DIR", help="PDFs, or folders of them.")],
    url: Annotated[str | None, typer.Option(help="The upload API; else GOUJI_URL, else the running gouji up.")] = None,
    region: Annotated[str | None, typer.Option(help="行政区划, code or name.")] = None,
    unit: Annotated[str | None, typer.Option(help="单位名称, where the file does not say it.")] = None,
    kind: Annotated[Kind | None, typer.Option(help="决算 or 预算.")] = None,
    year: Annotated[int | None, typer.Option(min=1900, max=2099, help="年度.")] = None,
    supersedes: Annotated[
        str | None, typer.Option(help="Receipt or document_id that the file replaces 所更正的文件; for one file.")
    ] = None,
    batch: Annotated[str | None, typer.Option(help="Batch id 批次号; made up where none is given.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line for each file.")] = False,
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Wait until all are stored or rejected.")] = True,
    timeout: Annotated[float, typer.Option(min=0, help="Seconds to wait at most.")] = 1800,
    lang: Annotated[Lang, typer.Option(help="Language of the tables.")] = Lang.zh,
) -> None:
    """Upload, wait, and show each document's verdict and findings. 上传、等待、显示核对结果。

    Exit code: 0 all consistent, 1 findings of severity error, 2 usage, unreachable or not done in time,
    3 something was refused or could not be read, 130 interrupted with Ctrl-C.
    """
    collected = collect(paths)
    notes = Console(stderr=True, highlight=False)
    _tell_skipped(collected.skipped, lang.value, notes)
    if not collected.files:
        notes.print("没有可以提交的 PDF。 / There is no PDF to submit.")
        raise typer.Exit(USAGE)
    if supersedes and len(collected.files) > 1:
        raise typer.BadParameter("一次只能更正一份文件 / only one file replaces another", param_hint="--supersedes")
    batch_id = batch or f"submit-{datetime.now():%Y%m%d-%H%M%S}-{uuid4().hex[:6]}"
    hints = {"region": region, "unit": unit, "kind": kind, "year": year, "supersedes": supersedes}
    fields = {"batch_id": batch_id, **{name: str(value) for name, value in hints.items() if value}}
    asked = Submission(line_url(url), fields, wait, timeout, lang.value)
    try:
        outcomes, done = asyncio.run(_submit(collected.files, asked, notes))
    except KeyboardInterrupt:
        notes.print(
            f"已中断；已上传的文件会继续处理：gouji status {batch_id}。重新提交不会重复处理。 / Interrupted; what was "
            f"uploaded goes on: gouji status {batch_id}. Submitting again processes nothing twice."
        )
        raise typer.Exit(INTERRUPTED) from None
    _print(outcomes, asked, as_json)
    if wait and not done:
        notes.print(
            f"还没有全部完成，稍后用 gouji status {batch_id} 查看。 / Not all done yet: gouji status {batch_id}"
        )
        raise typer.Exit(USAGE)
    raise typer.Exit(exit_code(outcomes))


async def _submit(files: Sequence[Path], asked: Submission, notes: Console) -> tuple[list[Outcome], bool]:
    """Upload all, then follow them; whether all of them came to an end in time."""
    # Said from inside the event loop: Ctrl-C while the loop is being made would leave it half made, and loud.
    named = f"{word('batch', asked.language)} {asked.fields['batch_id']}  →  {asked.url}"
    notes.print(named, style="dim", markup=False)
    outcomes = [Outcome(path) for path in files]
    async with Line(asked.url, line_key(asked.url)) as line:
        await line.check()
        with _progress(notes) as progress:
            await _upload_all(line, outcomes, asked, progress)
            done = not asked.wait or await _follow(line, outcomes, asked, progress)
        if asked.wait:
            await _fetch_findings(line, outcomes)
    return outcomes, done


async def _upload_all(line: Line, outcomes: Sequence[Outcome], asked: Submission, progress: Progress) -> None:
    total = sum(outcome.path.stat().st_size for outcome in outcomes)
    task = progress.add_task(word("uploading", asked.language), total=total, count="")
    room = asyncio.Semaphore(UPLOADS_AT_ONCE)
    finished = Counter[str]()

    async def upload(outcome: Outcome) -> None:
        async with room:
            try:
                outcome.receipt = await line.upload(
                    outcome.path, asked.fields, lambda count: progress.advance(task, count)
                )
            except RefusedByLine as error:
                outcome.refusal = {name: str(error.details[key]) for name, key in _REFUSAL.items()}
            except OSError as error:
                outcome.refusal = _unreadable(error)
        finished["files"] += 1
        progress.update(task, count=f"{finished['files']}/{len(outcomes)}")

    try:
        async with asyncio.TaskGroup() as uploads:
            for outcome in outcomes:
                uploads.create_task(upload(outcome))
    except* LineUnreachable as group:
        raise group.exceptions[0] from None


async def _follow(line: Line, outcomes: Sequence[Outcome], asked: Submission, progress: Progress) -> bool:
    """Ask the batch until each of its documents came to an end; False where that took too long."""
    waiting = [outcome for outcome in outcomes if outcome.receipt is not None]
    task = progress.add_task(word("processing", asked.language), total=len(waiting), count="")
    deadline, pause = time.monotonic() + asked.timeout_s, _POLL_FIRST_S
    while waiting:
        await _look(line, waiting, asked.fields["batch_id"])
        ended = sum(outcome.state in _ENDINGS for outcome in waiting)
        progress.update(task, completed=ended, count=f"{ended}/{len(waiting)}")
        if ended == len(waiting):
            break
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(pause)
        pause = min(_POLL_MOST_S, pause * 1.5)
    return True


async def _look(line: Line, waiting: Sequence[Outcome], batch_id: str) -> None:
    """Ask once how far the batch is; an outage while waiting is waited out."""
    try:
        members = (await line.get(f"/batches/{batch_id}"))["members"]
    except (LineUnreachable, RefusedByLine) as error:
        if not passes(error):
            raise
        return
    by_document = {member["document_id"]: member for member in members}
    for outcome in waiting:
        outcome.status = by_document[(outcome.receipt or {})["document_id"]]


async def _fetch_findings(line: Line, outcomes: Sequence[Outcome]) -> None:
    for outcome in outcomes:
        if outcome.status is not None and outcome.state == "stored":
            outcome.findings = await line.findings(outcome.status["links"]["findings"])


def _unreadable(error: OSError) -> dict[str, str]:
    zh, en = f"无法读取文件：{error.strerror}", f"The file cannot be read: {error.strerror}"
    return {"reason": "unreadable_file", "message_zh": zh, "message_en": en}


def _progress(notes: Console) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[count]}"), TimeElapsedColumn())
    return Progress(*columns, console=notes, disable=not notes.is_terminal)


def _print(outcomes: Sequence[Outcome], asked: Submission, as_json: bool) -> None:
    if as_json:
        for outcome in outcomes:
            typer.echo(json.dumps(outcome.plain(), ensure_ascii=False))
        return
    print_outcomes(outcomes, asked.language, Console(highlight=False))


def _tell_skipped(skipped: Sequence[Skipped], language: Language, notes: Console) -> None:
    for one in skipped[:_SKIPPED_SHOWN]:
        notes.print(
            f"{word('skipped', language)} {one.path} ({one.en if language == 'en' else one.zh})",
            style="dim",
            markup=False,
        )
    if len(skipped) > _SKIPPED_SHOWN:
        rest = Counter((one.en if language == "en" else one.zh) for one in skipped[_SKIPPED_SHOWN:])
        told = ", ".join(f"{count} × {reason}" for reason, count in rest.items())
        notes.print(f"{word('skipped', language)} … {told}", style="dim", markup=False)
