"""The claim check: a parsed document too large for a message travels by reference and waits in GridFS."""

import hashlib
from collections.abc import AsyncIterator

from shared.document import Document
from shared.document_json import document_json, document_of
from shared.errors import UndecodableMessage
from shared.events import DocumentParsed, DocumentValidated, PayloadRef
from shared.mongo import Files
from shared.records import PARSED_BUCKET


async def place(
    document: Document, document_id: str, files: Files, inline_limit_kb: int
) -> dict[str, Document | PayloadRef]:
    """The fields `document` or `payload` of an event: inline up to the limit, else stored and referred to.

    The name holds the content's hash, so a second try finds the first one's payload and makes
    it young again: what nobody refers to is deleted when it is old. Raises `DatabaseUnavailable`.
    """
    data = document_json(document)
    if len(data) <= inline_limit_kb * 1024:
        return {"document": document}
    name = f"{document_id}/{hashlib.sha256(data).hexdigest()}.json"
    ref = await files.renew(PARSED_BUCKET, name) or await files.put(PARSED_BUCKET, name, _whole(data))
    await files.settle(ref)
    return {"payload": ref}


async def fetch(event: DocumentParsed | DocumentValidated, files: Files) -> Document:
    """The parsed document of an event, wherever it is. Raises `PayloadMissing`, `UndecodableMessage`."""
    if event.document is not None:
        return event.document
    if event.payload is None:
        raise UndecodableMessage(detail="neither document nor payload is set")
    return document_of(await files.read(event.payload), newer=True)


async def _whole(data: bytes) -> AsyncIterator[bytes]:
    yield data
