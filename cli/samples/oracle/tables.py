"""The relations inside and between the standard tables (identities 1–8 of final accounts)."""

from collections.abc import Callable, Collection, Sequence

from cli.samples.accounts import FUNDS, OWN_INCOME
from cli.samples.oracle.intervals import Interval, add
from cli.samples.oracle.sheet import BASIC_DETAIL, FISCAL, GENERAL, GENERAL_TABLE, SUMMARY, Broken, Sheet

BY_CODE = {
    "income": ("fiscal_appropriation", *OWN_INCOME),
    "expenditure": ("basic", "project", "to_superior", "operating", "to_affiliated"),
    GENERAL_TABLE: ("basic", "project"),
    "government_fund": ("basic", "project"),
    "state_capital": ("basic", "project"),
}
_PUBLIC_PARTS = ("total", "going_abroad", "vehicles", "vehicle_purchase", "vehicle_running", "reception")
_IN_BASIC = {"30212": "going_abroad", "30217": "reception", "30231": "vehicle_running", "30215": "meetings"}


class TableRelations:
    """The relations over the tables of one document."""

    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet

    def broken(self) -> Broken:
        """All broken relations of the tables."""
        tables: Sequence[Callable[[], Broken]] = (
            self._summary, self._coded, self._fiscal, self._between, self._basic_detail, self._funds,
            self._three_public,
        )  # fmt: skip
        for table in tables:
            yield from table()

    # 1. 收入支出决算总表
    def _summary(self) -> Broken:
        def of(row: str) -> Interval | None:
            return self._sheet.get(SUMMARY, row, "final")

        yield from self._sheet.equal(
            "1 income items", of("income/total"), *(of(f"income/{s}") for s in (*FUNDS, *OWN_INCOME))
        )
        classes = self._sheet.classes(SUMMARY, "expenditure/")
        yield from self._sheet.equal(
            "1 classes", of("expenditure/total"), *(of(f"expenditure/{code}") for code in classes)
        )
        for side, lines in (
            ("income", ("total", "surplus_used", "opening")),
            ("expenditure", ("total", "surplus_distribution", "closing")),
        ):
            parts = [of(f"{side}/{line}") for line in lines]
            yield from self._sheet.equal(f"1 {side} grand total", of(f"{side}/grand_total"), *parts)
        yield from self._sheet.equal("1 grand totals", of("income/grand_total"), of("expenditure/grand_total"))

    # 2, 3, 5, 7: tables by functional code
    def _coded(self) -> Broken:
        for table, parts in BY_CODE.items():
            rows = self._sheet.rows(table)
            columns = {key.column for key in self._sheet.figures if key.table == table}
            for row in rows:
                addends = [self._sheet.get(table, row, part) for part in parts]
                yield from self._sheet.equal(f"{table} {row} row", self._sheet.get(table, row, "total"), *addends)
            for column in sorted(columns):
                yield from self._hierarchy(table, column, rows)

    def _hierarchy(self, table: str, column: str, rows: Collection[str]) -> Broken:
        def of(row: str) -> Interval | None:
            return self._sheet.get(table, row, column)

        for length in (3, 5, 7):
            level = [of(row) for row in rows if row.isdecimal() and len(row) == length]
            yield from self._sheet.equal(f"{table} {column} level {length}", of("total"), *level)
        for parent in rows:
            if parent.isdecimal() and len(parent) < 7:
                children = [of(row) for row in rows if row.startswith(parent) and len(row) == len(parent) + 2]
                yield from self._sheet.equal(f"{table} {column} {parent} children", of(parent), *children)

    # 4. 财政拨款收入支出决算总表
    def _fiscal(self) -> Broken:
        def income(row: str) -> Interval | None:
            return self._sheet.get(FISCAL, f"income/{row}", "final")

        yield from self._sheet.equal("4 income items", income("total"), *(income(fund) for fund in FUNDS))
        yield from self._sheet.equal("4 openings", income("opening"), *(income(f"opening_{fund}") for fund in FUNDS))
        yield from self._sheet.equal("4 income grand total", income("grand_total"), income("total"), income("opening"))
        both = self._sheet.get(FISCAL, "expenditure/grand_total", "total")
        yield from self._sheet.equal("4 grand totals", income("grand_total"), both)
        classes = self._sheet.classes(FISCAL, "expenditure/")
        for row in (*classes, "total", "closing", "grand_total"):
            parts = [self._sheet.get(FISCAL, f"expenditure/{row}", fund) for fund in FUNDS]
            yield from self._sheet.equal(f"4 {row} row", self._sheet.get(FISCAL, f"expenditure/{row}", "total"), *parts)
        for column in ("total", *FUNDS):
            cells = {
                row: self._sheet.get(FISCAL, f"expenditure/{row}", column)
                for row in ("total", "closing", "grand_total")
            }
            parts = [self._sheet.get(FISCAL, f"expenditure/{code}", column) for code in classes]
            yield from self._sheet.equal(f"4 {column} classes", cells["total"], *parts)
            yield from self._sheet.equal(
                f"4 {column} grand total", cells["grand_total"], cells["total"], cells["closing"]
            )

    # between 1–5
    def _between(self) -> Broken:
        def summary(row: str) -> Interval | None:
            return self._sheet.get(SUMMARY, row, "final")

        def fiscal(row: str, column: str) -> Interval | None:
            return self._sheet.get(FISCAL, f"expenditure/{row}", column)

        yield from self._sheet.equal(
            "2 = 1 total", self._sheet.get("income", "total", "total"), summary("income/total")
        )
        appropriation = self._sheet.get("income", "total", "fiscal_appropriation")
        yield from self._sheet.equal(
            "2 = 1 appropriation", appropriation, *(summary(f"income/{fund}") for fund in FUNDS)
        )
        for source in OWN_INCOME:
            yield from self._sheet.equal(
                f"2 = 1 {source}", self._sheet.get("income", "total", source), summary(f"income/{source}")
            )
        yield from self._sheet.equal(
            "3 = 1 total", self._sheet.get("expenditure", "total", "total"), summary("expenditure/total")
        )
        for code in self._sheet.classes("expenditure"):
            one = self._sheet.get("expenditure", code, "total")
            yield from self._sheet.equal(f"3 = 1 {code}", one, summary(f"expenditure/{code}"))
        for fund in FUNDS:
            income = self._sheet.get(FISCAL, f"income/{fund}", "final")
            yield from self._sheet.equal(f"4 = 1 {fund}", income, summary(f"income/{fund}"))
        general = GENERAL_TABLE
        yield from self._sheet.equal(
            "5 = 4 total", self._sheet.get(general, "total", "total"), fiscal("total", GENERAL)
        )
        for code in self._sheet.classes(general):
            yield from self._sheet.equal(
                f"5 = 4 {code}", self._sheet.get(general, code, "total"), fiscal(code, GENERAL)
            )
        for row in self._sheet.rows(general):
            for column in ("total", "basic", "project"):
                one, other = self._sheet.get(general, row, column), self._sheet.get("expenditure", row, column)
                yield from self._sheet.at_most(f"5 <= 3 {row} {column}", one, other)

    # 6. 基本支出决算明细表
    def _basic_detail(self) -> Broken:
        def of(row: str) -> Interval | None:
            return self._sheet.get(BASIC_DETAIL, row, "final")

        rows = self._sheet.rows(BASIC_DETAIL)
        parents = [row for row in rows if len(row) == 3 and row.isdecimal()]
        for parent in parents:
            children = [of(row) for row in rows if row.startswith(parent) and len(row) == 5]
            yield from self._sheet.equal(f"6 {parent} children", of(parent), *children)
        personnel = [of(row) for row in parents if row in ("301", "303")]
        public = [of(row) for row in parents if row not in ("301", "303")]
        yield from self._sheet.equal("6 personnel", of("personnel_total"), *personnel)
        yield from self._sheet.equal("6 public", of("public_total"), *public)
        basic = self._sheet.get(GENERAL_TABLE, "total", "basic")
        yield from self._sheet.equal("6 = 5 basic", basic, of("personnel_total"), of("public_total"))

    # 7. funds
    def _funds(self) -> Broken:
        for table in ("government_fund", "state_capital"):
            for row in self._sheet.rows(table):
                cells = {c: self._sheet.get(table, row, c) for c in ("opening", "income", "total", "closing")}
                if None not in cells.values():
                    before = add(cell for c, cell in cells.items() if cell and c in ("opening", "income"))
                    yield from self._sheet.equal(f"7 {table} {row}", before, cells["total"], cells["closing"])
            for column, row in (("total", "total"), ("closing", "closing")):
                other = self._sheet.get(FISCAL, f"expenditure/{row}", table)
                yield from self._sheet.equal(f"7 = 4 {table} {column}", self._sheet.get(table, "total", column), other)
            income = self._sheet.get(FISCAL, f"income/{table}", "final")
            yield from self._sheet.equal(f"7 = 4 {table} income", self._sheet.get(table, "total", "income"), income)

    # 8. “三公”经费
    def _three_public(self) -> Broken:
        for row in ("budget", "actual"):
            cells = {c: self._sheet.get("three_public_expenses", row, c) for c in _PUBLIC_PARTS}
            parts = [cells[c] for c in ("going_abroad", "vehicles", "reception")]
            yield from self._sheet.equal(f"8 {row} total", cells["total"], *parts)
            running = [cells["vehicle_purchase"], cells["vehicle_running"]]
            yield from self._sheet.equal(f"8 {row} vehicles", cells["vehicles"], *running)
        for code, column in _IN_BASIC.items():
            one = self._sheet.get(BASIC_DETAIL, code, "final")
            yield from self._sheet.at_most(
                f"6 <= 8 {code}", one, self._sheet.get("three_public_expenses", "actual", column)
            )
