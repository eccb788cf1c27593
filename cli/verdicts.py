"""Verdicts as a person reads them, Chinese first, and as one JSON object a file (`gouji check --json`)."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table
from rich.text import Text as Styled

from services.validate.rulebook import Rulebook
from shared.document import Document
from shared.document_json import document_json
from shared.errors import Rejection
from shared.findings import SEVERITIES, Finding, Severity, Text, Verdict

Language = Literal["both", "zh", "en"]

CLEAN, ERRORS, UNREADABLE = 0, 1, 3
SEVERITY_WORDS: dict[Severity, tuple[str, str, str]] = {
    "error": ("错误", "error", "red"),
    "warning": ("警告", "warning", "yellow"),
    "info": ("提示", "info", "cyan"),
}
_REASONS = {
    "not_printed": ("没有找到所需的表、行、列或语句", "the table, row, column or sentence was not found"),
    "not_readable": ("疑似抽取问题，读取把握不足", "our reading of it is doubtful"),
    "not_applicable": ("不适用于本文件", "does not apply to this document"),
    "rule_failed": ("规则自身出错，详见日志", "the rule itself failed, see the log"),
}
_MOST_CELLS = 12
_MOST_UNCLEAR = 8


@dataclass(frozen=True)
class Checked:
    """One file: what was read and its verdict, or why it could not be read."""

    file: Path
    document: Document | None = None
    verdict: Verdict | None = None
    rejection: Rejection | None = None

    def count(self, severity: Severity) -> int:
        """The number of findings of a severity."""
        return sum(finding.severity == severity for finding in self.verdict.findings) if self.verdict else 0


def exit_code(results: Iterable[Checked]) -> int:
    """3 where a file could not be read, else 1 where a finding is an error, else 0."""
    results = list(results)
    if any(result.rejection for result in results):
        return UNREADABLE
    return ERRORS if any(result.count("error") for result in results) else CLEAN


def verdict_json(result: Checked) -> bytes:
    """One JSON object: document, summary, findings; or the file and the reason it was refused."""
    if result.document is None or result.verdict is None:
        reason = result.rejection.reason if result.rejection else "unknown"
        said = result.rejection
        error = {"reason": reason, "message_zh": said.message_zh, "message_en": said.message_en} if said else {}
        return json.dumps({"file": str(result.file), "error": error}, ensure_ascii=False).encode()
    parts = (
        b'{"document":', document_json(result.document), b',"summary":',
        result.verdict.summary.model_dump_json(by_alias=True).encode(), b',"findings":',
        b"[" + b",".join(finding.model_dump_json().encode() for finding in result.verdict.findings) + b"]}",
    )  # fmt: skip
    return b"".join(parts)


def print_verdicts(results: Sequence[Checked], rulebook: Rulebook, language: Language) -> None:
    """Every file's verdict with its findings; of several files a summary at the end."""
    console = Console()
    for result in results:
        console.print(_verdict(result, rulebook, language))
    if len(results) > 1:
        console.print(_overview(results, language))


def said(text: Text, language: Language) -> str:
    """A text in the language asked for; both, the Chinese first."""
    return f"{text.zh}\n{text.en}" if language == "both" else text.zh if language == "zh" else text.en


def coverage(verdict: Verdict) -> Text:
    """How many single checks could be made: silence is never a pass."""
    summary = verdict.summary
    made = summary.pass_ + summary.fail
    foreign = summary.not_applicable
    foreign_zh = f"；另有 {foreign} 条规则针对其他表式，不适用于本文件" if foreign else ""
    foreign_en = (
        f"; rules about other editions' tables, which this document does not print: {foreign}" if foreign else ""
    )
    return Text(
        zh=f"{summary.rules} 项勾稽中核对 {made} 项：一致 {summary.pass_}，不一致 {summary.fail}，"
        f"无法核对 {summary.unclear}{foreign_zh}",
        en=f"{made} of {summary.rules} identities checked: {summary.pass_} consistent, {summary.fail} inconsistent, "
        f"{summary.unclear} not checkable{foreign_en}",
    )


def _verdict(result: Checked, rulebook: Rulebook, language: Language) -> RenderableType:
    title = Styled(result.file.name, style="bold")
    if result.document is None or result.verdict is None:
        why = Text(zh=result.rejection.message_zh, en=result.rejection.message_en) if result.rejection else None
        return Group(title, Styled(said(why, language) if why else "", style="red"))
    document = result.document
    kind = {"final_accounts": "决算", "budget": "预算"}.get(document.kind, "")
    head = Styled(f"{document.unit_name or '?'}  {document.fiscal_year or '?'}年 {kind}  {document.pages} 页")
    cards = [_card(finding, language) for finding in result.verdict.findings]
    unclear = _unclear(result.verdict, rulebook, language)
    return Group(title, head, _line(result, language), *cards, *([unclear] if unclear else []), Styled(""))


def _line(result: Checked, language: Language) -> Styled:
    assert result.verdict is not None
    counts = [(severity, result.count(severity)) for severity in SEVERITIES if result.count(severity)]
    style = SEVERITY_WORDS[counts[0][0]][2] if counts else "green"
    zh = "，".join(f"{SEVERITY_WORDS[severity][0]} {count} 处" for severity, count in counts) or "未发现不一致"
    en = (
        ", ".join(f"{count} {SEVERITY_WORDS[severity][1]}" for severity, count in counts)
        or "nothing inconsistent found"
    )
    checked = coverage(result.verdict)
    return Styled(said(Text(zh=f"{zh}。{checked.zh}。", en=f"{en}. {checked.en}."), language), style=style)


def _card(finding: Finding, language: Language) -> RenderableType:
    zh, en, colour = SEVERITY_WORDS[finding.severity]
    body: list[RenderableType] = [Styled(said(finding.message, language))]
    if finding.cells:
        body.append(_places(finding))
    body.extend(Styled(f"第 {quote.page or '?'} 页：“{quote.text}”", style="dim") for quote in finding.quotes)
    body.extend(Styled("→ " + said(cause.explanation, language), style="bold") for cause in finding.causes)
    if finding.also:
        body.append(Styled(f"同一原因还使下列规则不成立 / also broken: {'、'.join(finding.also)}", style="dim"))
    heading = {"zh": f"{zh} · 要求：{finding.title.zh}", "en": f"{en} · {finding.title.en}"}
    title = heading["en"] if language == "en" else heading["zh"]
    return Panel(Group(*body), title=escape(f"{title} · {finding.rule}"), title_align="left", border_style=colour)


def _places(finding: Finding) -> Table:
    grid = Table("页", "位置", "印为", box=None, padding=(0, 1), header_style="dim")
    for cell in finding.cells[:_MOST_CELLS]:
        grid.add_row(str(cell.page or "?"), cell.label, cell.text or "（空白）")
    if len(finding.cells) > _MOST_CELLS:
        grid.add_row("", f"… 共 {len(finding.cells)} 处", "")
    return grid


def _unclear(verdict: Verdict, rulebook: Rulebook, language: Language) -> RenderableType | None:
    """What could not be checked and why, by reason."""
    lines: list[str] = []
    for reason, (zh, en) in _REASONS.items():
        found = [outcome for outcome in verdict.summary.outcomes if outcome.reason == reason]
        if found:
            count = sum(outcome.count for outcome in found)
            lines.append(said(Text(zh=f"{count} 项无法核对：{zh}", en=f"{count} not checkable: {en}"), language))
            titles = [_title(outcome.rule, rulebook, language) for outcome in found]
            lines.extend(f"  · {title}" for title in titles[:_MOST_UNCLEAR])
            if len(titles) > _MOST_UNCLEAR:
                lines.append(f"  · … {len(titles) - _MOST_UNCLEAR}")
    return Styled("\n".join(lines), style="dim") if lines else None


def _title(rule_id: str, rulebook: Rulebook, language: Language) -> str:
    rule = rulebook.by_id.get(rule_id)
    if rule is None:
        return rule_id
    return f"{rule.title.en if language == 'en' else rule.title.zh} ({rule_id})"


def _overview(results: Sequence[Checked], language: Language) -> Table:
    english = language == "en"
    heads = ("file", "unit", "errors", "warnings", "infos", "checked") if english else (
        "文件", "单位", "错误", "警告", "提示", "核对"
    )  # fmt: skip
    grid = Table(*heads)
    for result in results:
        if result.document is None or result.verdict is None:
            grid.add_row(
                result.file.name, result.rejection.reason if result.rejection else "", "", "", "", "", style="red"
            )
            continue
        summary = result.verdict.summary
        numbers = [str(result.count(severity)) for severity in SEVERITIES]
        checked = f"{summary.pass_ + summary.fail}/{summary.rules}"
        grid.add_row(result.file.name, result.document.unit_name or "", *numbers, checked)
    return grid
