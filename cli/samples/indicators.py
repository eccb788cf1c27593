"""The indicators that self-evaluation forms (绩效自评表) choose from, read from `indicators.yaml`."""

from importlib.resources import files
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from shared.strict_yaml import read_yaml


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class IndicatorChoice(_Strict):
    """One thing that can be measured (三级指标): by a number to reach, in words, or as the cost of the project."""

    name: str
    least: tuple[int, int] | None = None
    """The target is a number from this range, times `step`."""
    step: int = 1
    unit: str = ""
    words: str = ""
    cost: bool = False


class IndicatorKind(_Strict):
    """A kind of indicators (二级指标), and how many of it a form has; a kind without one is printed blank."""

    name: str
    count: tuple[int, int]
    indicators: tuple[IndicatorChoice, ...]


class IndicatorGroup(_Strict):
    """A group of indicators (一级指标) with its weight (分值)."""

    name: str
    key: str
    weight: int
    kinds: tuple[IndicatorKind, ...]


class IndicatorPool(_Strict):
    """What forms of projects and the form of the whole unit (整体支出) choose from."""

    project: tuple[IndicatorGroup, ...]
    overall: tuple[IndicatorGroup, ...]


def load_indicators() -> IndicatorPool:
    """Read the indicators. Raises `InvalidCatalogue` where the file does not fit."""
    return read_yaml(Path(str(files("cli.samples") / "indicators.yaml")), IndicatorPool)
