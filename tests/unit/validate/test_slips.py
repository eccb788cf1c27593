"""Which slip of the pen is thought likely, and that one slip is told as one."""

from dataclasses import replace
from decimal import Decimal
from typing import Literal

import pytest

from cli.samples.sample import build_sample
from services.validate.check import check_document
from services.validate.rulebook import Rulebook
from services.validate.slips import likeliest
from services.validate.terms import Place, Term, term_of
from shared.document import Fact
from shared.interval import Interval


def term(text: str, kind: Literal["cell", "fact"] = "cell") -> Term:
    source = Fact(measure="amount", subject="", value=Decimal(text), unit="万元", quote="")
    return term_of(Place(kind, 0), text, Decimal(text), "万元", source)


def box(low: str, high: str) -> Interval:
    """Values in 万元, in yuan as relations have them."""
    return Interval(Decimal(low) * 10000, Decimal(high) * 10000)


def test_a_minus_printed_in_a_table_is_a_likely_slip_and_one_forgotten_is_not() -> None:
    assert likeliest(term("-1.46"), box("1.45", "1.47"))[0].kind == "sign"
    assert likeliest(term("1.46"), box("-1.47", "-1.45"))[0].likelihood < 7
    assert likeliest(term("1.46", "fact"), box("-1.47", "-1.45"))[0].kind == "sign"


@pytest.mark.parametrize(("printed", "meant"), [("0.05", "494.48"), ("49.45", "494.48"), ("4944800.00", "494.48")])
def test_a_misplaced_point_is_seen_where_digits_were_lost_behind_it(printed: str, meant: str) -> None:
    slip, value = likeliest(term(printed), box(meant, meant))
    assert (slip.kind, value) == ("factor_of_ten", Decimal(meant))


def test_nothing_printed_is_no_misplaced_point() -> None:
    assert likeliest(term("0.00"), box("3.00", "3.00"))[0].kind != "factor_of_ten"


def test_a_value_in_a_wrong_column_is_one_finding_also_where_both_columns_could_be_mended_apart(
    rulebook: Rulebook,
) -> None:
    planted = told = 0
    for seed in range(18):
        edition = ("shaanxi", "shanxi", "shanghai")[seed % 3]
        sample = build_sample(seed, edition=edition, errors=1, plant=["wrong_column"])
        findings = [f for f in check_document(sample.document, rulebook).findings if f.severity == "error"]
        planted += 1
        told += len(findings) == 1 and findings[0].causes[0].kind == "wrong_column"
    assert told >= planted - 1


def test_the_score_that_the_text_gives_a_project_is_that_of_its_form(rulebook: Rulebook) -> None:
    document = build_sample(2, edition="shaanxi").document
    index = max(i for i, fact in enumerate(document.facts) if fact.measure == "score")
    wrong = replace(document.facts[index], value=Decimal(61), text="61")
    facts = (*document.facts[:index], wrong, *document.facts[index + 1 :])
    (finding,) = check_document(replace(document, facts=facts), rulebook).findings
    assert finding.quotes[0].fact == index
    assert finding.causes[0].proposed == str(document.facts[index].value)
