"""Likely causes in words, the likeliest first: one cell, a value in a wrong column, a line left out."""

from services.validate.asserted import Asserted
from services.validate.diagnosis import Repair
from services.validate.omissions import Printed
from services.validate.relations import Balance
from services.validate.slips import likeliest
from services.validate.terms import Term
from services.validate.wording import amount, cell_ref, label
from shared.document import Document
from shared.findings import Cause, Text
from shared.interval import Interval


def causes_of(repair: Repair, lead: Asserted, printed: Printed, document: Document) -> list[Cause]:
    """The causes of one repair. `lead` is the broken relation that the finding speaks of."""
    if repair.elsewhere is not None:
        return [_left_out(repair.elsewhere, document)]
    if moved := _moved(repair, document):
        return [moved]
    if repair.cells:
        return [_one_cell(term, box, repair, document) for term, box in repair.cells]
    return _unlocated(lead, printed, document)


def _one_cell(term: Term, box: Interval, repair: Repair, document: Document) -> Cause:
    """One suspected cell, what should probably stand there, and how the slip may have happened."""
    slip, value = likeliest(term, box, repair.broken)
    proposed = f"{value * term.sign:f}" if value is not None else None
    where = label(term, document)
    should_zh = f"，应为 {proposed}{term.unit_name}" if proposed else ""
    should_en = f", should read {proposed} {term.unit_name}" if proposed else ""
    others = repair.rivals
    sure_zh, sure_en = ("可能", "Perhaps") if others else ("最可能", "Most likely")
    more_zh = f"，另有 {others} 处同样可能" if others else ""
    more_en = f"; {others} other cells are as likely" if others else ""
    printed = term.text or "空白"
    return Cause(
        kind=slip.kind,
        explanation=Text(
            zh=f"{sure_zh}是{_named(where)}有误：印为 {printed}{should_zh}（{slip.text.zh}）{more_zh}。",
            en=f"{sure_en} {where} is wrong: printed {term.text or 'blank'}{should_en} ({slip.text.en}){more_en}.",
        ),
        cell=cell_ref(term, document),
        proposed=proposed,
    )


def _named(where: str) -> str:
    """A place in brackets; that of the text has its own."""
    return where if where.startswith("正文") else f"「{where}」"


def _moved(repair: Repair, document: Document) -> Cause | None:
    """A value that stands one or more columns beside its place: one cell of the row lacks what another has too much."""
    if len(repair.cells) != 2:
        return None
    (one, one_box), (other, _) = sorted(repair.cells, key=lambda cell: cell[0].value != 0)
    if one.value or not other.value or other.value not in one_box:
        return None
    here, there = label(one, document), label(other, document)
    return Cause(
        kind="wrong_column",
        explanation=Text(
            zh=f"最可能是金额 {other.text} 填错了列：应填在「{here}」，却填在「{there}」。",
            en=f"Most likely {other.text} stands in the wrong column: it belongs to {here}, not to {there}.",
        ),
        cell=cell_ref(one, document),
        proposed=f"{other.value / one.unit:f}",
    )


def _left_out(elsewhere: Term, document: Document) -> Cause:
    where = label(elsewhere, document)
    return Cause(
        kind="missing_row",
        explanation=Text(
            zh=f"最可能是漏列一行：「{where}」印有 {elsewhere.text}，本表没有该科目。",
            en=f"Most likely a line is left out: {where} prints {elsewhere.text}; this table has no such code.",
        ),
        cell=cell_ref(elsewhere, document),
        proposed=elsewhere.text,
    )


def _unlocated(one: Asserted, printed: Printed, document: Document) -> list[Cause]:
    """Causes of a broken relation no single cell of which can be the slip."""
    relation = one.claim.relation
    restates = len(relation.terms) == 2 and one.rule.check.kind != "hierarchy"
    if not isinstance(relation, Balance) or relation.at_most or restates:
        return []
    difference, twin = amount(abs(one.difference), one.claim.subject), printed.twin(one)
    kind, zh, en = (
        ("missing_row", "漏列", "missing") if one.difference > 0 else ("surplus_row", "多列", "printed twice")
    )
    causes = [
        Cause(
            kind=kind,
            explanation=Text(
                zh=f"各单元格与其他表均一致，可能{zh}了金额为 {difference} 的一项。",
                en=f"Every cell agrees with the other tables: a line of {difference} may be {en}.",
            ),
            proposed=difference,
        )
    ]
    if twin is not None:
        where = label(twin, document)
        explanation = Text(
            zh=f"差额 {difference} 恰等于「{where}」所印的 {twin.text}。",
            en=f"The difference {difference} is printed at {where}.",
        )
        causes.append(Cause(kind="printed_elsewhere", explanation=explanation, cell=cell_ref(twin, document)))
    return causes
