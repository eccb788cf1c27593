"""Which files a command works on: the files named, and of each folder the PDFs in it."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Skipped:
    """A file of a folder that is left out, and why."""

    path: Path
    zh: str
    en: str


@dataclass(frozen=True)
class Collected:
    """What was found, in a stable order."""

    files: tuple[Path, ...]
    skipped: tuple[Skipped, ...]


def collect(paths: Sequence[Path]) -> Collected:
    """The files named as they are, and `*.pdf` of each folder and its subfolders; each file once."""
    files: dict[Path, Path] = {}
    skipped: list[Skipped] = []
    for path in paths:
        for found in _files_below(path) if path.is_dir() else (path,):
            if path.is_dir() and (reason := _why_not(found)):
                skipped.append(reason)
            else:
                files.setdefault(found.resolve(), found)
    return Collected(tuple(files.values()), tuple(skipped))


def printable(path: Path) -> str:
    """A path as text. Names that are not UTF-8 are read as GB18030: zip files from Chinese Windows leave such."""
    raw = os.fsencode(path)
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("utf-8", "replace")


def _files_below(folder: Path) -> Iterator[Path]:
    """All files, sorted; links to folders are not followed, so that a loop cannot catch us."""
    for root, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(root) / name for name in sorted(names))


def _why_not(path: Path) -> Skipped | None:
    if path.name.startswith("."):
        return Skipped(path, "隐藏文件", "hidden")
    if path.suffix.lower() != ".pdf":
        return Skipped(path, "不是 PDF", "not a PDF")
    if not path.is_file():
        return Skipped(path, "不是普通文件", "not a regular file")
    if not os.access(path, os.R_OK):
        return Skipped(path, "没有读取权限", "not readable")
    return None
