"""What the database refuses to keep: a `$jsonSchema` validator for each collection whose rows other programs rely on.

They guard the types and the closed sets, not the meaning: a wrong row is a mistake of ours and stops the process.
"""

from collections.abc import Mapping
from typing import Any, get_args

from shared.document import Kind, Scope
from shared.findings import SEVERITIES

Shape = Mapping[str, Any]

_TEXT = {"bsonType": "string"}
_TEXT_OR_NOT = {"bsonType": ["string", "null"]}
_NUMBER = {"bsonType": ["int", "long"]}
_NUMBER_OR_NOT = {"bsonType": ["int", "long", "null"]}
_AMOUNT_OR_NOT = {"bsonType": ["decimal", "null"]}
_BOX_OR_NOT = {"bsonType": ["array", "null"], "minItems": 4, "maxItems": 4}
_OF: dict[str, Shape] = {
    "document_id": _TEXT,
    "region": _TEXT_OR_NOT,
    "unit_name": _TEXT_OR_NOT,
    "scope": {"enum": list(get_args(Scope))},
    "kind": {"enum": list(get_args(Kind))},
    "fiscal_year": _NUMBER_OR_NOT,
}


def _rows(**properties: Shape) -> Shape:
    """Rows that have all of these; others may be added."""
    return {"bsonType": "object", "required": list(properties), "properties": properties}


LINE = _rows(
    **_OF,
    table=_NUMBER,
    table_type=_TEXT,
    row=_NUMBER,
    column=_NUMBER,
    row_key=_TEXT,
    row_name=_TEXT,
    column_key=_TEXT,
    cell=_TEXT,
    amount=_AMOUNT_OR_NOT,
    text=_TEXT,
    amount_unit=_TEXT_OR_NOT,
    page=_NUMBER_OR_NOT,
    bbox=_BOX_OR_NOT,
)
FACT = _rows(
    **_OF,
    index=_NUMBER,
    measure=_TEXT,
    subject=_TEXT,
    value={"bsonType": "decimal"},
    text=_TEXT,
    unit=_TEXT,
    quote=_TEXT,
    page=_NUMBER_OR_NOT,
)
FINDING = _rows(
    **_OF,
    index=_NUMBER,
    rule=_TEXT,
    severity={"enum": list(SEVERITIES)},
    current={"bsonType": "bool"},
    finding_id=_TEXT,
    state={"enum": ["open", "confirmed", "dismissed"]},
    decided=_NUMBER,
    cells={"bsonType": "array"},
)
FILING = _rows(
    **_OF,
    number=_NUMBER,
    event_id=_TEXT_OR_NOT,
    revision=_NUMBER_OR_NOT,
    measures={"bsonType": "object", "additionalProperties": {"bsonType": "decimal"}},
)
TOTAL = _rows(
    region=_TEXT_OR_NOT,
    scope=_OF["scope"],
    kind=_OF["kind"],
    fiscal_year=_NUMBER_OR_NOT,
    version=_NUMBER,
    sums={"bsonType": "object", "additionalProperties": {"bsonType": "decimal"}},
    filings={"bsonType": "object", "additionalProperties": _NUMBER},
)
