"""The standard tables of final accounts (部门决算公开表) as exact quantities, addressed by type, row and column.

Row and column keys are those of the layouts (`shared/layouts`); on a two-sided table the row key begins with its side.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from cli.samples.accounts import BASIC, FUNDS, OTHER_USES, OWN_INCOME, Accounts, Fen, Item, PublicExpenses, Use
from cli.samples.quantities import FigureKey, Ledger, Quantity, count, money

Columns = Mapping[str, Callable[[Sequence[Item]], Fen]]
GENERAL, GOVERNMENT_FUND, STATE_CAPITAL = FUNDS


def ledger_of(accounts: Accounts) -> Ledger:
    """Every figure of the standard tables, exactly."""
    return {
        **_income_expenditure_summary(accounts),
        **by_code("income", accounts.items, _INCOME),
        **by_code("expenditure", accounts.items, _EXPENDITURE),
        **_fiscal_appropriation_summary(accounts),
        **by_code("general_public_budget_expenditure", accounts.items, _of_fund(GENERAL)),
        **_basic_expenditure_detail(accounts),
        **by_code("government_fund", accounts.items, _with_carry_over(GOVERNMENT_FUND)),
        **by_code("state_capital", accounts.items, _with_carry_over(STATE_CAPITAL)),
        **_three_public_expenses(accounts),
        **_disclosure_statistics(accounts),
    }


def _table(table: str, column: str, rows: Mapping[str, Fen]) -> dict[FigureKey, Quantity]:
    return {FigureKey(table, row, column): money(fen) for row, fen in rows.items()}


def classes_of(items: Iterable[Item]) -> dict[str, list[Item]]:
    found: dict[str, list[Item]] = {}
    for item in items:
        found.setdefault(item.code[:3], []).append(item)
    return found


def _income_expenditure_summary(accounts: Accounts) -> dict[FigureKey, Quantity]:
    income = {f"income/{source}": accounts.received(source) for source in (*FUNDS, *OWN_INCOME)} | {
        "income/total": accounts.income,
        "income/surplus_used": accounts.surplus_used,
        "income/opening": accounts.all_opening,
        "income/grand_total": accounts.grand_total,
    }
    expenditure = {
        f"expenditure/{code}": sum(item.spending() for item in items)
        for code, items in classes_of(accounts.items).items()
    } | {
        "expenditure/total": accounts.spent(),
        "expenditure/surplus_distribution": accounts.surplus_distribution,
        "expenditure/closing": accounts.all_closing,
        "expenditure/grand_total": accounts.spent() + accounts.surplus_distribution + accounts.all_closing,
    }
    return _table("income_expenditure_summary", "final", income | expenditure)


def _sum_income(*sources: str) -> Callable[[Sequence[Item]], Fen]:
    return lambda items: sum(item.income(sources) for item in items)


def _sum_uses(sources: Sequence[str] | None, *uses: Use) -> Callable[[Sequence[Item]], Fen]:
    return lambda items: sum(item.spending(sources, uses or None) for item in items)


_INCOME: Columns = {
    "total": _sum_income(*FUNDS, *OWN_INCOME),
    "fiscal_appropriation": _sum_income(*FUNDS),
    **{source: _sum_income(source) for source in OWN_INCOME},
}
_EXPENDITURE: Columns = {
    "total": _sum_uses(None),
    "basic": _sum_uses(None, *BASIC),
    **{use: _sum_uses(None, use) for use in OTHER_USES},
}


def _of_fund(fund: str) -> Columns:
    """小计, 基本支出, 项目支出 of one fund."""
    return {"total": _sum_uses([fund]), "basic": _sum_uses([fund], *BASIC), "project": _sum_uses([fund], "project")}


def _with_carry_over(fund: str) -> Columns:
    """年初结转和结余, 本年收入, 本年支出, 年末结转和结余 of one fund."""
    return {
        "opening": lambda items: sum(item.opening.get(fund, 0) for item in items),
        "income": _sum_income(fund),
        **_of_fund(fund),
        "closing": lambda items: sum(item.closing.get(fund, 0) for item in items),
    }


def by_code(table: str, items: Sequence[Item], columns: Columns) -> dict[FigureKey, Quantity]:
    """合计 and every 类, 款 and 项 that has an amount in any column; one without amounts is not printed."""
    groups: dict[str, list[Item]] = {"total": list(items)}
    for item in items:
        for length in (3, 5, 7):
            groups.setdefault(item.code[:length], []).append(item)
    figures: dict[FigureKey, Quantity] = {}
    for row, members in groups.items():
        amounts = {column: amount(members) for column, amount in columns.items()}
        if row == "total" or any(amounts.values()):
            figures |= {FigureKey(table, row, column): money(fen) for column, fen in amounts.items()}
    return figures


def _fiscal_appropriation_summary(accounts: Accounts) -> dict[FigureKey, Quantity]:
    table = "fiscal_appropriation_summary"
    openings = {fund: accounts.opening(fund) for fund in FUNDS}
    income = {f"income/{fund}": accounts.received(fund) for fund in FUNDS} | {
        "income/total": accounts.received(*FUNDS),
        "income/opening": sum(openings.values()),
        **{f"income/opening_{fund}": fen for fund, fen in openings.items()},
        "income/grand_total": accounts.fiscal_grand_total,
    }
    figures = _table(table, "final", income)
    for column, funds in (("total", FUNDS), *((fund, (fund,)) for fund in FUNDS)):
        spent, closing = accounts.spent(funds), sum(accounts.closing(fund) for fund in funds)
        rows = {code: sum(i.spending(funds) for i in items) for code, items in classes_of(accounts.items).items()}
        sums = {"total": spent, "closing": closing, "grand_total": spent + closing}
        figures |= _table(table, column, {f"expenditure/{row}": fen for row, fen in (rows | sums).items()})
    return figures


def _basic_expenditure_detail(accounts: Accounts) -> dict[FigureKey, Quantity]:
    rows: dict[str, Fen] = dict(accounts.economic)
    for code, fen in accounts.economic.items():
        rows[code[:3]] = rows.get(code[:3], 0) + fen
    personnel = sum(fen for code, fen in accounts.economic.items() if code.startswith(("301", "303")))
    sums = {"personnel_total": personnel, "public_total": sum(accounts.economic.values()) - personnel}
    return _table("basic_expenditure_detail", "final", rows | sums)


def public_expense_columns(expenses: PublicExpenses) -> dict[str, Fen]:
    """The columns of the “三公”经费 table."""
    return {
        "total": expenses.total,
        "going_abroad": expenses.going_abroad,
        "vehicles": expenses.vehicles,
        "vehicle_purchase": expenses.vehicle_purchase,
        "vehicle_running": expenses.vehicle_running,
        "reception": expenses.reception,
        "meetings": expenses.meetings,
        "training": expenses.training,
    }


def _three_public_expenses(accounts: Accounts) -> dict[FigureKey, Quantity]:
    return {
        FigureKey("three_public_expenses", row, column): money(fen)
        for row, expenses in (("budget", accounts.budget), ("actual", accounts.actual))
        for column, fen in public_expense_columns(expenses).items()
    }


def _disclosure_statistics(accounts: Accounts) -> dict[FigureKey, Quantity]:
    procurement = accounts.procurement
    amounts = {
        "procurement": procurement.total,
        "goods": procurement.goods,
        "works": procurement.works,
        "services": procurement.services,
        "operations": accounts.operations[1],
    }
    counts = {"vehicles": sum(accounts.vehicles), "equipment": accounts.equipment} | {
        f"vehicles_{kind}": number for kind, number in enumerate(accounts.vehicles, 1)
    }
    table = "disclosure_statistics"
    return _table(table, "count", amounts) | {
        FigureKey(table, row, "count"): count(number, "") for row, number in counts.items()
    }
