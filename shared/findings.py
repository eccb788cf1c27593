"""Findings and verdicts: what the validate stage says about a document. A public contract (`gouji check --json`)."""

import hashlib
from typing import Literal

from pydantic import ConfigDict, Field

from shared.document import Box
from shared.value import Value

Severity = Literal["error", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")
OutcomeKind = Literal["pass", "fail", "unclear"]
UnclearReason = Literal[
    "not_printed",  # the table, row, column or sentence is not in the document
    "not_readable",  # it is there, but our reading of it is doubtful
    "not_applicable",  # another kind, scope, year or edition
    "rule_failed",  # the rule itself crashed; the others went on
]


class CellRef(Value):
    """A cell that takes part in a finding: indexes into `Document.tables` and its `rows`, and the printed text.

    A cell of a performance form (绩效自评表) has `assessment`, the form's index in `Document.assessments`, with `row`
    and `column` in its `rows`; its `table` is -1.
    """

    table: int
    row: int
    column: int
    text: str = ""
    page: int | None = None
    bbox: Box | None = None
    label: str = ""
    """Where it is in the reader's words: table, row name, column header."""
    assessment: int | None = None
    document_id: str | None = None
    """The document it stands in, where a finding compares several; None: the one the finding is of."""

    @property
    def grid(self) -> str:
        """The table or form it stands in, as one word: `3`, `form2`."""
        return str(self.table) if self.assessment is None else f"form{self.assessment}"


class Quote(Value):
    """A clause of the narrative that takes part in a finding."""

    text: str
    page: int | None = None
    fact: int | None = None
    """Index in `Document.facts`."""
    document_id: str | None = None
    """As for a cell: the document it stands in, where a finding compares several."""


class Text(Value):
    """One text in Chinese and English."""

    zh: str
    en: str


class Cause(Value):
    """A likely cause, the likeliest first. `kind` is from a closed set; `cell` and `proposed` where one cell is it."""

    kind: str
    explanation: Text
    cell: CellRef | None = None
    proposed: str | None = None


class Finding(Value):
    """One thing that does not agree, with its places. `expected` and `difference` are decimal strings or None."""

    rule: str
    severity: Severity
    title: Text
    message: Text
    cells: tuple[CellRef, ...] = ()
    quotes: tuple[Quote, ...] = ()
    expected: str | None = None
    difference: str | None = None
    causes: tuple[Cause, ...] = ()
    also: tuple[str, ...] = ()
    """Other rules that the same cause breaks."""

    @property
    def identity(self) -> str:
        """The same for the same finding of another check of the same file: hash of rule, cells and printed texts.

        Where it names no place, what it says tells it from others of its rule.
        """
        cells = [f"{cell.grid}/{cell.row}/{cell.column}={cell.text}" for cell in self.cells]
        places = (*sorted(cells), *sorted(quote.text for quote in self.quotes))
        parts = (self.rule, *(places or (self.message.zh,)))
        return hashlib.sha256("|".join(parts).encode()).hexdigest()[:32]


class Outcome(Value):
    """How often one rule passed, failed or was unclear (with its reason) on a document."""

    rule: str
    outcome: OutcomeKind
    reason: UnclearReason | None = None
    count: int = 1


class Summary(Value):
    """Verdict with coverage: `rules` = `pass_` + `fail` + `unclear`, counted over single checks, not over rule ids."""

    rules: int = 0
    pass_: int = Field(default=0, alias="pass")
    fail: int = 0
    unclear: int = 0
    outcomes: tuple[Outcome, ...] = ()
    not_applicable: int = 0
    """Rules about tables, rows or columns that this document's edition does not print; in none of the other counts."""
    tables_of_other_editions: tuple[str, ...] = ()
    """The types of such tables."""
    reader_version: str = ""
    pack_version: str = ""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, serialize_by_alias=True)


class Verdict(Value):
    """What validation says of one document."""

    summary: Summary
    findings: tuple[Finding, ...] = ()
