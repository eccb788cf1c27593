"""Tables of the document model from grids with captions."""

import itertools
import re
from collections.abc import Sequence
from dataclasses import replace

from services.parse.captions import join_notes
from services.parse.columns import count_header_rows, header_paths
from services.parse.continuation import Placed
from services.parse.grids import Grid, GridCell
from services.parse.notes import crowded
from services.parse.recognition import Recognised, Recogniser
from shared.amounts import fold, printed_amount
from shared.document import Assessment, Cell, Table
from shared.layouts import TableLayout

_FORM_TITLE = re.compile(r"自评(?:报告)?表|绩效.{0,8}(?:目标|指标|评价|监控).{0,6}表|绩效表")
_FORM_WORDS = ("一级指标", "二级指标", "三级指标", "绩效指标", "绩效目标", "总体目标", "年度指标值", "自评得分")
_NOT_AMOUNT = re.compile(r"行次|序号|编码|代码|科目名称|^项目$|名称|/(?:类|款|项)$|^(?:类|款|项)$")
_SCORED = re.compile("得分|^实际完成|^执行数|全年执行")
_CATALOGUE = "是否空表"


def is_assessment(table: Placed) -> bool:
    """True for performance forms (绩效自评表, 绩效目标表), by title or by the words of their grid."""
    if _FORM_TITLE.search(fold(table.caption.title)):
        return True
    begins = "\n".join(["", *_words(table.grid)])
    return sum(f"\n{word}" in begins for word in _FORM_WORDS) >= 3


def _words(grid: Grid) -> set[str]:
    return {fold(cell.text) for row in grid.rows for cell in row}


def assessment_of(table: Placed) -> Assessment:
    """A performance form, kept as printed."""
    grid = table.grid
    return Assessment(
        type=_form_type(fold(table.caption.title), _words(grid)),
        title=table.caption.title,
        page=grid.page,
        project=_beside(grid, "项目名称"),
        rows=tuple(_row(grid, r, None) for r in range(len(grid.rows))),
        pages=tuple(grid.pages),
    )


def _form_type(title: str, words: set[str]) -> str:
    """The form that a title names; where it names neither goals nor an evaluation, scores tell which it is."""
    goal = "绩效目标" in title or ("目标" in title and "自评" not in title)
    if not goal and not re.search("自评|评价", title):
        goal = not any(_SCORED.search(word) for word in words)
    if "整体" in title:
        return "performance_target_department" if goal else "overall_self_evaluation"
    if "专项资金" in title:
        return "performance_target_special_fund" if goal else "special_fund_self_evaluation"
    return "performance_target_project" if goal else "project_self_evaluation"


def _beside(grid: Grid, label: str) -> str | None:
    """The text of the cell right of a label."""
    for row in grid.rows[:4]:
        for cell, after in itertools.pairwise(row):
            if fold(cell.text).startswith(label):
                return after.text or None
    return None


def table_of(table: Placed, recogniser: Recogniser) -> tuple[Table, Recognised]:
    """A table of the document, typed by its title and columns."""
    grid, caption = table.grid, table.caption
    header_rows, ordinals = count_header_rows(grid)
    columns = header_paths(grid, header_rows, ordinals)
    found = recogniser.recognise(caption.title, columns)
    amounts = _amount_columns(columns, found.layout)
    rows = tuple(_row(grid, r, amounts) for r in range(header_rows, len(grid.rows)))
    rows = (*(_without_headers(row, columns, amounts) for row in rows[:1]), *rows[1:])
    kind = "catalogue" if found.type == "unknown" and _is_catalogue(columns) else found.type
    return (
        Table(
            type=kind,
            number=caption.number,
            title=caption.title,
            amount_unit=caption.amount_unit,
            unit_name=caption.unit_name,
            fiscal_year=caption.fiscal_year,
            empty=not any(row[c].value is not None for row in rows for c in amounts),
            columns=columns,
            rows=rows,
            notes=join_notes(table.notes),
            pages=tuple(grid.pages),
            confidence=_confidence(grid, found, any(crowded(cell.text) for row in rows for cell in row)),
        ),
        found,
    )


def _is_catalogue(columns: Sequence[tuple[str, ...]]) -> bool:
    return any(_CATALOGUE in fold(part) for path in columns for part in path)


def _confidence(grid: Grid, found: Recognised, is_crowded: bool) -> float:
    """How far to trust the reading; below 0.8 a table accuses nobody."""
    confidence = 1.0
    if is_crowded:
        confidence -= 0.4
    if found.type != "unknown" and found.layout is None:
        confidence -= 0.4
    if grid.borderless:
        confidence -= 0.3 if "no_rules" in grid.doubt else 0.2
    if "broken_rules" in grid.doubt:
        confidence -= 0.25
    if "text_over_rule" in grid.doubt:
        confidence -= 0.1
    return round(max(confidence, 0.1), 2)


def _amount_columns(columns: Sequence[tuple[str, ...]], layout: TableLayout | None) -> set[int]:
    """The columns that hold amounts: by the layout, or everything whose header is no name, code or ordinal."""
    if layout is not None:
        roles = [found.role if (found := layout.column(path)) else None for path in columns]
        return {i for i, role in enumerate(roles) if role in ("amount", None)}
    return {i for i, path in enumerate(columns) if not _NOT_AMOUNT.search("/".join(fold(part) for part in path))}


def _without_headers(row: tuple[Cell, ...], columns: Sequence[tuple[str, ...]], amounts: set[int]) -> tuple[Cell, ...]:
    """A first row in which headers stand beside 合计: what names an amount column is no cell of the row."""
    named = {c for c in amounts if len(columns[c]) > 1 and row[c].text and fold(columns[c][-1]) == fold(row[c].text)}
    return tuple(replace(cell, text="") if c in named else cell for c, cell in enumerate(row))


def _row(grid: Grid, r: int, amounts: set[int] | None) -> tuple[Cell, ...]:
    """The cells of a row; covered ones are blank. `amounts` limits which columns are read as figures."""
    width = grid.columns
    cells = [Cell(page=grid.row_pages[r])] * width
    for cell in grid.rows[r]:
        if cell.column < width:
            cells[cell.column] = _cell(cell, amounts is None or cell.column in amounts)
    return tuple(cells)


def _cell(cell: GridCell, is_amount: bool) -> Cell:
    amount = printed_amount(cell.text) if is_amount and cell.text else None
    return Cell(text=cell.text, value=amount.value if amount else None, page=cell.page, bbox=cell.box)
