"""Slips of the pen: how a printed figure can have come from the one that should stand there.

Each slip has a likelihood that decides among cells whose correction would repair equally much, and a sentence for the
reader. `proposed` is the figure that fits the relations and the slip best, with the printed decimals.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal

from services.validate.asserted import Asserted
from services.validate.relations import Rate, Relation
from services.validate.terms import Term
from shared.findings import Text
from shared.interval import Interval

_PERCENT = "%"
_CENT = Decimal("0.01")
_MOST_CANDIDATES = 40
_LOST_PLACES = (1, 4)
"""A point one place to the left, and 万元 for 元."""


@dataclass(frozen=True)
class Slip:
    """One kind of slip, its likelihood (10 certain … 1 a guess) and what the reader is told."""

    kind: str
    likelihood: int
    text: Text


TRANSPOSED = Slip("transposed_digits", 10, Text(zh="相邻两位数字颠倒", en="two neighbouring digits are transposed"))
FACTOR = Slip("factor_of_ten", 10, Text(zh="相差 10 的整数次方倍，可能是小数点错位，或元、万元、亿元混用",
                                         en="off by a power of ten: a misplaced point, or 元 for 万元"))  # fmt: skip
LOSSY_FACTOR = replace(FACTOR, likelihood=8)
SIGN = Slip("sign", 9, Text(zh="正负号相反", en="the sign is reversed"))
DROPPED = Slip("dropped_digit", 8, Text(zh="漏写一位数字", en="a digit was dropped"))
EXTRA = Slip("extra_digit", 8, Text(zh="多写一位数字", en="a digit was typed twice or added"))
CHANGED = Slip("changed_digit", 7, Text(zh="一位数字有误", en="one digit is wrong"))
WRONG_BASE = Slip(
    "wrong_base",
    10,
    Text(zh="增减率以本年数为基数，应以上年数为基数", en="the rate's base is this year's figure, not last year's"),
)
WRONG_RATE = Slip("wrong_rate", 4, Text(zh="百分比计算有误", en="the percentage was miscalculated"))
NOT_FILLED = Slip("not_filled", 3, Text(zh="此处应有金额而未填", en="an amount is missing here"))
SURPLUS = Slip("surplus", 3, Text(zh="此处不应有金额", en="nothing should be printed here"))
UNLIKELY = Slip("one_cell", 1, Text(zh="仅从数字上可使勾稽关系成立", en="it repairs the relations by number alone"))
OTHER = Slip(
    "one_cell", 2, Text(zh="改正这一处即可使全部相关勾稽关系成立", en="correcting this one cell repairs every relation")
)


def likeliest(term: Term, box: Interval, broken: Iterable[Asserted] = ()) -> tuple[Slip, Decimal | None]:
    """The likeliest slip that turns a value of `box` into what is printed, and that value in printed units."""
    if any(_takes_current_base(one.claim.relation, term) for one in broken):
        return WRONG_BASE, next(_candidates(term, box), None)
    best: tuple[Slip, Decimal | None] = (_unknown(term), None)
    for value in _candidates(term, box):
        if value * term.unit == term.value and not term.blank:
            continue  # what is printed is what is wrong
        slip = _slip(term, value)
        if best[1] is None or slip.likelihood > best[0].likelihood:
            best = (slip, value)
    return best


def likelihood(term: Term, box: Interval, broken: Iterable[Asserted] = ()) -> int:
    """How likely it is that a cell which may only be in `box` was misprinted as it is."""
    return likeliest(term, box, broken)[0].likelihood


def _takes_current_base(relation: Relation, term: Term) -> bool:
    """True where a growth rate was taken of this year's figure instead of last year's."""
    growth = isinstance(relation, Rate) and relation.growth and relation.percent.place == term.place
    return growth and Rate(relation.percent, relation.part, relation.base).gap() == 0  # type: ignore[union-attr]


def _unknown(term: Term) -> Slip:
    return NOT_FILLED if term.blank else OTHER


def _candidates(term: Term, box: Interval) -> Iterator[Decimal]:
    """Figures of the box with the printed decimals, nearest to its middle first."""
    if not (box.low.is_finite() and box.high.is_finite()):
        return
    step = term.step / term.unit or _CENT
    low, high = box.low / term.unit, box.high / term.unit
    first = (low / step).to_integral_value(ROUND_CEILING)
    last = (high / step).to_integral_value(ROUND_FLOOR)
    middle = ((low + high) / 2 / step).to_integral_value(ROUND_HALF_UP)
    middle = min(max(middle, first), last)
    for offset in range(_MOST_CANDIDATES):
        for number in {middle + offset, middle - offset}:
            if first <= number <= last:
                yield number * step


def _slip(term: Term, value: Decimal) -> Slip:
    printed = term.value / term.unit
    if value < 0 and term.value >= 0 and value != -printed:
        return UNLIKELY
    if term.blank:
        return NOT_FILLED
    if value == 0:
        return SURPLUS
    if value == -printed:
        return SIGN if printed < 0 or term.place.kind == "fact" else OTHER  # a minus is seldom forgotten in a table
    wrong, right = _digits(printed), _digits(value)
    if wrong.strip("0") == right.strip("0"):
        return FACTOR
    if (printed < 0) != (value < 0):
        return OTHER
    if printed and _rounded_away(term, printed, value):
        return LOSSY_FACTOR
    slip = _digit_slip(wrong.lstrip("0"), right.lstrip("0"))
    # A percentage is worked out from the amounts: where nothing speaks for another slip, it is the mistake.
    return WRONG_RATE if slip is OTHER and term.unit_name == _PERCENT else slip


def _rounded_away(term: Term, printed: Decimal, value: Decimal) -> bool:
    """True where the point was moved and the digits behind the last printed place were lost: 494.48 as 0.05."""
    step = term.step / term.unit
    shifted = (value.scaleb(-places) for places in _LOST_PLACES)
    return any(one.quantize(step, ROUND_HALF_UP) == printed for one in shifted)


def _digit_slip(wrong: str, right: str) -> Slip:
    if len(wrong) == len(right):
        differ = [i for i, (a, b) in enumerate(zip(wrong, right, strict=True)) if a != b]
        if len(differ) == 1:
            return CHANGED
        if len(differ) == 2 and differ[1] == differ[0] + 1 and wrong[differ[0]] == right[differ[1]]:
            return TRANSPOSED if wrong[differ[1]] == right[differ[0]] else OTHER
        return OTHER
    if len(wrong) == len(right) - 1 and _drops(right, wrong):
        return DROPPED
    if len(wrong) == len(right) + 1 and _drops(wrong, right):
        return EXTRA
    return OTHER


def _drops(longer: str, shorter: str) -> bool:
    return any(longer[:i] + longer[i + 1 :] == shorter for i in range(len(longer)))


def _digits(value: Decimal) -> str:
    return f"{abs(value):f}".replace(".", "")
