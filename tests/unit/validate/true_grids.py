"""Documents built from the corpus's true grids, so that checking is tested without the reader."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from shared.amounts import fold, printed_amount
from shared.document import Cell, Document, Table
from shared.layouts import Layouts

TRUTH = Path(__file__).parents[3].parent / "shared" / "corpus" / "retypeset" / "truth"


def documents(layouts: Layouts) -> Iterator[tuple[str, Document]]:
    """(name, document) of every truth file; none where the corpus is absent."""
    for path in sorted(TRUTH.glob("???.json")):
        truth = json.loads(path.read_text(encoding="utf-8"))
        head = truth["doc"]
        tables = tuple(
            _table(raw, layouts) for raw in truth["tables"] if raw["kind"] in ("standard", "list", "fragment")
        )
        kind = "budget" if "预算" in head["kind"] else "final_accounts"
        scope = "unit" if "单位" in head["kind"] else "department"
        yield (
            path.stem,
            Document(
                kind=kind,
                scope=scope,
                fiscal_year=head["year"],
                unit_name=head["unit"],
                title=head["title"],
                tables=tables,
            ),
        )


def _table(raw: dict[str, Any], layouts: Layouts) -> Table:
    grid, header = raw["grid"], raw["header_rows"]
    page = (raw.get("pages_by_style") or {}).get("word") or raw.get("page_style_A")
    rows = tuple(tuple(_cell(text, page) for text in row) for row in grid[header:])
    columns = tuple(_path(raw, column) for column in range(raw["ncols"]))
    filled = any(cell.value for row in rows for cell in row if "." in cell.text)
    return Table(
        type=_type(raw.get("title") or "", layouts), number=raw.get("number"), title=raw.get("title") or "",
        amount_unit=raw.get("currency_unit"), empty=not filled, columns=columns, rows=rows,
        notes=tuple(raw.get("notes") or ()), pages=(page,) if page else (),
    )  # fmt: skip


def _cell(text: str | None, page: int | None) -> Cell:
    amount = printed_amount(text or "")
    return Cell(text=text or "", value=amount.value if amount else None, page=page)


def _path(raw: dict[str, Any], column: int) -> tuple[str, ...]:
    path: list[str] = []
    for row in range(raw["header_rows"]):
        if (raw["grid"][row][0] or "").startswith("栏次"):
            continue
        text = raw["grid"][row][column]
        for r, c, height, width in raw["spans"]:
            if r <= row < r + height and c <= column < c + width:
                text = raw["grid"][r][c]
        if text and text not in path:
            path.append(text)
    return tuple(path)


def _type(title: str, layouts: Layouts) -> str:
    folded = fold(title)
    hits = [
        (len(fold(end)), layout.type)
        for layout in layouts.tables
        for end in layout.titles
        if folded.endswith(fold(end))
    ]
    return max(hits)[1] if hits else "unknown"
