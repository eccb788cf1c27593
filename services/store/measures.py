"""The published measures (`measures.yaml`): figures whose sums are kept up to date with every revision."""

from collections.abc import Iterable
from decimal import Decimal
from functools import cache
from importlib.resources import files
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from services.store.lines import Line
from shared.document import Kind
from shared.findings import Text
from shared.interval import YUAN
from shared.strict_yaml import read_yaml


class Measure(BaseModel):
    """One measure: which cell of which table it is, in documents of one kind. The first cell that is printed counts."""

    id: str
    kind: Kind
    title: Text
    cells: tuple[str, ...]

    model_config = ConfigDict(frozen=True, extra="forbid")


@cache
def published_measures() -> dict[str, Measure]:
    """All measures by id. Raises `InvalidCatalogue`."""
    path = Path(str(files("services.store") / "measures.yaml"))
    return {measure.id: measure for measure in read_yaml(path, tuple[Measure, ...])}


def measured(lines: Iterable[Line], kind: Kind) -> dict[str, Decimal]:
    """The measures that a document of a kind prints, in yuan (元)."""
    amounts = {line.cell: yuan for line in lines if (yuan := in_yuan(line.amount, line.amount_unit)) is not None}
    found: dict[str, Decimal] = {}
    for measure in published_measures().values():
        printed = next((amounts[cell] for cell in measure.cells if cell in amounts), None)
        if measure.kind == kind and printed is not None:
            found[measure.id] = printed
    return found


def in_yuan(amount: Decimal | None, unit: str | None) -> Decimal | None:
    """An amount in yuan; None where there is none or its unit is not known."""
    factor = YUAN.get(unit or "")
    return None if amount is None or factor is None else amount * factor
