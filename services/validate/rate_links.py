"""Which amounts a percentage of the narrative is made of, and whether the sentence leaves no doubt about it.

A link is sure where the figures stand in one sentence or bear one name. One that is only likely may confirm a rate, but
must not accuse: the sentence may mean another amount.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from services.validate.book import Book
from services.validate.names import akin, name_key
from services.validate.relations import Balance, Rate, Relation

AMOUNTS = ("amount", "actual", "executed")
_TOTALS = re.compile(r"(?:总额|总计|合计)$|^(?:各项|总|本年)")
_WHOLE = re.compile(r"收入|支出")
_LEAST_NAME = 5
_GENERIC = frozenset({"", "决算", "决算数", "支出决算", "支出决算数", "决算支出", "预算", "预算数"})


class Link(NamedTuple):
    """A relation that a percentage should satisfy; `sure` where no other reading of the sentence is possible."""

    relation: Relation
    sure: bool


def growth(book: Book, index: int) -> Link | None:
    """增加 D 万元，增长 P%: P ≈ D / (X − D), X being this year's amount."""
    if "执行" in (book.document.facts[index].base or ""):
        return _beyond(book, index)
    change = before(book, index, ("change",))
    if change is None:
        return None
    amount, sure = amount_of(book, change)
    if amount is None:
        return None
    relation = Rate(book.fact_term(index), book.fact_term(change), book.fact_term(amount), growth=True)
    return Link(relation, sure and _one_sentence(book, change, index))


def _beyond(book: Book, index: int) -> Link | None:
    """上年执行数 B 万元，今年预算安排 X 万元，比执行数增加 P%: P ≈ X / B − 1."""
    now, then = before(book, index, ("amount", "budget")), before(book, index, ("executed",))
    if now is None or then is None:
        return None
    relation = Rate(book.fact_term(index), book.fact_term(now), book.fact_term(then), beyond=True)
    return Link(relation, _one_sentence(book, now, index) and _one_sentence(book, then, index))


def share(book: Book, index: int) -> Link | None:
    """X 万元，占 P%: P ≈ X / the amount that the base names."""
    part = before(book, index, AMOUNTS)
    base, sure = _base_of(book, index)
    if part is None or base is None or part == base:
        return None
    relation = Rate(book.fact_term(index), book.fact_term(part), book.fact_term(base))
    return Link(relation, sure and _one_sentence(book, part, index))


def part_of(book: Book, index: int) -> int | None:
    """The amount of which a share tells, where it stands in the same sentence."""
    part = before(book, index, AMOUNTS)
    return part if part is not None and _one_sentence(book, part, index) else None


def completion(book: Book, index: int) -> Link | None:
    """预算 B 万元，决算 A 万元，完成预算的 P%: P ≈ A / B."""
    done, planned = before(book, index, ("actual", "executed", "amount")), before(book, index, _planned(book, index))
    if done is None or planned is None:
        return None
    relation = Rate(book.fact_term(index), book.fact_term(done), book.fact_term(planned))
    return Link(relation, _one_sentence(book, done, index) and _one_sentence(book, planned, index))


def difference(book: Book, index: int) -> Link | None:
    """决算数较预算数增加 D 万元: D ≈ A − B."""
    done, planned = before(book, index, ("actual",)), before(book, index, ("budget", "adjusted_budget"))
    if done is None or planned is None:
        return None
    relation = Balance((book.fact_term(index), book.fact_term(planned)), (book.fact_term(done),))
    return Link(relation, _one_sentence(book, done, index) and _one_sentence(book, planned, index))


def _planned(book: Book, index: int) -> Sequence[str]:
    base = book.document.facts[index].base or ""
    if "全年" in base or "调整" in base:
        return ("adjusted_budget",)
    return ("budget",) if "年初" in base else ("budget", "adjusted_budget")


def before(book: Book, index: int, measures: Sequence[str]) -> int | None:
    """The nearest figure of a measure before this one in its paragraph."""
    facts = book.document.facts
    for i in range(index - 1, -1, -1):
        if book.sentences[i].paragraph != book.sentences[index].paragraph or facts[i].section != facts[index].section:
            return None
        if facts[i].measure in measures:
            return i
    return None


def amount_of(book: Book, change: int) -> tuple[int | None, bool]:
    """This year's amount of which a change is told, and whether it is surely that."""
    facts, own = book.document.facts, book.subjects[change]
    earlier = [
        i
        for i in range(change - 1, -1, -1)
        if facts[i].measure in AMOUNTS and facts[i].section == facts[change].section and not book.of_another_year(i)
    ]
    named = {name for name in own - _GENERIC if name in book.sentences[change].text}
    for i in earlier:
        if named & book.subjects[i]:
            return i, True
    near = [i for i in earlier if _one_sentence(book, i, change)]
    if near and not named:
        return near[0], True
    beside = [i for i in earlier if book.sentences[i].paragraph == book.sentences[change].paragraph]
    if beside and all(book.subjects[i] == own for i in beside):
        return beside[0], True  # the whole paragraph speaks of one thing
    kin = [i for i in earlier if any(akin(a, b) for a in own for b in book.subjects[i])]
    guess = kin or near or beside
    return (guess[0] if guess else None), False


def _base_of(book: Book, index: int) -> tuple[int | None, bool]:
    """The amount that a share's base names: by its name, nearest first; else the likeliest of the section."""
    facts = book.document.facts
    name, part = name_key(facts[index].base or ""), before(book, index, AMOUNTS)
    amounts = [i for i, fact in enumerate(facts) if fact.measure in AMOUNTS and i not in (index, part)]
    here = [i for i in amounts if facts[i].section == facts[index].section]
    budgets = (i for i, fact in enumerate(facts) if fact.measure == "budget" and fact.section == facts[index].section)
    called = (
        [i for i in amounts if name and name in book.subjects[i]]
        or [i for i in here if name and _plain(name) in map(_plain, book.subjects[i])]
        or [i for i in budgets if name and name in book.subjects[i]]
    )
    if called:
        near = [i for i in called if facts[i].section == facts[index].section] or called
        return min(near, key=lambda i: abs(i - index)), True
    if _WHOLE.fullmatch(_plain(name)) and (opening := _opening(book, index, amounts, _plain(name))) is not None:
        return opening, False
    longer = [i for i in amounts if len(name) >= _LEAST_NAME and any(akin(name, other) for other in book.subjects[i])]
    kin = longer or [i for i in here if name and _resembles(book, i, name)]
    return (min(kin, key=lambda i: abs(i - index)) if kin else None), False


def _opening(book: Book, index: int, amounts: Sequence[int], whole: str) -> int | None:
    """The amount that opens the section, where it is income or expenditure: 财政拨款支出总计 X，…占总支出的 P%."""
    facts = book.document.facts
    first = next((i for i in amounts if facts[i].section == facts[index].section and i < index), None)
    return first if first is not None and any(_plain(name).endswith(whole) for name in book.subjects[first]) else None


def _plain(name: str) -> str:
    """A name without the words that one sentence writes and the next leaves out: 合同, 总额, 各项."""
    return _TOTALS.sub("", name.replace("合同", ""))


def _resembles(book: Book, index: int, name: str) -> bool:
    """True where a name is mostly the same characters: 政府采购支出合同总额 and 政府采购支出总额."""
    return any(len(set(name) & set(other)) * 3 >= len(set(name)) * 2 for other in book.subjects[index])


def _one_sentence(book: Book, one: int, other: int) -> bool:
    return book.sentences[one].place == book.sentences[other].place
