"""The door: an upload is checked while it streams into the store, and refused without a trace where it is wrong."""

import re
import unicodedata
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

from services.ingest.multipart import PartBegun, PartData, PartEnded, Token, read_parts
from shared.errors import (
    EmptyFile,
    FileTooLarge,
    InvalidField,
    InvalidFileName,
    MalformedUpload,
    MissingField,
    NotAPdf,
    UnknownField,
)
from shared.events import Hints, PayloadRef

Put = Callable[[AsyncIterable[bytes]], Awaitable[PayloadRef]]
"""Stores a stream as one file; a stream that raises leaves nothing behind."""
Discard = Callable[[PayloadRef], Awaitable[None]]
RegionOf = Callable[[str | None], str | None]
"""The region code that an upload belongs to, from what the form says; raises `ForeignRegion`."""

FILE_FIELD = "file"
TEXT_FIELDS = ("region", "unit", "kind", "year", "supersedes", "batch_id")
ENVELOPE_BYTES = 64 * 1024
"""What the multipart form may add to the file's own size."""
_MAX_TEXT_BYTES = 1024
_MAX_NAME_LENGTH = 255
_PDF_MARK = b"%PDF-"
_PDF_MARK_WITHIN = 1024
_BATCH_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_YEAR = re.compile(r"(19|20)\d\d")


@dataclass
class Upload:
    """One complete upload: the stored file, its name, the form's other fields, and the region it belongs to."""

    file: PayloadRef
    file_name: str
    hints: Hints = field(default_factory=Hints)
    batch_id: str | None = None
    region_code: str | None = None


@dataclass
class _Form:
    file: PayloadRef | None = None
    file_name: str = ""
    texts: dict[str, str] = field(default_factory=dict)


def check_length(content_length: str | None, max_bytes: int) -> None:
    """Refuse by its announced length what is too large. Raises `FileTooLarge`."""
    if content_length and content_length.isdecimal() and int(content_length) > max_bytes + ENVELOPE_BYTES:
        raise FileTooLarge(limit_mb=max_bytes // 1_000_000)


async def receive_upload(
    body: AsyncIterable[bytes], content_type: str, *, put: Put, discard: Discard, max_bytes: int, region_of: RegionOf
) -> Upload:
    """Take one upload in; the fields may come in any order.

    Raises `FileTooLarge`, `NotAPdf`, `EmptyFile`, `MissingField`, `UnknownField`, `InvalidField`, `InvalidFileName`,
    `MalformedUpload`, `ForeignRegion`, and whatever `body` and `put` raise; the file is gone again then.
    """
    form = _Form()
    try:
        await _read_form(read_parts(body, content_type), form, put, max_bytes)
        if form.file is None:
            raise MissingField(field=FILE_FIELD)
        hints, region = _hints(form.texts), region_of(form.texts.get("region"))
        said = hints.model_copy(update={"region": hints.region or region})
        return Upload(form.file, form.file_name, said, _batch_id(form.texts), region)
    except BaseException:
        if form.file is not None:
            await discard(form.file)
        raise


async def _read_form(tokens: AsyncIterator[Token], form: _Form, put: Put, max_bytes: int) -> None:
    async for token in tokens:
        if not isinstance(token, PartBegun):
            continue
        if token.field == FILE_FIELD:
            if form.file is not None:
                raise InvalidField(field=FILE_FIELD, detail="given twice 重复")
            form.file_name = plain_name(token.file_name)
            form.file = await put(_pdf(_part(tokens), max_bytes))
        elif token.field in TEXT_FIELDS:
            if token.field in form.texts:
                raise InvalidField(field=token.field, detail="given twice 重复")
            form.texts[token.field] = await _text(token.field, _part(tokens))
        else:
            raise UnknownField(field=token.field[:80], allowed=", ".join((FILE_FIELD, *TEXT_FIELDS)))


async def _part(tokens: AsyncIterator[Token]) -> AsyncIterator[bytes]:
    """The bytes of the part that has just begun."""
    async for token in tokens:
        if isinstance(token, PartEnded):
            return
        if isinstance(token, PartData):
            yield token.data
    raise MalformedUpload(detail="a part without an end")


async def _pdf(chunks: AsyncIterable[bytes], max_bytes: int) -> AsyncIterator[bytes]:
    """The chunks of a PDF, none of them before its mark was seen."""
    head, size, checked = b"", 0, False
    async for chunk in chunks:
        size += len(chunk)
        if size > max_bytes:
            raise FileTooLarge(limit_mb=max_bytes // 1_000_000)
        if checked:
            yield chunk
            continue
        head += chunk
        if len(head) >= _PDF_MARK_WITHIN:
            yield _checked(head)
            checked = True
    if size == 0:
        raise EmptyFile
    if not checked:
        yield _checked(head)


def _checked(head: bytes) -> bytes:
    if _PDF_MARK not in head[:_PDF_MARK_WITHIN]:
        raise NotAPdf
    return head


async def _text(name: str, chunks: AsyncIterable[bytes]) -> str:
    raw = b""
    async for chunk in chunks:
        raw += chunk
        if len(raw) > _MAX_TEXT_BYTES:
            raise InvalidField(field=name, detail=f"longer than {_MAX_TEXT_BYTES} bytes 过长")
    try:
        text = raw.decode().strip()
    except UnicodeDecodeError as error:
        raise InvalidField(field=name, detail="not UTF-8 不是 UTF-8 编码") from error
    if _has_control(text):
        raise InvalidField(field=name, detail="control characters 含控制字符")
    return text


def plain_name(name: str | None) -> str:
    """A file's name where it is safe to keep and to show. Raises `InvalidFileName`."""
    if not name or not name.strip():
        raise InvalidFileName(detail="no file name 缺少文件名")
    if _has_control(name):
        raise InvalidFileName(detail="control characters 含控制字符")
    if "/" in name or "\\" in name or name.strip() in (".", ".."):
        raise InvalidFileName(detail="a path 含路径")
    if len(name) > _MAX_NAME_LENGTH:
        raise InvalidFileName(detail=f"longer than {_MAX_NAME_LENGTH} characters 过长")
    return unicodedata.normalize("NFC", name.strip())


def _has_control(text: str) -> bool:
    # Cc: control characters; Cf would also forbid joiners, so only the ones that reorder text are named.
    return any(
        unicodedata.category(c) == "Cc" or c in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069" for c in text
    )


def _hints(texts: dict[str, str]) -> Hints:
    kind, year = texts.get("kind") or None, texts.get("year") or None
    if kind not in (None, "final_accounts", "budget"):
        raise InvalidField(field="kind", detail="final_accounts (决算) or budget (预算)")
    if year is not None and not _YEAR.fullmatch(year):
        raise InvalidField(field="year", detail="four digits, 1900-2099 四位年份")
    return Hints(
        region=texts.get("region") or None,
        unit=texts.get("unit") or None,
        kind=kind,
        year=int(year) if year else None,
        supersedes=texts.get("supersedes") or None,
    )


def _batch_id(texts: dict[str, str]) -> str | None:
    batch_id = texts.get("batch_id") or None
    if batch_id is not None and not _BATCH_ID.fullmatch(batch_id):
        raise InvalidField(field="batch_id", detail="1-64 of A-Z a-z 0-9 . _ -")
    return batch_id
