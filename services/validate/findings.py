"""From repairs and faults to findings: one cause, one finding, with its likeliest cause first."""

from collections.abc import Iterable, Sequence

from services.validate.asserted import Asserted
from services.validate.book import Book
from services.validate.causes import causes_of
from services.validate.diagnosis import Repair
from services.validate.omissions import Printed
from services.validate.results import Fault
from services.validate.rulebook import Rule
from services.validate.terms import Term
from services.validate.wording import amount, cell_ref, details, expected, quote, tolerance
from shared.document import Document
from shared.findings import SEVERITIES, Cause, Finding, Text

DOUBT = Cause(
    kind="reading_doubt",
    explanation=Text(
        zh="疑似抽取问题：此处读取把握不足，请先核对原件，不能据此认定填报有误。",
        en="Probably our reading: this place was hard to read. Look at the page before blaming the filing.",
    ),
)


def finding_of_repair(repair: Repair, book: Book, printed: Printed) -> Finding:
    """The finding of one cause: its gravest broken relation speaks, the others are listed under `also`."""
    lead = min(repair.broken, key=lambda one: (SEVERITIES.index(one.severity), -one.gap / one.coarsest))
    suspects = [term for term, _ in repair.cells]
    also = tuple(dict.fromkeys(one.rule.id for one in repair.broken if one.rule.id != lead.rule.id))
    causes = causes_of(repair, lead, printed, book.document)
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


def _shown(one: Asserted) -> list[Term]:
    """The figures of a relation that a finding points at: the subject first, blanks left out."""
    rest = [term for term in one.claim.relation.terms if not term.blank and term.place != one.claim.subject.place]
    return [one.claim.subject, *rest]
