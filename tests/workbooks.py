"""Reading an XLSX file back, as far as tests need it: the sheets by name, each as rows of texts."""

import io
import re
import zipfile
from xml.etree import ElementTree

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def sheets_of(data: bytes) -> dict[str, list[list[str]]]:
    """Every sheet's cells as texts, blank ones as ""; merged cells have their text in the first."""
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        shared = _shared(book)
        names = [
            sheet.attrib["name"] for sheet in ElementTree.fromstring(book.read("xl/workbook.xml")).iter(f"{_MAIN}sheet")
        ]
        return {
            name: _rows(ElementTree.fromstring(book.read(f"xl/worksheets/sheet{number}.xml")), shared)
            for number, name in enumerate(names, start=1)
        }


def _shared(book: zipfile.ZipFile) -> list[str]:
    if "xl/sharedStrings.xml" not in book.namelist():
        return []
    items = ElementTree.fromstring(book.read("xl/sharedStrings.xml")).iter(f"{_MAIN}si")
    return ["".join(text.text or "" for text in item.iter(f"{_MAIN}t")) for item in items]


def _rows(sheet: ElementTree.Element, shared: list[str]) -> list[list[str]]:
    cells = {cell.attrib["r"]: _text(cell, shared) for cell in sheet.iter(f"{_MAIN}c")}
    places = {name: _place(name) for name in cells}
    width = max((column for _, column in places.values()), default=-1) + 1
    height = max((row for row, _ in places.values()), default=-1) + 1
    rows = [[""] * width for _ in range(height)]
    for name, (row, column) in places.items():
        rows[row][column] = cells[name]
    return rows


def _place(name: str) -> tuple[int, int]:
    letters, digits = re.fullmatch(r"([A-Z]+)(\d+)", name).groups()  # type: ignore[union-attr]
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(digits) - 1, column - 1


def _text(cell: ElementTree.Element, shared: list[str]) -> str:
    if cell.attrib.get("t") == "inlineStr":
        return "".join(text.text or "" for text in cell.iter(f"{_MAIN}t"))
    value = cell.findtext(f"{_MAIN}v") or ""
    return shared[int(value)] if cell.attrib.get("t") == "s" else value
