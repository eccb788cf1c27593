"""Small PDFs drawn for tests: tables with chosen rules and merged cells, prose, watermarks, passwords."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO

from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from cli.samples.fonts import register_fonts

WIDTH, HEIGHT = 595.0, 842.0
LEFT, ROW = 60.0, 20.0
SUMMARY_HEADER = [["收入", None, "支出", None], ["项目", "决算数", "项目", "决算数"], ["栏次", "1", "栏次", "2"]]
SUMMARY_ROWS = [
    ["一、财政拨款收入", "1,200.00", "一、一般公共服务支出", "1,100.00"],
    ["二、其他收入", "", "二、教育支出", "100.00"],
    ["本年收入合计", "1,200.00", "本年支出合计", "1,200.00"],
    ["总计", "1,200.00", "总计", "1,200.00"],
]


@dataclass(frozen=True)
class Merge:
    """A merged block of a drawn table."""

    row: int
    column: int
    rowspan: int
    colspan: int


def pdf(draw: Callable[[Canvas], None], **options: object) -> bytes:
    """A PDF that `draw` fills."""
    register_fonts()
    buffer = BytesIO()
    canvas = Canvas(buffer, pagesize=(WIDTH, HEIGHT), **options)
    draw(canvas)
    canvas.save()
    return buffer.getvalue()


def encrypted(draw: Callable[[Canvas], None], user: str, owner: str) -> bytes:
    """A PDF with passwords; an empty user password opens without asking."""
    return pdf(draw, encrypt=StandardEncryption(user, owner, strength=128))


def text(canvas: Canvas, x: float, top: float, words: str, size: float = 10.5) -> None:
    """Words at a place counted from the top of the page."""
    canvas.setFont("song", size)
    canvas.drawString(x, HEIGHT - top - size, words)


def table(
    canvas: Canvas,
    top: float,
    rows: Sequence[Sequence[str | None]],
    widths: Sequence[float],
    merges: Sequence[Merge] = (),
    rules: str = "all",
    size: float = 9,
    height: float = ROW,
) -> float:
    """Draw a table; None is a cell covered by a merge. Returns its bottom."""
    spans = {(m.row, m.column): (m.rowspan, m.colspan) for m in merges}
    xs = [LEFT]
    for width in widths:
        xs.append(xs[-1] + width)
    for r, row in enumerate(rows):
        for c, words in enumerate(row):
            if words is None:
                continue
            down, across = spans.get((r, c), (1, 1))
            box = (xs[c], top + r * height, xs[c + across], top + (r + down) * height)
            _cell(canvas, box, words, rules, size)
    return top + len(rows) * height


def _cell(canvas: Canvas, box: tuple[float, float, float, float], words: str, rules: str, size: float) -> None:
    x0, top, x1, bottom = box
    canvas.setLineWidth(0.5)
    if rules == "all":
        canvas.rect(x0, HEIGHT - bottom, x1 - x0, bottom - top)
    elif rules == "horizontal":
        canvas.line(x0, HEIGHT - top, x1, HEIGHT - top)
        canvas.line(x0, HEIGHT - bottom, x1, HEIGHT - bottom)
    lines = words.split("\n")
    start = (top + bottom) / 2 - len(lines) * size * 0.6
    for i, line in enumerate(lines):
        text(canvas, x0 + 3, start + i * size * 1.2, line, size)


def caption(canvas: Canvas, top: float, title: str, unit: str = "金额单位：万元", department: str = "") -> float:
    """A title with the lines below it, as above a standard table. Returns where the table begins."""
    text(canvas, 220, top, title, 14)
    text(canvas, 470, top + 24, "公开01表", 9)
    if department:
        text(canvas, LEFT, top + 40, f"部门：{department}", 9)
    text(canvas, 460, top + 40, unit, 9)
    return top + 58


def summary(
    canvas: Canvas,
    rows: Sequence[Sequence[str | None]] = (),
    rules: str = "all",
    department: str = "某市某区水利局",
) -> None:
    """One page with an income and expenditure summary."""
    top = caption(canvas, 80, "收入支出决算总表", department=department)
    merges = [Merge(0, 0, 1, 2), Merge(0, 2, 1, 2)]
    table(canvas, top, [*SUMMARY_HEADER, *(rows or SUMMARY_ROWS)], (150, 80, 150, 80), merges, rules)
