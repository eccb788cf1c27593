"""One document against its counterparts: every relation agrees, does not, or cannot be told, with its reason.

The arithmetic is that of the rules inside a document: a printed figure stands for an interval, and a relation is broken
only where no true values inside the intervals satisfy it (`shared.interval`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from services.store.across.extract import Extract, Printed
from services.store.across.rulebook import Figure, Pair, Rule
from services.store.naming import bare_key, unit_key
from shared.findings import SEVERITIES, OutcomeKind, Severity
from shared.interval import ZERO, total

Reason = Literal["not_filed", "not_printed", "not_readable", "not_applicable", "not_extracted"]
"""Why a relation cannot be told: the counterpart is not there (`not_filed`), or a figure of either document."""
_TWO = Decimal(2)


@dataclass(frozen=True)
class Party:
    """One document that takes part: the extract of its figures, and what it is."""

    document_id: str
    unit_name: str
    fiscal_year: int
    figures: Mapping[str, Printed]
    told: tuple[Printed, ...] = ()
    """What it says of its units."""
    members: tuple[str, ...] = ()


def party_of(document_id: str, unit_name: str, fiscal_year: int, extract: Extract) -> Party:
    """A party as the comparison sees it."""
    told = tuple(figure for figure in extract.figures if figure.member is not None)
    return Party(document_id, unit_name, fiscal_year, extract.by_address, told, extract.members)


@dataclass(frozen=True)
class Operand:
    """A printed figure of one of the documents, added or taken away."""

    figure: Printed
    weight: int
    party: Party


@dataclass(frozen=True)
class Compared:
    """One relation, judged."""

    rule: Rule
    outcome: OutcomeKind
    left: tuple[Operand, ...] = ()
    right: tuple[Operand, ...] = ()
    gap: Decimal = ZERO
    reason: Reason | None = None
    what: str = ""
    """What is missing, where the outcome is unclear."""
    units: int = 0

    @property
    def operands(self) -> tuple[Operand, ...]:
        """All figures, those of the document first."""
        return (*self.left, *self.right)

    @property
    def difference(self) -> Decimal:
        """Left less right as printed, in yuan."""
        return _value(self.left) - _value(self.right)

    @property
    def coarsest(self) -> Decimal:
        """One unit of the coarsest figure's last place, in yuan."""
        return max((one.figure.step for one in self.operands), default=ZERO) or Decimal(1)

    @property
    def severity(self) -> Severity:
        """How serious a broken relation is, by how far it misses (docs/checking.md); in doubt, information only."""
        if self.gap < self.coarsest or any(one.figure.doubtful for one in self.operands):
            return "info"
        restates = len(self.operands) == 2
        off = (abs(self.difference) if restates else self.gap) / self.coarsest
        return max("warning" if off <= _TWO else "error", self.rule.severity, key=SEVERITIES.index)


def _value(operands: Sequence[Operand]) -> Decimal:
    return sum((one.weight * (one.figure.value or ZERO) * one.figure.scale for one in operands), ZERO)


def judge(rule: Rule, subject: Party, others: Sequence[Party], missing: Sequence[str]) -> Iterator[Compared]:
    """What a rule says of a document and its counterparts; `missing` names counterparts that are not there."""
    if missing or not others:
        yield Compared(rule, "unclear", reason="not_filed", what="、".join(missing))
        return
    if rule.counterpart == "each_unit":
        yield from _each_unit(rule, subject, others)
        return
    for address in rule.unless:
        if any((figure := one.figures.get(address)) is not None and figure.value for one in others):
            yield Compared(rule, "unclear", reason="not_applicable", what=address)
            return
    for pair in rule.pairs:
        for code in _codes(rule, pair, subject, others):
            yield _judge(rule, pair, code, subject, others)


def _codes(rule: Rule, pair: Pair, subject: Party, others: Sequence[Party]) -> Sequence[str | None]:
    """The codes of a relation that holds for every code; one that has none is asked once."""
    coded = [figure for figure in pair.left if figure.is_coded]
    if not coded:
        return [None]
    found = _codes_at(coded[0].address, subject)
    if rule.absent_is_zero:
        found |= {code for one in others for figure in pair.right for code in _codes_at(figure.address, one)}
    return sorted(found)


def _codes_at(address: str, party: Party) -> set[str]:
    before, _, behind = address.partition("codes")
    return {
        key[len(before) : len(key) - len(behind)]
        for key in party.figures
        if key.startswith(before) and key.endswith(behind) and key[len(before) : len(key) - len(behind)].isdecimal()
    }


def _judge(rule: Rule, pair: Pair, code: str | None, subject: Party, others: Sequence[Party]) -> Compared:
    left = [_operand(rule, figure, code, subject) for figure in pair.left]
    right = [_operand(rule, figure, code, one) for one in others for figure in pair.right]
    return _compared(rule, left, right, len(others))


def _each_unit(rule: Rule, subject: Party, others: Sequence[Party]) -> Iterator[Compared]:
    """What a department says of each of its units, against that unit's own document."""
    if not subject.told:
        yield Compared(rule, "unclear", reason="not_printed", what=rule.pairs[0].left[0].address)
    for figure in subject.told:
        unit = next((one for one in others if names_same(one.unit_name, figure.member or "")), None)
        if unit is None:
            yield Compared(rule, "unclear", reason="not_filed", what=figure.member or "")
            continue
        left: list[Operand | str] = [Operand(figure, 1, subject)]
        yield _compared(rule, left, [_operand(rule, one, None, unit) for one in rule.pairs[0].right], 1)


def names_same(unit_name: str, member: str) -> bool:
    """True where a document's unit is the one that a list names: 本级 often files under the bureau's bare name."""
    key, wanted = unit_key(unit_name), unit_key(member)
    return key == wanted or (wanted.endswith("本级") and key == bare_key(member))


def _operand(rule: Rule, figure: Figure, code: str | None, party: Party) -> Operand | str:
    """The figure at an address; its address where the document does not have it."""
    address = figure.of(code)
    found = party.figures.get(address)
    if found is not None:
        return Operand(found, figure.weight, party)
    if code is not None and rule.absent_is_zero and _is_read(figure.address, party):
        return Operand(Printed(address, "", None, "万元", address), figure.weight, party)
    return f"{party.unit_name} {address}"


def _is_read(address: str, party: Party) -> bool:
    table = address.split("/")[0]
    return any(key.startswith(f"{table}/") for key in party.figures)


def _compared(rule: Rule, left: Sequence[Operand | str], right: Sequence[Operand | str], units: int) -> Compared:
    missing = [one for one in (*left, *right) if isinstance(one, str)]
    if missing:
        return Compared(rule, "unclear", reason="not_printed", what="、".join(missing[:3]), units=units)
    lefts = tuple(one for one in left if isinstance(one, Operand))
    rights = tuple(one for one in right if isinstance(one, Operand))
    unread = next((one for one in (*lefts, *rights) if not one.figure.readable), None)
    if unread is not None:
        what = f"{unread.party.unit_name} {unread.figure.label}"
        return Compared(rule, "unclear", lefts, rights, reason="not_readable", what=what, units=units)
    low = total(one.figure.interval.times(Decimal(one.weight)) for one in lefts)
    high = total(one.figure.interval.times(Decimal(one.weight)) for one in rights)
    gap = low.gap(high)
    return Compared(rule, "fail" if gap else "pass", lefts, rights, gap, units=units)
