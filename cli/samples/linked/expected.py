"""Which relations between documents the printed figures break: told from the generator's own keys, by intervals.

Independent of the store: it knows neither its rules nor its arithmetic, and a test holds the two against each other.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from cli.samples.linked.world import Filing
from cli.samples.narrative import Narrative
from cli.samples.printing import narrative_key
from cli.samples.quantities import FigureKey
from shared.amounts import printed_amount

Texts = Mapping[FigureKey, str]
Range = tuple[Decimal, Decimal]
_TWO_SIDED, _FISCAL, _GENERAL, _EXPENSES = (
    "income_expenditure_summary",
    "fiscal_appropriation_summary",
    "general_public_budget_expenditure",
    "three_public_expenses",
)
_BUDGET = "budget_general_by_function"


class Shown:
    """One filing as it is printed: the figures that its document shows."""

    def __init__(self, filing: Filing, narrative: Narrative, texts: Texts) -> None:
        self.filing = filing
        self._narrative = narrative
        self._texts = texts

    def cell(self, table: str, row: str, column: str) -> Range | None:
        """What a cell can stand for; None where it is not shown."""
        return _range(self._texts.get(FigureKey(table, row, column)))

    def said(self, name: str) -> Range | None:
        """What a figure of the text can stand for, with the sign of its words."""
        found = _range(self._texts.get(narrative_key(name)))
        statement = self._narrative.statements.get(name)
        if found is None or statement is None:
            return None
        return (-found[1], -found[0]) if statement.direction == "decrease" else found

    def codes(self, table: str) -> set[str]:
        """The codes that a table prints, 合计 among them."""
        return {key.row for key in self._texts if key.table == table}


def _range(text: str | None) -> Range | None:
    if text is None:
        return None
    amount = printed_amount(text)
    if amount is None:
        return Decimal(0), Decimal(0)
    half = Decimal("0.5").scaleb(-amount.decimals)
    return amount.value - half, amount.value + half


def _minus(one: Range, other: Range) -> Range:
    return one[0] - other[1], one[1] - other[0]


def _apart(one: Range | None, other: Range | None) -> bool:
    return one is not None and other is not None and (one[1] < other[0] or other[1] < one[0])


def broken_rules(shown: Sequence[Shown]) -> set[tuple[str, str]]:
    """(file, rule) of every relation between these documents that no true values satisfy."""
    by_place = {_place(one.filing): one for one in shown}
    broken: set[tuple[str, str]] = set()
    for one in shown:
        broken |= {(one.filing.file, rule) for rule in _rules(one, by_place)}
    return broken


Place = tuple[str, str, str, int]


def _place(filing: Filing) -> Place:
    return filing.region, filing.unit.name, filing.kind, filing.year


def _rules(one: Shown, others: Mapping[Place, Shown]) -> Iterator[str]:
    region, name, kind, year = _place(one.filing)
    if kind == "final_accounts":
        last, budget = others.get((region, name, kind, year - 1)), others.get((region, name, "budget", year))
        if last is not None:
            yield from _against_last_year(one, last)
        if budget is not None:
            yield from _against_budget(one, budget)
    if one.filing.unit.scope == "department":
        units = [others.get((region, member, kind, year)) for member in one.filing.unit.members]
        whole = [unit for unit in units if unit is not None]
        if len(whole) == len(units):
            yield from _sums(one, whole) if kind == "final_accounts" else _coded("AC-UNITS-SUM-05", _BUDGET, one, whole)
        for number, unit in enumerate(units):
            total = unit.cell(_TWO_SIDED, "income/grand_total", "final") if unit is not None else None
            if kind == "final_accounts" and _apart(one.said(f"member:{number}.amount"), total):
                yield "AC-UNITS-RESTATED-01"


def _against_last_year(one: Shown, last: Shown) -> Iterator[str]:
    pairs = {
        "AC-CARRY-EQUAL-01": [((_TWO_SIDED, "income/opening", "final"), (_TWO_SIDED, "expenditure/closing", "final"))],
        "AC-CARRY-EQUAL-02": [
            ((_FISCAL, "income/opening", "final"), (_FISCAL, "expenditure/closing", "total")),
            *(
                ((_FISCAL, f"income/opening_{fund}", "final"), (_FISCAL, "expenditure/closing", fund))
                for fund in ("general_public_budget", "government_fund", "state_capital")
            ),
        ],
    }
    for rule, cells in pairs.items():
        if any(_apart(one.cell(*now), last.cell(*then)) for now, then in cells):
            yield rule
    for rule, cell, said in (
        ("AC-PRIOR-CHANGE-01", (_TWO_SIDED, "income/grand_total", "final"), "total.change"),
        ("AC-PRIOR-CHANGE-02", (_FISCAL, "income/grand_total", "final"), "fiscal.change"),
        ("AC-PRIOR-CHANGE-03", (_GENERAL, "total", "total"), "general.change"),
        ("AC-PRIOR-CHANGE-04", (_EXPENSES, "actual", "total"), "public:total.change"),
    ):
        now, change = one.cell(*cell), one.said(said)
        if now is not None and change is not None and _apart(_minus(now, change), last.cell(*cell)):
            yield rule


def _against_budget(one: Shown, budget: Shown) -> Iterator[str]:
    if _apart(one.said("general.budget"), budget.cell(_BUDGET, "total", "total")):
        yield "AC-BUDGET-EQUAL-01"
    codes = [code for code in budget.codes(_BUDGET) if len(code) == 7]
    if any(_apart(one.said(f"item:{code}.budget"), budget.cell(_BUDGET, code, "total")) for code in codes):
        yield "AC-BUDGET-EQUAL-02"


def _sums(one: Shown, units: Sequence[Shown]) -> Iterator[str]:
    fiscal = [(_TWO_SIDED, f"income/{fund}", "final") for fund in ("general_public_budget", "government_fund")]
    fiscal += [(_TWO_SIDED, "income/state_capital", "final"), (_TWO_SIDED, "income/opening", "final")]
    fiscal += [(_TWO_SIDED, "expenditure/closing", "final"), (_FISCAL, "expenditure/total", "total")]
    totals = [(_TWO_SIDED, row, "final") for row in ("income/total", "expenditure/total", "income/grand_total")]
    given = [(_TWO_SIDED, f"income/{source}", "final") for source in ("superior_subsidy", "affiliated")]
    given += [("expenditure", "total", column) for column in ("to_superior", "to_affiliated")]
    if any(_differs(one, units, cell) for cell in fiscal):
        yield "AC-UNITS-SUM-01"
    between = any((unit.cell(*cell) or (0, 0))[1] > Decimal("0.01") for unit in units for cell in given)
    if not between and any(_differs(one, units, cell) for cell in totals):
        yield "AC-UNITS-SUM-02"
    yield from _coded("AC-UNITS-SUM-03", _GENERAL, one, units)
    if any(_differs(one, units, (_EXPENSES, "actual", column)) for column in ("total", "vehicles", "reception")):
        yield "AC-UNITS-SUM-04"


def _coded(rule: str, table: str, one: Shown, units: Sequence[Shown]) -> Iterator[str]:
    codes = one.codes(table).union(*(unit.codes(table) for unit in units))
    if any(_differs(one, units, (table, code, "total"), absent=True) for code in codes):
        yield rule


def _differs(one: Shown, units: Sequence[Shown], cell: tuple[str, str, str], *, absent: bool = False) -> bool:
    """True where a department's cell cannot be the sum of its units'; one that is not there may count as nothing."""
    nothing = (Decimal(0), Decimal(0)) if absent else None
    parts = [unit.cell(*cell) or nothing for unit in units]
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return False
    low, high = sum((part[0] for part in known), Decimal(0)), sum((part[1] for part in known), Decimal(0))
    return _apart(one.cell(*cell) or nothing, (low, high))
