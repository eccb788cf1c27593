"""The events of the line. Frozen; unknown fields are refused on write and ignored on read (`read_event`).

Every event travels with CloudEvents 1.0 attributes in Kafka headers (binary mode, `shared.envelope`). Its id is derived
from its content (`event_id`), so a redelivery carries the same id and a replay a new one.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from shared.document import Document, Kind
from shared.errors import UndecodableMessage
from shared.findings import Verdict
from shared.value import Value


class PayloadRef(Value):
    """A claim check: where a payload too large for Kafka lies (GridFS bucket and file name), its size and hash."""

    bucket: str
    name: str
    size: int
    sha256: str


class Hints(Value):
    """What the uploader says of the file; the text of the document decides where the two disagree."""

    region: str | None = None
    unit: str | None = None
    kind: Kind | None = None
    year: int | None = None
    supersedes: str | None = None
    """document_id of the file that this one replaces, where unit, year or kind of that one were misread."""


class Event(Value):
    """Base of all events. `stage` names the step that made it; `version` is the schema version."""

    stage: ClassVar[str]
    version: ClassVar[int] = 1
    of_document: ClassVar[bool] = True
    """True where it says how far a document has come."""
    bodiless: ClassVar[bool] = False
    """True for a retraction: on a compacted topic a message without a body."""

    document_id: str
    """sha256 of the file's bytes, in hex."""
    receipt_number: str
    """The first receipt of these bytes (GJ-yyyymmdd-nnnnnn)."""
    received_at: datetime
    """When the receipt became durable, UTC."""
    sequence: int
    """Order of receipt over all documents; it decides which revision is current."""
    region_code: str | None = None
    """The uploader's region 行政区划代码, from its key: who may see the document."""
    replay: int = 0

    @property
    def key(self) -> str:
        """Messages of one key stay in order."""
        return self.document_id

    @property
    def gathered_by(self) -> str | None:
        """What the messages have in common that are to share a partition; None where it is the key."""
        return None

    @property
    def producer_version(self) -> str:
        """Reader and rule-pack version that made the event's content; part of its id."""
        return ""

    @property
    def event_id(self) -> str:
        """Hash of document, stage, versions and replay number: the same for a redelivery, another for a replay."""
        parts = (self.document_id, self.stage, str(self.version), self.producer_version, str(self.replay))
        return hashlib.sha256("|".join(parts).encode()).hexdigest()[:32]

    @classmethod
    def read(cls, data: bytes | str) -> Self:
        """Decode a message of this type; fields added by a newer minor version are ignored.

        Raises `UndecodableMessage` where a field is missing or has the wrong type.
        """
        try:
            return cls.model_validate_json(data, extra="ignore")
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise UndecodableMessage(detail=f"{cls.__name__}.{where}: {first['msg']}") from error


class DocumentReceived(Event):
    """A file was accepted: it and its receipt are durable."""

    stage: ClassVar[str] = "received"

    file: PayloadRef
    file_name: str
    content_type: str = "application/pdf"
    hints: Hints = Hints()
    batch_id: str | None = None


class DocumentParsed(Event):
    """A document was read. Exactly one of `document` (inline) and `payload` (claim check) is set."""

    stage: ClassVar[str] = "parsed"

    reader_version: str
    pages: int
    tables: int
    facts: int
    file_name: str = ""
    hints: Hints = Hints()
    document: Document | None = None
    payload: PayloadRef | None = None

    @property
    def producer_version(self) -> str:
        return self.reader_version


class DocumentValidated(Event):
    """A document was checked: the parsed document (as in `DocumentParsed`) and its verdict."""

    stage: ClassVar[str] = "validated"

    reader_version: str
    pack_version: str
    file_name: str = ""
    hints: Hints = Hints()
    document: Document | None = None
    payload: PayloadRef | None = None
    verdict: Verdict

    @property
    def producer_version(self) -> str:
        return f"{self.reader_version}+{self.pack_version}"


class DocumentStored(Event):
    """A document and its verdict are durable in the store and can be queried."""

    stage: ClassVar[str] = "stored"

    reader_version: str
    pack_version: str
    revision: int
    current: bool
    kind: Kind
    fiscal_year: int | None
    unit_name: str | None
    region: str | None
    rules: int
    passed: int
    failed: int
    unclear: int
    errors: int
    warnings: int
    infos: int

    @property
    def producer_version(self) -> str:
        return f"{self.reader_version}+{self.pack_version}"


class DocumentRejected(Event):
    """A document was refused, with its reason code and what to do next."""

    stage: ClassVar[str] = "rejected"

    at_stage: str
    reason: str
    message_zh: str
    message_en: str
    attempts: int = 1
    file_name: str = ""
    hints: Hints = Hints()

    @property
    def producer_version(self) -> str:
        return f"{self.at_stage}:{self.reason}"


def carry_over(event: Event) -> Mapping[str, Any]:
    """The fields that every event of one document repeats, to be passed on to the next event's constructor."""
    return {
        "document_id": event.document_id,
        "receipt_number": event.receipt_number,
        "received_at": event.received_at,
        "sequence": event.sequence,
        "region_code": event.region_code,
        "replay": event.replay,
    }


class DeadLetter(BaseModel):
    """A message that could not be handled, as `gouji dlq` shows it; on Kafka these are headers `dlq_*`."""

    model_config = ConfigDict(frozen=True)

    reason: str
    message: str
    stage: str
    attempts: int
    topic: str
    partition: int
    offset: int
    failed_at: datetime
    document_id: str | None = None
