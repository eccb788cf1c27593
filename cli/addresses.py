"""The names that addresses of rules are made of: a table's sides, rows and columns, as a person reads them."""

from collections.abc import Iterator

from shared.layouts import Layouts, TableLayout


def table_names(layouts: Layouts) -> Iterator[str]:
    """One line a table type: its name in rules, and what it is called on paper."""
    titles: dict[str, list[str]] = {}
    for layout in layouts.tables:
        titles.setdefault(layout.type, []).extend(layout.titles)
    for table_type, named in titles.items():
        yield f"{table_type}  {'、'.join(dict.fromkeys(named))}"


def names_of(table_type: str, layouts: Layouts) -> Iterator[str]:
    """The columns of a table type, then the rows of each side with their groups, each beside what is printed."""
    for layout in layouts.of_type(table_type):
        yield f"{table_type}（{layout.edition}）"
        yield from _columns(layout)
        for side in layout.sides:
            yield f"  {table_type}/{side.key}" if side.key else "  行 rows"
            for row in (*side.rows, *layout.rows):
                group = f"  [{row.group}]" if row.group else ""
                yield f"    {row.key:24} {'、'.join(row.names)}{group}"
            if side.classes:
                yield "    201 … 234  功能分类各类，一并称为 items · the functional classes, together items"


def _columns(layout: TableLayout) -> Iterator[str]:
    yield "  列 columns"
    for column in layout.columns:
        if column.role == "amount":
            yield f"    {column.key:24} {column.match}"
