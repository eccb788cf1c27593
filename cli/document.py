"""Reading one document and printing it."""

import sys
from collections.abc import Callable
from os import PathLike, fspath

from services.parse.confinement import Confinement
from services.parse.once import read_once
from shared.errors import Rejection

UNREADABLE = 3
"""Exit code for a file that cannot be read."""


def print_document(file: str | PathLike[str], confinement: Confinement, show: Callable[[bytes], None]) -> int:
    """Read a file and show the Document, or print why it cannot be read; returns the exit code."""
    try:
        with open(file, "rb") as stream:  # noqa: PTH123 -- pathlib is slow to import
            document = read_once(stream.read(), confinement)
    except Rejection as rejection:
        name = fspath(file).rpartition("/")[2]
        print(f"{name}: {rejection.message_zh}\n{rejection.message_en}  [{rejection.reason}]", file=sys.stderr)
        return UNREADABLE
    show(document)
    return 0


def print_as_json(document: bytes) -> None:
    """The whole Document on one line."""
    sys.stdout.buffer.write(document + b"\n")
