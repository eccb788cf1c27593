"""Recognition: which standard table a grid is, by its title and its columns, from the layouts alone."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from shared.amounts import fold
from shared.document import Kind
from shared.layouts import Layouts, TableLayout, fitting_layout

_QUOTES = re.compile(r"[“”\"'‘’「」《》]")
_ASIDE = re.compile(
    r"[(](?:不含上年结转|续表?|续上表|试行|空表|公开表|(?:财决)?公开\d+表|表\d+|.{0,4}万?元|决算|预算)[)]$"
    r"|-不含上年结转|[_-]\d+$"
)
_MAY_PRECEDE = re.compile(
    r"^(?:.*(?:大学|学院|学校|中学|小学|局|委|委员会|厅|院|中心|街道|镇|乡|办|办公室|政府|站|所|队|部|会|团|社|馆|处|省|市|区|县))?"
    r"(?:[\d.、:一二三四五六七八九十()-]|年|年度|度|表|附|部门|单位|本级|高等学校|学校|综合|预算单位|预算|决算|本)*$"
)


class Recognised(NamedTuple):
    """The type of a table, its layout where its columns fit one, and whether title and columns agree."""

    type: str = "unknown"
    kind: Kind = "unknown"
    layout: TableLayout | None = None
    doubtful: bool = False


class Recogniser:
    """Finds the type of tables; made once from the layouts."""

    def __init__(self, layouts: Layouts) -> None:
        self._layouts = layouts
        endings: dict[str, list[TableLayout]] = {}
        for layout in layouts.tables:
            for title in layout.titles:
                endings.setdefault(plain_title(title), []).append(layout)
        self._endings = sorted(endings.items(), key=lambda item: -len(item[0]))

    def recognise(self, title: str, columns: Sequence[tuple[str, ...]]) -> Recognised:
        """The standard table with this title: the longest ending that fits and whose required columns are there.

        Before the ending only the year, a number, or a unit's name may stand: 某项资金支出决算表 is not 支出决算表. A
        title that fits while no layout has its columns gives the type, with `doubtful`.
        """
        plain = plain_title(title)
        if not plain:
            return Recognised()
        ending, candidates = next(((e, found) for e, found in self._endings if plain.endswith(e)), ("", []))
        if not candidates or not _MAY_PRECEDE.match(plain[: len(plain) - len(ending)]):
            return Recognised()
        layout = fitting_layout(columns, candidates)
        if layout is not None:
            return Recognised(layout.type, layout.kind, layout)
        return Recognised(candidates[0].type, candidates[0].kind, None, True)


def plain_title(title: str) -> str:
    """A title without quotes, asides and spacing, as titles are compared."""
    text = _QUOTES.sub("", fold(title))
    previous = ""
    while text != previous:
        previous, text = text, _ASIDE.sub("", text)
    return text.replace("分类科目)", "分类)").replace("经济科目)", "经济分类)")
