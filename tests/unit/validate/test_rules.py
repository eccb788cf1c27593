"""Every rule comes out on its own examples as it says."""

import pytest

from services.validate.examples import outcome_of
from services.validate.rulebook import Example, Rule, Rulebook, load_rulebook

CASES = [
    pytest.param(rule, example, id=f"{rule.id}-{number}-{example.expect}")
    for rule in load_rulebook().rules
    for number, example in enumerate(rule.examples)
]


@pytest.mark.parametrize(("rule", "example"), CASES)
def test_a_rule_comes_out_on_its_examples_as_it_says(rule: Rule, example: Example, rulebook: Rulebook) -> None:
    assert outcome_of(rule, example, rulebook.layouts) == example.expect


def test_rules_name_only_tables_sides_and_columns_that_a_layout_knows(rulebook: Rulebook) -> None:
    known = {
        (layout.type, side.key, column.key)
        for layout in rulebook.layouts.tables
        for side in layout.sides
        for column in layout.columns
    }
    for rule in rulebook.rules:
        for address in rule.check.addresses():
            if address.column == "*":
                assert any(kind == address.table and side == address.side for kind, side, _ in known), rule.id
            else:
                assert (address.table, address.side, address.column) in known, f"{rule.id}: {address}"
