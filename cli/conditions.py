"""Conditions on stored documents, as `--where` takes them: `year=2024`, `pack!=V`, `'reader<V'`."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import typer

from services.store.replays import Candidate, candidates
from shared.mongo import Database

_CONDITION = re.compile(r"(?P<name>\w+)\s*(?P<sign>!=|=|<)\s*(?P<value>.+)")
_EQUAL = {"unit": "unit_name", "region": "region", "kind": "kind", "status": "status", "document": "_id"}
WHERE_HELP = (
    "A condition; several must all hold. unit= region= kind= year= status= document= (an id, or several with commas), "
    "reader=V reader!=V 'reader<V', pack=V pack!=V."
)


@dataclass(frozen=True)
class Condition:
    """One condition on a document's head: what the database can tell, and what is told here."""

    where: dict[str, Any]
    holds: Callable[[Candidate], bool] = lambda _candidate: True


def condition_of(text: str) -> Condition:
    match = _CONDITION.fullmatch(text.strip())
    if match is None:
        raise typer.BadParameter(f"看不懂的条件 / not a condition: {text}. {WHERE_HELP}", param_hint="--where")
    name, sign, value = match["name"], match["sign"], match["value"].strip()
    if name in ("reader", "pack") and not (name == "pack" and sign == "<"):
        return _of_version(f"{name}_version", sign, value)
    if sign == "=" and name == "year" and value.isdecimal():
        return Condition({"fiscal_year": int(value)})
    if sign == "=" and name in _EQUAL:
        values = value.split(",") if name == "document" else [value]
        return Condition({_EQUAL[name]: {"$in": values}})
    raise typer.BadParameter(f"看不懂的条件 / not a condition: {text}. {WHERE_HELP}", param_hint="--where")


def _of_version(field: str, sign: str, value: str) -> Condition:
    if sign == "<":
        return Condition({field: {"$exists": True}}, lambda one: _numbers(getattr(one, field)) < _numbers(value))
    return Condition({field: value if sign == "=" else {"$ne": value}})


def _numbers(version: str | None) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version or ""))


async def chosen_by(conditions: Sequence[Condition], database: Database) -> list[Candidate]:
    """The stored documents for which all conditions hold, in order of receipt; others where a status is asked for."""
    wanted = [condition.where for condition in conditions]
    if not any("status" in where for where in wanted):
        wanted.append({"status": "stored"})
    found = await candidates({"$and": wanted}, database)
    return [one for one in found if all(condition.holds(one) for condition in conditions)]
