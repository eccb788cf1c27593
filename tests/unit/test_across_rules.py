"""The relations between documents, on the examples that stand beside each of them."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import pytest

from services.store.across.extract import Extract, Printed, extract_of
from services.store.across.judge import Party, judge, party_of
from services.store.across.members import members_of
from services.store.across.rulebook import Example, Rule, load_across_rules
from services.store.across.wording import findings_of
from services.store.naming import same_region, unit_key
from shared.amounts import printed_amount
from shared.document import Document, Fact, Paragraph

RULES = load_across_rules()
EXAMPLES = [(rule, example) for rule in RULES.rules for example in rule.examples]


def party(name: str, figures: Mapping[str, str]) -> Party:
    """A document of a unit that prints these figures, in 万元."""
    printed = []
    for number, (address, text) in enumerate(figures.items()):
        amount = printed_amount(text)
        told = address.startswith("restated/")
        where = {"table": None, "quote": text} if told else {"table": 0, "row": number, "column": 1}
        member = "某局本级" if told else None
        printed.append(
            Printed(address, text, amount.value if amount else None, "万元", address, member=member, **where)  # type: ignore[arg-type]
        )
    return party_of(name, name, 2024, Extract(tuple(printed)))


@pytest.mark.parametrize(
    ("rule", "example"), EXAMPLES, ids=[f"{rule.id}-{example.expect}" for rule, example in EXAMPLES]
)
def test_each_rule_comes_out_as_its_examples_say(rule: Rule, example: Example) -> None:
    names = ["某局（本级）", "某中心", "某站"]
    others = [party(names[number], figures) for number, figures in enumerate(example.right)]
    outcomes = {one.outcome for one in judge(rule, party("某局", example.left), others, ())}
    assert outcomes - {"unclear"} == {example.expect} - {"unclear"}
    assert "unclear" in outcomes or example.expect != "unclear"


def test_relation_without_its_counterpart_is_unclear_and_says_what_is_missing() -> None:
    rule = RULES.rules[0]
    (one,) = judge(rule, party("某局", rule.examples[0].left), [], ["2023"])
    assert (one.outcome, one.reason, one.what) == ("unclear", "not_filed", "2023")


def test_one_slip_that_breaks_several_relations_of_a_rule_is_one_finding_with_cells_of_both_documents() -> None:
    rule = next(rule for rule in RULES.rules if rule.id == "AC-CARRY-EQUAL-02")
    figures = {pair.left[0].address: "8.00" for pair in rule.pairs[:2]}
    closed = {pair.right[0].address: "5.00" for pair in rule.pairs[:2]}
    (finding,) = findings_of(judge(rule, party("某局", figures), [party("去年的某局", closed)], ()))
    assert {cell.document_id for cell in finding.cells} == {"某局", "去年的某局"}
    assert len(finding.cells) == 4
    assert (finding.severity, finding.expected, finding.difference) == ("error", "5.00", "3.00")
    assert "8.00" in finding.message.zh
    assert "5.00" in finding.message.en


def test_a_department_lists_its_units_and_a_list_that_does_not_count_is_none() -> None:
    def listed(text: str) -> tuple[str, ...]:
        return members_of(Document(scope="department", paragraphs=(Paragraph(text=text),)))

    names = ("某局(本级)", "某中心")
    assert listed("纳入2024年度本部门决算编制范围的单位共2个，包括：某局（本级）、某中心。") == names
    assert listed("纳入本部门决算编制范围的单位共2个：某局（本级）和某中心。") == names
    assert listed("从决算单位构成看，某局部门决算包括2个单位的决算，分别是：某局（本级）、某中心。") == names
    assert listed("纳入2024年度本部门决算编制范围的单位共3个，包括：某局（本级）、某中心。") == ()


@pytest.mark.parametrize(
    "subject", ["某局（本级）收入总计、支出总计", "收入总计、支出总计", "某局本级财政拨款收入总计"]
)
def test_what_a_sentence_says_of_a_unit_is_taken_with_or_without_its_name(subject: str) -> None:
    listed = Paragraph(text="纳入本部门决算编制范围的单位共2个：某局（本级）、某中心。")
    said = Paragraph(text=f"某局（本级）{subject.removeprefix('某局（本级）')}均为2495.47万元。")
    fact = Fact(
        measure="amount", subject=subject, value=Decimal("2495.47"), text="2495.47", unit="万元", quote=said.text[:-1],
        paragraph=1,
    )  # fmt: skip
    document = Document(scope="department", paragraphs=(listed, said), facts=(fact,))
    told = [(figure.member, figure.text) for figure in extract_of(document, (), RULES).figures]
    assert told == ([] if "财政拨款" in subject else [("某局本级", "2495.47")])


def test_names_and_regions_are_compared_as_clerks_write_them() -> None:
    assert unit_key("某市某局（汇总）") == unit_key("某市 某局")
    assert unit_key("某市某局（本级）") == unit_key("某市某局(机关)") == "某市某局本级"
    assert same_region("990101", "某县")
    assert same_region(None, "某县")
    assert not same_region("990101", "990102")


def test_every_relation_is_told_in_the_documentation() -> None:
    page = (Path(__file__).parents[2] / "docs" / "across.md").read_text(encoding="utf-8")
    assert {rule.id for rule in RULES.rules if rule.id.rpartition("-")[0] not in page} == set()
