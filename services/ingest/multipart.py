"""A multipart/form-data body as a stream of parts, never whole in memory."""

from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import dataclass

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from shared.errors import InvalidFileName, MalformedUpload

# What HTML forms and HTTP clients escape in a file name (WHATWG, "multipart/form-data encoding algorithm").
_ESCAPES = (("%22", '"'), ("%0D", "\r"), ("%0d", "\r"), ("%0A", "\n"), ("%0a", "\n"), ("%00", "\0"))


@dataclass(frozen=True)
class PartBegun:
    """A part begins: the name of its field, and the file name as sent where it is a file."""

    field: str
    file_name: str | None


@dataclass(frozen=True)
class PartData:
    """Some bytes of the part that began last."""

    data: bytes


@dataclass(frozen=True)
class PartEnded:
    """The part that began last is complete."""


Token = PartBegun | PartData | PartEnded


async def read_parts(body: AsyncIterable[bytes], content_type: str) -> AsyncIterator[Token]:
    """The parts of a body as they arrive.

    Raises `MalformedUpload` where it is not multipart/form-data or ends before its final boundary, and
    `InvalidFileName` where a file name is in no known encoding.
    """
    parser = _Parser(_boundary(content_type))
    async for piece in body:
        for token in parser.feed(piece):
            yield token
    if not parser.ended:
        raise MalformedUpload(detail="it ends before its final boundary 内容不完整")


def _boundary(content_type: str) -> bytes:
    kind, options = parse_options_header(content_type)
    boundary = options.get(b"boundary")
    if kind != b"multipart/form-data" or not boundary:
        raise MalformedUpload(detail=f"Content-Type is {content_type[:80] or '?'}")
    return boundary


class _Parser:
    """The push parser's callbacks, collected into tokens."""

    def __init__(self, boundary: bytes) -> None:
        self.ended = False
        self._tokens: list[Token] = []
        self._name = b""
        self._value = b""
        self._disposition = b""
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._begin,
                    "on_header_field": self._header_name,
                    "on_header_value": self._header_value,
                    "on_header_end": self._header_end,
                    "on_headers_finished": self._headers_finished,
                    "on_part_data": self._data,
                    "on_part_end": lambda: self._tokens.append(PartEnded()),
                    "on_end": self._end,
                },
            )
        except FormParserError as error:
            raise MalformedUpload(detail=str(error)) from error

    def feed(self, piece: bytes) -> list[Token]:
        """The tokens that the next bytes complete."""
        if self.ended:
            return []
        try:
            self._parser.write(piece)
        except FormParserError as error:
            raise MalformedUpload(detail=str(error)) from error
        tokens, self._tokens = self._tokens, []
        return tokens

    def _begin(self) -> None:
        self._disposition = b""

    def _header_name(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        if self._name.lower() == b"content-disposition":
            self._disposition = self._value
        self._name = self._value = b""

    def _headers_finished(self) -> None:
        _, options = parse_options_header(self._disposition)
        if b"name" not in options:
            raise MalformedUpload(detail="a part without a name")
        file_name = options.get(b"filename")
        field = options[b"name"].decode("utf-8", "replace")
        self._tokens.append(PartBegun(field, None if file_name is None else _decoded(file_name)))

    def _data(self, data: bytes, start: int, end: int) -> None:
        self._tokens.append(PartData(data[start:end]))

    def _end(self) -> None:
        self.ended = True


def _decoded(raw: bytes) -> str:
    """A file name as text: UTF-8, or GB18030 as consoles of Chinese Windows send it."""
    for encoding in ("utf-8", "gb18030"):
        try:
            name = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        for escaped, character in _ESCAPES:
            name = name.replace(escaped, character)
        return name
    raise InvalidFileName(detail="neither UTF-8 nor GB18030 编码无法识别")
