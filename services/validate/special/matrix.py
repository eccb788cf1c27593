"""Sichuan's matrix: functional codes down, economic codes across (财决公开07表).

Its columns are told apart by their header group, never by name alone: fourteen names recur under 309–312.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from services.validate.book import Book
from services.validate.names import name_key
from services.validate.results import Result, Unclear
from services.validate.table_checks import balance, children_of
from shared.figures import Figure, TableView

_MATRIX, _ECONOMIC = "general_public_budget_expenditure_detail", "fiscal_appropriation_expenditure_detail"


def matrix_rows(book: Book) -> Iterator[Result]:
    """In each row, 合计 ≈ Σ 小计 of the groups, and each 小计 ≈ Σ its details."""
    view = book.view(_MATRIX)
    if isinstance(view, Unclear):
        yield view
        return
    rows: dict[int, list[Figure]] = defaultdict(list)
    for figure in view.figures:
        rows[figure.row].append(figure)
    for row in rows.values():
        total = next((figure for figure in row if figure.column_key == "total"), None)
        groups = [figure for figure in row if figure.column_key.endswith("_total")]
        if total is not None and groups:
            yield balance(book, [total], groups)
        for group in groups:
            details = [figure for figure in row if figure.column_key == group.column_key.removesuffix("_total")]
            if details:
                yield balance(book, [group], details)


def matrix_columns(book: Book) -> Iterator[Result]:
    """In each column, 合计 ≈ Σ 类 ≈ Σ 款 ≈ Σ 项."""
    view = book.view(_MATRIX)
    if isinstance(view, Unclear):
        yield view
        return
    for column in _columns(view).values():
        children = children_of(column)
        total = next((figure for figure in column if figure.row_key == "total"), None)
        if total is not None and children.get(""):
            yield balance(book, [total], children[""])
        for parent in column:
            if parent.is_code and parent.row_key in children:
                yield balance(book, [parent], children[parent.row_key])


def matrix_totals(book: Book) -> Iterator[Result]:
    """A column's 合计 ≈ 一般公共预算 小计 of that economic code in the table by economic code."""
    matrix, economic = book.view(_MATRIX), book.view(_ECONOMIC)
    if isinstance(matrix, Unclear) or isinstance(economic, Unclear):
        yield matrix if isinstance(matrix, Unclear) else economic  # type: ignore[misc]
        return
    by_name = _economic_rows(book.columns(economic).get(("", "general_total"), []))
    for column, figures in _columns(matrix).items():
        total = next((figure for figure in figures if figure.row_key == "total"), None)
        path = matrix.table.columns[column]
        other = by_name.get((name_key(path[-2]), name_key(path[-1]))) if len(path) > 1 else None
        if total is not None and other is not None:
            yield balance(book, [total], [other])


def _economic_rows(rows: Sequence[Figure]) -> dict[tuple[str, str], Figure]:
    """Rows of the table by economic code under (name of the class, own name); a class itself is its 小计."""
    classes = {row.row_key: name_key(row.row_name) for row in rows if len(row.row_key) == 3}
    found: dict[tuple[str, str], Figure] = {}
    for row in rows:
        if row.is_code and row.row_key[:3] in classes:
            own = "小计" if len(row.row_key) == 3 else name_key(row.row_name)
            found[classes[row.row_key[:3]], own] = row
    return found


def _columns(view: TableView) -> dict[int, list[Figure]]:
    columns: dict[int, list[Figure]] = defaultdict(list)
    for figure in view.figures:
        columns[figure.column].append(figure)
    return columns
