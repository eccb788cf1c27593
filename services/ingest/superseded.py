"""Which document an upload says it replaces (更正): by receipt number or document_id, resolved at the door."""

import re

from services.ingest.receipts import find_receipt
from shared.access import Caller
from shared.errors import InvalidField, UnknownDocument
from shared.events import Hints
from shared.mongo import Database
from shared.records import RECEIPTS

_RECEIPT = re.compile(r"GJ-\d{8}-\d{6,12}")
_DOCUMENT = re.compile(r"[0-9a-f]{64}")


async def resolve_superseded(hints: Hints, caller: Caller, database: Database) -> Hints:
    """The hints with the document_id of what the upload replaces: a document of the caller's own region.

    Raises `InvalidField`, `UnknownReceipt`, `UnknownDocument`.
    """
    named = hints.supersedes
    if named is None:
        return hints
    if _RECEIPT.fullmatch(named):
        named = (await find_receipt(named, database, caller.region_filter)).document_id
    elif not _DOCUMENT.fullmatch(named):
        raise InvalidField(field="supersedes", detail="a receipt number or document_id 回执号或 document_id")
    first = {"document_id": named, "first": True, **caller.region_filter}
    if await database[RECEIPTS.name].one(first, {"_id": 1}) is None:
        raise UnknownDocument(document_id=named)
    return hints.model_copy(update={"supersedes": named})
