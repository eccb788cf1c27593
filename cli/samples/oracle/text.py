"""The relations of the narrative, inside itself and with the tables that it restates."""

from collections.abc import Callable, Mapping, Sequence

from cli.samples.accounts import FUNDS, OWN_INCOME
from cli.samples.oracle.intervals import Interval, add, negative
from cli.samples.oracle.sheet import BASIC_DETAIL, FISCAL, GENERAL_TABLE, SUMMARY, Broken, Sheet
from cli.samples.oracle.tables import BY_CODE
from cli.samples.quantities import NARRATIVE

_RESTATED = (
    ("total", "amount", SUMMARY, "income/grand_total", "final"),
    ("fiscal", "amount", FISCAL, "income/grand_total", "final"),
    ("income", "amount", SUMMARY, "income/total", "final"),
    ("expenditure", "amount", SUMMARY, "expenditure/total", "final"),
    *((f"income.{source}", "amount", SUMMARY, f"income/{source}", "final") for source in OWN_INCOME),
    *((f"expenditure.{use}", "amount", "expenditure", "total", use) for use in BY_CODE["expenditure"]),
    ("general", "actual", GENERAL_TABLE, "total", "total"),
    ("general", "amount", GENERAL_TABLE, "total", "total"),
    ("structure", "amount", GENERAL_TABLE, "total", "total"),
    ("basic", "amount", GENERAL_TABLE, "total", "basic"),
    ("personnel", "amount", BASIC_DETAIL, "personnel_total", "final"),
    ("public", "amount", BASIC_DETAIL, "public_total", "final"),
    ("fund", "opening", "government_fund", "total", "opening"),
    ("fund", "income", "government_fund", "total", "income"),
    ("fund", "amount", "government_fund", "total", "total"),
    ("fund", "closing", "government_fund", "total", "closing"),
    ("capital", "amount", "state_capital", "total", "total"),
    ("capital", "income", "state_capital", "total", "income"),
)


class TextRelations:
    """The relations over the text. `compared` is the word (大于, 小于, "") between a scope's budget and actual."""

    def __init__(self, sheet: Sheet, compared: Mapping[str, str]) -> None:
        self._sheet = sheet
        self._compared = compared

    def broken(self) -> Broken:
        """All broken relations of the text."""
        sentences: Sequence[Callable[[], Broken]] = (
            self._statistics, self._changes, self._shares, self._executions, self._restated, self._sums_in_text,
        )  # fmt: skip
        for sentence in sentences:
            yield from sentence()

    # 10. 部门决算公开相关信息统计表
    def _statistics(self) -> Broken:
        def of(row: str) -> Interval | None:
            return self._sheet.get("disclosure_statistics", row, "count")

        yield from self._sheet.equal(
            "10 procurement", of("procurement"), *(of(p) for p in ("goods", "works", "services"))
        )
        kinds = [row for row in self._sheet.rows("disclosure_statistics") if row.startswith("vehicles_")]
        yield from self._sheet.equal("10 vehicles", of("vehicles"), *(of(kind) for kind in kinds))
        for row, scope in (("procurement", "total"), ("goods", "goods"), ("works", "works"), ("services", "services")):
            yield from self._sheet.equal(f"10 = text {row}", of(row), self._say(f"procurement:{scope}", "amount"))
        yield from self._sheet.equal("10 = text vehicles", of("vehicles"), self._say("vehicles", "count"))
        for kind in kinds:
            yield from self._sheet.equal(f"10 = text {kind}", of(kind), self._say(kind.replace("_", ":"), "count"))
        yield from self._sheet.equal("10 = text equipment", of("equipment"), self._say("equipment", "count"))
        yield from self._sheet.equal("10 = text operations", of("operations"), self._say("operations", "actual"))

    # the narrative
    def _say(self, scope: str, column: str) -> Interval | None:
        return self._sheet.get(NARRATIVE, scope, column)

    def _scopes(self) -> list[str]:
        return list(self._sheet.rows(NARRATIVE))

    def _now(self, scope: str) -> Interval | None:
        return self._say(scope, "amount") or self._say(scope, "actual")

    def _changes(self) -> Broken:
        """增长 P% ≈ D / (X − D)."""
        for scope in self._scopes():
            now, change, rate = self._now(scope), self._say(scope, "change"), self._say(scope, "growth")
            if now is not None and change is not None:
                yield from self._sheet.ratio(f"{scope} growth", rate, change, add((now, negative(change))))

    def _shares(self) -> Broken:
        wholes = {
            "income.": self._say("income", "amount"), "expenditure.": self._say("expenditure", "amount"),
            "class:": self._now("structure"), "general": self._say("expenditure", "amount"),
            "procurement:medium": self._say("procurement:total", "amount"),
            "procurement:small": self._say("procurement:medium", "amount"),
            "projects": self._sheet.get(GENERAL_TABLE, "total", "project"),
        }  # fmt: skip
        for scope in self._scopes():
            whole = next((value for prefix, value in wholes.items() if scope.startswith(prefix)), None)
            yield from self._sheet.ratio(f"{scope} share", self._say(scope, "share"), self._now(scope), whole)

    def _executions(self) -> Broken:
        for scope in self._scopes():
            budget, actual = self._say(scope, "budget"), self._say(scope, "actual")
            yield from self._sheet.ratio(f"{scope} completion", self._say(scope, "completion"), actual, budget)
            word = self._compared.get(scope)
            if budget is None or actual is None or word is None:
                continue
            larger, smaller = (actual, budget) if word == "大于" else (budget, actual)
            if not budget.meets(actual) if not word else larger.high <= smaller.low:
                yield f"{scope} compared"

    def _restated(self) -> Broken:
        """Figures of tables that the text restates."""
        for scope, column, table, row, table_column in _RESTATED:
            yield from self._sheet.equal(
                f"{scope} restated", self._say(scope, column), self._sheet.get(table, row, table_column)
            )
        appropriation = [self._sheet.get(SUMMARY, f"income/{fund}", "final") for fund in FUNDS]
        said = self._say("income.fiscal_appropriation", "amount")
        yield from self._sheet.equal("income.fiscal_appropriation restated", said, *appropriation)
        for scope in self._scopes():
            kind, _, code = scope.partition(":")
            if kind in ("item", "class"):
                other = self._sheet.get(GENERAL_TABLE, code, "total")
                yield from self._sheet.equal(f"{scope} restated", self._now(scope), other)
            elif kind == "economic":
                other = self._sheet.get(BASIC_DETAIL, code, "final")
                yield from self._sheet.equal(f"{scope} restated", self._now(scope), other)
            elif kind == "public":
                for row in ("budget", "actual"):
                    other = self._sheet.get("three_public_expenses", row, code)
                    yield from self._sheet.equal(f"{scope} {row} restated", self._say(scope, row), other)

    def _sums_in_text(self) -> Broken:
        scopes = self._scopes()
        for whole in ("income", "expenditure"):
            parts = [scope for scope in scopes if scope.startswith(f"{whole}.")]
            yield from self._sheet.equal(
                f"{whole} parts", self._say(whole, "amount"), *(self._now(part) for part in parts)
            )
        items = [scope for scope in scopes if scope.startswith("item:")]
        for column in ("budget", "actual"):
            said = [self._say(item, column) for item in items]
            yield from self._sheet.equal(f"items {column}", self._say("general", column), *said)
        classes = [self._now(scope) for scope in scopes if scope.startswith("class:")]
        yield from self._sheet.equal("classes", self._now("structure"), *classes)
        both = [self._say(scope, "amount") for scope in ("personnel", "public")]
        yield from self._sheet.equal("basic", self._say("basic", "amount"), *both)
        bought = [self._say(f"procurement:{part}", "amount") for part in ("goods", "works", "services")]
        yield from self._sheet.equal("procurement", self._say("procurement:total", "amount"), *bought)
        for small, large in (("small", "medium"), ("medium", "total")):
            one, other = (self._say(f"procurement:{part}", "amount") for part in (small, large))
            yield from self._sheet.at_most(f"procurement {small}", one, other)
        kinds = [self._say(scope, "count") for scope in scopes if scope.startswith("vehicles:")]
        yield from self._sheet.equal("vehicles", self._say("vehicles", "count"), *kinds)
        for column in ("posts", "people"):
            bodies = [self._say("staff", f"{column}_{body}") for body in range(3)]
            yield from self._sheet.equal(f"staff {column}", self._say("staff", column), *bodies)
