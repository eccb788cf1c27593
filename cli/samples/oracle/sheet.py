"""The printed figures of one document by their keys, and the comparisons that relations are made of."""

from collections.abc import Iterator, Mapping

from cli.samples.accounts import FUNDS
from cli.samples.oracle.intervals import SCALE, Interval, add, exactly, interval_of, negative, times
from cli.samples.quantities import FigureKey

Texts = Mapping[FigureKey, str]
Broken = Iterator[str]
"""Names of relations that no true values could satisfy."""

GENERAL, GOVERNMENT_FUND, STATE_CAPITAL = FUNDS
SUMMARY, FISCAL = "income_expenditure_summary", "fiscal_appropriation_summary"
GENERAL_TABLE, BASIC_DETAIL = "general_public_budget_expenditure", "basic_expenditure_detail"


_NEVER_ROUNDED = ("score", "weight")


def _interval(key: FigureKey, text: str, sign: int) -> Interval:
    interval = exactly(text) if key.column in _NEVER_ROUNDED else interval_of(text)
    return negative(interval) if sign == -1 else interval


class Sheet:
    """The figures of one document. `signs` gives −1 where a word (减少, 下降) carries the sign.

    A relation with a figure that is not printed is silent.
    """

    def __init__(self, texts: Texts, signs: Mapping[FigureKey, int]) -> None:
        self.figures = {key: _interval(key, text, signs.get(key, 1)) for key, text in texts.items()}
        self._rows: dict[str, dict[str, None]] = {}
        for key in texts:
            self._rows.setdefault(key.table, {})[key.row] = None

    def tables(self) -> list[str]:
        """The tables and forms that have figures, in order."""
        return list(self._rows)

    def rows(self, table: str) -> list[str]:
        """The printed rows of a table, in order."""
        return list(self._rows.get(table, ()))

    def get(self, table: str, row: str, column: str) -> Interval | None:
        """The interval of a figure, or None where it is not printed."""
        return self.figures.get(FigureKey(table, row, column))

    def equal(self, name: str, one: Interval | None, *parts: Interval | None) -> Broken:
        """one ≈ Σ parts; silent where anything is missing."""
        known = [part for part in parts if part is not None]
        if one is not None and known and len(known) == len(parts) and not one.meets(add(known)):
            yield name

    def at_most(self, name: str, one: Interval | None, other: Interval | None) -> Broken:
        """one ≤ other; silent where one of them is missing."""
        if one is not None and other is not None and one.low > other.high:
            yield name

    def ratio(self, name: str, rate: Interval | None, part: Interval | None, whole: Interval | None) -> Broken:
        """rate % ≈ part / whole: rate × whole must be able to equal 100 × part; silent where one is missing."""
        if rate is None or part is None or whole is None:
            return
        hundred = Interval(100 * SCALE, 100 * SCALE)
        if not times(rate, whole).meets(times(hundred, part)):
            yield name

    def classes(self, table: str, prefix: str = "") -> list[str]:
        """The functional classes (类) among the rows."""
        rows = (row.removeprefix(prefix) for row in self.rows(table) if row.startswith(prefix))
        return [row for row in rows if row.isdecimal() and len(row) == 3]
