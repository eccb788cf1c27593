"""The correction notice (整改通知): one self-contained page with every finding and the pages it marks, printable."""

import base64
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from importlib.resources import files

from cli.verdicts import SEVERITY_WORDS, Checked, coverage
from services.parse.pictures import Picture, page_pictures
from shared.findings import CellRef, Finding

_MOST_PAGES = 40
_MOST_CELLS = 12


def report_html(results: Sequence[Checked]) -> str:
    """The notice of one or several checked files."""
    style = (files("cli") / "report.css").read_text(encoding="utf-8")
    body = "\n".join(_document(result) for result in results)
    return (
        '<!doctype html>\n<html lang="zh"><head><meta charset="utf-8"><title>勾稽核对整改通知</title>\n'
        f"<style>{style}</style></head><body>\n{body}\n</body></html>\n"
    )


def _document(result: Checked) -> str:
    name = escape(result.file.name)
    if result.document is None or result.verdict is None:
        why = result.rejection
        said = f"{escape(why.message_zh)}<br>{escape(why.message_en)}" if why else ""
        return f'<article><h1>{name}</h1><p class="refused">{said}</p></article>'
    document, findings = result.document, result.verdict.findings
    kind = {"final_accounts": "决算公开", "budget": "预算公开"}.get(document.kind, "公开文件")
    checked = coverage(result.verdict)
    summary = result.verdict.summary
    return "\n".join(
        (
            "<article>",
            f"<h1>{kind}核对整改通知</h1>",
            f"<p class='to'>{escape(document.unit_name or '？')} · {document.fiscal_year or '？'} 年度 · {name}</p>",
            f"<p class='lead'>{_counts(result)}{checked.zh}。<br><span class='en'>{checked.en}.</span></p>",
            *(_finding(number, finding) for number, finding in enumerate(findings, start=1)),
            "<p class='signed'><span>核对单位（盖章）：</span><span>日期：</span></p>",
            *_pages(result, findings),
            f"<footer>规则 {escape(summary.pack_version)} · 读取 {escape(summary.reader_version)}</footer>",
            "</article>",
        )
    )


def _counts(result: Checked) -> str:
    counted = ((words[0], result.count(severity)) for severity, words in SEVERITY_WORDS.items())
    text = "，".join(f"{word} {count} 处" for word, count in counted if count)
    return f"共发现{text}，请逐项核对并更正。" if text else "未发现不一致。"


def _finding(number: int, finding: Finding) -> str:
    words = SEVERITY_WORDS[finding.severity]
    causes = "".join(f"<li>{_both(cause.explanation.zh, cause.explanation.en)}</li>" for cause in finding.causes)
    also = f"<p class='also'>同一原因还涉及：{escape('、'.join(finding.also))}</p>" if finding.also else ""
    return (
        f"<section class='finding {finding.severity}'><h2><b>{number}</b> "
        f"<span class='asked'>要求</span> {escape(finding.title.zh)}"
        f"<small>{words[0]} {words[1]} · {finding.rule}</small></h2>"
        f"<p>{_both(finding.message.zh, finding.message.en)}</p>{_places(finding)}"
        f"{f'<ul>{causes}</ul>' if causes else ''}{also}</section>"
    )


def _places(finding: Finding) -> str:
    rows = [(cell.page, cell.label, cell.text or "（空白）") for cell in finding.cells[:_MOST_CELLS]]
    rows += [(quote.page, "正文", f"“{quote.text}”") for quote in finding.quotes[:_MOST_CELLS]]
    if not rows:
        return ""
    lines = "".join(
        f"<tr><td>{page or '？'}</td><td>{escape(label)}</td><td>{escape(text)}</td></tr>" for page, label, text in rows
    )
    return f"<table><tr><th>页</th><th>位置</th><th>所印</th></tr>{lines}</table>"


def _both(zh: str, en: str) -> str:
    return f"{escape(zh)}<br><span class='en'>{escape(en)}</span>"


def _pages(result: Checked, findings: Sequence[Finding]) -> Iterator[str]:
    """The pages that findings speak of, with their cells marked."""
    wanted = sorted({page for finding in findings for page in _pages_of(finding)})[:_MOST_PAGES]
    for number, picture in page_pictures(result.file.read_bytes(), wanted).items():
        marks = "".join(_mark(index, finding, number, picture) for index, finding in enumerate(findings, start=1))
        told = [str(i) for i, finding in enumerate(findings, start=1) if number in _pages_of(finding)]
        source = base64.b64encode(picture.jpeg).decode()
        yield (
            f"<figure><figcaption>第 {number} 页 · 问题 {'、'.join(told)}</figcaption>"
            f"<div class='page'><img alt='第 {number} 页' src='data:image/jpeg;base64,{source}'>{marks}</div></figure>"
        )


def _mark(index: int, finding: Finding, page: int, picture: Picture) -> str:
    suspects = {_key(cause.cell) for cause in finding.causes if cause.cell is not None}
    boxes = []
    for cell in _cells(finding):
        if cell.page != page or cell.bbox is None:
            continue
        x0, top, x1, bottom = cell.bbox
        left, up = 100 * x0 / picture.width, 100 * top / picture.height
        wide, high = 100 * (x1 - x0) / picture.width, 100 * (bottom - top) / picture.height
        kind = "suspect" if _key(cell) in suspects else "related"
        place = f"left:{left:.2f}%;top:{up:.2f}%;width:{wide:.2f}%;height:{high:.2f}%"
        boxes.append(f"<i class='{kind} {finding.severity}' style='{place}'><b>{index}</b></i>")
    return "".join(boxes)


def _cells(finding: Finding) -> list[CellRef]:
    cells = [*(cause.cell for cause in finding.causes if cause.cell is not None), *finding.cells]
    return list({_key(cell): cell for cell in cells}.values())


def _key(cell: CellRef) -> tuple[str, int, int]:
    return cell.grid, cell.row, cell.column


def _pages_of(finding: Finding) -> set[int]:
    places: Iterable[int | None] = (
        *(cell.page for cell in _cells(finding)),
        *(quote.page for quote in finding.quotes),
    )
    return {page for page in places if page is not None}
