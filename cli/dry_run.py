"""`gouji rules dry-run`: a rule pack tried on the archive, to see which verdicts it would change."""

import json
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from cli.conditions import WHERE_HELP, chosen_by, condition_of
from cli.embedded.connection import with_database
from cli.packs import PackName, find_pack
from services.store.replays import Candidate, findings_of_head, reading_of
from services.validate.check import check_document
from services.validate.rulebook import Rulebook, rulebook_of
from shared.findings import SEVERITIES, Finding
from shared.mongo import Database, Files

_SHOWN = 20
_COLUMNS = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())


def dry_run(
    pack: PackName,
    where: Annotated[list[str] | None, typer.Option(metavar="CONDITION", help=WHERE_HELP)] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print each document that would change, a line each.")
    ] = False,
) -> None:
    """Check the stored documents with PACK and show which verdicts would change; nothing is written. 试运行规则包。"""
    rulebook = rulebook_of(find_pack(pack))
    conditions = [condition_of(text) for text in where or []]

    async def run(database: Database) -> list[Trial | None]:
        documents = await chosen_by(conditions, database)
        with Progress(*_COLUMNS, console=Console(stderr=True)) as bar:
            task = bar.add_task("试运行 / trying", total=len(documents))
            tried = []
            async for trial in try_pack(rulebook, documents, Files(database), database):
                tried.append(trial)
                bar.advance(task)
        return tried

    tried = with_database(run)
    trials = [trial for trial in tried if trial is not None]
    if as_json:
        for trial in filter(lambda one: one.changed, trials):
            typer.echo(json.dumps(_as_row(trial), ensure_ascii=False))
    else:
        _print(rulebook.version, trials, left_out=len(tried) - len(trials))


@dataclass(frozen=True)
class Trial:
    """One document checked with another pack: what was found before, and what is found now."""

    document: Candidate
    before: Sequence[Finding]
    after: Sequence[Finding]

    @property
    def created(self) -> list[Finding]:
        """Findings that only the tried pack has."""
        return _without(self.after, self.before)

    @property
    def gone(self) -> list[Finding]:
        """Findings that only the stored verdict has."""
        return _without(self.before, self.after)

    @property
    def changed(self) -> bool:
        """True where the verdict would change."""
        return bool(self.created or self.gone)


async def try_pack(
    rulebook: Rulebook, documents: Iterable[Candidate], files: Files, database: Database
) -> AsyncIterator[Trial | None]:
    """Check stored documents with a pack; None for one that the pack is not for, or whose reading is not kept.

    Nothing is written. Raises `DatabaseUnavailable`, `PayloadMissing`.
    """
    for document in documents:
        content = (
            await reading_of(document, files, database) if rulebook.manifest.covers(document.fiscal_year) else None
        )
        if content is None:
            yield None
        else:
            before = await findings_of_head(document, database)
            yield Trial(document, before, check_document(content, rulebook).findings)


def grade(findings: Sequence[Finding]) -> str:
    """The gravest severity among findings, or "" where there is none."""
    found = {finding.severity for finding in findings}
    return next((severity for severity in SEVERITIES if severity in found), "")


def by_rule(trials: Iterable[Trial]) -> dict[str, tuple[int, int]]:
    """Rule → (documents where it newly finds something, documents where it no longer does)."""
    created = Counter(rule for trial in trials for rule in {finding.rule for finding in trial.created})
    gone = Counter(rule for trial in trials for rule in {finding.rule for finding in trial.gone})
    return {rule: (created[rule], gone[rule]) for rule in sorted({*created, *gone})}


def _without(findings: Sequence[Finding], others: Sequence[Finding]) -> list[Finding]:
    known = {other.identity for other in others}
    return [finding for finding in findings if finding.identity not in known]


def _print(version: str, trials: Sequence[Trial], left_out: int) -> None:
    console = Console(highlight=False)
    changed = [trial for trial in trials if trial.changed]
    if changed:
        console.print(_rules(changed))
        console.print(_grades(changed))
        console.print(_documents(changed[:_SHOWN], len(changed)))
    console.print(
        f"{version}: 核对 {len(trials)} 份，结论将改变 {len(changed)} 份，不适用 {left_out} 份 / "
        f"{len(trials)} checked, {len(changed)} verdicts would change, {left_out} left out (another year, or not kept)"
    )


def _rules(changed: Sequence[Trial]) -> Table:
    table = Table("规则 rule", title="按规则 by rule", title_justify="left")
    for name in ("新增（份） newly found in", "不再有（份） no longer in"):
        table.add_column(name, justify="right")
    for rule, (created, gone) in by_rule(changed).items():
        table.add_row(rule, str(created), str(gone))
    return table


def _grades(changed: Sequence[Trial]) -> Table:
    table = Table("现在 now", "将是 would be", title="按结论 by verdict", title_justify="left")
    table.add_column("份 documents", justify="right")
    for (before, after), count in sorted(Counter((grade(one.before), grade(one.after)) for one in changed).items()):
        table.add_row(before or "clean", after or "clean", str(count))
    return table


def _documents(shown: Sequence[Trial], count: int) -> Table:
    more = f"（前 {len(shown)} 份 first {len(shown)} of {count}; --json: all）" if count > len(shown) else ""
    table = Table("单位 unit", "年度 year", "文件 file", title=f"按文件 by document{more}", title_justify="left")
    table.add_column("新增 new")
    table.add_column("不再有 gone")
    for one in shown:
        about = one.document
        named = (about.unit_name or "", str(about.fiscal_year or ""), about.file_name)
        table.add_row(*named, _rule_names(one.created), _rule_names(one.gone))
    return table


def _rule_names(findings: Sequence[Finding]) -> str:
    return "\n".join(sorted({finding.rule for finding in findings}))


def _as_row(trial: Trial) -> dict[str, Any]:
    return {
        "document_id": trial.document.document_id,
        "unit_name": trial.document.unit_name,
        "fiscal_year": trial.document.fiscal_year,
        "before": grade(trial.before) or "clean",
        "after": grade(trial.after) or "clean",
        "created": [finding.model_dump(mode="json") for finding in trial.created],
        "gone": [finding.model_dump(mode="json") for finding in trial.gone],
    }
