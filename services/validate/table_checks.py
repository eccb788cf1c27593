"""Checks inside and between tables: what each kind of the vocabulary asserts of a document."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from services.validate.book import Book
from services.validate.relations import Balance
from services.validate.results import Claim, Result, Unclear
from services.validate.terms import Term
from services.validate.vocabulary import Address, AtMost, Equal, Hierarchy, Match, RowSum, Subset, Sum
from shared.figures import Figure, TableView

_NOT_MONEY = ("序号", "行次", "栏次")


def assert_sum(check: Sum, book: Book) -> Iterator[Result]:
    """Total ≈ Σ parts, once or in every column."""
    if check.unless is not None and not isinstance(book.select(check.unless), Unclear):
        return
    if check.where_printed and isinstance(book.select(check.total), Unclear):
        return
    for column in _columns_of(check.total, book):
        total = book.cells(_at(check.total, column))
        parts: list[Term] = []
        missing = total if isinstance(total, Unclear) else None
        for address in (*check.parts, *check.optional):
            found = book.cells(_at(address, column))
            if not isinstance(found, Unclear):
                parts.extend(found)
            elif address in check.parts or found.reason == "not_readable":
                missing = missing or found
        if missing is not None or isinstance(total, Unclear):
            yield missing or Unclear("not_printed")
        else:
            yield Claim(Balance(tuple(total), tuple(parts)), subject=total[0])


def assert_pair(check: Equal | AtMost, book: Book) -> Iterator[Result]:
    """Two cells restate one figure, or the left is no more than the right."""
    if check.where_printed and any(isinstance(book.select(side), Unclear) for side in (check.left, check.right)):
        return
    for column in _columns_of(check.left, book):
        left, right = book.select(_at(check.left, column)), book.select(_at(check.right, column))
        if isinstance(left, Unclear) or isinstance(right, Unclear):
            yield left if isinstance(left, Unclear) else right  # type: ignore[misc]
        else:
            yield balance(book, left, right, at_most=isinstance(check, AtMost))


def assert_row_sum(check: RowSum, book: Book) -> Iterator[Result]:
    """Σ total columns ≈ Σ part columns in every row."""
    view = book.view(check.table.table)
    if isinstance(view, Unclear):
        yield view
        return
    if unknown := _unknown_amounts(view):
        yield Unclear("not_readable", unknown)
        return
    columns = book.columns(view)
    rows: dict[tuple[int, str], dict[str, Figure]] = defaultdict(dict)
    for key in (*check.total, *check.parts):
        for figure in columns.get((check.table.side, key), ()):
            rows[figure.row, figure.row_key][key] = figure
    for row in rows.values():
        total, parts = ([row[key] for key in keys if key in row] for keys in (check.total, check.parts))
        if len(total) == len(check.total) and parts:
            yield balance(book, total, parts)


def assert_hierarchy(check: Hierarchy, book: Book) -> Iterator[Result]:
    """合计 ≈ Σ 类 ≈ Σ 款 ≈ Σ 项 in every column."""
    view = book.view(check.table.table)
    if isinstance(view, Unclear):
        yield view
        return
    columns = book.columns(view)
    for key in book.column_keys(view, check.table.side):
        column = columns[check.table.side, key]
        total = next((figure for figure in column if figure.row_key == check.total), None)
        children = children_of(column)
        if check.total and total is None:
            yield Unclear("not_printed", f"{check.table}/{check.total}/{key}")
        elif total is not None and children.get(""):
            yield balance(book, [total], children[""])
        for parent in column:
            if parent.is_code and parent.row_key in children:
                yield balance(book, [parent], children[parent.row_key])


def assert_match(check: Match, book: Book) -> Iterator[Result]:
    """Left ≈ right (or ≤) for every row key of the left."""
    left, right = book.select(check.left), book.select(check.right)
    if isinstance(left, Unclear) and book.has_column(check.left):
        return  # a table without a coded row has nothing to be matched
    if isinstance(left, Unclear) or isinstance(right, Unclear):
        yield left if isinstance(left, Unclear) else right  # type: ignore[misc]
        return
    keyed = {book.row_identity(figure): figure for figure in reversed(right)}
    for figure in left:
        other = keyed.get(book.row_identity(figure))
        if other is not None:
            yield balance(book, [figure], [other], at_most=check.at_most)
        elif figure.cell.value:
            yield Unclear("not_printed", f"{check.right.table} {figure.row_key} {figure.row_name}")


def assert_subset(check: Subset, book: Book) -> Iterator[Result]:
    """A 其中 line ≤ the line above it that is none."""
    view = book.view(check.table.table)
    if isinstance(view, Unclear):
        yield view
        return
    parts_of = {row.key: row.part_of for side in view.layout.sides for row in side.rows}
    for (side, _), column in book.columns(view).items():
        above: Figure | None = None
        for figure in column:
            if side != check.table.side or not figure.subset:
                above = figure
                continue
            named = parts_of.get(figure.row_key)
            whole = next((f for f in column if f.row_key == named), None) if named else above
            if whole is not None:
                yield balance(book, [figure], [whole], at_most=True)


def balance(book: Book, left: Sequence[Figure], right: Sequence[Figure], *, at_most: bool = False) -> Result:
    """The claim that cells on the left equal those on the right together, or do not exceed them."""
    reported, computed = book.terms(left), book.terms(right)
    if isinstance(reported, Unclear):
        return reported
    if isinstance(computed, Unclear):
        return computed
    return Claim(Balance(tuple(reported), tuple(computed), at_most), subject=reported[0])


def children_of(column: Sequence[Figure]) -> dict[str, list[Figure]]:
    """Coded figures of a column by the code they are added up in; the topmost under "".

    A level that the table prints at all is never skipped: a 项 whose 款 is missing is added up in that 款, so that the
    missing line shows as a difference of its 类.
    """
    printed = {figure.row_key for figure in column if figure.is_code}
    levels = {len(code) for code in printed}
    children: dict[str, list[Figure]] = defaultdict(list)
    for figure in column:
        if figure.is_code:
            above = [n for n in (5, 3) if n < len(figure.row_key) and n in levels]
            children[figure.row_key[: above[0]] if above else ""].append(figure)
    for code in printed:
        below = len(code) + 2
        if below in levels and (below == 7 or any(other[:3] == code for other in printed if len(other) == 7)):
            children.setdefault(code, [])  # none of its 款 or 项 is printed, though the table prints that level
    return children


def _columns_of(address: Address, book: Book) -> Sequence[str]:
    if address.column != "*":
        return (address.column,)
    view = book.view(address.table)
    # A table that is not there is asked once, and says so.
    return ("*",) if isinstance(view, Unclear) else book.column_keys(view, address.side)


def _at(address: Address, column: str) -> Address:
    return address.model_copy(update={"column": column}) if address.column == "*" else address


def _unknown_amounts(view: TableView) -> str:
    """The header of a column that holds amounts but that the layout does not know; "" where there is none."""
    for i, key in enumerate(view.column_keys):
        header = "/".join(view.table.columns[i])
        money = key is None and not any(word in header for word in _NOT_MONEY)
        if money and any(row[i].value is not None for row in view.table.rows):
            return header or f"{i + 1}"
    return ""
