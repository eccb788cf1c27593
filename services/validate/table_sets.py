"""Tables of one type printed more than once: a department's and its units', each a set that must agree in itself."""

from collections.abc import Sequence

from shared.amounts import fold
from shared.figures import TableView


def sets_of(views: Sequence[TableView]) -> tuple[dict[str, TableView], list[list[TableView]]]:
    """The document's own tables by type (the first of each), and the further sets.

    An empty table that bears no other unit's name gives way to one with figures: it is usually a leftover. Further
    tables belong together where they bear one name and are the same one in number of their type.
    """
    own: dict[str, TableView] = {}
    for view in views:
        held = own.get(view.table.type)
        if held is None or (held.table.empty and not view.table.empty and _one_unit(held, view)):
            own[view.table.type] = view
    further: dict[tuple[str, int], list[TableView]] = {}
    seen: dict[tuple[str, str], int] = {}
    for view in views:
        if own[view.table.type] is view or view.table.empty or not view.table.title:
            continue
        name = _name(view)
        number = seen[name, view.table.type] = seen.get((name, view.table.type), 0) + 1
        further.setdefault((name, number), []).append(view)
    return own, list(further.values())


def _one_unit(one: TableView, other: TableView) -> bool:
    return not _name(one) or not _name(other) or _name(one) == _name(other)


def _name(view: TableView) -> str:
    return fold(view.table.unit_name or "")
