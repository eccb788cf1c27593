"""Receipts 受理回执: what makes an upload accepted, and the outbox at the same time.

The order of writes, each durable (majority, journalled) before the next, and what a crash after it leaves:

1. the file, in GridFS, pending          → nobody refers to it; the sweep removes it, the uploader got no answer
2. the entry in the audit                → it names a receipt that never came to be; otherwise as before
3. the receipt, one insert               → accepted: it holds the event to publish, `pending`; the relay does the rest
4. the file is settled                   → (a crash before: the sweep finds the receipt and settles it)
5. 202

Receipt and outbox entry are one row, so there is no moment at which one exists without the other. Of all receipts of
the same bytes exactly one is `first` (a unique partial index), so however many arrive at once, one wins and carries
the event; the others keep a receipt linked to it, and their copy of the file is discarded.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from services.ingest.intake import Upload
from shared.audit import Actor, Entry, write_audit
from shared.errors import DatabaseUnavailable, UnknownReceipt
from shared.events import DocumentReceived, Hints, PayloadRef
from shared.mongo import Database, Files, Filter, Row
from shared.records import RECEIPTS


@dataclass(frozen=True)
class Receipt:
    """One receipt. `first_number` is the number of the first receipt of the same bytes."""

    number: str
    sequence: int
    document_id: str
    file_name: str
    size: int
    received_at: datetime
    first_number: str
    hints: Hints
    batch_id: str | None = None
    region_code: str | None = None
    """The region it belongs to; None where an operator uploaded it without a region code."""
    foreign: bool = False
    """True where the same bytes had been received from another region before: it must not see that receipt."""
    file: PayloadRef | None = None
    """Where the bytes are; only on the first receipt."""

    @property
    def duplicate(self) -> bool:
        """True where the same bytes had been received before."""
        return self.number != self.first_number


async def accept_upload(upload: Upload, actor: Actor, database: Database, files: Files) -> Receipt:
    """Make a stored upload accepted; its receipt, and before it its entry in the audit, are durable when this returns.

    Raises `DatabaseUnavailable`, `StorageFull`. The file then stays pending: whether the receipt was written before the
    connection broke is known only later, to the sweep.
    """
    sequence = await database.next_number("receipts")
    now = datetime.now(UTC)
    now = now.replace(microsecond=now.microsecond // 1000 * 1000)  # as the database keeps it
    number = f"GJ-{now:%Y%m%d}-{sequence:06d}"
    receipt = Receipt(
        number,
        sequence,
        upload.file.sha256,
        upload.file_name,
        upload.file.size,
        now,
        number,
        upload.hints,
        upload.batch_id,
        upload.region_code,
    )
    about = {"document_id": receipt.document_id, "receipt": number, "region_code": upload.region_code}
    await write_audit(Entry("upload", actor, about), database)
    if await database[RECEIPTS.name].insert(_first_row(receipt, upload)):
        await files.settle(upload.file)
        return receipt
    same = {"document_id": receipt.document_id, "first": True}
    first = await database[RECEIPTS.name].one(same, {"file": 1, "region_code": 1})
    if first is None:
        raise DatabaseUnavailable(detail="the first receipt of these bytes has just gone")
    if first["file"]["name"] == upload.file.name:
        # The driver repeated an insert whose answer was lost: the receipt in the way is this one.
        await files.settle(upload.file)
        return receipt
    foreign = {"foreign": True} if first.get("region_code") != receipt.region_code else {}
    await database[RECEIPTS.name].insert(_row(receipt) | {"first": False, "first_number": first["_id"], **foreign})
    await files.discard(upload.file)
    return await find_receipt(number, database)


async def find_receipt(number: str, database: Database, among: Filter | None = None) -> Receipt:
    """The receipt of a number, `among` those that match. Raises `UnknownReceipt`."""
    row = await database[RECEIPTS.name].one({"_id": number, **(among or {})})
    if row is None:
        raise UnknownReceipt(number=number)
    return receipt_of(row)


async def receipts_where(where: dict[str, Any], database: Database) -> Sequence[Receipt]:
    """Receipts in order of receipt."""
    return [receipt_of(row) for row in await database[RECEIPTS.name].all(where, {"event": 0}, [("sequence", 1)])]


def receipt_of(row: Row) -> Receipt:
    """The receipt that a row holds."""
    return Receipt(
        number=row["_id"],
        sequence=row["sequence"],
        document_id=row["document_id"],
        file_name=row["file_name"],
        size=row["size"],
        received_at=row["received_at"],
        first_number=row["first_number"],
        hints=Hints.model_validate(row["hints"]),
        batch_id=row.get("batch_id"),
        region_code=row.get("region_code"),
        foreign=row.get("foreign", False),
        file=PayloadRef.model_validate(row["file"]) if "file" in row else None,
    )


def _row(receipt: Receipt) -> Row:
    row = {
        "_id": receipt.number,
        "sequence": receipt.sequence,
        "document_id": receipt.document_id,
        "file_name": receipt.file_name,
        "size": receipt.size,
        "hints": receipt.hints.model_dump(),
        "received_at": receipt.received_at,
        "first_number": receipt.first_number,
    }
    given = {"batch_id": receipt.batch_id, "region_code": receipt.region_code}
    return row | {name: value for name, value in given.items() if value}


def _first_row(receipt: Receipt, upload: Upload) -> Row:
    event = DocumentReceived(
        document_id=receipt.document_id,
        receipt_number=receipt.number,
        received_at=receipt.received_at,
        sequence=receipt.sequence,
        file=upload.file,
        file_name=receipt.file_name,
        hints=receipt.hints,
        batch_id=receipt.batch_id,
        region_code=receipt.region_code,
    )
    outbox = {"first": True, "file": upload.file.model_dump(), "event": event.model_dump_json()}
    return _row(receipt) | outbox | {"pending": True, "open": True}
