"""The figures of one document as printed: each rounded by itself from its exact quantity.

Planting works on these texts, so that tables, narrative, Document and PDF all show the same error.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from cli.samples.narrative import Narrative
from cli.samples.quantities import NARRATIVE, FigureKey, Ledger, Style, print_cell, print_in_text


@dataclass(frozen=True)
class Printed:
    """Every figure's text by its key; a row whose keys are gone is not printed."""

    texts: Mapping[FigureKey, str]

    def text(self, table: str, row: str, column: str) -> str:
        """The text of a cell, blank where there is no figure."""
        return self.texts.get(FigureKey(table, row, column), "")

    def rows(self, table: str) -> list[str]:
        """The row keys of a table that are printed, in the order of the ledger."""
        return list(dict.fromkeys(key.row for key in self.texts if key.table == table))

    def with_texts(self, changed: Mapping[FigureKey, str]) -> "Printed":
        """The same document with some figures printed otherwise."""
        return replace(self, texts={**self.texts, **changed})

    def without_row(self, table: str, row: str) -> "Printed":
        """The same document with a row left out."""
        kept = {key: text for key, text in self.texts.items() if (key.table, key.row) != (table, row)}
        return replace(self, texts=kept)


def print_figures(ledger: Ledger, narrative: Narrative, style: Style) -> Printed:
    """Round and print every figure of the tables and of the text."""
    texts = {key: print_cell(quantity, style) for key, quantity in ledger.items()}
    for name, statement in narrative.statements.items():
        unsigned = statement.direction is not None
        texts[narrative_key(name)] = print_in_text(statement.quantity, style, unsigned=unsigned)
    return Printed(texts)


def narrative_key(name: str) -> FigureKey:
    """The address of a statement of the narrative: `total.amount` is row `total`, column `amount`."""
    scope, _, column = name.rpartition(".")
    return FigureKey(NARRATIVE, scope, column)
