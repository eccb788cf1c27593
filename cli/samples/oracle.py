"""Whether the printed figures of a sample can all be true: the relations of final accounts, over intervals.

Independent of the validate service on purpose: it decides which planted errors any relation can see at all, and proves
that clean samples violate none. A printed figure with d decimals stands for every value within half a unit of its last
place; a relation is broken only if no choice of true values satisfies it. It reads the generator's keyed figures, never
a parsed document.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from cli.samples.accounts import FUNDS, OWN_INCOME
from cli.samples.quantities import NARRATIVE, FigureKey

Texts = Mapping[FigureKey, str]
GENERAL, GOVERNMENT_FUND, STATE_CAPITAL = FUNDS
SUMMARY, FISCAL = "income_expenditure_summary", "fiscal_appropriation_summary"
BY_CODE = {
    "income": ("fiscal_appropriation", *OWN_INCOME),
    "expenditure": ("basic", "project", "to_superior", "operating", "to_affiliated"),
    "general_public_budget_expenditure": ("basic", "project"),
    "government_fund": ("basic", "project"),
    "state_capital": ("basic", "project"),
}


SCALE = 10**6
"""Intervals are kept in whole millionths of the printed unit: exact for up to five printed decimals, and quick."""


class Interval(NamedTuple):
    """All values that a printed figure may stand for, ends included, in millionths."""

    low: int
    high: int

    def meets(self, other: "Interval") -> bool:
        """True where the two have a value in common."""
        return self.low <= other.high and other.low <= self.high


ZERO = Interval(0, 0)


def interval_of(text: str) -> Interval:
    """The interval of a printed figure; blank and dashes are exactly nothing."""
    digits = text.replace(",", "")
    if not digits.strip("—"):
        return ZERO
    decimals = len(digits.partition(".")[2])
    value, half = int(Decimal(digits) * SCALE), SCALE // (2 * 10**decimals)
    return Interval(value - half, value + half)


def add(parts: Iterable[Interval]) -> Interval:
    """The interval of a sum."""
    chosen = list(parts)
    return Interval(sum(p.low for p in chosen), sum(p.high for p in chosen))


def negative(one: Interval) -> Interval:
    """The interval of −x."""
    return Interval(-one.high, -one.low)


def times(one: Interval, other: Interval) -> Interval:
    """The interval of a product."""
    corners = [x * y for x in one for y in other]
    return Interval(min(corners), max(corners))


Broken = Iterator[str]


def broken_relations(texts: Texts, signs: Mapping[FigureKey, int], compared: Mapping[str, str]) -> list[str]:
    """The names of all relations that no true values could satisfy.

    `signs` gives −1 for figures whose sign a word carries (减少, 下降); `compared` the word (大于, 小于, "") between
    budget and actual of a scope of the narrative.
    """
    return list(Oracle(texts, signs, compared).broken())


class Oracle:
    """The relations over one document's printed figures. A figure that is not printed makes a relation silent."""

    def __init__(self, texts: Texts, signs: Mapping[FigureKey, int], compared: Mapping[str, str]) -> None:
        self._figures = {
            key: negative(interval_of(text)) if signs.get(key) == -1 else interval_of(text)
            for key, text in texts.items()
        }
        self._compared = compared
        self._rows: dict[str, dict[str, None]] = {}
        for key in texts:
            self._rows.setdefault(key.table, {})[key.row] = None

    def broken(self) -> Broken:
        """All broken relations."""
        tables: Sequence[Callable[[], Broken]] = (
            self._summary, self._coded, self._fiscal, self._between, self._basic_detail, self._funds,
            self._three_public, self._statistics, self._changes, self._shares, self._executions, self._restated,
            self._sums_in_text,
        )  # fmt: skip
        for table in tables:
            yield from table()

    def _get(self, table: str, row: str, column: str) -> Interval | None:
        return self._figures.get(FigureKey(table, row, column))

    def _equal(self, name: str, one: Interval | None, *parts: Interval | None) -> Broken:
        """one ≈ Σ parts; silent where anything is missing."""
        known = [part for part in parts if part is not None]
        if one is not None and known and len(known) == len(parts) and not one.meets(add(known)):
            yield name

    def _at_most(self, name: str, one: Interval | None, other: Interval | None) -> Broken:
        if one is not None and other is not None and one.low > other.high:
            yield name

    def _classes(self, table: str, prefix: str = "") -> list[str]:
        rows = (row.removeprefix(prefix) for row in self._rows.get(table, ()) if row.startswith(prefix))
        return [row for row in rows if row.isdecimal() and len(row) == 3]

    # 1. 收入支出决算总表
    def _summary(self) -> Broken:
        def of(row: str) -> Interval | None:
            return self._get(SUMMARY, row, "final")

        yield from self._equal(
            "1 income items", of("income/total"), *(of(f"income/{s}") for s in (*FUNDS, *OWN_INCOME))
        )
        classes = self._classes(SUMMARY, "expenditure/")
        yield from self._equal("1 classes", of("expenditure/total"), *(of(f"expenditure/{code}") for code in classes))
        for side, lines in (
            ("income", ("total", "surplus_used", "opening")),
            ("expenditure", ("total", "surplus_distribution", "closing")),
        ):
            parts = [of(f"{side}/{line}") for line in lines]
            yield from self._equal(f"1 {side} grand total", of(f"{side}/grand_total"), *parts)
        yield from self._equal("1 grand totals", of("income/grand_total"), of("expenditure/grand_total"))

    # 2, 3, 5, 7: tables by functional code
    def _coded(self) -> Broken:
        for table, parts in BY_CODE.items():
            rows = self._rows.get(table, ())
            columns = {key.column for key in self._figures if key.table == table}
            for row in rows:
                addends = [self._get(table, row, part) for part in parts]
                yield from self._equal(f"{table} {row} row", self._get(table, row, "total"), *addends)
            for column in sorted(columns):
                yield from self._hierarchy(table, column, rows)

    def _hierarchy(self, table: str, column: str, rows: Collection[str]) -> Broken:
        def of(row: str) -> Interval | None:
            return self._get(table, row, column)

        for length in (3, 5, 7):
            level = [of(row) for row in rows if row.isdecimal() and len(row) == length]
            yield from self._equal(f"{table} {column} level {length}", of("total"), *level)
        for parent in rows:
            if parent.isdecimal() and len(parent) < 7:
                children = [of(row) for row in rows if row.startswith(parent) and len(row) == len(parent) + 2]
                yield from self._equal(f"{table} {column} {parent} children", of(parent), *children)

    # 4. 财政拨款收入支出决算总表
    def _fiscal(self) -> Broken:
        def income(row: str) -> Interval | None:
            return self._get(FISCAL, f"income/{row}", "final")

        yield from self._equal("4 income items", income("total"), *(income(fund) for fund in FUNDS))
        yield from self._equal("4 openings", income("opening"), *(income(f"opening_{fund}") for fund in FUNDS))
        yield from self._equal("4 income grand total", income("grand_total"), income("total"), income("opening"))
        both = self._get(FISCAL, "expenditure/grand_total", "total")
        yield from self._equal("4 grand totals", income("grand_total"), both)
        classes = self._classes(FISCAL, "expenditure/")
        for row in (*classes, "total", "closing", "grand_total"):
            parts = [self._get(FISCAL, f"expenditure/{row}", fund) for fund in FUNDS]
            yield from self._equal(f"4 {row} row", self._get(FISCAL, f"expenditure/{row}", "total"), *parts)
        for column in ("total", *FUNDS):
            cells = {
                row: self._get(FISCAL, f"expenditure/{row}", column) for row in ("total", "closing", "grand_total")
            }
            parts = [self._get(FISCAL, f"expenditure/{code}", column) for code in classes]
            yield from self._equal(f"4 {column} classes", cells["total"], *parts)
            yield from self._equal(f"4 {column} grand total", cells["grand_total"], cells["total"], cells["closing"])

    # between 1–5
    def _between(self) -> Broken:
        def summary(row: str) -> Interval | None:
            return self._get(SUMMARY, row, "final")

        def fiscal(row: str, column: str) -> Interval | None:
            return self._get(FISCAL, f"expenditure/{row}", column)

        yield from self._equal("2 = 1 total", self._get("income", "total", "total"), summary("income/total"))
        appropriation = self._get("income", "total", "fiscal_appropriation")
        yield from self._equal("2 = 1 appropriation", appropriation, *(summary(f"income/{fund}") for fund in FUNDS))
        for source in OWN_INCOME:
            yield from self._equal(f"2 = 1 {source}", self._get("income", "total", source), summary(f"income/{source}"))
        yield from self._equal("3 = 1 total", self._get("expenditure", "total", "total"), summary("expenditure/total"))
        for code in self._classes("expenditure"):
            one = self._get("expenditure", code, "total")
            yield from self._equal(f"3 = 1 {code}", one, summary(f"expenditure/{code}"))
        for fund in FUNDS:
            income = self._get(FISCAL, f"income/{fund}", "final")
            yield from self._equal(f"4 = 1 {fund}", income, summary(f"income/{fund}"))
        general = "general_public_budget_expenditure"
        yield from self._equal("5 = 4 total", self._get(general, "total", "total"), fiscal("total", GENERAL))
        for code in self._classes(general):
            yield from self._equal(f"5 = 4 {code}", self._get(general, code, "total"), fiscal(code, GENERAL))
        for row in self._rows.get(general, ()):
            for column in ("total", "basic", "project"):
                one, other = self._get(general, row, column), self._get("expenditure", row, column)
                yield from self._at_most(f"5 <= 3 {row} {column}", one, other)

    # 6. 基本支出决算明细表
    def _basic_detail(self) -> Broken:
        def of(row: str) -> Interval | None:
            return self._get("basic_expenditure_detail", row, "final")

        rows = self._rows.get("basic_expenditure_detail", ())
        parents = [row for row in rows if len(row) == 3 and row.isdecimal()]
        for parent in parents:
            children = [of(row) for row in rows if row.startswith(parent) and len(row) == 5]
            yield from self._equal(f"6 {parent} children", of(parent), *children)
        personnel = [of(row) for row in parents if row in ("301", "303")]
        public = [of(row) for row in parents if row not in ("301", "303")]
        yield from self._equal("6 personnel", of("personnel_total"), *personnel)
        yield from self._equal("6 public", of("public_total"), *public)
        basic = self._get("general_public_budget_expenditure", "total", "basic")
        yield from self._equal("6 = 5 basic", basic, of("personnel_total"), of("public_total"))

    # 7. funds
    def _funds(self) -> Broken:
        for table in ("government_fund", "state_capital"):
            for row in self._rows.get(table, ()):
                cells = {c: self._get(table, row, c) for c in ("opening", "income", "total", "closing")}
                if None not in cells.values():
                    before = add(cell for c, cell in cells.items() if cell and c in ("opening", "income"))
                    yield from self._equal(f"7 {table} {row}", before, cells["total"], cells["closing"])
            for column, row in (("total", "total"), ("closing", "closing")):
                other = self._get(FISCAL, f"expenditure/{row}", table)
                yield from self._equal(f"7 = 4 {table} {column}", self._get(table, "total", column), other)
            income = self._get(FISCAL, f"income/{table}", "final")
            yield from self._equal(f"7 = 4 {table} income", self._get(table, "total", "income"), income)

    # 8. “三公”经费
    def _three_public(self) -> Broken:
        for row in ("budget", "actual"):
            cells = {c: self._get("three_public_expenses", row, c) for c in _PUBLIC_PARTS}
            parts = [cells[c] for c in ("going_abroad", "vehicles", "reception")]
            yield from self._equal(f"8 {row} total", cells["total"], *parts)
            running = [cells["vehicle_purchase"], cells["vehicle_running"]]
            yield from self._equal(f"8 {row} vehicles", cells["vehicles"], *running)
        for code, column in _IN_BASIC.items():
            one = self._get("basic_expenditure_detail", code, "final")
            yield from self._at_most(f"6 <= 8 {code}", one, self._get("three_public_expenses", "actual", column))

    # 10. 部门决算公开相关信息统计表
    def _statistics(self) -> Broken:
        def of(row: str) -> Interval | None:
            return self._get("disclosure_statistics", row, "count")

        yield from self._equal("10 procurement", of("procurement"), *(of(p) for p in ("goods", "works", "services")))
        kinds = [row for row in self._rows.get("disclosure_statistics", ()) if row.startswith("vehicles_")]
        yield from self._equal("10 vehicles", of("vehicles"), *(of(kind) for kind in kinds))
        for row, scope in (("procurement", "total"), ("goods", "goods"), ("works", "works"), ("services", "services")):
            yield from self._equal(f"10 = text {row}", of(row), self._say(f"procurement:{scope}", "amount"))
        yield from self._equal("10 = text vehicles", of("vehicles"), self._say("vehicles", "count"))
        for kind in kinds:
            yield from self._equal(f"10 = text {kind}", of(kind), self._say(kind.replace("_", ":"), "count"))
        yield from self._equal("10 = text equipment", of("equipment"), self._say("equipment", "count"))
        yield from self._equal("10 = text operations", of("operations"), self._say("operations", "actual"))

    # the narrative
    def _say(self, scope: str, column: str) -> Interval | None:
        return self._get(NARRATIVE, scope, column)

    def _scopes(self) -> list[str]:
        return list(self._rows.get(NARRATIVE, ()))

    def _ratio(self, name: str, rate: Interval | None, part: Interval | None, whole: Interval | None) -> Broken:
        """rate % ≈ part / whole: rate × whole must be able to equal 100 × part."""
        if rate is None or part is None or whole is None:
            return
        hundred = Interval(100 * SCALE, 100 * SCALE)
        if not times(rate, whole).meets(times(hundred, part)):
            yield name

    def _now(self, scope: str) -> Interval | None:
        return self._say(scope, "amount") or self._say(scope, "actual")

    def _changes(self) -> Broken:
        """增长 P% ≈ D / (X − D)."""
        for scope in self._scopes():
            now, change, rate = self._now(scope), self._say(scope, "change"), self._say(scope, "growth")
            if now is not None and change is not None:
                yield from self._ratio(f"{scope} growth", rate, change, add((now, negative(change))))

    def _shares(self) -> Broken:
        wholes = {
            "income.": self._say("income", "amount"), "expenditure.": self._say("expenditure", "amount"),
            "class:": self._now("structure"), "general": self._say("expenditure", "amount"),
            "procurement:medium": self._say("procurement:total", "amount"),
            "procurement:small": self._say("procurement:medium", "amount"),
            "projects": self._get("general_public_budget_expenditure", "total", "project"),
        }  # fmt: skip
        for scope in self._scopes():
            whole = next((value for prefix, value in wholes.items() if scope.startswith(prefix)), None)
            yield from self._ratio(f"{scope} share", self._say(scope, "share"), self._now(scope), whole)

    def _executions(self) -> Broken:
        for scope in self._scopes():
            budget, actual = self._say(scope, "budget"), self._say(scope, "actual")
            yield from self._ratio(f"{scope} completion", self._say(scope, "completion"), actual, budget)
            word = self._compared.get(scope)
            if budget is None or actual is None or word is None:
                continue
            larger, smaller = (actual, budget) if word == "大于" else (budget, actual)
            if not budget.meets(actual) if not word else larger.high <= smaller.low:
                yield f"{scope} compared"

    def _restated(self) -> Broken:
        """Figures of tables that the text restates."""
        for scope, column, table, row, table_column in _RESTATED:
            yield from self._equal(f"{scope} restated", self._say(scope, column), self._get(table, row, table_column))
        appropriation = [self._get(SUMMARY, f"income/{fund}", "final") for fund in FUNDS]
        said = self._say("income.fiscal_appropriation", "amount")
        yield from self._equal("income.fiscal_appropriation restated", said, *appropriation)
        for scope in self._scopes():
            kind, _, code = scope.partition(":")
            if kind in ("item", "class"):
                other = self._get(_GENERAL_TABLE, code, "total")
                yield from self._equal(f"{scope} restated", self._now(scope), other)
            elif kind == "economic":
                other = self._get("basic_expenditure_detail", code, "final")
                yield from self._equal(f"{scope} restated", self._now(scope), other)
            elif kind == "public":
                for row in ("budget", "actual"):
                    other = self._get("three_public_expenses", row, code)
                    yield from self._equal(f"{scope} {row} restated", self._say(scope, row), other)

    def _sums_in_text(self) -> Broken:
        scopes = self._scopes()
        for whole in ("income", "expenditure"):
            parts = [scope for scope in scopes if scope.startswith(f"{whole}.")]
            yield from self._equal(f"{whole} parts", self._say(whole, "amount"), *(self._now(part) for part in parts))
        items = [scope for scope in scopes if scope.startswith("item:")]
        for column in ("budget", "actual"):
            said = [self._say(item, column) for item in items]
            yield from self._equal(f"items {column}", self._say("general", column), *said)
        classes = [self._now(scope) for scope in scopes if scope.startswith("class:")]
        yield from self._equal("classes", self._now("structure"), *classes)
        both = [self._say(scope, "amount") for scope in ("personnel", "public")]
        yield from self._equal("basic", self._say("basic", "amount"), *both)
        bought = [self._say(f"procurement:{part}", "amount") for part in ("goods", "works", "services")]
        yield from self._equal("procurement", self._say("procurement:total", "amount"), *bought)
        for small, large in (("small", "medium"), ("medium", "total")):
            one, other = (self._say(f"procurement:{part}", "amount") for part in (small, large))
            yield from self._at_most(f"procurement {small}", one, other)
        kinds = [self._say(scope, "count") for scope in scopes if scope.startswith("vehicles:")]
        yield from self._equal("vehicles", self._say("vehicles", "count"), *kinds)
        for column in ("posts", "people"):
            bodies = [self._say("staff", f"{column}_{body}") for body in range(3)]
            yield from self._equal(f"staff {column}", self._say("staff", column), *bodies)


_PUBLIC_PARTS = ("total", "going_abroad", "vehicles", "vehicle_purchase", "vehicle_running", "reception")
_IN_BASIC = {"30212": "going_abroad", "30217": "reception", "30231": "vehicle_running", "30215": "meetings"}
_GENERAL_TABLE = "general_public_budget_expenditure"
_RESTATED = (
    ("total", "amount", SUMMARY, "income/grand_total", "final"),
    ("fiscal", "amount", FISCAL, "income/grand_total", "final"),
    ("income", "amount", SUMMARY, "income/total", "final"),
    ("expenditure", "amount", SUMMARY, "expenditure/total", "final"),
    *((f"income.{source}", "amount", SUMMARY, f"income/{source}", "final") for source in OWN_INCOME),
    *((f"expenditure.{use}", "amount", "expenditure", "total", use) for use in BY_CODE["expenditure"]),
    ("general", "actual", _GENERAL_TABLE, "total", "total"),
    ("general", "amount", _GENERAL_TABLE, "total", "total"),
    ("structure", "amount", _GENERAL_TABLE, "total", "total"),
    ("basic", "amount", _GENERAL_TABLE, "total", "basic"),
    ("personnel", "amount", "basic_expenditure_detail", "personnel_total", "final"),
    ("public", "amount", "basic_expenditure_detail", "public_total", "final"),
    ("fund", "opening", "government_fund", "total", "opening"),
    ("fund", "income", "government_fund", "total", "income"),
    ("fund", "amount", "government_fund", "total", "total"),
    ("fund", "closing", "government_fund", "total", "closing"),
    ("capital", "amount", "state_capital", "total", "total"),
    ("capital", "income", "state_capital", "total", "income"),
)
