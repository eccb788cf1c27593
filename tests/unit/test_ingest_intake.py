"""The door as plain functions: a body of bytes in, an upload or a reason out, and never anything left behind."""

import hashlib
from collections.abc import AsyncIterable, AsyncIterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.ingest.intake import Upload, check_length, plain_name, receive_upload
from shared.errors import (
    EmptyFile,
    FileTooLarge,
    GoujiError,
    InvalidField,
    InvalidFileName,
    MalformedUpload,
    MissingField,
    NotAPdf,
    UnknownField,
)
from shared.events import PayloadRef

BOUNDARY = b"xxBOUNDARYxx"
CONTENT_TYPE = "multipart/form-data; boundary=xxBOUNDARYxx"
PDF = b"%PDF-1.7\n" + bytes(range(256)) * 20
MAX_BYTES = 100_000


class Shelf:
    """Stands for the file store: keeps whole streams, drops cut ones, and discards."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    async def put(self, chunks: AsyncIterable[bytes]) -> PayloadRef:
        data = b"".join([chunk async for chunk in chunks])
        name = f"f{len(self.files)}"
        self.files[name] = data
        return PayloadRef(bucket="uploads", name=name, size=len(data), sha256=hashlib.sha256(data).hexdigest())

    async def discard(self, ref: PayloadRef) -> None:
        del self.files[ref.name]


def part(name: str, value: bytes | str, file_name: bytes | str | None = None) -> bytes:
    raw = file_name.encode() if isinstance(file_name, str) else file_name
    disposition = b'Content-Disposition: form-data; name="' + name.encode() + b'"'
    if raw is not None:
        disposition += b'; filename="' + raw + b'"'
    body = value.encode() if isinstance(value, str) else value
    return b"--" + BOUNDARY + b"\r\n" + disposition + b"\r\n\r\n" + body + b"\r\n"


def form(*parts: bytes) -> bytes:
    return b"".join(parts) + b"--" + BOUNDARY + b"--\r\n"


FILE = part("file", PDF, "a.pdf")


def anywhere(_said: str | None) -> None:
    """An operator's upload without a region code."""


async def in_pieces(body: bytes, size: int) -> AsyncIterator[bytes]:
    for start in range(0, len(body), size):
        yield body[start : start + size]


async def receive(
    body: bytes | AsyncIterator[bytes], shelf: Shelf, piece: int = 4096, content_type: str = CONTENT_TYPE
) -> Upload:
    return await receive_upload(
        in_pieces(body, piece) if isinstance(body, bytes) else body,
        content_type,
        put=shelf.put,
        discard=shelf.discard,
        max_bytes=MAX_BYTES,
        region_of=anywhere,
    )


async def refusal(body: bytes, content_type: str = CONTENT_TYPE) -> GoujiError:
    """The reason why a body is refused; nothing of it may be left."""
    shelf = Shelf()
    with pytest.raises(GoujiError) as caught:
        await receive(body, shelf, content_type=content_type)
    assert shelf.files == {}
    return caught.value


@pytest.mark.parametrize("piece", [1, 7, 1000, 1_000_000])
async def test_file_arrives_byte_for_byte_however_the_body_is_cut(piece: int) -> None:
    shelf = Shelf()
    await receive(form(part("unit", "示例局"), FILE), shelf, piece)
    assert list(shelf.files.values()) == [PDF]


HINTS = {"region": "610000", "unit": "示例局", "kind": "budget", "supersedes": "GJ-20260312-000017"}
TEXTS = {**HINTS, "year": "2024", "batch_id": "b-1"}


@pytest.mark.parametrize("file_at", [0, 2, 5])
async def test_fields_may_come_before_and_after_the_file(file_at: int) -> None:
    parts = [part(name, value) for name, value in TEXTS.items()]
    parts.insert(file_at, FILE)
    upload = await receive(form(*parts), Shelf(), piece=50)
    assert upload.hints.model_dump() == {**HINTS, "year": 2024}
    assert (upload.batch_id, upload.file_name, upload.file.size) == ("b-1", "a.pdf", len(PDF))


async def test_blank_fields_are_as_good_as_none() -> None:
    parts = [part(name, "  ") for name in TEXTS]
    upload = await receive(form(FILE, *parts), Shelf(), piece=50)
    assert (upload.hints.unit, upload.hints.year, upload.batch_id) == (None, None, None)


async def test_mark_may_stand_anywhere_in_the_first_1024_bytes() -> None:
    late = b"\xef\xbb\xbf" + b" " * 1000 + PDF
    await receive(form(part("file", late, "a.pdf")), Shelf())
    assert isinstance(await refusal(form(part("file", b" " * 1024 + PDF, "a.pdf"))), NotAPdf)


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (form(part("file", b"PK\x03\x04 a zip", "a.pdf")), NotAPdf),
        (form(part("file", b"x" * 5000, "a.pdf")), NotAPdf),
        (form(part("file", b"", "a.pdf")), EmptyFile),
        (form(part("file", PDF + b"x" * MAX_BYTES, "a.pdf")), FileTooLarge),
        (form(part("unit", "示例局")), MissingField),
        (form(), MissingField),
        (form(FILE, part("unit_name", "示例局")), UnknownField),
        (form(part("password", "x"), FILE), UnknownField),
        (form(FILE, FILE), InvalidField),
        (form(FILE, part("year", "2024"), part("year", "2023")), InvalidField),
        (form(FILE, part("kind", "final")), InvalidField),
        (form(FILE, part("year", "二〇二四")), InvalidField),
        (form(FILE, part("year", "24")), InvalidField),
        (form(FILE, part("batch_id", "a b")), InvalidField),
        (form(FILE, part("batch_id", "x" * 65)), InvalidField),
        (form(FILE, part("unit", b"\xff\xfe")), InvalidField),
        (form(FILE, part("unit", "a\x00b")), InvalidField),
        (form(FILE, part("unit", "x" * 2000)), InvalidField),
        (form(part("file", PDF, "")), InvalidFileName),
        (form(part("file", PDF)), InvalidFileName),
        (form(part("file", PDF, "../../etc/passwd.pdf")), InvalidFileName),
        (form(part("file", PDF, "a%0D%0Ab.pdf")), InvalidFileName),
        (form(part("file", PDF, b"a\x07b.pdf")), InvalidFileName),
        (form(part("file", PDF, "\u202efdp.exe.pdf")), InvalidFileName),
        (form(part("file", PDF, "x" * 300 + ".pdf")), InvalidFileName),
        (form(FILE)[:-20], MalformedUpload),
        (form(FILE)[: len(PDF) // 2], MalformedUpload),
        (b"not a form at all", MalformedUpload),
        (b"", MalformedUpload),
        (form(b"--" + BOUNDARY + b"\r\n\r\nno headers\r\n"), MalformedUpload),
    ],
)
async def test_wrong_upload_is_refused_with_its_reason_and_leaves_nothing(body: bytes, error: type[GoujiError]) -> None:
    refused = await refusal(body)
    assert type(refused) is error
    assert "?" not in refused.message_zh + refused.message_en


@pytest.mark.parametrize(
    "content_type", ["", "application/pdf", "multipart/form-data", "multipart/form-data; boundary=" + "x" * 300]
)
async def test_body_that_is_no_form_is_refused(content_type: str) -> None:
    assert isinstance(await refusal(form(FILE), content_type), MalformedUpload)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("决算公开（汇总）.pdf".encode(), "决算公开（汇总）.pdf"),
        ("决算公开.pdf".encode("gb18030"), "决算公开.pdf"),
        (b"a %22b%22.pdf", 'a "b".pdf'),
        (b"C:\\\\docs\\\\a.pdf", "a.pdf"),
    ],
)
async def test_name_is_kept_as_the_uploader_knows_it(sent: bytes, kept: str) -> None:
    upload = await receive(form(part("file", PDF, sent)), Shelf(), piece=99)
    assert upload.file_name == kept


@pytest.mark.parametrize("name", ["..", ".", "/", "a/b.pdf", "a\\b.pdf", " ", "a\nb.pdf", "\x7f.pdf"])
def test_name_that_is_a_path_or_unprintable_is_refused(name: str) -> None:
    with pytest.raises(InvalidFileName):
        plain_name(name)


@pytest.mark.parametrize("announced", [None, "", "abc", "100000", "160000"])
def test_length_that_may_fit_is_let_in(announced: str | None) -> None:
    check_length(announced, MAX_BYTES)


def test_length_that_cannot_fit_is_refused_before_a_byte_is_read() -> None:
    with pytest.raises(FileTooLarge):
        check_length("1000000", MAX_BYTES)


async def test_cut_connection_leaves_nothing() -> None:
    async def cut() -> AsyncIterator[bytes]:
        yield form(FILE)[:3000]
        raise ConnectionResetError

    shelf = Shelf()
    with pytest.raises(ConnectionResetError):
        await receive_upload(
            cut(), CONTENT_TYPE, put=shelf.put, discard=shelf.discard, max_bytes=MAX_BYTES, region_of=anywhere
        )
    assert shelf.files == {}


async def test_cut_after_the_file_leaves_nothing() -> None:
    async def cut() -> AsyncIterator[bytes]:
        yield FILE + part("unit", "示例局")
        raise ConnectionResetError

    shelf = Shelf()
    with pytest.raises(ConnectionResetError):
        await receive_upload(
            cut(), CONTENT_TYPE, put=shelf.put, discard=shelf.discard, max_bytes=MAX_BYTES, region_of=anywhere
        )
    assert shelf.files == {}


SCRAPS = (b"--", b"\r\n", b"\r\n\r\n", b"\r", b"\n", b"\xff\x00", b'"', b"%0A", b"a.pdf", b"--\r\n", PDF[:20])
HEADER_SCRAPS = (b"Content-Disposition: form-data; ", b'name="file"', b'name="unit"', b'; filename="')
PIECES = st.sampled_from([*SCRAPS, *HEADER_SCRAPS, b"--" + BOUNDARY, FILE, part("kind", "budget")])


@settings(max_examples=300, deadline=None)
@given(body=st.lists(PIECES, max_size=25).map(b"".join), piece=st.integers(1, 50))
async def test_any_body_is_taken_or_refused_with_a_reason(body: bytes, piece: int) -> None:
    shelf = Shelf()
    try:
        upload = await receive(body, shelf, piece)
    except GoujiError:
        assert shelf.files == {}
    else:
        assert list(shelf.files) == [upload.file.name]
