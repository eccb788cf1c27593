"""The rulebook: every rule with its title, source, years, severity, check, message and examples, from `rules/*.yaml`.

The pack version is the release and a hash of the pack's files, so that every verdict says which rules made it.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from string import Formatter
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from services.validate.packs import MANIFEST, Manifest, Pack, read_pack, released_pack
from services.validate.vocabulary import Address, Check, Strict
from shared.errors import InvalidCatalogue
from shared.findings import Severity, Text
from shared.layouts import Layouts, load_layouts
from shared.strict_yaml import parse_yaml

_ID = re.compile(r"(FA|BU|NA|DO|PE)-[A-Z]+(-[A-Z]+)?-\d{2}")

MESSAGE_FIELDS = frozenset(
    {"left", "right", "sum", "parts", "difference", "row", "column", "table", "place", "other", "unit"}
    | {"name", "detail", "expected", "count"}
)
"""What a message may name; see docs/adding-a-rule.md."""


def _known_fields(text: Text) -> Text:
    for template in (text.zh, text.en):
        names = {name for _, name, _, _ in Formatter().parse(template) if name is not None}
        if unknown := names - MESSAGE_FIELDS:
            raise ValueError(f"a message cannot name {sorted(unknown)}; it can name {sorted(MESSAGE_FIELDS)}")
    return text


class Example(Strict):
    """A small document on which a rule must come out as said.

    `given` holds tables as grids: key `type` or `type/side`, first line the column keys, then one line a row, beginning
    with its row key. `document`, `facts`, `paragraphs`, `catalogue`, `tables`, `assessments` and `reading_notes` are
    parts of the Document as `gouji parse --json` prints them; `headings` are paragraphs too, and `section` is what all
    `paragraphs` stand under.
    """

    given: Mapping[str, tuple[tuple[str, ...], ...]] = Field(default_factory=dict)
    document: Mapping[str, str | int] = Field(default_factory=dict)
    facts: tuple[dict[str, str | int], ...] = ()
    paragraphs: tuple[str, ...] = ()
    headings: tuple[str, ...] = ()
    section: str = ""
    catalogue: tuple[dict[str, str | bool], ...] = ()
    tables: tuple[dict[str, object], ...] = ()
    assessments: tuple[dict[str, object], ...] = ()
    expect: Literal["pass", "fail", "unclear"]


class Rule(Strict):
    """One rule of the catalogue."""

    id: str
    title: Text
    source: str
    since: int
    until: int | None = None
    severity: Severity = "error"
    """How serious a clear failure is; a miss by a unit or two of the last place is less (docs/checking.md)."""
    scopes: tuple[Literal["department", "unit"], ...] = ("department", "unit")
    check: Check
    message: Annotated[Text, AfterValidator(_known_fields)]
    examples: tuple[Example, ...]

    @model_validator(mode="after")
    def _is_complete(self) -> "Rule":
        if not _ID.fullmatch(self.id):
            raise ValueError(f"{self.id!r} is no rule id: write FA-AREA-KIND-01")
        if not {"pass", "fail"} <= {example.expect for example in self.examples}:
            raise ValueError(f"{self.id} needs at least one example that passes and one that fails")
        return self


class RuleFile(Strict):
    """One file of rules: an area of one kind of document."""

    area: Text
    kind: Literal["final_accounts", "budget", "any"]
    rules: tuple[Rule, ...] = Field(min_length=1)


class Rulebook(Strict):
    """All rules of a pack, the layouts they address cells by, and the version of the pack."""

    manifest: Manifest
    files: tuple[RuleFile, ...]
    layouts: Layouts
    version: str

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """All rules, in the order of the files."""
        return tuple(rule for one in self.files for rule in one.rules)

    @cached_property
    def by_id(self) -> dict[str, Rule]:
        """Rules by their id."""
        return {rule.id: rule for rule in self.rules}


def load_rulebook(folder: Path | None = None, layouts: Layouts | None = None) -> Rulebook:
    """The rulebook of the pack in a folder, else of the release. Raises `InvalidCatalogue` as `rulebook_of` does."""
    return rulebook_of(read_pack(folder) if folder is not None else released_pack(), layouts)


def rulebook_of(pack: Pack, layouts: Layouts | None = None) -> Rulebook:
    """Read all rules. Raises `InvalidCatalogue` at the first that does not fit, or where an id is given twice."""
    if not pack.rule_files:
        raise InvalidCatalogue(file=MANIFEST, detail="the pack holds no rules")
    known = layouts or load_layouts()
    read = {name: parse_yaml(text, RuleFile, name) for name, text in pack.rule_files.items()}
    seen: set[str] = set()
    for name, rule in ((name, rule) for name, one in read.items() for rule in one.rules):
        if rule.id in seen:
            raise InvalidCatalogue(file=name, detail=f"rule {rule.id} is given twice")
        seen.add(rule.id)
        if unknown := next(_unknown(rule, known), None):
            raise InvalidCatalogue(file=name, detail=f"{rule.id}: no layout knows {unknown}")
    return Rulebook(
        manifest=pack.manifest, files=tuple(read.values()), layouts=known, version=pack_version(pack.digest)
    )


def pack_version(digest: str) -> str:
    """The version a verdict carries: the release, whose Python checks a pack calls, and the digest of the pack."""
    return f"{version('gouji')}+{digest}"


def _unknown(rule: Rule, layouts: Layouts) -> Iterator[str]:
    """Tables, sides and columns of a rule's check that no layout knows."""
    columns: dict[tuple[str, str], set[str]] = {}
    for layout in layouts.tables:
        for side in layout.sides:
            columns.setdefault((layout.type, side.key), set()).update(column.key for column in layout.columns)
    for place in rule.check.places():
        held = columns.get((place.table, place.side))
        column = place.column if isinstance(place, Address) else "*"
        if held is None or (column != "*" and column not in held):
            yield str(place)
