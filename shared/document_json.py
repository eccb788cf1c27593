"""The document as JSON: how it is written, and how what comes from elsewhere is checked against the model.

Writing needs the standard library alone, so that a reading process starts fast; checking is pydantic's.
"""

import json
from collections.abc import Callable
from decimal import Decimal
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from shared.document import Document, Part

if TYPE_CHECKING:
    from pydantic import TypeAdapter


def document_json(document: Document) -> bytes:
    """The document as one line of JSON; amounts are decimal strings."""
    return json.dumps(document, default=_parts, ensure_ascii=False, separators=(",", ":")).encode()


def _parts(value: Any) -> Any:
    """What JSON has no form for: amounts, and the classes of the model."""
    kind: Any = type(value)
    if kind is Decimal:
        return str(value)
    names, values = _fields(kind)
    return dict(zip(names, values(value), strict=True))


@cache
def _fields(kind: Any) -> tuple[tuple[str, ...], Callable[[Part], tuple[Any, ...]]]:
    """The names of a class's fields, and what takes their values off it."""
    if not issubclass(kind, Part):
        raise TypeError(f"{kind.__name__} is no part of a document")
    names: tuple[str, ...] = kind.__slots__
    return names, attrgetter(*names)


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
