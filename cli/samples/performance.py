"""Draw a unit's performance self-evaluation (绩效自评): funds by source, indicators with targets, weights and scores.

Funds are those of the accounts, in fen. Scores are never rounded: what is printed is exactly what was given.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from cli.samples.accounts import FUNDS, Accounts, Fen, Item, Use
from cli.samples.indicators import IndicatorChoice, IndicatorGroup, IndicatorPool

EXECUTION_WEIGHT = 10
"""The weight (分值) of having spent the budget."""
MOST_PROJECTS = 4
GENERAL = (FUNDS[0],)
PROJECT_USE: tuple[Use, ...] = ("project",)
OTHER_USES: tuple[Use, ...] = ("to_superior", "operating", "to_affiliated")
_TOLD_FUNDS = "全年预算数<form.total.budget>万元，执行数<form.total.executed>万元"
"""What a form's own prose says of its funds; the figures are those of the lines of funds."""
_MOST_TOLD = 2
_MISSED = 0.12
"""How often a target is missed."""


@dataclass(frozen=True)
class Funds:
    """One line of funds: 全年预算数 and 全年执行数, from the appropriation and from own money; 年初预算数."""

    budget: Fen
    executed: Fen
    initial: Fen = 0
    own_budget: Fen = 0
    """The part of the budget that is not appropriated."""
    own_executed: Fen = 0


@dataclass(frozen=True)
class Indicator:
    """One line of indicators; without a name it is a kind of which the form has none."""

    group: IndicatorGroup
    kind: str
    name: str = ""
    target: str = ""
    actual: str = ""
    weight: int = 0
    score: int = 0

    @property
    def missed(self) -> bool:
        """True where the target was not reached, which costs marks."""
        return self.score < self.weight


@dataclass(frozen=True)
class Evaluation:
    """One self-evaluation: of the whole unit (整体支出) or of a project."""

    overall: bool
    name: str
    funds: Mapping[str, Funds]
    """By line; `total` is their sum."""
    indicators: tuple[Indicator, ...]
    execution_score: Fraction
    goal: str
    result: str

    @property
    def score(self) -> Fraction:
        """总分."""
        return self.execution_score + sum(indicator.score for indicator in self.indicators)


def evaluated_items(accounts: Accounts) -> list[Item]:
    """The items whose projects are evaluated: the largest projects of the general public budget, in their order."""
    projects = [item for item in accounts.items if item.spending(GENERAL, PROJECT_USE)]
    largest = sorted(projects, key=lambda item: -item.spending(GENERAL, PROJECT_USE))[:MOST_PROJECTS]
    return [item for item in projects if item in largest]


def draw_evaluations(
    rng: random.Random, accounts: Accounts, pool: IndicatorPool, score_decimals: int
) -> tuple[Evaluation, ...]:
    """The evaluation of the whole unit, then those of its projects."""
    duty = accounts.unit.duty
    whole = Evaluation(
        overall=True,
        name=accounts.unit.name,
        funds=_whole_funds(accounts),
        indicators=_draw_indicators(rng, pool.overall),
        execution_score=_execution_score(_whole_funds(accounts)["total"], score_decimals),
        goal=f"保障机构正常运转和人员经费发放，完成年度{duty}重点工作任务，提升公共服务水平。",
        result=f"机构运转正常，人员经费按时足额发放，年度{duty}重点工作任务基本完成。",
    )
    projects = (_project(rng, item, pool, score_decimals) for item in evaluated_items(accounts))
    return whole, *projects


def _project(rng: random.Random, item: Item, pool: IndicatorPool, score_decimals: int) -> Evaluation:
    name = f"{item.name.removesuffix('支出')}专项经费"
    funds = _project_funds(item)
    indicators = _draw_indicators(rng, pool.project)
    return Evaluation(
        overall=False,
        name=name,
        funds=funds,
        indicators=indicators,
        execution_score=_execution_score(funds["total"], score_decimals),
        goal=f"按照年度工作安排实施{name}项目，规范资金使用，确保各项任务按期完成。",
        result=f"{name}项目按计划实施，{_TOLD_FUNDS}{_told_results(indicators)}。资金使用规范，各项任务基本完成。",
    )


def _told_results(indicators: Sequence[Indicator]) -> str:
    """What the first indicators that are numbers reached, in words."""
    numbers = [one for one in indicators if one.actual[:1].isdigit() and one.target.startswith("≥")]
    return "".join(f"，{one.name}{one.actual}" for one in numbers[:_MOST_TOLD])


def _project_funds(item: Item) -> dict[str, Funds]:
    """What was carried over from last year is spent first."""
    spent = item.spending(GENERAL, PROJECT_USE)
    carried, left = item.opening.get(FUNDS[0], 0), item.closing.get(FUNDS[0], 0)
    current = spent + left - carried
    return {
        "total": Funds(spent + left, spent, item.budget),
        "current": Funds(current, spent - carried, item.budget),
        "carried": Funds(carried, carried),
    }


def _whole_funds(accounts: Accounts) -> dict[str, Funds]:
    lines: dict[str, tuple[tuple[Use, ...], Fen]] = {
        "personnel": (("personnel",), 0),
        "public": (("public",), 0),
        "project": (PROJECT_USE, sum(accounts.closing(fund) for fund in FUNDS)),
        "other": (OTHER_USES, 0),
    }
    funds = {line: _whole_line(accounts, uses, left) for line, (uses, left) in lines.items()}
    parts = list(funds.values())
    total = Funds(
        budget=sum(part.budget for part in parts),
        executed=sum(part.executed for part in parts),
        own_budget=sum(part.own_budget for part in parts),
        own_executed=sum(part.own_executed for part in parts),
    )
    return {"total": total, **funds}


def _whole_line(accounts: Accounts, uses: Sequence[Use], left: Fen) -> Funds:
    executed, appropriated = accounts.spent(None, uses), accounts.spent(FUNDS, uses)
    own = executed - appropriated
    return Funds(executed + left, executed, own_budget=own, own_executed=own)


def _execution_score(funds: Funds, decimals: int) -> Fraction:
    """10 marks for the whole budget, less for less; full marks only where all was spent."""
    if funds.executed == funds.budget:
        return Fraction(EXECUTION_WEIGHT)
    least = Fraction(1, 10**decimals)
    exact = Decimal(EXECUTION_WEIGHT * funds.executed) / Decimal(funds.budget)
    rounded = Fraction(exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP))
    return min(max(rounded, least), EXECUTION_WEIGHT - least)


def _draw_indicators(rng: random.Random, groups: Sequence[IndicatorGroup]) -> tuple[Indicator, ...]:
    return tuple(indicator for group in groups for indicator in _draw_group(rng, group))


def _draw_group(rng: random.Random, group: IndicatorGroup) -> list[Indicator]:
    chosen = [(kind.name, rng.sample(kind.indicators, rng.randint(*kind.count))) for kind in group.kinds]
    weights = iter(_shared_out(rng, group.weight, sum(len(choices) for _, choices in chosen)))
    indicators = []
    for kind, choices in chosen:
        indicators += [_draw_indicator(rng, group, kind, choice, next(weights)) for choice in choices]
        if not choices:
            indicators.append(Indicator(group, kind))
    return indicators


def _shared_out(rng: random.Random, whole: int, parts: int) -> list[int]:
    """A weight shared out in whole marks, nearly evenly."""
    weights = [whole // parts + (number < whole % parts) for number in range(parts)]
    for _ in range(parts // 2):
        giver, taker = rng.sample(range(parts), 2)
        if weights[giver] > 3:
            weights[giver], weights[taker] = weights[giver] - 1, weights[taker] + 1
    return weights


def _draw_indicator(
    rng: random.Random, group: IndicatorGroup, kind: str, choice: IndicatorChoice, weight: int
) -> Indicator:
    if choice.cost:
        funds = "<form.total.budget>万元", "<form.total.executed>万元"
        return Indicator(group, kind, choice.name, *funds, weight, weight)
    if choice.least is None:
        return Indicator(group, kind, choice.name, choice.words, choice.words, weight, weight)
    target = rng.randint(*choice.least) * choice.step
    missed = weight > 1 and target > choice.step and rng.random() < _MISSED
    spare = 100 - target if choice.unit == "%" else target // 2
    actual = target - rng.randint(1, choice.step) if missed else target + rng.randint(0, max(0, min(spare, 4)))
    score = weight - rng.randint(1, max(1, weight // 3)) if missed else weight
    return Indicator(group, kind, choice.name, f"≥{target}{choice.unit}", f"{actual}{choice.unit}", weight, score)
