"""The words of findings: where a figure stands, what was expected, and how much rounding could explain."""

from collections.abc import Sequence
from decimal import Decimal

from services.validate.asserted import Asserted
from services.validate.relations import Balance, Rate
from services.validate.terms import FormCell, Source, Term
from shared.document import Document, Fact, Table
from shared.figures import Figure
from shared.findings import CellRef, Quote, Text
from shared.interval import decimals_of

_MOST_PARTS = 8
_MOST_DECIMALS = 4


def table_name(table: Table) -> str:
    """A table in the reader's words: its printed number and title."""
    return " ".join(part for part in (table.number, table.title or table.type) if part)


def label(term: Term, document: Document) -> str:
    """Where a figure stands, in the reader's words: table, row, column; or section of the narrative."""
    source = term.source
    if isinstance(source, Fact):
        return f"正文「{source.subject}」" if source.subject else "正文"
    if isinstance(source, FormCell):
        return label_of_form(source)
    table = document.tables[source.table]
    path = table.columns[source.column] if source.column < len(table.columns) else ()
    row = " ".join(dict.fromkeys(part for part in (_code(source), source.row_name) if part))
    return " · ".join(part for part in (table_name(table), row, "/".join(dict.fromkeys(path))) if part)


def _code(figure: Figure) -> str:
    return figure.row_key if figure.is_code else ""


def cell_ref(term: Term, document: Document) -> CellRef | None:
    """The reference of a table's or form's cell; None for a figure of the narrative."""
    figure = term.source
    if isinstance(figure, FormCell):
        return form_ref(figure)
    if not isinstance(figure, Figure):
        return None
    cell = figure.cell
    return CellRef(
        table=figure.table, row=figure.row, column=figure.column, text=cell.text, page=cell.page, bbox=cell.bbox,
        label=label(term, document),
    )  # fmt: skip


def form_ref(source: FormCell) -> CellRef:
    """The reference of a form's cell."""
    cell = source.cell
    return CellRef(
        table=-1, assessment=source.form, row=source.row, column=source.column, text=cell.text, page=cell.page,
        bbox=cell.bbox, label=label_of_form(source),
    )  # fmt: skip


def quote(term: Term) -> Quote | None:
    """The clause of a figure of the narrative; None for a cell."""
    source = term.source
    return Quote(text=source.quote, page=source.page, fact=term.place.of) if isinstance(source, Fact) else None


def label_of_form(source: FormCell) -> str:
    """A form's cell in the reader's words."""
    return f"{source.title} · {source.label}"


def amount(value: Decimal, term: Term) -> str:
    """A computed value in a term's unit, with at least its printed decimals, as text."""
    in_unit = (value * term.sign / term.unit).normalize()
    printed = decimals_of(term.value / term.unit) if not term.blank else 2
    places = min(max(printed, decimals_of(in_unit)), _MOST_DECIMALS)
    return f"{in_unit.quantize(Decimal(1).scaleb(-places)):f}"


def details(one: Asserted, document: Document) -> dict[str, str]:
    """What a message may name of a broken claim."""
    relation, subject = one.claim.relation, one.claim.subject
    source = subject.source
    left, right = _sides(relation)
    return {
        "left": _listed(left).rstrip("%％") if isinstance(relation, Rate) else _listed(left),
        "right": _listed(right),
        "parts": _worked_out(relation) if isinstance(relation, Rate) else _parts(right, document),
        "sum": _computed(one),
        "difference": amount(abs(one.difference), subject).lstrip("-"),
        "row": _row(source),
        "column": _column(subject, document),
        "table": _table(source, document),
        "place": label(subject, document),
        "other": label(right[0], document) if right else "",
        "unit": subject.unit_name,
        **one.claim.details,
    }


def tolerance(one: Asserted) -> Text:
    """How much rounding could explain, and what remains."""
    relation, subject = one.claim.relation, one.claim.subject
    gap = amount(one.gap, subject)
    if isinstance(relation, Rate):
        low, high = sorted((relation.computed.low * subject.sign, relation.computed.high * subject.sign))
        span = _span(low, high)
        return Text(
            zh=f"按四舍五入前的可能取值，比率应在 {span} 之间，尚差 {gap} 个百分点无法解释。",
            en=f"With every possible rounding the rate lies within {span}; {gap} points remain.",
        )
    terms = [term for term in relation.terms if not term.blank]
    slack = sum((term.interval.high - term.interval.low for term in terms), Decimal(0)) / 2
    if not slack:
        return Text(zh="这些数未经四舍五入，应当完全相符。", en="These figures are not rounded and must agree exactly.")
    most, unit = amount(slack, subject), subject.unit_name
    return Text(
        zh=f"{len(terms)} 个数四舍五入的尾差最多 {most}{unit}，尚有 {gap}{unit}无法解释。",
        en=f"Rounding of {len(terms)} figures explains at most {most} {unit}; {gap} {unit} remain.",
    )


def _span(low: Decimal, high: Decimal) -> str:
    """From one rate to another, with as many decimals as tell them apart."""
    steps = [Decimal(1).scaleb(-places) for places in range(3, 9)]
    step = next((step for step in steps if low.quantize(step) != high.quantize(step)), steps[0])
    return f"{low.quantize(step)}%–{high.quantize(step)}%"


def expected(one: Asserted) -> str:
    """What the other figures give for the subject, in its unit."""
    return _computed(one)


def _computed(one: Asserted) -> str:
    relation, subject = one.claim.relation, one.claim.subject
    if isinstance(relation, Rate):
        return f"{(relation.computed.middle * relation.percent.sign).quantize(relation.percent.step):f}"
    rest = sum((term.value for term in relation.left if term.place != subject.place), Decimal(0))
    return amount(sum((term.value for term in relation.right), Decimal(0)) - rest, subject)


def _worked_out(relation: Rate) -> str:
    part, base = relation.part.text, relation.base.text
    if relation.beyond:
        return f"{part} ÷ {base} − 1"
    if not relation.growth:
        return f"{part} ÷ {base}"
    year_before = amount(relation.base.value - relation.part.value, relation.base)
    return f"{part} ÷ 上年数 {year_before}"


def _sides(relation: Balance | Rate) -> tuple[Sequence[Term], Sequence[Term]]:
    if isinstance(relation, Rate):
        return (relation.percent,), (relation.part, relation.base)
    return relation.left, relation.right


def _listed(terms: Sequence[Term]) -> str:
    """Printed figures joined as a sum; blanks are left out, a long list is cut."""
    shown = [term.text for term in terms if not term.blank]
    cut = [*shown[:_MOST_PARTS], "…"] if len(shown) > _MOST_PARTS else shown
    return " + ".join(cut) or "空白"


def _parts(terms: Sequence[Term], document: Document) -> str:
    """The figures that add up; of one alone where it stands, for its amount is told already."""
    return _listed(terms) if len(terms) != 1 else label(terms[0], document)


def _row(source: Source) -> str:
    if isinstance(source, Fact):
        return source.subject
    return source.label if isinstance(source, FormCell) else source.row_name or source.row_key


def _table(source: Source, document: Document) -> str:
    if isinstance(source, Fact):
        return "正文"
    return source.title if isinstance(source, FormCell) else table_name(document.tables[source.table])


def _column(term: Term, document: Document) -> str:
    figure = term.source
    if not isinstance(figure, Figure):
        return ""
    columns = document.tables[figure.table].columns
    return "/".join(dict.fromkeys(columns[figure.column])) if figure.column < len(columns) else figure.column_key
