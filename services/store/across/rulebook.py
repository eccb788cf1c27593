"""The relations between documents, as data: `rules.yaml`."""

import hashlib
import re
from collections.abc import Mapping
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from shared.document import Kind
from shared.findings import Severity, Text
from shared.strict_yaml import read_yaml

Counterpart = Literal["last_year", "budget", "units", "each_unit"]
CODES = "codes"
_ID = re.compile(r"AC-[A-Z]+-[A-Z]+-\d{2}")
_EVERY_UNIT: tuple[Counterpart, ...] = ("units", "each_unit")


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Figure(_Strict):
    """One side's figure: an address and whether it is added or taken away."""

    address: str
    weight: Literal[1, -1] = 1

    @property
    def is_coded(self) -> bool:
        """True where it stands for one figure of every code."""
        return CODES in self.address.split("/")

    def of(self, code: str | None) -> str:
        """The address of one code's figure."""
        return "/".join(code if part == CODES and code else part for part in self.address.split("/"))


def _figure(text: object) -> object:
    if not isinstance(text, str):
        return text
    return Figure(address=text.removeprefix("-"), weight=-1 if text.startswith("-") else 1)


OneFigure = Annotated[Figure, BeforeValidator(_figure)]


class Pair(_Strict):
    """The left figures of a document together equal the right ones of its counterparts."""

    left: tuple[OneFigure, ...]
    right: tuple[OneFigure, ...]


class FactName(_Strict):
    """A figure of the narrative: measure, subject (a whole name), section and clause (a part of them)."""

    measure: tuple[str, ...]
    subject: str = ".*"
    section: str = ""
    quote: str = ""
    coded: str = ""
    """One for each functional code; where the text gives names only, the rows of this table say the code."""


class Example(_Strict):
    """Figures of a document and of its counterparts on which a rule must come out as said."""

    left: Mapping[str, str]
    right: tuple[Mapping[str, str], ...]
    expect: Literal["pass", "fail", "unclear"]


class Rule(_Strict):
    """One relation between documents."""

    id: str
    title: Text
    source: str
    since: int
    until: int | None = None
    severity: Severity
    kind: Kind
    counterpart: Counterpart
    pairs: tuple[Pair, ...]
    unless: tuple[str, ...] = ()
    """Does not apply where a unit prints an amount here: money that units give each other cancels out."""
    absent_is_zero: bool = False
    """A code without a row in a table that was read is an amount of nothing: a unit prints only its own codes."""
    message: Text
    examples: tuple[Example, ...]

    @model_validator(mode="after")
    def _is_complete(self) -> "Rule":
        if not _ID.fullmatch(self.id):
            raise ValueError(f"{self.id!r} is no rule id: write AC-AREA-KIND-01")
        if not {"pass", "fail"} <= {example.expect for example in self.examples}:
            raise ValueError(f"{self.id} needs at least one example that passes and one that fails")
        return self

    def applies(self, kind: str | None, scope: str | None, year: int) -> bool:
        """True for the documents that the rule speaks of; only a department has units."""
        in_time = self.since <= year and (self.until is None or year <= self.until)
        return in_time and kind == self.kind and (scope == "department" or self.counterpart not in _EVERY_UNIT)


class RuleFile(_Strict):
    """The file of rules."""

    facts: Mapping[str, FactName]
    restated: Mapping[str, FactName]
    rules: tuple[Rule, ...] = Field(min_length=1)


class AcrossRules(_Strict):
    """All relations between documents. `version` changes with the file."""

    file: RuleFile
    version: str

    @property
    def rules(self) -> tuple[Rule, ...]:
        """All rules, in the order of the file."""
        return self.file.rules

    @cached_property
    def cells(self) -> frozenset[str]:
        """The addresses of all cells that a rule names."""
        figures = {f.address for rule in self.rules for pair in rule.pairs for f in (*pair.left, *pair.right)}
        named = figures | {address for rule in self.rules for address in rule.unless}
        return frozenset(address for address in named if address.split("/")[0] not in ("facts", "restated"))


def load_across_rules() -> AcrossRules:
    """Read the rules. Raises `InvalidCatalogue` where they do not fit."""
    path = Path(str(files("services.store.across") / "rules.yaml"))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()[:12]
    return AcrossRules(file=read_yaml(path, RuleFile), version=digest)
