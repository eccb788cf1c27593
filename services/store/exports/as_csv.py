"""CSV (RFC 4180) in UTF-8 with the mark by which spreadsheet programs know it."""

import codecs
import csv
import io
from collections.abc import AsyncIterator

from services.store.exports.sheets import Sheet

MEDIA_TYPE = "text/csv; charset=utf-8"


async def write_csv(sheet: Sheet) -> AsyncIterator[bytes]:
    """The file, a document's rows at a time. Amounts are written plainly, without thousands commas."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow(sheet.columns)
    yield codecs.BOM_UTF8
    async for rows in sheet.rows:
        writer.writerows(rows)
        yield buffer.getvalue().encode()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue().encode()
