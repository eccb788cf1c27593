"""The figures of a document's text, packed into one row: what a difference between two documents takes in one go."""

import json
import zlib
from dataclasses import dataclass
from decimal import Decimal

from shared.document import Document
from shared.mongo import Database
from shared.records import EXTRACTS, child_id


@dataclass(frozen=True)
class Told:
    """One figure of the text."""

    measure: str
    subject: str
    text: str
    value: Decimal
    unit: str
    page: int | None


def packed_facts(document: Document) -> bytes:
    """The facts of a document in printed order."""
    facts = [[f.measure, f.subject, f.text, str(f.value), f.unit, f.page] for f in document.facts]
    return zlib.compress(json.dumps(facts, ensure_ascii=False, separators=(",", ":")).encode())


async def facts_told(event_id: str, database: Database) -> list[Told]:
    """The facts of a verdict; none where it was stored before facts were kept like this."""
    row = await database[EXTRACTS.name].one({"_id": child_id(event_id, 0)}, {"facts": 1}) or {}
    facts = json.loads(zlib.decompress(row["facts"])) if "facts" in row else []
    return [
        Told(measure, subject, text, Decimal(value), unit, page) for measure, subject, text, value, unit, page in facts
    ]
