"""Running the examples of a rule: each is a small document on which the rule must come out as said."""

from collections.abc import Iterator, Sequence

from services.validate.book import Book
from services.validate.check import verdict_of
from services.validate.rulebook import Example, Rule
from shared.amounts import printed_amount
from shared.document import Cell, Table
from shared.document_json import document_with
from shared.errors import InvalidCatalogue
from shared.figures import Figure, TableView
from shared.findings import OutcomeKind
from shared.layouts import Layouts, SideLayout, TableLayout

Grid = Sequence[Sequence[str]]


def outcome_of(rule: Rule, example: Example, layouts: Layouts) -> OutcomeKind:
    """How the rule comes out on its example: fail where any check fails, else unclear where any is, else pass."""
    summary = verdict_of(book_of(rule.id, example, layouts), [rule]).summary
    if summary.fail:
        return "fail"
    return "unclear" if summary.unclear or not summary.pass_ else "pass"


def book_of(rule_id: str, example: Example, layouts: Layouts) -> Book:
    """The small document of an example. Raises `InvalidCatalogue` where it names what no layout knows."""
    grids: dict[str, dict[str, Grid]] = {}
    for name, grid in example.given.items():
        table_type, _, side = name.partition("/")
        grids.setdefault(table_type, {})[side] = grid
    views = [_view(rule_id, index, kind, sides, layouts) for index, (kind, sides) in enumerate(grids.items())]
    document = document_with(
        {
            **example.document,
            "tables": [*(view.table for view in views), *example.tables],
            "facts": [{"quote": "…", "page": 1, "paragraph": 0, **fact} for fact in example.facts],
            "paragraphs": [
                *({"text": text, "page": 1, "section": example.section} for text in example.paragraphs),
                *({"text": text, "page": 1, "level": 2} for text in example.headings),
            ],
            "catalogue": example.catalogue,
            "assessments": example.assessments,
        }
    )
    return Book.of_views(document, layouts, views) if views else Book(document, layouts)


def _view(rule_id: str, index: int, kind: str, sides: dict[str, Grid], layouts: Layouts) -> TableView:
    layout = next((one for one in layouts.of_type(kind) if _knows(one, sides)), None)
    if layout is None:
        raise InvalidCatalogue(file=rule_id, detail=f"no layout of {kind!r} has those sides and columns")
    columns: list[tuple[str, ...]] = []
    rows: list[list[Cell]] = [[] for _ in range(max(len(grid) for grid in sides.values()) - 1)]
    figures: list[Figure] = []
    for side, grid in sides.items():
        keys, *lines = grid
        start = len(columns)
        columns.extend((key,) for key in keys)
        for row in rows:
            row.extend(Cell() for _ in keys)
        for r, line in enumerate(lines):
            rows[r][start : start + len(line)] = [_cell(text) for text in line]
            figures.extend(_figures(index, r, start, side, keys, line, layout))
    filled = any(cell.value is not None for row in rows for cell in row)
    table = Table(type=kind, amount_unit="万元", empty=not filled, columns=tuple(columns), rows=tuple(map(tuple, rows)))
    by_key = {(f.side, f.row_key, f.column_key): f for f in reversed(figures)}
    return TableView(index, table, layout, tuple(figures), tuple(key for (key,) in columns), (), by_key)


def _figures(
    index: int, r: int, start: int, side: str, keys: Sequence[str], line: Sequence[str], layout: TableLayout
) -> Iterator[Figure]:
    row = line[0]
    named = {known.key: known for known in (*_side(side, layout).rows, *layout.rows)}.get(row.removeprefix("其中:"))
    group = named.group if named else ("items" if _side(side, layout).classes else "codes") if row.isdecimal() else None
    for offset, text in enumerate(line[1:], start=1):
        yield Figure(
            table=index, row=r, column=start + offset, side=side, row_key=row, row_name=row,
            column_key=keys[offset], cell=_cell(text), group=group,
            subset=row.startswith("其中:") or (named is not None and named.part_of is not None),
        )  # fmt: skip


def _knows(layout: TableLayout, sides: dict[str, Grid]) -> bool:
    columns = {column.key for column in layout.columns}
    keys = {key for grid in sides.values() for key in grid[0][1:]}
    return keys <= columns and sides.keys() <= {side.key for side in layout.sides}


def _side(key: str, layout: TableLayout) -> SideLayout:
    return next((side for side in layout.sides if side.key == key), layout.sides[0])


def _cell(text: str) -> Cell:
    amount = printed_amount(text)
    return Cell(text=text, value=amount.value if amount else None, page=1)
