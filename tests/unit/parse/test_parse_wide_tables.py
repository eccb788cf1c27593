"""A matrix over several landscape pages: its columns go on to the right, its rows are the same."""

import pytest
from drawn_pdfs import LEFT, Merge, pdf, table, text
from reportlab.pdfgen.canvas import Canvas

from services.parse.pages import Limits
from services.parse.reader import read_document

GROUPS = {
    "工资福利支出": ["小计", "基本工资", "津贴补贴"],
    "商品和服务支出": ["小计", "办公费", "印刷费"],
    "资本性支出": ["小计", "办公设备购置", "专用设备购置"],
}
KEYS = [("205", "教育支出"), ("20502", "普通教育"), ("2050202", "小学教育"), ("2050203", "初中教育")]


def part(canvas: Canvas, group: str, keys: bool, total: bool, title: bool) -> None:
    """One page: row names in front where wanted, 合计 on the first, and one group of columns."""
    if title:
        text(canvas, 200, 60, "一般公共预算财政拨款支出决算明细表", 14)
        text(canvas, 470, 84, "财决公开07表", 9)
        text(canvas, 460, 100, "金额单位：万元", 9)
    names = GROUPS[group]
    front = ["科目编码", "科目名称"] if keys else []
    middle = ["合计"] if total else []
    ahead = len(front) + len(middle)
    rows: list[list[str | None]] = [[*front, *middle, group, None, None], [*([None] * ahead), *names]]
    for i, (code, name) in enumerate(KEYS, 1):
        figures = [f"{i}.{j}0" for j in range(len(names))]
        rows.append([*([code, name] if keys else []), *([f"{i}00.00"] if total else []), *figures])
    merges = [Merge(0, c, 2, 1) for c in range(ahead)] + [Merge(0, ahead, 1, 3)]
    table(canvas, 120, rows, [65] * (ahead + 3), merges)


@pytest.mark.parametrize("keys", [True, False], ids=["row names repeated", "row names on the first page only"])
@pytest.mark.parametrize("title", [True, False], ids=["title repeated", "title on the first page only"])
def test_matrix_over_pages_is_one_table(keys: bool, title: bool) -> None:
    def draw(canvas: Canvas) -> None:
        for number, group in enumerate(GROUPS):
            first = number == 0
            part(canvas, group, keys or first, first, title or first)
            canvas.showPage()

    tables = read_document(pdf(draw), limits=Limits()).tables
    assert len(tables) == 1
    found = tables[0]
    assert (found.type, found.number, found.pages) == (
        "general_public_budget_expenditure_detail",
        "财决公开07表",
        (1, 2, 3),
    )
    wanted = [("科目编码",), ("科目名称",), ("合计",), *((group, name) for group in GROUPS for name in GROUPS[group])]
    assert list(found.columns) == wanted
    assert [cell.text for cell in found.rows[1]] == ["20502", "普通教育", "200.00", *["2.00", "2.10", "2.20"] * 3]
    assert found.rows[1][-1].page == 3
    assert found.rows[1][-1].bbox is not None
    assert found.rows[1][-1].bbox[0] > LEFT
