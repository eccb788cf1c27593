"""Subjects (科目) that fictional departments spend on, read from `subjects.yaml`."""

from decimal import Decimal
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from shared.layouts import load_layouts
from shared.strict_yaml import read_yaml


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Subject(_Strict):
    """One functional subject (支出功能分类科目) at the 项 level."""

    code: str
    name: str


class StaffSubject(Subject):
    """A subject that every department spends on for its staff; `share` of the pay of those it is for."""

    beneficiary: Literal["administration", "institution", "both"]
    share: Decimal


class Operation(_Strict):
    """The 款 under which a department pays its own running (行政运行, 事业运行)."""

    section: str
    name: str
    institution: str | None = None
    """The code of 事业运行 where it is not the usual …50."""

    @property
    def administration_subject(self) -> Subject:
        """行政运行."""
        return Subject(code=f"{self.section}01", name="行政运行")

    @property
    def institution_subject(self) -> Subject:
        """事业运行."""
        return Subject(code=self.institution or f"{self.section}50", name="事业运行")


class LineOfWork(_Strict):
    """What one kind of department does: its name, subordinate units, running and projects."""

    name: str
    units: tuple[str, ...]
    duty: str
    operation: Operation
    projects: tuple[Subject, ...]


class EconomicSubject(_Strict):
    """One economic subject (部门预算支出经济分类科目); `weight` is its usual share, None for a 3-digit 类."""

    code: str
    name: str
    weight: int | None = None

    @property
    def personnel(self) -> bool:
        """True for 人员经费: 301 and 303."""
        return self.code.startswith(("301", "303"))


class Subjects(_Strict):
    """All subjects, and the names of the 类 and 款 above them."""

    departments: tuple[LineOfWork, ...]
    staff: tuple[StaffSubject, ...]
    government_fund: tuple[Subject, ...]
    state_capital: tuple[Subject, ...]
    sections: dict[str, str]
    economic: tuple[EconomicSubject, ...]

    @cached_property
    def classes(self) -> dict[str, str]:
        """Class code → its present name, as in the standard tables."""
        return {entry.code: entry.names[0] for entry in load_layouts().classes}

    @cached_property
    def economic_names(self) -> dict[str, str]:
        """Economic code → name."""
        return {subject.code: subject.name for subject in self.economic}

    @cached_property
    def item_names(self) -> dict[str, str]:
        """项 code → name."""
        operations = [line.operation for line in self.departments]
        subjects = [
            *self.staff,
            *self.government_fund,
            *self.state_capital,
            *(subject for line in self.departments for subject in line.projects),
            *(operation.administration_subject for operation in operations),
            *(operation.institution_subject for operation in operations),
        ]
        return {subject.code: subject.name for subject in subjects}

    def name_of(self, code: str) -> str:
        """The name of a 类 or 款."""
        return self.classes[code] if len(code) == 3 else (self.sections | self._operations)[code]

    @cached_property
    def _operations(self) -> dict[str, str]:
        return {line.operation.section: line.operation.name for line in self.departments}


def load_subjects() -> Subjects:
    """Read the subjects. Raises `InvalidCatalogue` where the file does not fit."""
    return read_yaml(Path(str(files("cli.samples") / "subjects.yaml")), Subjects)
