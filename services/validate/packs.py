"""A rule pack: the rule files as text, and in `pack.yaml` its name and the fiscal years it is for.

The text itself is kept, in a folder or in the archive: an old verdict can be made again from the very same words.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from pathlib import Path

from services.validate.vocabulary import Strict
from shared.errors import InvalidCatalogue
from shared.findings import Text
from shared.strict_yaml import parse_yaml

MANIFEST = "pack.yaml"


class Years(Strict):
    """Fiscal years from the first to the last; `until` None: there is no last one."""

    since: int
    until: int | None = None

    def covers(self, year: int | None) -> bool:
        """True for a year among them; an unknown year belongs to those that have no end."""
        if year is None:
            return self.until is None
        return self.since <= year and (self.until is None or year <= self.until)

    def __str__(self) -> str:
        return f"{self.since}–{self.until or ''}"


class Manifest(Years):
    """`pack.yaml`: what a pack is called, and the fiscal years it is for."""

    name: Text


@dataclass(frozen=True)
class Pack:
    """The files of a pack, file name → text."""

    files: Mapping[str, str]

    @cached_property
    def digest(self) -> str:
        """12 hex digits that name this very text."""
        content = "".join(f"{name}\n{text}" for name, text in sorted(self.files.items()))
        return hashlib.sha256(content.encode()).hexdigest()[:12]

    @cached_property
    def manifest(self) -> Manifest:
        """Raises `InvalidCatalogue` where there is none, or it does not fit."""
        if MANIFEST not in self.files:
            raise InvalidCatalogue(file=MANIFEST, detail="is missing; it says `name`, `since` and `until`")
        return parse_yaml(self.files[MANIFEST], Manifest, MANIFEST)

    @property
    def rule_files(self) -> Mapping[str, str]:
        """The files that hold rules, by name."""
        return {name: self.files[name] for name in sorted(self.files) if name != MANIFEST}


def read_pack(folder: Path) -> Pack:
    """The pack in a folder."""
    return Pack({path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.yaml"))})


def released_pack() -> Pack:
    """The pack that comes with this release."""
    return read_pack(Path(str(files("services.validate") / "rules")))
