"""The catalogue of tables (目录 with 是否空表) as entries."""

from shared.amounts import fold
from shared.document import CatalogueEntry, Table

_YES = {"是", "空表", "√", "Y", "有"}
_NO = {"否", "非空", "×", "N"}


def entries_of(table: Table) -> list[CatalogueEntry]:
    """The entries of a catalogue table: number, title, whether it is said to be empty, and why."""
    names = [fold("/".join(path)) for path in table.columns]
    empty = next((i for i, name in enumerate(names) if "是否空表" in name), None)
    reason = next((i for i, name in enumerate(names) if "理由" in name or "原因" in name), None)
    number = next((i for i, name in enumerate(names) if name in ("序号", "编号", "表号")), None)
    taken = {empty, reason, number}
    title = next((i for i in range(len(names)) if i not in taken), 0)
    entries = []
    for row in table.rows:
        if not fold(row[title].text):
            continue
        entries.append(
            CatalogueEntry(
                number=row[number].text or None if number is not None else None,
                title=row[title].text,
                declared_empty=_declared(row[empty].text) if empty is not None else None,
                reason=row[reason].text or None if reason is not None else None,
                page=row[title].page,
            )
        )
    return entries


def _declared(text: str) -> bool | None:
    folded = fold(text)
    if folded in _YES:
        return True
    return False if folded in _NO else None
