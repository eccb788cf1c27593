"""What a rule says: relations to be judged, things that cannot be told, faults found, agreements."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from services.validate.relations import Relation
from services.validate.terms import Term
from shared.findings import CellRef, Quote, Severity, UnclearReason


@dataclass(frozen=True, slots=True)
class Unclear:
    """The rule cannot tell, and why; `what` names the table, row, column or sentence in the reader's words."""

    reason: UnclearReason
    what: str = ""


@dataclass(frozen=True, slots=True)
class Agreed:
    """One single check that needs no figures and passed."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One single check that needs no arithmetic and failed. `details` fill the rule's message."""

    details: Mapping[str, str]
    cells: tuple[CellRef, ...] = ()
    quotes: tuple[Quote, ...] = ()
    severity: Severity | None = None
    expected: str | None = None
    doubtful: bool = False
    """True where it rests on a reading that is itself in doubt."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One relation that a rule asserts of the document. `subject` is the term a message speaks of first."""

    relation: Relation
    subject: Term
    details: Mapping[str, str] = field(default_factory=dict)


Result = Claim | Unclear | Agreed | Fault
