"""What of the record a caller may see: a district its own region, others all of it."""

from dataclasses import dataclass
from typing import Any

from shared.access import Caller
from shared.errors import UnknownDocument
from shared.mongo import Database, Filter, Row
from shared.records import RECEIPTS


@dataclass(frozen=True)
class Sight:
    """Which documents a caller may see in the store.

    A document belongs to the region of its first receipt. Where another region uploaded the same bytes, it sees the
    document too, under its own receipt and with nothing of the first one: those few are `shared`, by document_id.
    """

    caller: Caller
    shared: dict[str, Row]

    def of(self, id_field: str = "document_id") -> Filter:
        """The rows with `region_code` and a document's id that the caller may see."""
        own = self.caller.region_filter
        return {"$or": [own, {id_field: {"$in": list(self.shared)}}]} if own and self.shared else own

    def shown(self, row: Row, id_field: str = "document_id") -> Row:
        """A row as the caller may see it: with its own receipt and file name."""
        receipt = self.shared.get(row[id_field])
        if receipt is None:
            return row
        named = {"receipt_number": receipt["_id"], **{name: receipt[name] for name in _OF_THE_RECEIPT}}
        return {**row, **{name: value for name, value in named.items() if name in row}}


_OF_THE_RECEIPT = ("sequence", "received_at", "file_name")


async def sight_of(caller: Caller, database: Database) -> Sight:
    """What a caller may see."""
    if not caller.key.region:
        return Sight(caller, {})
    where = {"foreign": True, **caller.region_filter}
    rows = await database[RECEIPTS.name].all(where, sort=[("sequence", -1)])
    return Sight(caller, {row["document_id"]: row for row in rows})


async def check_sight(document_id: str, caller: Caller, database: Database) -> None:
    """Raise `UnknownDocument` where the caller may not see a document: no different from one that is not there."""
    if not caller.key.region:
        return
    where: dict[str, Any] = {"document_id": document_id, **caller.region_filter}
    if await database[RECEIPTS.name].one(where, {"_id": 1}) is None:
        raise UnknownDocument(document_id=document_id)
