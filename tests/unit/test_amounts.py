from decimal import Decimal

import pytest

from shared.amounts import fold, is_dash, printed_amount


@pytest.mark.parametrize(
    ("text", "value", "decimals", "percent"),
    [
        ("2,358.27", "2358.27", 2, False),
        ("2358.27", "2358.27", 2, False),
        ("663. 56", "663.56", 2, False),
        ("１２.３", "12.3", 1, False),
        ("0", "0", 0, False),
        ("0.00", "0.00", 2, False),
        ("(12.30)", "-12.30", 2, False),
        ("－1.5", "-1.5", 1, False),
        ("98.07%", "98.07", 2, True),
        (".5", "0.5", 1, False),
    ],
)
def test_printed_figures_keep_their_value_and_their_decimals(
    text: str, value: str, decimals: int, percent: bool
) -> None:
    amount = printed_amount(text)
    assert amount is not None
    assert (amount.value, amount.decimals, amount.percent) == (Decimal(value), decimals, percent)


@pytest.mark.parametrize("text", ["", "—", "———", "栏次", "≥95%", "2023年", "1,23", "12.3.4", "-"])
def test_what_is_no_figure_is_none(text: str) -> None:
    assert printed_amount(text) is None


def test_dashes_are_told_from_blank() -> None:
    assert is_dash("———")
    assert not is_dash("")
    assert not is_dash("0")


def test_radicals_and_full_width_text_fold_to_their_characters() -> None:
    assert fold("部⻔ 车⻋（汇 总）") == "部门车车(汇总)"
