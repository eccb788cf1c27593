"""The document as JSON: how it is written, and how what comes from elsewhere is checked against the model.

Writing is orjson's, which starts fast and knows dataclasses; checking is pydantic's.
"""

from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

import orjson

from shared.document import Document

if TYPE_CHECKING:
    from pydantic import TypeAdapter


def document_json(document: Document) -> bytes:
    """The document as one line of JSON; amounts are decimal strings."""
    return orjson.dumps(document, default=_amount)


def _amount(value: Any) -> str:
    if type(value) is Decimal:
        return str(value)
    raise TypeError(f"{type(value).__name__} is no part of a document")


def document_of(data: bytes | str, *, newer: bool = False) -> Document:
    """The document of its JSON. Raises pydantic's `ValidationError` where it does not fit the model.

    `newer` passes over fields that a later version has added.
    """
    return _adapter().validate_json(data, extra="ignore" if newer else None)


def document_with(content: dict[str, Any]) -> Document:
    """The document of its parts, given as they are or as plain values. Raises `ValidationError`."""
    return _adapter().validate_python(content)


@cache
def _adapter() -> "TypeAdapter[Document]":
    from pydantic import TypeAdapter

    return TypeAdapter(Document)


def plain(part: object) -> dict[str, Any]:
    """A part of a document as it is in JSON: a dict of plain values, amounts as strings."""
    from pydantic_core import to_jsonable_python

    values: dict[str, Any] = to_jsonable_python(part)
    return values
