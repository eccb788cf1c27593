"""What the narrative (情况说明) can say of the accounts: exact figures, words and lists, which an edition words."""

from dataclasses import dataclass, field
from typing import Literal

from cli.samples.accounts import Fen
from cli.samples.quantities import Quantity, Style, money, percentage, print_in_text

Direction = Literal["increase", "decrease", "flat"]
_PLAIN = Style(thousands=False, zero="", narrative_thousands=False, short=False, spaced=False)


@dataclass(frozen=True)
class Statement:
    """One figure that the text can state, and what it says of whom."""

    quantity: Quantity
    measure: str
    subject: str
    base: str | None = None
    direction: Direction | None = None


@dataclass
class Narrative:
    """Statements by key (`total.amount`), words by key (`total.change_word`), lists of scopes by name."""

    statements: dict[str, Statement] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    lists: dict[str, list[str]] = field(default_factory=dict)

    def amount(self, key: str, fen: Fen, subject: str, measure: str = "amount") -> None:
        """State an amount."""
        self.statements[key] = Statement(money(fen), measure, subject)

    def share(self, key: str, part: Fen, whole: Fen, subject: str, base: str) -> None:
        """State what share of `base` the part is; nothing is said of a share in nothing."""
        if whole:
            self.statements[key] = Statement(percentage(part, whole), "share", subject, base)

    def change(self, scope: str, now: Fen, before: Fen, subject: str) -> None:
        """State the change against last year with its rate, whose base is last year's amount."""
        difference = now - before
        order = _compare(now, before)
        direction: Direction = "increase" if order > 0 else "decrease" if order < 0 else "flat"
        self.words[f"{scope}.{direction}"] = "是"
        self.words[f"{scope}.change_word"] = {"increase": "增加", "decrease": "减少", "flat": "持平"}[direction]
        self.words[f"{scope}.growth_word"] = {"increase": "增长", "decrease": "下降", "flat": "持平"}[direction]
        if direction == "flat":
            return
        self.words[f"{scope}.changed"] = "是"
        self.statements[f"{scope}.change"] = Statement(money(difference), "change", subject, "上年", direction)
        if before:
            rate = percentage(difference, before)
            self.statements[f"{scope}.growth"] = Statement(rate, "growth_rate", subject, "上年", direction)

    def execution(self, scope: str, budget: Fen, actual: Fen, subject: str, base: str = "预算") -> None:
        """State budget, actual and completion; there is no completion of a budget of nothing."""
        self.amount(f"{scope}.budget", budget, subject, "budget")
        self.amount(f"{scope}.actual", actual, subject, "actual")
        if budget:
            rate = Statement(percentage(actual, budget), "completion_rate", subject, base)
            self.statements[f"{scope}.completion"] = rate
        order = _compare(actual, budget)
        compared = "大于" if order > 0 else "小于" if order < 0 else ""
        self.words[f"{scope}.compared"] = compared
        self.words[f"{scope}.equal"] = "" if compared else "是"
        if budget or actual:
            self.words[f"{scope}.some"] = "是"


def _compare(one: Fen, other: Fen) -> int:
    """Which amount is larger as printed: a difference that rounding hides is none to the reader."""
    printed = [print_in_text(money(fen), _PLAIN) for fen in (one, other)]
    return 0 if printed[0] == printed[1] else 1 if one > other else -1
