"""One document as XLSX: a sheet for each of its tables, as the standard forms look."""

import asyncio
import re
import tempfile
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

from services.store.bodies import TableItem
from services.store.exports.as_xlsx import chunks_of

_FORBIDDEN = re.compile(r"[\[\]:*?/\\']")
_MOST_NAME = 31
_TOP = 2
"""Rows above the header: the title, and whose table it is in which unit."""
_FONT = {"font_name": "宋体", "font_size": 10}


async def write_forms(tables: AsyncIterator[TableItem], unit_name: str | None) -> AsyncIterator[bytes]:
    """The workbook of a document's tables; a document without any has one empty sheet."""
    import xlsxwriter

    with tempfile.TemporaryDirectory(prefix="gouji-export-") as folder:
        path = Path(folder) / "export.xlsx"
        book = xlsxwriter.Workbook(path, {"tmpdir": folder})
        forms = _Forms(book, unit_name)
        async for table in tables:
            await asyncio.to_thread(forms.add, table)
        await asyncio.to_thread(forms.close)
        async for chunk in chunks_of(path):
            yield chunk


class _Forms:
    def __init__(self, book: Any, unit_name: str | None) -> None:
        self._book, self._unit_name = book, unit_name
        self._names: set[str] = set()
        self._title = book.add_format({**_FONT, "font_size": 14, "bold": True, "align": "center"})
        self._note = book.add_format(_FONT)
        framed = {**_FONT, "border": 1, "valign": "vcenter"}
        self._header = book.add_format({**framed, "align": "center", "text_wrap": True})
        self._text = book.add_format({**framed, "text_wrap": True})
        self._formats: dict[int, Any] = {}
        self._framed = framed

    def add(self, table: TableItem) -> None:
        """One sheet: title, unit and amount unit, header with merged cells, rows, notes."""
        page = self._book.add_worksheet(self._name(table))
        width = max(1, len(table.columns))
        _merge(page, 0, 0, 0, width - 1, table.title or table.type, self._title)
        unit = table.unit_name or self._unit_name or ""
        page.write_string(1, 0, f"{table.number or ''} 部门：{unit}".strip(), self._note)
        page.write_string(1, max(1, width - 1), f"金额单位：{table.amount_unit or ''}", self._note)
        depth = self._headers(page, table.columns)
        for number, row in enumerate(table.rows, start=_TOP + depth):
            for column, cell in enumerate(row):
                if cell.value is not None:
                    page.write_number(number, column, cell.value, self._of(cell.text))
                else:
                    page.write_string(number, column, cell.text, self._text)
        for number, note in enumerate(table.notes, start=_TOP + depth + len(table.rows)):
            page.write_string(number, 0, note, self._note)
        page.set_column(0, width - 1, 16)

    def close(self) -> None:
        """Write the file."""
        if not self._names:
            self._book.add_worksheet("无表格")
        self._book.close()

    def _headers(self, page: Any, columns: Sequence[Sequence[str]]) -> int:
        """The header paths from row 2 down, equal neighbours merged; how many rows they take."""
        depth = max((len(path) for path in columns), default=0)
        grid = [[path[level] if level < len(path) else None for path in columns] for level in range(depth)]
        for level, names in enumerate(grid):
            column = 0
            while column < len(names):
                end = _end_of_run(columns, level, column)
                name = names[column]
                bottom = depth - 1 if len(columns[column]) == level + 1 else level
                if name is not None:
                    _merge(page, _TOP + level, column, _TOP + bottom, end, name, self._header)
                column = end + 1
        return depth

    def _of(self, text: str) -> Any:
        """The format that prints a figure with its own decimals."""
        decimals = len(text.strip().rpartition(".")[2]) if "." in text else 0
        if decimals not in self._formats:
            shown = "#,##0" + ("." + "0" * decimals if decimals else "")
            self._formats[decimals] = self._book.add_format({**self._framed, "align": "right", "num_format": shown})
        return self._formats[decimals]

    def _name(self, table: TableItem) -> str:
        plain = _FORBIDDEN.sub(" ", table.number or table.title or table.type).strip() or "表"
        name, times = plain[:_MOST_NAME], 1
        while name.casefold() in self._names:
            times += 1
            name = f"{plain[: _MOST_NAME - 4]} {times}"
        self._names.add(name.casefold())
        return name


def _end_of_run(columns: Sequence[Sequence[str]], level: int, column: int) -> int:
    """The last column under the same header cell: one that goes on below, with equal names above."""
    above, end = list(columns[column][: level + 1]), column
    while (
        len(columns[column]) > level + 1
        and end + 1 < len(columns)
        and len(columns[end + 1]) > level + 1
        and list(columns[end + 1][: level + 1]) == above
    ):
        end += 1
    return end


def _merge(page: Any, top: int, left: int, bottom: int, right: int, text: str, look: Any) -> None:
    if (top, left) == (bottom, right):
        page.write_string(top, left, text, look)
    else:
        page.merge_range(top, left, bottom, right, "", look)
        page.write_string(top, left, text, look)
