"""A province in small: districts, departments with their units, and the accounts of some years of each."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from cli.samples.accounts import Accounts, Fen, Unit
from cli.samples.economy import draw_accounts
from cli.samples.linked.years import added_up, follow
from cli.samples.names import District, invent_district
from cli.samples.sample import LAST_YEAR
from cli.samples.subjects import LineOfWork, Subjects

FilingKind = Literal["final_accounts", "budget"]
FAMILY = 5
"""A department and its four units."""
FAMILIES_OF_A_DISTRICT = 2


@dataclass(frozen=True)
class Filing:
    """One disclosure of one unit: what kind, of which year, with the figures that its document prints."""

    region: str
    district: District
    family: str
    accounts: Accounts
    kind: FilingKind
    member_totals: tuple[Fen, ...] = ()
    """收入总计 of each unit, as a department's text restates it."""
    file: str = field(default="", compare=False)

    @property
    def unit(self) -> Unit:
        return self.accounts.unit

    @property
    def year(self) -> int:
        return self.accounts.year


def draw_world(seed: int, units: int, years: int, subjects: Subjects) -> list[Filing]:
    """The filings of so many units (departments counted among them) over so many years."""
    rng = random.Random(f"linked/{seed}")
    filings: list[Filing] = []
    districts: dict[str, District] = {}
    for number in range(-(-units // FAMILY)):
        code = f"99{number // FAMILIES_OF_A_DISTRICT + 1:04d}"
        if code not in districts:
            districts[code] = _new_district(rng, districts)
            lines = rng.sample(subjects.departments, FAMILIES_OF_A_DISTRICT)
        family = list(_family(rng, code, districts[code], lines[number % FAMILIES_OF_A_DISTRICT], years, subjects))
        filings += family
    wanted = sorted({(filing.region, filing.unit.name) for filing in filings})[:units]
    kept = [filing for filing in filings if (filing.region, filing.unit.name) in set(wanted)]
    return [_named(filing, number) for number, filing in enumerate(kept)]


def _named(filing: Filing, number: int) -> Filing:
    kind = "预算" if filing.kind == "budget" else "决算"
    name = f"{number:05d}_{filing.region}_{filing.unit.name}_{filing.year}{kind}"
    return Filing(
        filing.region, filing.district, filing.family, filing.accounts, filing.kind, filing.member_totals, name
    )


def _new_district(rng: random.Random, taken: dict[str, District]) -> District:
    while (district := invent_district(rng)).name in {one.name for one in taken.values()}:
        pass
    return district


def _family(
    rng: random.Random, region: str, district: District, line: LineOfWork, years: int, subjects: Subjects
) -> Iterator[Filing]:
    """A department and its units over the years: accounts and budgets."""
    bureau = f"{district.name}{line.name}"
    names = [f"{bureau}（本级）", *(f"{district.name}{name}" for name in _units(line))]
    department = Unit(bureau, line.name, "department", tuple(names), line.duty, bureau, administration=True)
    before: list[Accounts] = []
    for year in range(LAST_YEAR - years + 1, LAST_YEAR + 1):
        drawn = [draw_accounts(rng, _unit(name, line, bureau), line, year, subjects) for name in names]
        now = [follow(*pair) for pair in zip(before, drawn, strict=True)] if before else drawn
        before = now
        whole = added_up(department, now)
        for accounts in (*now, whole):
            totals = tuple(one.grand_total for one in now) if accounts is whole else ()
            yield Filing(region, district, bureau, accounts, "final_accounts", totals)
            yield Filing(region, district, bureau, accounts, "budget")


def _units(line: LineOfWork) -> Sequence[str]:
    """Names of subordinate units; numbered where the line of work has too few."""
    wanted = FAMILY - 2
    return [*line.units[:wanted], *(f"{line.units[0]}{n}分站" for n in "一二三"[: wanted - len(line.units[:wanted])])]


def _unit(name: str, line: LineOfWork, bureau: str) -> Unit:
    own_body = name.endswith("（本级）")
    return Unit(name, line.name, "unit", (name,), line.duty, bureau, administration=own_body)
