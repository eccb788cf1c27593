"""Layouts: what the standard tables are called and how their columns and rows are named, as data.

A layout file (`shared/layouts/*.yaml`) describes the tables of one family of editions; a new province's edition is a
new file, no new code. Parse uses it to type a table and to find its header; validate and store use it, through
`shared.figures`, to address cells by meaning instead of by position.

All names are compared folded (`shared.amounts.fold`) and without brackets' variants: write them as printed.
"""

import os
import re
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property, lru_cache
from typing import Any, ClassVar, Literal

import orjson

from shared.amounts import fold
from shared.document import Kind

# ruff: noqa: PTH110, PTH118, PTH120, PTH123, PTH208 -- pathlib is slow to import, and every reading would wait for it
FOLDER = os.path.join(os.path.dirname(__file__), "layouts")
_COMPILED = "compiled.json"

Role = Literal["name", "code", "ordinal", "amount", "text"]
Pattern = str
"""A regular expression, searched in the folded header path joined by '/', e.g. `支出/项目$`."""


class _Strict:
    __pydantic_config__: ClassVar = {"extra": "forbid"}


@dataclass(frozen=True, kw_only=True)
class ColumnLayout(_Strict):
    """One kind of column. The first entry whose `match` is found in a column's header path gives its key and role.

    Several `code` columns in a row (类, 款, 项) make one code. `row` is set where the header, not a row name, says
    which row a figure belongs to (预算数 | 决算数 as column blocks of “三公”经费).
    """

    key: str
    role: Role = "amount"
    match: Pattern
    row: str | None = None

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """`match`, compiled when it is first searched: a document needs few of the hundreds."""
        return re.compile(fold_pattern(self.match))


@dataclass(frozen=True, kw_only=True)
class RowLayout(_Strict):
    """One named row of a table whose rows are items, not codes. Rows are listed in printed order.

    `group` collects the addends of a total (`items`); `part_of` marks a row that is a subset (其中) of another.
    """

    key: str
    names: tuple[str, ...]
    group: str | None = None
    part_of: str | None = None
    counted: bool = False
    """True where the row's figures are counts (辆, 台), not money."""


@dataclass(frozen=True, kw_only=True)
class SideLayout(_Strict):
    """One side of a table: `income` and `expenditure` of a two-sided table, or the only side (key "")."""

    key: str = ""
    rows: tuple[RowLayout, ...] = ()
    classes: bool = False
    """True where rows are functional classes by name (一般公共服务支出 …): their key is the class code, group items."""


@dataclass(frozen=True, kw_only=True)
class TableLayout(_Strict):
    """One standard table. `titles` are endings of the printed title; the longest title that fits wins.

    `requires` lists column keys without which a table of that title is not this table.
    """

    type: str
    kind: Kind
    titles: tuple[str, ...]
    columns: tuple[ColumnLayout, ...]
    sides: tuple[SideLayout, ...] = (SideLayout(),)
    requires: tuple[str, ...] = ()
    rows: tuple[RowLayout, ...] = ()
    """Row names that any edition of this table may use on its only side (合计 …)."""
    edition: str = ""
    """The edition of the file it stands in; filled in when the files are read."""

    def column(self, path: tuple[str, ...]) -> ColumnLayout | None:
        """The layout of the column with this header path, or None."""
        joined = "/".join(fold(part) for part in path)
        return next((layout for layout in self.columns if layout.pattern.search(joined)), None)


@dataclass(frozen=True, kw_only=True)
class LayoutFile(_Strict):
    """One file of layouts."""

    edition: str
    source: str
    """Which form or instruction prescribes these tables."""
    known_by: tuple[str, ...] = ()
    """Table types that only this edition prints: a document with one of them is of this edition."""
    prints: tuple[str, ...] = ()
    """With `known_by`: all the table types that documents of this edition print."""
    tables: tuple[TableLayout, ...]


@dataclass(frozen=True, kw_only=True)
class Edition(_Strict):
    """An edition that is known by one of its tables, and all that it prints."""

    name: str
    known_by: tuple[str, ...]
    prints: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ClassNames(_Strict):
    """A functional class (支出功能分类, 类) with the names it has borne, the present one first."""

    code: str
    names: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Layouts(_Strict):
    """All layouts. Several files may describe one type (editions that differ in columns); all are tried."""

    tables: tuple[TableLayout, ...]
    classes: tuple[ClassNames, ...]
    editions: tuple[Edition, ...] = ()

    @cached_property
    def class_code(self) -> dict[str, str]:
        """Folded class name, old names included → class code."""
        return {fold(name): entry.code for entry in self.classes for name in entry.names}

    def of_type(self, table_type: str) -> tuple[TableLayout, ...]:
        """The layouts of a table type, in file order."""
        return tuple(layout for layout in self.tables if layout.type == table_type)


def fitting_layout(columns: Sequence[tuple[str, ...]], candidates: Sequence[TableLayout]) -> TableLayout | None:
    """The first layout all of whose required columns are there."""
    return next(iter(fitting_layouts(columns, candidates)), None)


def fitting_layouts(columns: Sequence[tuple[str, ...]], candidates: Sequence[TableLayout]) -> list[TableLayout]:
    """The layouts all of whose required columns are there."""
    found: list[TableLayout] = []
    for layout in candidates:
        keys = {column.key for column in (layout.column(path) for path in columns) if column}
        if keys.issuperset(layout.requires):
            found.append(layout)
    return found


def fold_pattern(pattern: str) -> str:
    """A pattern of a layout file, folded like the text it is searched in (full-width brackets become ASCII)."""
    return fold(pattern.replace("（", r"\(").replace("）", r"\)"))


@lru_cache(maxsize=4096)
def compiled(pattern: str) -> re.Pattern[str]:
    """A pattern of a layout or rule file, folded and compiled; rules ask for theirs with every document."""
    return re.compile(fold_pattern(pattern))


def load_layouts(folder: str | os.PathLike[str] = FOLDER) -> Layouts:
    """All layouts: in their compiled form where it is of these very files, else as the files are written.

    Raises `InvalidCatalogue` at the first file that does not fit.
    """
    compiled = os.path.join(folder, _COMPILED)
    if os.path.exists(compiled):
        content = orjson.loads(_bytes_of(compiled))
        if content["digest"] == _digest(_files(folder)):
            return _layouts(content["layouts"])
    return _read(folder)


def compile_layouts(folder: str | os.PathLike[str] = FOLDER) -> str:
    """The compiled form of the files: reading and checking YAML takes longer than reading ten pages."""
    return orjson.dumps({"digest": _digest(_files(folder)), "layouts": asdict(_read(folder))}).decode() + "\n"


def _files(folder: str | os.PathLike[str]) -> list[str]:
    tables = os.path.join(folder, "tables")
    names = sorted(name for name in os.listdir(tables) if name.endswith(".yaml"))
    return [*(os.path.join(tables, name) for name in names), os.path.join(folder, "functional_classes.yaml")]


def _digest(paths: Sequence[str]) -> int:
    """Tells files from changed ones; no more is asked of it, and the import of hashlib is slow."""
    return zlib.crc32(b"".join(map(_bytes_of, paths)))


def _bytes_of(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def _read(folder: str | os.PathLike[str]) -> Layouts:
    from pathlib import Path

    from shared.strict_yaml import read_yaml

    *editions, classes = map(Path, _files(folder))
    files = [read_yaml(path, LayoutFile) for path in editions]
    return Layouts(
        tables=tuple(replace(layout, edition=file.edition) for file in files for layout in file.tables),
        classes=read_yaml(classes, tuple[ClassNames, ...]),
        editions=tuple(
            Edition(name=file.edition, known_by=file.known_by, prints=file.prints) for file in files if file.known_by
        ),
    )


def _layouts(content: dict[str, Any]) -> Layouts:
    classes = tuple(ClassNames(code=one["code"], names=tuple(one["names"])) for one in content["classes"])
    editions = tuple(
        Edition(name=one["name"], known_by=tuple(one["known_by"]), prints=tuple(one["prints"]))
        for one in content["editions"]
    )
    return Layouts(tables=tuple(map(_table, content["tables"])), classes=classes, editions=editions)


def _table(content: dict[str, Any]) -> TableLayout:
    return TableLayout(
        **{
            **content,
            "titles": tuple(content["titles"]),
            "requires": tuple(content["requires"]),
            "columns": tuple(ColumnLayout(**column) for column in content["columns"]),
            "rows": _rows(content["rows"]),
            "sides": tuple(SideLayout(**{**side, "rows": _rows(side["rows"])}) for side in content["sides"]),
        }
    )


def _rows(content: Sequence[dict[str, Any]]) -> tuple[RowLayout, ...]:
    return tuple(RowLayout(**{**row, "names": tuple(row["names"])}) for row in content)
