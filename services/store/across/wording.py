"""From broken relations between documents to findings: one cause, one finding, with cells in both documents."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from services.store.across.judge import Compared, Operand
from shared.findings import SEVERITIES, Cause, CellRef, Finding, Quote, Text
from shared.interval import ZERO, decimals_of

_MOST_PARTS = 8
_MOST_PLACES = 12
_MOST_DECIMALS = 4
DOUBT = Cause(
    kind="reading_doubt",
    explanation=Text(
        zh="疑似抽取问题：此处读取把握不足，请先核对原件，不能据此认定填报有误。",
        en="Probably our reading: this place was hard to read. Look at the page before blaming the filing.",
    ),
)


def findings_of(compared: Iterable[Compared]) -> list[Finding]:
    """The findings of broken relations. Relations of one rule that miss by the same amount have one cause."""
    causes: dict[tuple[str, Decimal], list[Compared]] = {}
    for one in compared:
        if one.outcome == "fail":
            causes.setdefault((one.rule.id, abs(one.difference)), []).append(one)
    return [_finding(group) for group in causes.values()]


def _finding(group: Sequence[Compared]) -> Finding:
    lead = min(group, key=lambda one: (SEVERITIES.index(one.severity), -len(one.left[0].figure.address)))
    shown = [one for compared in (lead, *group) for one in compared.operands if one.figure.text]
    operands = list({_place(one): one for one in shown}.values())[:_MOST_PLACES]
    words = _words(lead)
    zh, en = _tolerance(lead)
    doubt = any(one.figure.doubtful for one in lead.operands)
    return Finding(
        rule=lead.rule.id,
        severity=lead.severity,
        title=lead.rule.title,
        message=Text(
            zh=f"{lead.rule.message.zh.format_map(words)}。{zh}", en=f"{lead.rule.message.en.format_map(words)}. {en}"
        ),
        cells=tuple(ref for one in operands if (ref := _cell(one)) is not None),
        quotes=tuple(said for one in operands if (said := _quote(one)) is not None),
        expected=_amount(_expected(lead), lead),
        difference=_amount(lead.difference, lead),
        causes=(DOUBT,) if doubt else (),
    )


def _place(one: Operand) -> tuple[object, ...]:
    figure = one.figure
    return (one.party.document_id, figure.table, figure.row, figure.column, figure.fact)


def _words(one: Compared) -> dict[str, str]:
    first = one.left[0].figure
    return {
        "place": first.label,
        "left": _listed(one.left),
        "right": _listed(one.right),
        "sum": _amount(_expected(one), one),
        "difference": _amount(abs(one.difference), one),
        "unit": first.unit,
        "count": str(one.units),
    }


def _expected(one: Compared) -> Decimal:
    """What the relation gives for the counterpart's figure, or for the document's where it adds several up."""
    values = one.right if len(one.left) == 1 else one.left
    return sum((each.weight * (each.figure.value or ZERO) * each.figure.scale for each in values), ZERO)


def _listed(operands: Sequence[Operand]) -> str:
    shown = [(one.weight, one.figure.text) for one in operands if one.figure.text]
    parts = [text if weight > 0 or text.startswith("-") else f"({text})" for weight, text in shown[:_MOST_PARTS]]
    signs = ["" if number == 0 else " + " if shown[number][0] > 0 else " − " for number in range(len(parts))]
    listed = "".join(sign + part for sign, part in zip(signs, parts, strict=True))
    return (f"{listed} + …" if len(shown) > _MOST_PARTS else listed) or "空白"


def _amount(value: Decimal, one: Compared) -> str:
    """A value in the unit of the document's figure, as text."""
    first = one.left[0].figure
    in_unit = (value / first.scale).normalize()
    decimals = decimals_of(first.value) if first.value is not None else 2
    places = min(max(decimals, decimals_of(in_unit)), _MOST_DECIMALS)
    return f"{in_unit.quantize(Decimal(1).scaleb(-places)):f}"


def _tolerance(one: Compared) -> tuple[str, str]:
    """How much rounding could explain, and what remains."""
    printed = [each.figure for each in one.operands if each.figure.value is not None]
    slack = sum((figure.step for figure in printed), ZERO) / 2
    most, gap, unit = _amount(slack, one), _amount(one.gap, one), one.left[0].figure.unit
    return (
        f"{len(printed)} 个数四舍五入的尾差最多 {most}{unit}，尚有 {gap}{unit} 无法解释。",
        f"Rounding of {len(printed)} figures explains at most {most} {unit}; {gap} {unit} remain.",
    )


def _label(one: Operand) -> str:
    return f"{one.party.unit_name} {one.party.fiscal_year} · {one.figure.label}"


def _cell(one: Operand) -> CellRef | None:
    figure = one.figure
    if figure.table is None or figure.row is None or figure.column is None:
        return None
    return CellRef(
        table=figure.table, row=figure.row, column=figure.column, text=figure.text, page=figure.page, bbox=figure.bbox,
        label=_label(one), document_id=one.party.document_id,
    )  # fmt: skip


def _quote(one: Operand) -> Quote | None:
    figure = one.figure
    if figure.quote is None:
        return None
    return Quote(text=figure.quote, page=figure.page, fact=figure.fact, document_id=one.party.document_id)
