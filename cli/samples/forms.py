"""Standard tables as grids of cells: an edition's form filled with printed figures, before it is set on pages."""

from collections.abc import Iterator, Sequence

from cli.samples.edition import Column, Edition, Foot, Line, Side, TableForm
from cli.samples.grid import UNUSED, Grid, GridCell, header_of, merge_names, number_row
from cli.samples.printing import Printed
from cli.samples.prose import Writer
from cli.samples.quantities import FigureKey
from cli.samples.subjects import Subjects

NUMERALS = "一二三四五六七八九十"
CLASS_ORDER = (
    *("201", "202", "203", "204", "205", "206", "207", "208", "210", "211", "212", "213", "214", "215", "216"),
    *("217", "219", "220", "221", "222", "223", "224", "229", "231", "232", "234"),
)
"""The functional classes in the order of the summaries (一、 … 二十六、)."""


def fill_forms(edition: Edition, printed: Printed, writer: Writer, subjects: Subjects) -> list[Grid]:
    """All tables of an edition, in its order."""
    return [_fill(form, edition, printed, writer, subjects) for form in edition.tables]


def _fill(form: TableForm, edition: Edition, printed: Printed, writer: Writer, subjects: Subjects) -> Grid:
    rows = list(_rows(form, printed, subjects))
    above = [[part.replace("<number>", form.number or "") for part in line] for line in edition.above]
    grid = Grid(
        form,
        tuple((writer.line(a).text, writer.line(b).text, writer.line(c).text) for a, b, c in above),
        header_of(form.columns),
        rows,
        tuple(writer.line(note).text for note in form.notes),
        number_row(form),
    )
    if grid.empty and form.empty_note:
        grid.notes += (writer.line(form.empty_note).text,)
    return grid


def _rows(form: TableForm, printed: Printed, subjects: Subjects) -> Iterator[list[GridCell]]:
    if form.sides:
        yield from _two_sided(form, printed, subjects)
    elif form.codes:
        yield from _coded(form, printed, subjects)
    elif form.blocks:
        yield from _blocks(form, printed, subjects)
    else:
        for line in form.lines:
            yield _plain(form, line, printed)


def _figure(form: TableForm, row: str | None, column: Column, printed: Printed) -> GridCell:
    """The amount cell of a row in a column; a cell that the form does not fill stays blank."""
    row = column.row or row
    if row is None or column.key is None:
        return GridCell(align="right")
    key = FigureKey(form.type, row, column.key)
    if key not in printed.texts:
        return GridCell(align="right")
    return GridCell(printed.texts[key], key, "right")


def _lines(lines: Sequence[Line], subjects: Subjects) -> Iterator[Line]:
    for line in lines:
        if line.classes:
            for number, code in enumerate(CLASS_ORDER, 1):
                yield Line(name=f"{numeral(number)}、{subjects.classes[code]}", key=code)
        else:
            yield line


def numeral(number: int) -> str:
    """A number from 1 to 99 in Chinese numerals."""
    tens, units = divmod(number, 10)
    head = "" if tens == 0 else "十" if tens == 1 else NUMERALS[tens - 1] + "十"
    return head + (NUMERALS[units - 1] if units else "")


def _two_sided(form: TableForm, printed: Printed, subjects: Subjects) -> Iterator[list[GridCell]]:
    sides = [_side_lines(side, form.sides, subjects) for side in form.sides]
    height = len(sides[0])
    for number in range(height):
        cells: list[GridCell] = []
        for column in form.columns:
            side, line = form.sides[column.side], sides[column.side][number]
            if column.role == "name":
                cells.append(GridCell(line.name, align="center" if line.name.endswith("计") else "left"))
            elif column.role == "ordinal":
                cells.append(GridCell(str(number + 1 + column.side * height)))
            else:
                cells.append(_figure(form, line.key and f"{side.key}/{line.key}", column, printed))
        yield cells


def _side_lines(side: Side, sides: Sequence[Side], subjects: Subjects) -> list[Line]:
    """A side's lines: items, blank lines so that the last lines of both sides stand beside each other, last lines."""
    items = list(_lines(side.items, subjects))
    longest = max(len(list(_lines(other.items, subjects))) for other in sides)
    return [*items, *[Line()] * (longest - len(items)), *side.last]


def _coded(form: TableForm, printed: Printed, subjects: Subjects) -> Iterator[list[GridCell]]:
    codes = sorted(row for row in printed.rows(form.type) if row != "total")
    total = _code_row(form, "total", "", "合计", printed)
    if form.codes == "first":
        yield total
    for code in codes:
        yield _code_row(form, code, code, _subject_name(code, subjects), printed)
    if form.codes == "last":
        yield total


def _subject_name(code: str, subjects: Subjects) -> str:
    return subjects.item_names[code] if len(code) == 7 else subjects.name_of(code)


def _code_row(form: TableForm, row: str, code: str, name: str, printed: Printed) -> list[GridCell]:
    parts = {"code": code, "section": code[:3], "subsection": code[3:5], "item": code[5:7], "name": name}
    cells = []
    first = True
    for column in form.columns:
        if column.role == "amount":
            cells.append(_figure(form, row, column, printed))
            continue
        text = parts[column.role] if code else name if first else ""
        cells.append(GridCell(text, align="left" if code else "center"))
        first = False
    if not code:
        merge_names(cells, form.columns)
    return cells


def _block_codes(block: Sequence[str], subjects: Subjects) -> list[str]:
    """The economic codes of a block: those that begin with a prefix, or lie in a range `first..last`."""
    ordered = [subject.code for subject in subjects.economic]
    codes: list[str] = []
    for entry in block:
        first, found, last = entry.partition("..")
        if found:
            codes += ordered[ordered.index(first) : ordered.index(last) + 1]
        else:
            codes += [code for code in ordered if code.startswith(entry)]
    return codes


def _blocks(form: TableForm, printed: Printed, subjects: Subjects) -> Iterator[list[GridCell]]:
    blocks = [_block_codes(block, subjects) for block in form.blocks]
    for number in range(max(len(block) for block in blocks)):
        cells = []
        for column in form.columns:
            block = blocks[column.side]
            code = block[number] if number < len(block) else ""
            cells.append(_block_cell(form, column, code, printed, subjects))
        yield cells
    yield _foot(form, printed)


def _block_cell(form: TableForm, column: Column, code: str, printed: Printed, subjects: Subjects) -> GridCell:
    if column.role == "amount":
        if code and code.startswith(form.unused):
            return GridCell(UNUSED, align="right")
        return _figure(form, code or None, column, printed)
    texts = {
        "code": code, "section": code[:3], "subsection": code[3:], "name": subjects.economic_names.get(code, ""),
    }  # fmt: skip
    return GridCell(texts[column.role], align="left")


def _foot(form: TableForm, printed: Printed) -> list[GridCell]:
    cells = [GridCell() for _ in form.columns]
    for foot in form.foot:
        _put_foot(cells, foot, form, printed)
    return cells


def _put_foot(cells: list[GridCell], foot: Foot, form: TableForm, printed: Printed) -> None:
    cells[foot.first] = GridCell(foot.name, columns=foot.last - foot.first + 1)
    for i in range(foot.first + 1, foot.last + 1):
        cells[i] = GridCell(covered=True)
    cells[foot.last + 1] = _figure(form, foot.key, form.columns[foot.last + 1], printed)


def _plain(form: TableForm, line: Line, printed: Printed) -> list[GridCell]:
    if line.heading:
        cells = [GridCell(text) for text in line.heading]
        cells += [GridCell(covered=True) for _ in range(len(form.columns) - len(cells))]
        cells[0].columns = len(form.columns) - len(line.heading) + 1
        cells[0].align = "left" if cells[0].columns > 1 else "center"
        return cells
    cells = []
    for column in form.columns:
        if column.role == "amount":
            cells.append(_figure(form, line.key, column, printed))
        else:
            text = line.ordinal if column.role == "ordinal" else line.name
            cells.append(GridCell(text, align="center" if column.role == "ordinal" else "left"))
    return cells
