"""XLSX: rows of lines or findings in sheets, written to a temporary file row by row, then handed out."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from services.store.exports.sheets import Sheet, Value

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ROWS_OF_A_SHEET = 1_048_575
"""What XLSX allows, less the header."""
_CHUNK = 256 * 1024
_MOST_TEXT = 32_767
"""Characters that XLSX allows in a cell."""


async def write_xlsx(sheet: Sheet) -> AsyncIterator[bytes]:
    """The file; longer than a sheet may be, it goes on in the next. Nothing is ever taken for a formula."""
    import xlsxwriter

    with tempfile.TemporaryDirectory(prefix="gouji-export-") as folder:
        path = Path(folder) / "export.xlsx"
        options = {"constant_memory": True, "tmpdir": folder}
        book = xlsxwriter.Workbook(path, options)
        pages = _Pages(book, sheet)
        async for rows in sheet.rows:
            await asyncio.to_thread(pages.add, rows)
        await asyncio.to_thread(book.close)
        async for chunk in chunks_of(path):
            yield chunk


async def chunks_of(path: Path) -> AsyncIterator[bytes]:
    """A file, piece by piece."""
    with await asyncio.to_thread(path.open, "rb") as file:
        while chunk := await asyncio.to_thread(file.read, _CHUNK):
            yield chunk


class _Pages:
    def __init__(self, book: Any, sheet: Sheet) -> None:
        self._book, self._sheet = book, sheet
        self._kinds = list(sheet.columns.values())
        self._count = 0
        self._begin()

    def add(self, rows: list[tuple[Value, ...]]) -> None:
        """Write rows, on a further sheet where this one is full."""
        for row in rows:
            if self._row > ROWS_OF_A_SHEET:
                self._begin()
            for column, value in enumerate(row):
                if value is None:
                    continue
                if self._kinds[column] == "text":
                    self._page.write_string(self._row, column, str(value)[:_MOST_TEXT])
                else:
                    self._page.write_number(self._row, column, value)
            self._row += 1

    def _begin(self) -> None:
        self._count += 1
        name = self._sheet.name if self._count == 1 else f"{self._sheet.name} {self._count}"
        self._page = self._book.add_worksheet(name)
        self._page.freeze_panes(1, 0)
        for column, name in enumerate(self._sheet.columns):
            self._page.write_string(0, column, name)
        self._row = 1
