"""The relations of performance self-evaluation forms (绩效自评表), inside each form and with the text."""

from collections.abc import Callable, Sequence

from cli.samples.oracle.intervals import SCALE, Interval
from cli.samples.oracle.sheet import Broken, Sheet
from cli.samples.quantities import NARRATIVE

_PREFIX = "form:"
_GROUPS = {"output": 50, "benefit": 30, "satisfaction": 10}
"""What the indicators of each group weigh; execution weighs the other 10."""
_FUNDS = ("initial", "budget", "executed", "appropriated_budget", "own_budget", "appropriated_executed", "own_executed")


class FormRelations:
    """The relations over the forms of one document."""

    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet
        self._forms = [table for table in sheet.tables() if table.startswith(_PREFIX)]

    def broken(self) -> Broken:
        """All broken relations of the forms."""
        relations: Sequence[Callable[[str], Broken]] = (self._funds, self._marks, self._weights, self._told)
        for form in self._forms:
            for relation in relations:
                yield from relation(form)
        spent = [self._sheet.get(form, "total", "executed") for form in self._forms[1:]]
        yield from self._sheet.equal("projects executed", self._sheet.get(NARRATIVE, "projects", "amount"), *spent)

    def _funds(self, form: str) -> Broken:
        """执行率 ≈ B / A, 结余 ≈ A − B, and the lines add up to the total."""
        lines = [row for row in self._sheet.rows(form) if self._sheet.get(form, row, "budget") is not None]
        for row in lines:
            cells = {
                column: self._sheet.get(form, row, column) for column in ("rate", "budget", "executed", "remainder")
            }
            yield from self._sheet.ratio(f"{form} {row} rate", cells["rate"], cells["executed"], cells["budget"])
            yield from self._sheet.equal(f"{form} {row} left", cells["budget"], cells["executed"], cells["remainder"])
            for column in ("budget", "executed"):
                parts = [self._sheet.get(form, row, f"{part}_{column}") for part in ("appropriated", "own")]
                yield from self._sheet.equal(f"{form} {row} {column}", cells[column], *parts)
        for column in _FUNDS:
            parts = [self._sheet.get(form, row, column) for row in lines if row != "total"]
            shown = [part for part in parts if part is not None]
            yield from self._sheet.equal(f"{form} {column}", self._sheet.get(form, "total", column), *shown)

    def _marks(self, form: str) -> Broken:
        """Σ 得分 = 总分, and no 得分 above its 分值."""
        scores = [self._sheet.get(form, row, "score") for row in (*self._indicators(form), "execution")]
        yield from self._sheet.equal(f"{form} score", self._sheet.get(form, "sum", "score"), *scores)
        for row in (*self._indicators(form), "execution", "sum"):
            score, weight = (self._sheet.get(form, row, column) for column in ("score", "weight"))
            yield from self._sheet.at_most(f"{form} {row} score", score, weight)

    def _weights(self, form: str) -> Broken:
        """Σ 分值 = 100 with that of execution, and each group has its weight."""
        for group, weight in _GROUPS.items():
            members = [row for row in self._indicators(form) if row.startswith(f"{group}_")]
            whole = Interval(weight * SCALE, weight * SCALE)
            yield from self._sheet.equal(
                f"{form} {group}", whole, *(self._sheet.get(form, row, "weight") for row in members)
            )
        for row, weight in (("execution", 10), ("sum", 100)):
            printed = self._sheet.get(form, row, "weight")
            yield from self._sheet.equal(f"{form} {row} weight", printed, Interval(weight * SCALE, weight * SCALE))

    def _told(self, form: str) -> Broken:
        """The text restates a form's funds and its 总分."""
        budget, executed, rate, score = (
            self._sheet.get(NARRATIVE, form, column) for column in ("budget", "executed", "completion", "score")
        )
        yield from self._sheet.equal(f"{form} budget told", budget, self._sheet.get(form, "total", "budget"))
        yield from self._sheet.equal(f"{form} executed told", executed, self._sheet.get(form, "total", "executed"))
        yield from self._sheet.equal(f"{form} score told", score, self._sheet.get(form, "sum", "score"))
        yield from self._sheet.ratio(f"{form} rate told", rate, executed, budget)

    def _indicators(self, form: str) -> list[str]:
        return [row for row in self._sheet.rows(form) if row.partition("_")[0] in _GROUPS]
