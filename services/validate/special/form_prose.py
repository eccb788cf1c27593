"""A form's own prose, and what the text concludes of its project, against the form's funds and indicators."""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal

from services.validate.book import Book
from services.validate.form_prose import FormProse
from services.validate.forms import Line
from services.validate.quantities import Quantity, power_of_ten, quantity_of
from services.validate.results import Agreed, Result
from shared.amounts import fold
from shared.findings import CellRef
from shared.interval import YUAN, Interval, printed

_FUNDS = re.compile(
    r"(?<![一-鿿])(?:项目)?(年初预算|全年预算|预算安排|全年执行|执行|资金结余|剩余资金|结余资金)数?(?:为|共计?|:)?"
    r"(\d[\d,]*(?:\.\d+)?)(万元|元)"
)
_RATE = re.compile(r"(?<![一-鿿])(?:项目|资金|全年)?(?:预算)?(?:执行率|完成率)(?:仅?为|达到?|是|:)?(\d+(?:\.\d+)?)%")
_SAID = re.compile(r"(?:为|共|达到?|共计|约|是|:)?(?:[≥>≤<]?)(\d[\d,]*(?:\.\d+)?)([^\d,，。；;、()]{0,3})")
_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "年初预算": ("initial", "budget"), "全年预算": ("budget",), "预算安排": ("initial", "budget"),
    "全年执行": ("executed",), "执行": ("executed",),
    "资金结余": ("remainder",), "剩余资金": ("remainder",), "结余资金": ("remainder",),
}  # fmt: skip
_PEOPLE = "人"
_LEAST_NAME = 4


def told_form_funds(book: Book) -> Iterator[Result]:
    """全年预算数, 执行数, 结余 and 执行率 told in words are those of a line of the form's funds."""
    for prose in book.form_prose:
        # What a review in the text says of funds is compared figure by figure (PE-NARRATIVE-RESTATED-01).
        for found in _FUNDS.finditer(prose.text) if isinstance(prose.place, CellRef) else ():
            amount = printed(Decimal(found[2].replace(",", "")), YUAN[found[3]])
            yield from _fund(prose, found[0], _COLUMNS[found[1]], amount)
        for found in _RATE.finditer(prose.text):
            yield from _rate(prose, found[0], printed(Decimal(found[1]), Decimal(1)))


def _fund(prose: FormProse, said: str, columns: tuple[str, ...], amount: Interval) -> Iterator[Result]:
    held = [(line, key) for line in prose.form.funds for key in columns if key in line.figures]
    whole = prose.form.all_funds
    left = [
        line.figures["budget"].interval - line.figures["executed"].interval
        for line in prose.form.funds
        if "remainder" in columns and {"budget", "executed"} <= line.figures.keys()
    ]
    if any(amount.meets(line.figures[key].interval) for line, key in held) or any(amount.meets(one) for one in left):
        yield Agreed()
    elif held and whole is not None:
        line, key = next(((one, key) for one, key in held if one is whole), held[0])
        yield prose.fault({"left": said, "right": line.figures[key].text}, prose.form.ref(line, key))


def _rate(prose: FormProse, said: str, rate: Interval) -> Iterator[Result]:
    lines = [line for line in prose.form.funds if {"budget", "executed"} <= line.figures.keys()]
    printed_rates = [line.figures["rate"].interval for line in lines if "rate" in line.figures]
    computed = [line.figures["executed"].interval.over(line.figures["budget"].interval) for line in lines]
    rates = [*printed_rates, *(one.times(Decimal(100)) for one in computed if one is not None)]
    if any(rate.meets(one) for one in rates):
        yield Agreed()
    elif rates and prose.form.all_funds is not None:
        line = prose.form.all_funds
        key = "rate" if "rate" in line.figures else "executed"
        if key in line.figures:
            yield prose.fault({"left": said, "right": line.figures[key].text}, prose.form.ref(line, key))


def told_indicators(book: Book) -> Iterator[Result]:
    """What the prose says an indicator reached is its target or its result."""
    for prose in book.form_prose:
        for line in prose.form.indicators:
            name = fold(line.texts.get("name", ""))
            for found in re.finditer(re.escape(name), prose.text) if len(name) >= _LEAST_NAME else ():
                said = _SAID.match(prose.text, found.end())
                if said is not None:
                    yield from _indicator(prose, line, name + said[0], Decimal(said[1].replace(",", "")), said[2])


def _indicator(prose: FormProse, line: Line, said: str, value: Decimal, unit: str) -> Iterator[Result]:
    known = [(key, found) for key in ("actual", "target") if (found := quantity_of(line.texts.get(key, "")))]
    same = [(key, found) for key, found in known if found.unit and unit.startswith(found.unit)]
    if not same:
        return
    told = Quantity("", value, same[0][1].unit)
    if any(found.allows(told) if key == "actual" else found.is_same(told) for key, found in same):
        yield Agreed()
    else:
        yield prose.fault({"left": said, "right": line.texts[same[0][0]]}, prose.form.ref(line, same[0][0]))


def people_off_by_ten(book: Book) -> Iterator[Result]:
    """A number of people told in words is no power of ten off the indicator that counts them."""
    for prose in book.form_prose:
        told = {Decimal(found[1]) for found in re.finditer(r"(\d{4,})人(?!次)", prose.text)}
        for line in prose.form.indicators if told else ():
            known = [(key, one) for key in ("target", "actual") if (one := quantity_of(line.texts.get(key, "")))]
            known = [
                (key, one) for key, one in known if one.unit.startswith(_PEOPLE) or (not one.unit and _counts(line))
            ]
            wrong = next(((key, one, n) for key, one in known for n in told if power_of_ten(one.value, n)), None)
            if wrong is not None and not told & {one.value for _, one in known}:
                key, _, number = wrong
                yield prose.fault({"left": f"{number}人", "right": line.texts[key]}, prose.form.ref(line, key))
            elif known:
                yield Agreed()


def _counts(line: Line) -> bool:
    return _PEOPLE in fold(line.label)[-2:]
