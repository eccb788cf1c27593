"""Captions: what stands above a table (number, title, unit, department, year) and below it (notes)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from services.parse.grids import Grid, GridCell
from services.parse.headings import numbering_level
from services.parse.lines import Line, Segment
from shared.amounts import fold

NUMBER = re.compile(
    r"(?:财决|财预|预决算|部门|预算|决算)?公开\d+(?:-\d+)?表"
    r"|(?:附表|附件|表)(?:\d{1,2}(?=20\d\d年)|[\d一二三四五六七八九十]+)(?:-\d+)?"
)
_NUMBER_FIRST = re.compile(rf"^({NUMBER.pattern})(?:[:：、.．]|(?=[^\d、.]|20\d\d年))")
_UNIT = re.compile(r"(?:金额)?(?:计量)?单位[:：](?:人民币)?(万元|千元|百元|亿元|元)")
_DEPARTMENT = re.compile(
    r"^(?:编制|填报|公开|预算|编报|填列|决算)?(?:部门|单位|主管部门)(?:\(单位\)|\(盖章\)|\(公章\))?(?:名称)?(?:\(盖章\)|\(公章\))?[:：](.*)$"
)
_YEAR = re.compile(r"^[(]?(20\d\d)年(?:度)?[)]?$")
_SENTENCE_END = re.compile(r"[。；;，,：:]$")
_NOTE = re.compile(r"^(?:注|备注|说明|附注|注释)(?:[:：\d]|$)|^[*※]|^本表(?:无数据|为空|无内容)|空表")
_NOTE_ITEM = re.compile(r"^(?:\d{1,2}[.、．]|[(]\d{1,2}[)]|说明|备注)")
_HEADING = re.compile(r"^第[一二三四五六七八九十]+(?:部分|章|篇)")
_CONTINUED = re.compile(r"[(]?(?:续表?|续上表)\d*[)]?$")
_TITLE = re.compile(r"(?:决算|预算|收支|经费|情况|统计|明细|自评|目标).{0,12}表(?:[(].{0,12}[)])?$")
_END_OF_TITLE = re.compile(
    r"(?:项目|支出|部门|单位|整体|专项|资金|预算|决算|绩效|目标|自评|评价|申报|监控|情况|明细|统计|总)+表"
)
_MOST_LINES = 8
_LEAST_ROWS = 3
_LONGEST_TITLE = 70


@dataclass
class Caption:
    """What the lines above a table say of it. `lines` are the lines used up."""

    number: str | None = None
    title: str = ""
    amount_unit: str | None = None
    unit_name: str | None = None
    fiscal_year: int | None = None
    lines: list[Line] = field(default_factory=list)
    page: int = 0

    @property
    def says_something(self) -> bool:
        """True where any of it was printed."""
        return bool(self.title or self.number or self.amount_unit)

    @property
    def is_continuation(self) -> bool:
        """True for 续表."""
        return _CONTINUED.search(fold(self.title)) is not None


def read_caption(above: Sequence[Line]) -> Caption:
    """The caption among the lines above a table, the nearest last. Reads upwards and stops at prose."""
    caption = Caption()
    titles: list[Line] = []
    for line in list(reversed(above))[:_MOST_LINES]:
        rest = _take_details(line, caption, bool(titles))
        if rest is None:
            caption.lines.append(line)
            continue
        if not _belongs_to_title(line, rest, titles):
            break
        titles.append(line)
        caption.lines.append(line)
        caption.title = rest + caption.title
    _split_number(caption)
    if caption.title and not caption.fiscal_year and (year := re.search(r"(20\d\d)年", fold(caption.title))):
        caption.fiscal_year = int(year.group(1))
    return caption


def across_pages(above: Sequence[Line], before: Sequence[Line]) -> Caption:
    """The caption of a page's first table, `before` being the last lines of the page before.

    A title may stand there by itself, or with its details (year, unit) at the top of the table's own page.
    """
    caption = read_caption(above)
    if caption.title or caption.number or len(caption.lines) < len(above):
        return caption
    earlier = read_caption(before)
    titled = _TITLE.search(fold(earlier.title)) and not any(numbering_level(line.text) for line in earlier.lines)
    if not (titled or (not above and (earlier.number or earlier.amount_unit))):
        return caption
    earlier.amount_unit = caption.amount_unit or earlier.amount_unit
    earlier.unit_name = caption.unit_name or earlier.unit_name
    earlier.fiscal_year = caption.fiscal_year or earlier.fiscal_year
    earlier.lines += caption.lines
    return earlier


def take_caption_rows(grid: Grid, caption: Caption) -> None:
    """Move a title and its details that stand inside the rules, as rows above the header, into the caption."""
    while len(grid.rows) > _LEAST_ROWS and (line := _caption_line(grid.rows[0], grid)) is not None:
        rest = _take_details(line, caption, bool(caption.title))
        if rest is not None and _TITLE.search(fold(caption.title)):
            return
        if rest is not None and caption.title:
            caption.title, caption.lines = "", []  # what stands above is no title of a table
        caption.title = caption.title or (rest or "")
        for row in grid.rows[1:]:
            for cell in row:
                cell.row -= 1
        del grid.rows[0], grid.row_pages[0]
        _split_number(caption)


def _caption_line(row: Sequence[GridCell], grid: Grid) -> Line | None:
    """A row of nothing but caption: one cell from side to side that is a title, or only details."""
    texts = [cell for cell in row if fold(cell.text)]
    if not texts or any(cell.rowspan > 1 for cell in row):
        return None
    title = len(row) == 1 and row[0].colspan == grid.columns > 1 and _TITLE.search(fold(row[0].text)) is not None
    if not title and not all(_is_detail(fold(cell.text)) for cell in texts):
        return None
    x0, top, x1, bottom = row[0].box
    segments = tuple(Segment(cell.text, cell.box[0], cell.box[2]) for cell in texts)
    return Line(" ".join(s.text for s in segments), grid.page, x0, top, x1, bottom, bottom - top, segments)


def _is_detail(text: str) -> bool:
    return bool(_UNIT.search(text) or NUMBER.fullmatch(text) or _DEPARTMENT.match(text) or _YEAR.match(text))


def _take_details(line: Line, caption: Caption, below_title: bool) -> str | None:
    """Read number, unit, department and year off a line; return what else it says, None where nothing is left."""
    left = []
    for segment in line.segments:
        text = fold(segment.text)
        printed = segment.text.replace(" ", "")
        if (found := _UNIT.search(text)) and len(text) <= 24:
            caption.amount_unit = caption.amount_unit or found.group(1)
            _take_name(printed, caption)
        elif NUMBER.fullmatch(text):
            caption.number = caption.number or text
        elif found := _YEAR.match(text):
            caption.fiscal_year = caption.fiscal_year or int(found.group(1))
        elif _DEPARTMENT.match(text) and not below_title:
            _take_name(printed, caption)
        else:
            left.append(segment.text)
    return "".join(left) if left else None


def _take_name(printed: str, caption: Caption) -> None:
    """The name after 部门：, as printed, without a year or unit that follows on the same stretch."""
    found = _DEPARTMENT.match(printed.replace("（", "(").replace("）", ")"))
    if not found:
        return
    name = printed[found.start(1) :]
    if _UNIT.fullmatch(fold(printed).strip("()")):
        return
    if unit := _UNIT.search(name):
        caption.amount_unit = caption.amount_unit or unit.group(1)
        name = name[: unit.start()]
    if year := re.search(r"[（(]?(20\d\d)年(?:度)?[)）]?$", name):
        caption.fiscal_year = caption.fiscal_year or int(year.group(1))
        name = name[: year.start()]
    caption.unit_name = caption.unit_name or name.strip("（(，,") or None


def _belongs_to_title(line: Line, text: str, titles: Sequence[Line]) -> bool:
    folded = fold(text)
    if _HEADING.match(folded) or len(folded) > _LONGEST_TITLE or "。" in folded or _SENTENCE_END.search(folded):
        return False
    if not titles:
        return True
    below = titles[-1]
    near = below.top - line.bottom < 1.2 * line.size and abs(below.size - line.size) < 0.05 * line.size
    centred = abs((below.x0 + below.x1) / 2 - (line.x0 + line.x1) / 2) < 2 * line.size
    tail = fold(below.text)
    unfinished = tail.startswith("(") or bool(_END_OF_TITLE.fullmatch(tail)) or not re.search(r"[)]$", folded)
    finished = not unfinished or re.search(r"表\)?$", folded) is not None
    return near and centred and not finished and numbering_level(text) is None


def _split_number(caption: Caption) -> None:
    """A number printed in front of the title (表1：…) is taken off it."""
    title = fold(caption.title)
    if found := _NUMBER_FIRST.match(title):
        caption.number = caption.number or found.group(1)
        title = title[found.end() :].lstrip(":：、.")
        caption.title = title
    else:
        caption.title = caption.title.strip()


def count_notes(below: Sequence[Line], right: float) -> int:
    """How many of the lines below a table are its notes (注：…, 说明：本表无数据)."""
    count = 0
    for line in below:
        text = fold(line.text)
        if _NOTE.search(text) if count == 0 else _continues_note(text, line, below[count - 1], right):
            count += 1
        else:
            break
    return count


def _continues_note(text: str, line: Line, before: Line, right: float) -> bool:
    if _NOTE.match(text) or _NOTE_ITEM.match(text):
        return True
    full = before.x1 > right - 3 * before.size
    return full and line.top - before.bottom < 1.5 * before.size and abs(line.size - before.size) < 0.1 * before.size


def join_notes(lines: Sequence[Line]) -> tuple[str, ...]:
    """The notes, wrapped lines joined."""
    notes: list[str] = []
    for line in lines:
        text = line.text.strip()
        if notes and not (_NOTE.match(fold(text)) or _NOTE_ITEM.match(fold(text))):
            notes[-1] += text
        else:
            notes.append(text)
    return tuple(notes)
