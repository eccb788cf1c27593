"""A fictional unit's accounts in fen (分): what it received, spent and kept, before anything is rounded to 万元.

Every identity of final accounts holds here exactly, in integers; figures are rounded one by one only when they are
printed, so that printed parts need not add up to printed totals.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

Fen = int
WAN = 1_000_000
"""One 万元 in fen."""

Fund = Literal["general_public_budget", "government_fund", "state_capital"]
FUNDS: tuple[Fund, ...] = ("general_public_budget", "government_fund", "state_capital")
OWN_INCOME = ("superior_subsidy", "institutional", "operating", "affiliated", "other")
"""Income outside the appropriation: 上级补助、事业、经营、附属单位上缴、其他收入."""

Use = Literal["personnel", "public", "project", "to_superior", "operating", "to_affiliated"]
BASIC: tuple[Use, ...] = ("personnel", "public")
"""基本支出 is 人员经费 and 公用经费."""
OTHER_USES: tuple[Use, ...] = ("project", "to_superior", "operating", "to_affiliated")


@dataclass(frozen=True)
class Unit:
    """Whose accounts these are. A department (部门) adds up its units; a unit (单位) stands alone."""

    name: str
    short_name: str
    scope: Literal["department", "unit"]
    members: tuple[str, ...]
    duty: str
    bureau: str
    """The department it belongs to (主管部门); a department's own name."""
    administration: bool
    """True for a bureau, which has 机关运行经费; False for an institution (事业单位)."""


@dataclass(frozen=True)
class Item:
    """The money of one functional subject at the 项 level, by source."""

    code: str
    name: str
    spent: Mapping[tuple[str, Use], Fen]
    """(source, use) → fen; the source is a fund or `own`."""
    received: Mapping[str, Fen]
    """A fund or a kind of own income → fen."""
    opening: Mapping[str, Fen] = field(default_factory=dict)
    closing: Mapping[str, Fen] = field(default_factory=dict)
    budget: Fen = 0
    """年初预算 of the general public budget."""

    def spending(self, sources: Iterable[str] | None = None, uses: Iterable[Use] | None = None) -> Fen:
        """What was spent, of all sources and uses or of those given."""
        chosen, wanted = (None if sources is None else set(sources)), (None if uses is None else set(uses))
        return sum(
            fen
            for (source, use), fen in self.spent.items()
            if (chosen is None or source in chosen) and (wanted is None or use in wanted)
        )

    def income(self, sources: Iterable[str]) -> Fen:
        """What was received from these sources."""
        return sum(self.received.get(source, 0) for source in sources)


@dataclass(frozen=True)
class PublicExpenses:
    """“三公”经费 with 会议费 and 培训费, paid from the appropriation."""

    going_abroad: Fen = 0
    vehicle_purchase: Fen = 0
    vehicle_running: Fen = 0
    reception: Fen = 0
    meetings: Fen = 0
    training: Fen = 0

    @property
    def vehicles(self) -> Fen:
        """公务用车购置及运行维护费."""
        return self.vehicle_purchase + self.vehicle_running

    @property
    def total(self) -> Fen:
        """The three public expenses; 会议费 and 培训费 are no part of them."""
        return self.going_abroad + self.vehicles + self.reception


@dataclass(frozen=True)
class Procurement:
    """政府采购 by contract: goods, works, services, and what small and medium enterprises got of each."""

    goods: Fen
    works: Fen
    services: Fen
    to_medium: Fen
    to_small: Fen

    @property
    def total(self) -> Fen:
        return self.goods + self.works + self.services


@dataclass(frozen=True)
class Staff:
    """编制 and 实有人员: administration, staff under the civil servants' law, institution; and the retired."""

    posts: tuple[int, int, int]
    people: tuple[int, int, int]
    retired: int


@dataclass(frozen=True)
class Prior:
    """Last year's figures that this year's text compares with."""

    grand_total: Fen
    fiscal_grand_total: Fen
    general_spending: Fen
    three_public: PublicExpenses
    operations: Fen


@dataclass(frozen=True)
class Accounts:
    """One unit's final accounts of one year."""

    unit: Unit
    year: int
    items: tuple[Item, ...]
    own_opening: Fen
    surplus_used: Fen
    """使用非财政拨款结余."""
    surplus_distribution: Fen
    """结余分配."""
    own_closing: Fen
    economic: Mapping[str, Fen]
    """5-digit economic code → fen, of the general budget's basic expenditure."""
    budget: PublicExpenses
    actual: PublicExpenses
    operations: tuple[Fen, Fen]
    """机关运行经费: budget and actual."""
    procurement: Procurement
    vehicles: tuple[int, ...]
    """Vehicles by kind, in the order of the form."""
    equipment: int
    """单价 100 万元以上设备."""
    staff: Staff
    prior: Prior

    def received(self, *sources: str) -> Fen:
        """Income of the year from these sources."""
        return sum(item.income(sources) for item in self.items)

    def spent(self, sources: Iterable[str] | None = None, uses: Iterable[Use] | None = None) -> Fen:
        """Expenditure of the year, of all sources and uses or of those given."""
        return sum(item.spending(sources, uses) for item in self.items)

    def opening(self, fund: str) -> Fen:
        """A fund's carry-over (结转和结余) at the beginning of the year."""
        return sum(item.opening.get(fund, 0) for item in self.items)

    def closing(self, fund: str) -> Fen:
        """A fund's carry-over at the end of the year."""
        return sum(item.closing.get(fund, 0) for item in self.items)

    @property
    def income(self) -> Fen:
        """本年收入合计."""
        return self.received(*FUNDS, *OWN_INCOME)

    @property
    def all_opening(self) -> Fen:
        """年初结转和结余 of all sources."""
        return self.own_opening + sum(self.opening(fund) for fund in FUNDS)

    @property
    def all_closing(self) -> Fen:
        """年末结转和结余 of all sources."""
        return self.own_closing + sum(self.closing(fund) for fund in FUNDS)

    @property
    def grand_total(self) -> Fen:
        """总计: what there was to spend."""
        return self.income + self.surplus_used + self.all_opening

    @property
    def fiscal_grand_total(self) -> Fen:
        """总计 of the appropriations."""
        return self.received(*FUNDS) + sum(self.opening(fund) for fund in FUNDS)
