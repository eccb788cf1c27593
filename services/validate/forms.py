"""Self-evaluation forms (绩效自评表) as rules see them: funds by source, indicators with weight and score, total."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from services.validate.terms import FormCell, Place, Term, exact_term, term_of
from services.validate.wording import form_ref
from shared.amounts import fold, is_dash
from shared.document import Assessment, Cell, Document
from shared.findings import CellRef

_FUND_COLUMNS = (
    ("initial", "年初预算"),
    ("budget", "全年预算"),
    ("executed", "全年执行"),
    ("remainder", "结(转)余"),
    ("rate", "执行率"),
    ("weight", "分值"),
    ("score", "得分"),
)
_INDICATOR_COLUMNS = (
    ("group", "一级指标"),
    ("kind", "二级指标"),
    ("name", "三级指标"),
    ("name", "指标内容"),
    ("target", "调整后指标值"),
    ("target", "年度指标值"),
    ("first_target", "年初指标值"),
    ("actual", "实际完成值"),
    ("weight", "分值"),
    ("score", "得分"),
    ("reason", "偏差原因"),
)
_HEAD_ROWS = 4
_TOTAL_FUNDS = re.compile(r"资金总额|金额合计|^合计")
_GROUP_WEIGHT = re.compile(r"\((\d+)分\)")
_END_OF_FUNDS = ("年度总体目标", "年度绩效目标", "年度目标", "预期目标", "一级指标")


@dataclass(frozen=True)
class Line:
    """One line of a form: what it is called, its texts and its figures by column."""

    label: str
    group: str
    texts: dict[str, str]
    figures: dict[str, Term]
    row: int = 0
    columns: Mapping[str, int] = field(default_factory=dict)

    def value(self, column: str) -> Decimal | None:
        """The value of a column, or None where it holds no figure."""
        term = self.figures.get(column)
        return term.value if term is not None else None


@dataclass(frozen=True)
class Form:
    """One self-evaluation form."""

    index: int
    form: Assessment
    funds: tuple[Line, ...] = ()
    indicators: tuple[Line, ...] = ()
    total: Line | None = None
    group_weights: dict[str, Term] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """The form in the reader's words."""
        title, project = self.form.title or "绩效自评表", self.form.project or ""
        return f"{title}（{project}）" if project and fold(project) not in fold(title) else title

    def ref(self, line: Line, column: str) -> CellRef:
        """The cell of a line in one of its columns."""
        place = line.columns[column]
        cell = self.form.rows[line.row][place]
        return form_ref(FormCell(self.index, line.row, place, self.title, f"{line.label} {_NAMES[column]}", cell))

    @property
    def name_cell(self) -> CellRef | None:
        """The cell in which the project's name stands or should stand: the one behind its label."""
        for r, row in enumerate(self.form.rows[:_HEAD_ROWS]):
            label = next((c for c, cell in enumerate(row) if fold(cell.text).startswith("项目名称")), None)
            if label is not None:
                placed = [c for c in range(label + 1, len(row)) if row[c].text or row[c].bbox is not None]
                column = placed[0] if placed else label
                return form_ref(FormCell(self.index, r, column, self.title, "项目名称", row[column]))
        return None

    @property
    def all_funds(self) -> Line | None:
        """The line of all funds (年度资金总额, 金额合计)."""
        return next((line for line in self.funds if _TOTAL_FUNDS.search(fold(line.label))), None)

    @property
    def hides_a_weight(self) -> bool:
        """True where execution is scored but its weight is not printed, so that the weights seem to lack it."""
        funds = self.all_funds
        return funds is not None and "score" in funds.figures and "weight" not in funds.figures

    @property
    def sources(self) -> list[Line]:
        """The lines of single sources or tasks."""
        return [line for line in self.funds if line is not self.all_funds]


def forms_of(document: Document) -> list[Form]:
    """The self-evaluation forms of a document; target forms (绩效目标表) are none."""
    return [
        _read(index, form) for index, form in enumerate(document.assessments) if form.type.endswith("self_evaluation")
    ]


def _read(index: int, form: Assessment) -> Form:
    rows = form.rows
    titled = Form(index, form)
    fund_head = _head(rows, ("全年预算", "全年执行"))
    indicator_head = _head(rows, ("一级指标", "得分"))
    funds: list[Line] = []
    if fund_head is not None:
        columns = _columns(rows[fund_head], _FUND_COLUMNS)
        for r in range(fund_head + 1, indicator_head or len(rows)):
            if any(word in fold(cell.text) for cell in rows[r] for word in _END_OF_FUNDS):
                break
            line = _line(titled, r, columns, "")
            if any(key in line.figures for key in ("initial", "budget", "executed")):
                funds.append(line)
    indicators, total, weights = _indicators(titled, indicator_head)
    return Form(index, form, tuple(funds), tuple(indicators), total, weights)


def _indicators(form: Form, head: int | None) -> tuple[list[Line], Line | None, dict[str, Term]]:
    rows, group = form.form.rows, ""
    lines: list[Line] = []
    weights: dict[str, Term] = {}
    if head is None:
        return [], None, {}
    columns = _columns(rows[head], _INDICATOR_COLUMNS)
    for r in range(head + 1, len(rows)):
        first = next((fold(cell.text) for cell in rows[r] if cell.text.strip()), "")
        if first.startswith("总分"):
            return lines, _line(form, r, columns, ""), weights
        named = fold(rows[r][columns["group"]].text) if "group" in columns else ""
        if named:
            group = named
            if found := _GROUP_WEIGHT.search(named):
                place = Place("form", form.index, r, columns["group"])
                source = FormCell(form.index, r, columns["group"], form.title, named, rows[r][columns["group"]])
                weights[group] = exact_term(place, Decimal(found.group(1)), found.group(1), source)
        lines.append(_line(form, r, columns, group))
    return lines, None, weights


def _line(form: Form, r: int, columns: dict[str, int], group: str) -> Line:
    row = form.form.rows[r]
    texts = {key: row[column].text.strip() for key, column in columns.items()}
    label = texts.get("name") or _label(row[: columns.get("budget", columns.get("weight", len(row)))])
    figures = {key: term for key, column in columns.items() if (term := _term(form, r, column, key, label)) is not None}
    return Line(label, group, texts, figures, r, columns)


def _term(form: Form, r: int, column: int, key: str, label: str) -> Term | None:
    cell = form.form.rows[r][column]
    if cell.value is None or key in ("target", "first_target", "actual", "group", "kind", "name", "reason"):
        return None
    place = Place("form", form.index, r, column)
    source = FormCell(form.index, r, column, form.title, f"{label} {_NAMES[key]}".strip(), cell)
    if key in ("weight", "score"):
        return exact_term(place, cell.value, cell.text, source)
    return term_of(place, cell.text, cell.value, "%" if key == "rate" else "万元", source)


_NAMES = {
    "group": "一级指标",
    "kind": "二级指标",
    "name": "指标内容",
    "target": "指标值",
    "first_target": "年初指标值",
    "actual": "实际完成值",
    "reason": "偏差原因",
    "initial": "年初预算数",
    "budget": "全年预算数",
    "executed": "全年执行数",
    "remainder": "结余",
    "rate": "执行率",
    "weight": "分值",
    "score": "得分",
}


def _label(cells: Sequence[Cell]) -> str:
    """The words of a line before its figures."""
    words = [cell.text.strip() for cell in cells if cell.value is None and not is_dash(cell.text)]
    return " ".join(word for word in words if word)


def _head(rows: Sequence[Sequence[Cell]], words: Sequence[str]) -> int | None:
    """The first row that has a cell for each of the words."""
    for r, row in enumerate(rows):
        texts = [fold(cell.text) for cell in row]
        if all(any(word in text for text in texts) for word in words):
            return r
    return None


def _columns(head: Sequence[Cell], names: Sequence[tuple[str, str]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for key, word in names:
        column = next(_matching(head, word), None)
        if column is not None:
            found.setdefault(key, column)
    return found


def _matching(head: Sequence[Cell], word: str) -> Iterator[int]:
    return (i for i, cell in enumerate(head) if word in fold(cell.text))


def cells_of(terms: Sequence[Term]) -> tuple[CellRef, ...]:
    """The cells of a form in which figures stand."""
    return tuple(form_ref(term.source) for term in terms if isinstance(term.source, FormCell))
