"""Budget tables whose sums have no fixed rows: projects under units, numbered items, government economic classes."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from services.validate.book import Book
from services.validate.results import Result, Unclear
from services.validate.selection import numbering_level
from services.validate.table_checks import balance
from shared.amounts import fold
from shared.figures import Figure, TableView

_SUMMARIES = ("budget_summary", "budget_fiscal_summary")


def special_projects(book: Book) -> Iterator[Result]:
    """专项业务经费: a department equals its units, a unit equals its projects (the lines that are described)."""
    view = book.view("budget_special_projects")
    if isinstance(view, Unclear):
        yield view
        return
    amounts = book.columns(view).get(("", "amount"), [])
    codes = {figure.row: _text(view, figure.row, "code") for figure in amounts}
    units = [figure for figure in amounts if codes[figure.row].isdecimal()]
    leaves = [unit for unit in units if not any(_below(codes[unit.row], codes[other.row]) for other in units)]
    total = next((figure for figure in amounts if figure.row_key == "total"), None)
    if total is not None and leaves:
        yield balance(book, [total], leaves)
    for unit in units:
        parts = [other for other in leaves if _below(codes[unit.row], codes[other.row])]
        projects = _projects(view, unit, amounts, codes) if unit in leaves else []
        if parts or projects:
            yield balance(book, [unit], parts or projects)


def numbered_items(book: Book) -> Iterator[Result]:
    """一、 equals its 1、, which equals its (1): one level is added at a time; 其中 lines are subsets."""
    views = [book.view(table_type) for table_type in _SUMMARIES]
    printed = [view for view in views if isinstance(view, TableView)]
    if not printed:
        yield Unclear("not_printed", _SUMMARIES[0])
    for view in printed:
        for column in book.columns(view).values():
            yield from _numbered(book, column)


def government_classes(book: Book) -> Iterator[Result]:
    """A government economic class (501 …) of the summary equals its codes in the table of pairs of codes.

    Only where the summary holds nothing but this year's general public budget; otherwise it must be no less.
    """
    summary, pairs = book.view("budget_fiscal_summary"), book.view("budget_general_by_economic")
    if isinstance(summary, Unclear) or isinstance(pairs, Unclear):
        yield summary if isinstance(summary, Unclear) else pairs  # type: ignore[misc]
        return
    if "government_code" not in pairs.column_keys:
        return
    income = book.columns(summary).get(("income", "budget"), [])
    others = [f for f in income if f.row_key in ("government_fund", "state_capital", "opening") and f.cell.value]
    totals = book.columns(pairs).get(("", "total"), [])
    for line in book.columns(summary).get(("economic_government", "budget"), []):
        below = [f for f in totals if line.is_code and _text(pairs, f.row, "government_code").startswith(line.row_key)]
        if below:
            yield balance(book, below, [line], at_most=True) if others else balance(book, [line], below)


def _numbered(book: Book, column: Sequence[Figure]) -> Iterator[Result]:
    lines = [figure for figure in column if not fold(figure.row_name).startswith("其中")]
    levels = [(figure, numbering_level(figure.row_name)) for figure in lines]
    for at, (figure, level) in enumerate(levels):
        if level is None:
            continue
        rest = levels[at + 1 :]
        end = next((i for i, (_, other) in enumerate(rest) if other is not None and other <= level), len(rest))
        deeper = [(f, other) for f, other in rest[:end] if other is not None]
        top = min((other for _, other in deeper), default=None)
        if top is not None:
            yield balance(book, [figure], [f for f, other in deeper if other == top])


def _projects(view: TableView, unit: Figure, amounts: Sequence[Figure], codes: dict[int, str]) -> list[Figure]:
    """The described lines below a unit, up to the next unit."""
    below = [figure for figure in amounts if figure.row > unit.row]
    own = next((list(group) for is_unit, group in groupby(below, lambda f: codes[f.row].isdecimal())), [])
    own = own if own and not codes[own[0].row].isdecimal() else []
    return [figure for figure in own if _text(view, figure.row, "description")]


def _below(unit: str, other: str) -> bool:
    return other != unit and other.startswith(unit)


def _text(view: TableView, row: int, column: str) -> str:
    return fold(view.table.rows[row][view.column_keys.index(column)].text) if column in view.column_keys else ""
