"""The list of duties: who must file what by when, as the province loads it (CSV)."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from services.store.naming import unit_key
from shared.errors import InvalidField
from shared.mongo import Database, Row
from shared.records import DUTIES

COLUMNS = ("region", "region_name", "unit", "scope", "kind", "year", "due")
MAX_DUTIES = 200_000
_REQUIRED = ("region", "unit", "kind", "year", "due")
_KINDS = {"final_accounts": "final_accounts", "budget": "budget", "决算": "final_accounts", "预算": "budget"}
_SCOPES = {"department": "department", "unit": "unit", "部门": "department", "单位": "unit", "": ""}


@dataclass(frozen=True)
class Duty:
    """One duty: which unit of which region must file what by when (the end of that day, China time)."""

    region: str
    region_name: str
    unit: str
    scope: str
    kind: str
    year: int
    due: date

    @property
    def key(self) -> str:
        """What makes it one duty."""
        return "|".join((self.region, unit_key(self.unit), self.scope, self.kind, str(self.year)))

    def as_row(self) -> Row:
        """For the database."""
        due = datetime.combine(self.due, time(), UTC)
        named = {"region": self.region, "region_code": self.region, "region_name": self.region_name, "unit": self.unit}
        what = {"scope": self.scope, "kind": self.kind, "year": self.year, "due": due}
        return {"_id": self.key, "unit_key": unit_key(self.unit), **named, **what}


def read_duties(data: bytes) -> list[Duty]:
    """The duties of a CSV file (UTF-8 or GB18030). Raises `InvalidField` naming the line and what is wrong."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("gb18030", "replace")
    rows = csv.DictReader(io.StringIO(text))
    names = [(name or "").strip() for name in rows.fieldnames or ()]
    missing = [name for name in _REQUIRED if name not in names]
    if missing:
        raise InvalidField(field="duties", detail=f"no column 缺少列 {', '.join(missing)}")
    duties: dict[str, Duty] = {}
    for number, row in enumerate(rows, start=2):
        duty = _duty({(name or "").strip(): str(value or "").strip() for name, value in row.items()}, number)
        if duty.key in duties:
            raise InvalidField(field="duties", detail=f"line 第 {number} 行: given twice 重复 {duty.unit} {duty.year}")
        duties[duty.key] = duty
        if len(duties) > MAX_DUTIES:
            raise InvalidField(field="duties", detail=f"more than {MAX_DUTIES} lines 行数过多")
    return list(duties.values())


def _duty(row: Mapping[str, str], number: int) -> Duty:
    def refuse(field: str, wanted: str) -> InvalidField:
        detail = f"line 第 {number} 行: {field} = {row.get(field, '')[:40]!r}, {wanted}"
        return InvalidField(field="duties", detail=detail)

    if not row["unit"]:
        raise refuse("unit", "a name 单位名称")
    if not row["region"].isascii() or not row["region"].isdecimal() or len(row["region"]) > 12:
        raise refuse("region", "a code 行政区划代码")
    if row["kind"] not in _KINDS:
        raise refuse("kind", "final_accounts (决算) / budget (预算)")
    if row.get("scope", "") not in _SCOPES:
        raise refuse("scope", "department (部门) / unit (单位) / blank 空")
    if not row["year"].isdecimal() or not 1900 <= int(row["year"]) <= 2099:
        raise refuse("year", "1900-2099")
    try:
        due = date.fromisoformat(row["due"])
    except ValueError as error:
        raise refuse("due", "YYYY-MM-DD") from error
    scope, kind = _SCOPES[row.get("scope", "")], _KINDS[row["kind"]]
    return Duty(row["region"], row.get("region_name", ""), row["unit"], scope, kind, int(row["year"]), due)


async def load_duties(duties: Sequence[Duty], database: Database) -> int:
    """Take duties in; one that is known gets its new date. How many were new."""
    rows = [duty.as_row() for duty in duties]
    known = {row["_id"] for row in await database[DUTIES.name].all({}, {"_id": 1})}
    await database[DUTIES.name].insert_missing([row for row in rows if row["_id"] not in known])
    for row in (row for row in rows if row["_id"] in known):
        changed = {name: value for name, value in row.items() if name != "_id"}
        await database[DUTIES.name].change({"_id": row["_id"]}, {"$set": changed})
    return sum(row["_id"] not in known for row in rows)
