"""Random tables, drawn to PDF and read back: equal, whatever is merged, blank or broken over pages."""

from collections.abc import Sequence

import pytest
from drawn_pdfs import LEFT, Merge, caption, pdf, table
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reportlab.pdfgen.canvas import Canvas

from services.parse.content import take_apart
from services.parse.grids import Grid
from services.parse.pages import Limits
from services.parse.pages_pdfium import PdfiumPages
from services.parse.reader import read_document

WORDS = st.sampled_from(["", "教育支出", "事业收入", "本年收入合\n计", "其他", "合计", "无", "—"])
AMOUNTS = st.one_of(
    st.just(""),
    st.decimals(min_value=-99999, max_value=999999, places=2, allow_nan=False).map(lambda value: f"{value:,}"),
)
EXAMPLES = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def grids(draw: st.DrawFn) -> tuple[list[list[str | None]], list[Merge]]:
    """Rows of words and amounts, with some blocks merged."""
    columns, rows = draw(st.integers(2, 6)), draw(st.integers(2, 9))
    content: list[list[str | None]] = [
        [draw(WORDS if c % 2 == 0 else AMOUNTS) for c in range(columns)] for _ in range(rows)
    ]
    free = {(r, c) for r in range(rows) for c in range(columns)}
    merges = []
    for _ in range(draw(st.integers(0, 3))):
        merge = Merge(
            draw(st.integers(0, rows - 1)), draw(st.integers(0, columns - 1)), draw(st.integers(1, 3)),
            draw(st.integers(1, 3)),
        )  # fmt: skip
        block = {(merge.row + i, merge.column + j) for i in range(merge.rowspan) for j in range(merge.colspan)}
        # A row or column that is merged from side to side has no rule of its own to be seen.
        if not block <= free or merge.rowspan == rows or merge.colspan == columns:
            continue
        free -= block
        merges.append(merge)
        for r, c in block - {(merge.row, merge.column)}:
            content[r][c] = None
    return content, [merge for merge in merges if _seen(merge, content)]


def _seen(merge: Merge, content: Sequence[Sequence[str | None]]) -> bool:
    return content[merge.row][merge.column] is not None


def read_grids(data: bytes) -> list[Grid]:
    with PdfiumPages(data, Limits()) as source:
        return [grid for page in source.pages() for grid in take_apart(page).grids]


def texts(grid: Grid) -> list[list[str | None]]:
    """The grid's texts as they were drawn: None where a merged neighbour covers."""
    found: list[list[str | None]] = [[None] * grid.columns for _ in grid.rows]
    for r, row in enumerate(grid.rows):
        for cell in row:
            found[r][cell.column] = cell.text
    return found


def joined(content: Sequence[Sequence[str | None]]) -> list[list[str | None]]:
    return [[text if text is None else text.replace("\n", "") for text in row] for row in content]


def visible(content: Sequence[Sequence[str | None]], merges: Sequence[Merge]) -> bool:
    """True where every row and every column line is drawn somewhere."""
    rows, columns = len(content), len(content[0])
    down = [all(any(m.row < r < m.row + m.rowspan and m.column <= c < m.column + m.colspan for m in merges)
                for c in range(columns)) for r in range(1, rows)]  # fmt: skip
    across = [all(any(m.column < c < m.column + m.colspan and m.row <= r < m.row + m.rowspan for m in merges)
                  for r in range(rows)) for c in range(1, columns)]  # fmt: skip
    return not any(down) and not any(across)


@EXAMPLES
@given(grids())
def test_ruled_table_reads_back_equal(drawn: tuple[list[list[str | None]], list[Merge]]) -> None:
    content, merges = drawn
    if not visible(content, merges):
        return
    data = pdf(lambda canvas: table(canvas, 100, content, [70] * len(content[0]), merges))
    grid = read_grids(data)[0]
    assert texts(grid) == joined(content)


@EXAMPLES
@given(st.lists(st.tuples(AMOUNTS, AMOUNTS), min_size=30, max_size=70), st.integers(20, 28), st.booleans())
def test_table_broken_over_pages_reads_back_equal(
    amounts: list[tuple[str, str]], first: int, repeat_header: bool
) -> None:
    header = ["项目", "年初预算数", "决算数"]
    rows = [[f"{i}、某项支出{i}", a, b] for i, (a, b) in enumerate(amounts, 1)]

    def draw(canvas: Canvas) -> None:
        top = caption(canvas, 60, "收入支出决算总表")
        table(canvas, top, [header, *rows[:first]], (150, 90, 90))
        for start in range(first, len(rows), 30):
            canvas.showPage()
            part = rows[start : start + 30]
            table(canvas, 60, [header, *part] if repeat_header else part, (150, 90, 90))

    tables = read_document(pdf(draw), limits=Limits()).tables
    assert [[cell.text for cell in row] for row in tables[0].rows] == rows
    assert len(tables) == 1


PARTS = ("合计", "基本支出", "项目支出")


@EXAMPLES
@given(
    st.lists(st.integers(1, 3), min_size=2, max_size=3).filter(lambda widths: max(widths) > 1),
    st.lists(st.lists(AMOUNTS, min_size=9, max_size=9), min_size=26, max_size=60),
    st.integers(20, 26),
    st.booleans(),
)
def test_table_with_merged_headers_broken_over_pages_reads_back_equal(
    widths: list[int], amounts: list[list[str]], first: int, repeat_header: bool
) -> None:
    """Headers of two levels: a name over one to three columns, or one over both levels; blanks among the amounts."""
    names = ("年初预算数", "全年预算数", "决算数")[: len(widths)]
    upper: list[str | None] = ["项目"]
    lower: list[str | None] = [None]
    merges, paths = [Merge(0, 0, 2, 1)], [("项目",)]
    for name, width in zip(names, widths, strict=True):
        merges.append(Merge(0, len(upper), 1, width) if width > 1 else Merge(0, len(upper), 2, 1))
        upper += [name, *[None] * (width - 1)]
        lower += PARTS[:width] if width > 1 else [None]
        paths += [(name, part) for part in PARTS[:width]] if width > 1 else [(name,)]
    rows = [[f"{i}、某项支出{i}", *values[: len(paths) - 1]] for i, values in enumerate(amounts, 1)]
    columns = (100, *[46] * (len(paths) - 1))

    def draw(canvas: Canvas) -> None:
        table(canvas, caption(canvas, 60, "收入支出决算总表"), [upper, lower, *rows[:first]], columns, merges, size=7)
        for start in range(first, len(rows), 26):
            canvas.showPage()
            part = rows[start : start + 26]
            table(
                canvas,
                60,
                [upper, lower, *part] if repeat_header else part,
                columns,
                merges if repeat_header else (),
                size=7,
            )

    found = read_document(pdf(draw), limits=Limits()).tables
    assert list(found[0].columns) == paths
    assert [[cell.text for cell in row] for row in found[0].rows] == rows
    assert len(found) == 1


PRINTED = st.decimals(min_value=0, max_value=999999, places=2, allow_nan=False).map(lambda value: f"{value:,}")


@pytest.mark.parametrize("rules", ["horizontal", "three lines", "none"])
@EXAMPLES
@given(rows=st.lists(st.tuples(AMOUNTS, PRINTED), min_size=6, max_size=20))
def test_table_without_vertical_rules_reads_back_equal(rules: str, rows: list[tuple[str, str]]) -> None:
    header = ["项目", "年初预算数", "决算数"]
    body = [[f"{i}、某项支出{i}", a, b] for i, (a, b) in enumerate(rows, 1)]
    if not any(a for a, _ in rows):
        return  # a column without a single figure has no width to be seen

    def draw(canvas: Canvas) -> None:
        bottom = table(canvas, 100, [header, *body], (150, 90, 90), rules=rules)
        if rules == "three lines":
            for top in (100.0, 120.0, bottom):
                canvas.line(LEFT, 842 - top, LEFT + 330, 842 - top)

    assert texts(read_grids(pdf(draw))[0]) == [header, *body]


def test_amount_too_wide_for_its_column_is_kept_whole_and_noted() -> None:
    def draw(canvas: Canvas) -> None:
        rows = [["项目", "决算数", "备注"], ["教育支出", "", ""], ["其他支出", "1.00", ""]]
        bottom = table(canvas, 100, rows, (100, 40, 100))
        canvas.setFont("song", 9)
        canvas.drawRightString(LEFT + 139, 842 - bottom + 20 + 6, "1,234,567,890.12")

    grid = read_grids(pdf(draw))[0]
    assert texts(grid)[1] == ["教育支出", "1,234,567,890.12", ""]
    assert grid.doubt == ["text_over_rule"]


def test_bold_made_by_printing_twice_is_read_once() -> None:
    def draw(canvas: Canvas) -> None:
        table(canvas, 100, [["项目", "决算数"], ["合计", "2,233.55"]], (100, 80))
        canvas.setFont("song", 9)
        for shift in (0.0, 0.3):
            canvas.drawString(LEFT + 200 + shift, 600, "重影2233")

    data = pdf(draw)
    with PdfiumPages(data, Limits()) as source:
        page = next(source.pages())
    assert "".join(page.text).count("重影2233") == 1
