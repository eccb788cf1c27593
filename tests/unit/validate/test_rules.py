"""Every rule comes out on its own examples as it says."""

import re
from pathlib import Path

import pytest

from services.validate.catalogue_text import catalogue_markdown
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


def test_the_catalogue_in_the_docs_is_the_one_of_the_rules(rulebook: Rulebook) -> None:
    docs = Path(__file__).parents[3] / "docs" / "rules.md"
    assert docs.read_text(encoding="utf-8") == catalogue_markdown(rulebook), (
        "gouji rules list --markdown > docs/rules.md"
    )


def test_the_table_of_relations_names_every_area_and_no_rule_that_is_not_there() -> None:
    told = (Path(__file__).parents[3] / "docs" / "relations.md").read_text(encoding="utf-8")
    ids = [rule.id for rule in load_rulebook().rules]
    named = set(re.findall(r"(?:FA|BU|NA|DO|PE)-[A-Z]+(?:-[A-Z]+)?(?:-\d\d)?", told))
    assert not [name for name in named if not any(one.startswith(name) for one in ids)]
    areas = {"-".join(one.split("-")[:2]) for one in ids}
    assert not [area for area in areas if area not in told]
