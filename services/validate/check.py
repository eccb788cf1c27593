"""Check a document: every rule that applies, its outcomes counted one by one, and the findings with their causes."""

import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from services.validate.asserted import Asserted, by_place
from services.validate.book import Book
from services.validate.checks import is_of_tables, results_of
from services.validate.diagnosis import Diagnosis
from services.validate.findings import finding_in_doubt, finding_of_fault, finding_of_repair
from services.validate.omissions import Printed
from services.validate.results import Agreed, Claim, Fault, Result, Unclear
from services.validate.rulebook import Rule, Rulebook, RuleFile
from services.validate.slips import likelihood
from services.validate.terms import Place, Term
from shared.document import Document
from shared.findings import SEVERITIES, Finding, Outcome, OutcomeKind, Summary, UnclearReason, Verdict

logger = logging.getLogger(__name__)

_Counted = tuple[str, OutcomeKind, UnclearReason | None]


@dataclass
class _Tally:
    """What the rules said, collected."""

    counts: Counter[_Counted] = field(default_factory=Counter)
    asserted: list[Asserted] = field(default_factory=list)
    broken: list[Asserted] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    foreign: dict[str, set[str]] = field(default_factory=dict)
    """Rules about what another edition prints, and what that is."""

    def count(self, rule: Rule, outcome: OutcomeKind, reason: UnclearReason | None = None) -> None:
        self.counts[rule.id, outcome, reason] += 1


def check_document(document: Document, rulebook: Rulebook) -> Verdict:
    """Check a document with every rule that applies to its kind, scope and year."""
    return verdict_of(Book(document, rulebook.layouts), applicable(document, rulebook), rulebook.version)


def verdict_of(book: Book, rules: Sequence[Rule], pack_version: str = "") -> Verdict:
    """The verdict of some rules on a document."""
    tally = _Tally()
    for rule in rules:
        _judge(rule, book, tally)
    for other in book.others:
        for rule in filter(is_of_tables, rules):
            _judge(rule, other, tally, only_printed=True)
    tally.findings.extend(_explain(tally, book))
    tally.findings.sort(key=_order)
    return Verdict(summary=_summary(tally, book.document, pack_version), findings=tuple(tally.findings))


def applicable(document: Document, rulebook: Rulebook) -> list[Rule]:
    """The rules for a document's kind, scope and year; what is unknown excludes nothing."""
    return [rule for one in rulebook.files if _kind_fits(one, document) for rule in one.rules if _fits(rule, document)]


def _kind_fits(one: RuleFile, document: Document) -> bool:
    return one.kind == "any" or document.kind in (one.kind, "unknown")


def _fits(rule: Rule, document: Document) -> bool:
    year = document.fiscal_year
    in_years = year is None or (rule.since <= year and (rule.until is None or year <= rule.until))
    return in_years and (document.scope == "unknown" or document.scope in rule.scopes)


def _judge(rule: Rule, book: Book, tally: _Tally, *, only_printed: bool = False) -> None:
    """Run one rule. A rule that crashes says so of itself, and the others go on.

    `only_printed`: what is not there is not missed, as with the further sets of tables.
    """
    try:
        results = list(results_of(rule, book))
    except Exception:  # the one place where a rule's own bug must not cost the document its verdict
        logger.exception("rule failed", extra={"rule": rule.id})
        tally.count(rule, "unclear", "rule_failed")
        return
    if only_printed:
        results = [one for one in results if not isinstance(one, Unclear)]
    elif results and all(isinstance(one, Unclear) and one.reason == "not_applicable" for one in results):
        tally.foreign[rule.id] = {one.what for one in results if isinstance(one, Unclear)}
    spoken = False
    for result in results:
        spoken |= _take(rule, result, book, tally)
    if results and not spoken:
        tally.count(rule, "pass")  # the table is printed and blank wherever the rule looks: 0 = 0


def _take(rule: Rule, result: Result, book: Book, tally: _Tally) -> bool:
    """Count one result; False where it compares only blanks."""
    match result:
        case Unclear(reason="not_applicable"):
            return True  # an identity of another edition is none of this document's
        case Unclear(reason=reason):
            tally.count(rule, "unclear", reason)
        case Agreed():
            tally.count(rule, "pass")
        case Fault():
            tally.findings.append(finding_of_fault(rule, result))
            tally.count(rule, "unclear" if result.doubtful else "fail", "not_readable" if result.doubtful else None)
        case Claim(relation=relation):
            if all(term.blank for term in relation.terms):
                tally.asserted.append(Asserted(rule, result, relation.gap()))
                return False
            _judge_claim(Asserted(rule, result, relation.gap()), book, tally)
    return True


def _judge_claim(one: Asserted, book: Book, tally: _Tally) -> None:
    if not one.gap:
        tally.asserted.append(one)
        tally.count(one.rule, "pass")
    elif any(book.doubtful(term) for term in one.claim.relation.terms):
        tally.findings.append(finding_in_doubt(one, book))
        tally.count(one.rule, "unclear", "not_readable")
    else:
        tally.asserted.append(one)
        tally.broken.append(one)
        tally.count(one.rule, "fail")


def _explain(tally: _Tally, book: Book) -> Iterator[Finding]:
    if not tally.broken:
        return
    terms: dict[Place, Term] = {t.place: t for one in tally.asserted for t in one.claim.relation.terms}
    printed = Printed(terms.values())
    for repair in Diagnosis(by_place(tally.asserted), printed, likelihood).repairs(tally.broken):
        yield finding_of_repair(repair, book, printed)


def _order(finding: Finding) -> tuple[int, int, bool, str]:
    """Gravest first, then in the order of the pages; on a page first what a cause is known of."""
    pages = [*(cell.page for cell in finding.cells), *(quote.page for quote in finding.quotes)]
    first = min((page for page in pages if page is not None), default=0)
    return SEVERITIES.index(finding.severity), first, not finding.causes, finding.rule


def _summary(tally: _Tally, document: Document, pack_version: str) -> Summary:
    by_outcome: Counter[OutcomeKind] = Counter()
    for (_, outcome, _), count in tally.counts.items():
        by_outcome[outcome] += count
    types = {what for found in tally.foreign.values() for what in found if what and "/" not in what}
    return Summary(
        not_applicable=len(tally.foreign),
        tables_of_other_editions=tuple(sorted(types)),
        rules=sum(by_outcome.values()),
        pass_=by_outcome["pass"],
        fail=by_outcome["fail"],
        unclear=by_outcome["unclear"],
        outcomes=tuple(
            Outcome(rule=rule, outcome=outcome, reason=reason, count=count)
            for (rule, outcome, reason), count in tally.counts.items()
        ),
        reader_version=document.reader_version,
        pack_version=pack_version,
    )
