"""What became of each submitted file, as tables and as JSON."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cli.collect import printable
from cli.words import STYLES, Language, word

CLEAN, FINDINGS, UNREADABLE = 0, 1, 3
_MOST_PAGES_SHOWN = 4


@dataclass
class Outcome:
    """One file: its receipt or the refusal at the door, then its status and findings."""

    path: Path
    receipt: dict[str, Any] | None = None
    refusal: dict[str, str] | None = None
    status: dict[str, Any] | None = None
    findings: list[dict[str, Any]] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The file's name without its folder."""
        return printable(Path(self.path.name))

    @property
    def state(self) -> str:
        """`refused`, or the status of the document."""
        if self.refusal is not None:
            return "refused"
        return str(self.status["status"]) if self.status else "accepted"

    @property
    def reason(self) -> dict[str, Any] | None:
        """Why it was not stored, and what to do, where that is known."""
        if self.refusal is not None:
            return self.refusal
        return (self.status or {}).get("rejection")

    @property
    def counts(self) -> dict[str, int]:
        """The verdict in numbers; empty before it is stored."""
        return (self.status or {}).get("counts") or {}

    def plain(self) -> dict[str, Any]:
        """For `--json`."""
        receipt = self.receipt or {}
        return {
            "file": printable(self.path),
            "receipt": receipt.get("receipt"),
            "document_id": receipt.get("document_id"),
            "duplicate_of": receipt.get("duplicate_of"),
            "status": self.state,
            "reason": self.reason,
            "document": self.status,
            "findings": self.findings,
        }


def exit_code(outcomes: Sequence[Outcome]) -> int:
    """3 where something could not be read, else 1 where there are findings of severity error, else 0."""
    if any(outcome.state in ("refused", "rejected", "dead_lettered") for outcome in outcomes):
        return UNREADABLE
    return FINDINGS if any(outcome.counts.get("errors") for outcome in outcomes) else CLEAN


def print_outcomes(outcomes: Sequence[Outcome], language: Language, console: Console) -> None:
    """A table for each folder, then each document's findings, then what was not stored and why."""
    for folder, members in groupby(outcomes, key=lambda outcome: outcome.path.parent):
        console.print(_folder_table(printable(folder), list(members), language))
    for outcome in outcomes:
        if outcome.findings:
            console.print(f"[bold]{escape(outcome.name)}[/]")
            console.print(_findings_table(outcome, language))
    for outcome in outcomes:
        if outcome.reason is not None:
            _print_reason(outcome, language, console)


def _folder_table(folder: str, outcomes: Sequence[Outcome], language: Language) -> Table:
    table = Table(title=escape(folder), title_justify="left", title_style="bold")
    table.add_column(word("file", language), overflow="fold")
    table.add_column(word("unit", language), overflow="fold")
    table.add_column(word("year", language))
    table.add_column(word("verdict", language), no_wrap=True)
    for name in ("errors", "warnings", "infos", "coverage"):
        table.add_column(word(name, language), justify="right")
    for outcome in outcomes:
        status, counts = outcome.status or {}, outcome.counts
        coverage = f"{counts['checked']}/{counts['rules']}" if counts else ""
        table.add_row(
            escape(outcome.name),
            escape(status.get("unit_name") or ""),
            str(status.get("fiscal_year") or ""),
            _verdict(outcome, language),
            *(str(counts.get(name, "")) for name in ("errors", "warnings", "infos")),
            coverage,
        )
    return table


def _verdict(outcome: Outcome, language: Language) -> str:
    """The verdict in a word. Silence is never a pass: without a single check it is not called consistent."""
    counts = outcome.counts
    if outcome.state != "stored" or not counts:
        style, key = ("bold magenta" if outcome.reason else "dim"), outcome.state
    elif counts["errors"]:
        style, key = STYLES["error"], "wrong"
    elif counts["warnings"]:
        style, key = STYLES["warning"], "doubtful"
    elif not counts["checked"]:
        style, key = "magenta", "unchecked"
    else:
        style, key = "green", "clean"
    twice = f" ({word('duplicate', language)})" if (outcome.receipt or {}).get("duplicate") else ""
    return f"[{style}]{word(key, language)}[/]{twice}"


def _findings_table(outcome: Outcome, language: Language) -> Table:
    table = Table(show_lines=True)
    table.add_column(word("severity", language))
    table.add_column(word("page", language))
    table.add_column(word("finding", language), overflow="fold")
    for finding in outcome.findings:
        severity = finding["severity"]
        table.add_row(
            f"[{STYLES[severity]}]{word(severity, language)}[/]", pages_of(finding), _described(finding, language)
        )
    return table


def _described(finding: dict[str, Any], language: Language) -> str:
    lines = [
        f"[bold]{escape(finding['title'][language])}[/]  [dim]{finding['rule']}[/]",
        escape(finding["message"][language]),
    ]
    if finding["causes"]:
        lines.append("→ " + escape(finding["causes"][0]["explanation"][language]))
    return "\n".join(lines)


def pages_of(finding: dict[str, Any]) -> str:
    """The pages a finding is about, the first few of them."""
    pages = sorted({place["page"] for place in (*finding["cells"], *finding["quotes"]) if place["page"]})
    shown = ", ".join(str(page) for page in pages[:_MOST_PAGES_SHOWN])
    return shown + (" …" if len(pages) > _MOST_PAGES_SHOWN else "")


def _print_reason(outcome: Outcome, language: Language, console: Console) -> None:
    reason = outcome.reason or {}
    state = f"[bold magenta]{word(outcome.state, language)}[/]"
    console.print(f"{state} {escape(printable(outcome.path))}  [dim]{reason['reason']}[/]")
    console.print(f"  {escape(reason[f'message_{language}'])}")
