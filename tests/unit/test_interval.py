"""Intervals: what a printed figure can stand for."""

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.interval import (
    YUAN,
    Interval,
    decimals_of,
    exactly,
    last_place,
    printed,
    total,
)

CENTS = Decimal("0.01")
yuan = st.integers(min_value=-(10**12), max_value=10**12).map(lambda fen: Decimal(fen) / 100)


def as_printed(amount_in_yuan: Decimal, places: Decimal = CENTS) -> Decimal:
    return (amount_in_yuan / YUAN["万元"]).quantize(places, ROUND_HALF_UP)


@given(yuan)
def test_a_figure_printed_in_ten_thousands_stands_for_the_yuan_it_was_rounded_from(amount: Decimal) -> None:
    assert amount in printed(as_printed(amount), YUAN["万元"])


@given(st.lists(yuan, max_size=30))
def test_a_sum_of_figures_rounded_one_by_one_always_agrees_with_its_rounded_total(parts: list[Decimal]) -> None:
    reported = printed(as_printed(sum(parts, Decimal(0))), YUAN["万元"])
    computed = total(printed(as_printed(part), YUAN["万元"]) for part in parts)
    assert reported.meets(computed)


@given(yuan, yuan.filter(lambda value: abs(value) >= 10_000))
def test_a_rounded_percentage_of_rounded_amounts_always_agrees(part: Decimal, whole: Decimal) -> None:
    base = printed(as_printed(whole), YUAN["万元"])
    rate = printed((part / whole * 100).quantize(CENTS, ROUND_HALF_UP))
    quotient = printed(as_printed(part), YUAN["万元"]).times(Decimal(100)).over(base)
    assert quotient is not None
    assert quotient.meets(rate)


@given(yuan, yuan, yuan, yuan)
def test_products_and_quotients_contain_every_combination(a: Decimal, b: Decimal, c: Decimal, d: Decimal) -> None:
    left, right = Interval(min(a, b), max(a, b)), Interval(min(c, d), max(c, d))
    assert left.middle * right.middle in left.product(right)
    quotient = left.over(right)
    assert (quotient is None) == (Decimal(0) in right)


def test_figures_that_touch_at_their_ends_are_consistent() -> None:
    parts = [Decimal(text) for text in ("40.12", "7.30", "0.85", "100.04")]
    assert sum(parts) == Decimal("148.31")
    assert printed(Decimal("148.30")).meets(printed(Decimal("148.31")))
    assert not printed(Decimal("148.30")).meets(printed(Decimal("148.32")))


def test_blank_and_dash_are_exactly_zero() -> None:
    assert printed(None) == exactly(Decimal(0))


def test_a_negative_weight_swaps_the_ends() -> None:
    assert Interval(Decimal(1), Decimal(3)).times(Decimal(-2)) == Interval(Decimal(-6), Decimal(-2))
    assert -Interval(Decimal(1), Decimal(3)) == Interval(Decimal(-3), Decimal(-1))


@pytest.mark.parametrize(("text", "decimals", "place"), [("12", 0, "1"), ("12.30", 2, "0.01"), ("0.0000", 4, "0.0001")])
def test_the_printed_decimals_decide_the_last_place(text: str, decimals: int, place: str) -> None:
    assert decimals_of(Decimal(text)) == decimals
    assert last_place(Decimal(text)) == Decimal(place)
