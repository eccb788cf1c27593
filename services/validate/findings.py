"""From repairs and faults to findings: one cause, one finding, with its likeliest cause first."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from services.validate.asserted import Asserted
from services.validate.book import Book
from services.validate.diagnosis import Repair
from services.validate.relations import Rate
from services.validate.results import Fault
from services.validate.rulebook import Rule
from services.validate.slips import likeliest, printed_elsewhere
from services.validate.terms import Place, Term
from services.validate.wording import amount, cell_ref, details, expected, label, quote, tolerance
from shared.document import Document
from shared.findings import SEVERITIES, Cause, Finding, Text
from shared.interval import Interval

DOUBT = Cause(
    kind="reading_doubt",
    explanation=Text(
        zh="疑似抽取问题：此处读取把握不足，请先核对原件，不能据此认定填报有误。",
        en="Probably our reading: this place was hard to read. Look at the page before blaming the filing.",
    ),
)


def finding_of_repair(repair: Repair, book: Book, terms: Sequence[Term]) -> Finding:
    """The finding of one cause: its gravest broken relation speaks, the others are listed under `also`."""
    lead = min(repair.broken, key=lambda one: (SEVERITIES.index(one.severity), -_weight(one)))
    suspects = [term for term, _ in repair.cells]
    causes = [_cause(term, box, book.document) for term, box in repair.cells] or _unlocated(lead, terms, book.document)
    also = tuple(dict.fromkeys(one.rule.id for one in repair.broken if one.rule.id != lead.rule.id))
    return _finding(lead, book.document, [*suspects, *_shown(lead)], causes, also)


def finding_in_doubt(one: Asserted, book: Book) -> Finding:
    """A broken relation whose figures are themselves in doubt: said, but as information only."""
    return _finding(one, book.document, _shown(one), [DOUBT], ()).model_copy(update={"severity": "info"})


def finding_of_fault(rule: Rule, fault: Fault) -> Finding:
    """The finding of a check without arithmetic."""
    doubt = (DOUBT,) if fault.doubtful else ()
    return Finding(
        rule=rule.id,
        severity="info" if fault.doubtful else fault.severity or rule.severity,
        title=rule.title,
        message=Text(zh=rule.message.zh.format_map(fault.details), en=rule.message.en.format_map(fault.details)),
        cells=fault.cells,
        quotes=fault.quotes,
        expected=fault.expected,
        causes=doubt,
    )


def _finding(
    one: Asserted, document: Document, terms: Iterable[Term], causes: Sequence[Cause], also: tuple[str, ...]
) -> Finding:
    words = details(one, document)
    explained = tolerance(one)
    unique = list({term.place: term for term in terms}.values())
    cells = [ref for term in unique if (ref := cell_ref(term, document)) is not None]
    quotes = [said for term in unique if (said := quote(term)) is not None]
    return Finding(
        rule=one.rule.id,
        severity=one.severity,
        title=one.rule.title,
        message=Text(
            zh=f"{one.rule.message.zh.format_map(words)}{_stop(one.rule.message.zh)}{explained.zh}",
            en=f"{one.rule.message.en.format_map(words)}. {explained.en}",
        ),
        cells=tuple(cells),
        quotes=tuple({said.text: said for said in quotes}.values()),
        expected=expected(one),
        difference=amount(one.difference, one.claim.subject),
        causes=tuple(causes),
        also=also,
    )


def _stop(text: str) -> str:
    return "" if text.endswith(("。", "？")) else "。"


def _weight(one: Asserted) -> Decimal:
    return one.gap / one.coarsest


def _shown(one: Asserted) -> list[Term]:
    """The figures of a relation that a finding points at: the subject first, blanks left out."""
    rest = [term for term in one.claim.relation.terms if not term.blank and term.place != one.claim.subject.place]
    return [one.claim.subject, *rest]


def _cause(term: Term, box: Interval, document: Document) -> Cause:
    """One suspected cell, what should probably stand there, and how the slip may have happened."""
    slip, value = likeliest(term, box)
    proposed = f"{value:f}" if value is not None else None
    where, printed = label(term, document), term.text or "空白"
    should_zh = f"，应为 {proposed}{term.unit_name}" if proposed else ""
    should_en = f", should read {proposed} {term.unit_name}" if proposed else ""
    return Cause(
        kind=slip.kind,
        explanation=Text(
            zh=f"最可能是「{where}」有误：印为 {printed}{should_zh}（{slip.text.zh}）。",
            en=f"Most likely {where} is wrong: printed {term.text or 'blank'}{should_en} ({slip.text.en}).",
        ),
        cell=cell_ref(term, document),
        proposed=proposed,
    )


def _unlocated(one: Asserted, terms: Sequence[Term], document: Document) -> list[Cause]:
    """Causes of a broken relation no single cell of which can be the slip."""
    relation = one.claim.relation
    if isinstance(relation, Rate):
        return [_wrong_base(one)] if _takes_current_base(relation) else []
    own: set[Place] = set(one.places)
    causes = [_printed_twin(one, twin, document) for twin in [_twin(one, terms, own)] if twin]
    if not relation.at_most and len(relation.right) > 1:
        difference = amount(abs(one.difference), one.claim.subject)
        more = one.difference > 0
        causes.append(
            Cause(
                kind="missing_row" if more else "surplus_row",
                explanation=Text(
                    zh=f"各单元格与其他表均一致，可能{'漏列' if more else '多列'}了金额为 {difference} 的一项。",
                    en=f"Every cell agrees with the other tables: a line of {difference} may be "
                    f"{'missing' if more else 'printed too many'}.",
                ),
                proposed=difference,
            )
        )
    return causes


def _twin(one: Asserted, terms: Sequence[Term], own: set[Place]) -> Term | None:
    return printed_elsewhere(one.difference, [term for term in terms if term.place not in own])


def _printed_twin(one: Asserted, twin: Term, document: Document) -> Cause:
    where = label(twin, document)
    return Cause(
        kind="printed_elsewhere",
        explanation=Text(
            zh=f"差额 {amount(abs(one.difference), one.claim.subject)} 恰等于「{where}」所印的 {twin.text}。",
            en=f"The difference {amount(abs(one.difference), one.claim.subject)} is printed at {where}.",
        ),
        cell=cell_ref(twin, document),
    )


def _takes_current_base(relation: Rate) -> bool:
    """True where a growth rate was taken of this year's figure instead of last year's."""
    if not relation.growth:
        return False
    return Rate(relation.percent, relation.part, relation.base).gap() == 0


def _wrong_base(one: Asserted) -> Cause:
    right = expected(one)
    return Cause(
        kind="wrong_base",
        explanation=Text(
            zh=f"增减率似以本年数为基数计算；应以上年数为基数，约为 {right}%。",
            en=f"The rate seems to take this year's figure as its base; of last year's it is about {right}%.",
        ),
        proposed=right,
    )
