"""What is published of filings for programs outside the line: each figure of the current revision, under a lasting key.

A filing 公开文件 is what one (region, unit, scope, kind, year) discloses, whatever its revision. `fact-published-v1` is
compacted: for each key the last value counts, and a message without a body takes the figure back.
"""

import json
from decimal import Decimal
from typing import ClassVar

from shared.document import Box, Kind, Scope
from shared.events import Event


class FilingRevised(Event):
    """A verdict of this filing was stored, or left it: what counts of it now may have changed. The store knows what.

    Keyed by the filing, so that what follows from the revisions of one filing happens one after the other.
    """

    stage: ClassVar[str] = "filing_revised"
    of_document: ClassVar[bool] = False

    filing: str
    """The filing's key in the store."""
    cause: str
    """Id of the event that was stored."""

    @property
    def key(self) -> str:
        return self.filing

    @property
    def producer_version(self) -> str:
        return f"{self.cause}|{self.filing}"


class FigureEvent(Event):
    """What says something of one published figure. `publication` counts how often the filing was published."""

    stage: ClassVar[str] = "figure"
    of_document: ClassVar[bool] = False

    region: str | None
    unit: str
    """The unit's name as it is compared (folded, without 汇总). The document_id where the document does not say whose,
    what or of which year it is; then region and year are null, scope and kind unknown."""
    scope: Scope
    kind: Kind
    fiscal_year: int | None
    table_type: str
    row_key: str
    """All codes of the row, or its name path; `#2` behind it where the document repeats the row."""
    column_key: str
    publication: int

    @property
    def key(self) -> str:
        return _array(*self._filing, self.table_type, self.row_key, self.column_key)

    @property
    def gathered_by(self) -> str:
        """A filing's figures are one batch on one partition, in the order of its publications."""
        return _array(*self._filing)

    @property
    def producer_version(self) -> str:
        return f"{self.key}|{self.publication}"

    @property
    def _filing(self) -> tuple[str | int | None, ...]:
        return self.region, self.unit, self.scope, self.kind, self.fiscal_year


class FigurePublished(FigureEvent):
    """A figure of a filing's current revision, with its place in the document and who read it."""

    stage: ClassVar[str] = "figure_published"

    unit_name: str | None
    revision: int
    row_name: str
    amount: Decimal | None
    """None where what is printed is no number (—)."""
    text: str
    """The figure as printed."""
    amount_unit: str | None
    page: int | None
    bbox: Box | None
    reader_version: str
    pack_version: str


class FigureRetracted(FigureEvent):
    """The filing's current revision does not print this figure (any more). On Kafka a message without a body."""

    stage: ClassVar[str] = "figure_retracted"
    bodiless: ClassVar[bool] = True


def _array(*parts: str | int | None) -> str:
    return json.dumps(parts, ensure_ascii=False, separators=(",", ":"))
