"""The self-evaluation forms (绩效自评表) of samples."""

import itertools
import random
import re
from decimal import Decimal
from functools import cache

import pytest

from cli.samples import Sample, build_sample
from cli.samples.edition import edition_names, load_edition
from cli.samples.oracle import broken_relations
from cli.samples.quantities import FigureKey
from cli.samples.sample import draft_sample
from cli.samples.typeset import A4
from shared.document import Assessment

EDITIONS = [name for name in edition_names() if load_edition(name).assessments]
SEEDS = range(6)


@cache
def sample_of(seed: int, edition: str) -> Sample:
    return build_sample(seed, edition=edition)


def marks(form: Assessment) -> tuple[list[Decimal], Decimal]:
    """The scores of a form's lines, and its 总分."""
    texts = [[cell.text for cell in row] for row in form.rows]
    head = next(r for r, row in enumerate(texts) if "一级指标" in row)
    funds = next(r for r, row in enumerate(texts) if "得分" in row)
    column, funds_column = texts[head].index("得分"), texts[funds].index("得分")
    last = next(r for r, row in enumerate(texts) if row[0] == "总分")
    lines = [row[column].value for row in form.rows[head + 1 : last]]
    execution = [row[funds_column].value for row in form.rows[funds + 1 : head]]
    total = form.rows[last][column].value
    assert total is not None
    return [value for value in (*lines, *execution) if value is not None], total


@pytest.mark.parametrize("edition", EDITIONS)
def test_a_document_has_a_form_of_the_whole_unit_and_one_for_each_project_that_the_text_counts(edition: str) -> None:
    for seed in SEEDS:
        document = sample_of(seed, edition).document
        (whole, *projects) = document.assessments
        assert whole.type == "overall_self_evaluation"
        assert {form.type for form in projects} == {"project_self_evaluation"}
        told = next(fact for fact in document.facts if fact.measure == "count" and fact.subject == "项目")
        assert 2 <= len(projects) <= 4
        assert told.value == len(projects)
        assert len({form.project for form in projects}) == len(projects)


@pytest.mark.parametrize("edition", EDITIONS)
def test_the_scores_of_a_form_add_up_to_its_total(edition: str) -> None:
    for seed in SEEDS:
        for form in sample_of(seed, edition).document.assessments:
            scores, total = marks(form)
            assert sum(scores) == total <= 100


def test_the_text_restates_the_funds_and_score_of_each_form() -> None:
    document = sample_of(2, "shaanxi").document
    for form in document.assessments[1:]:
        told = {fact.measure: fact.text for fact in document.facts if fact.subject == form.project}
        row = next(row for row in form.rows if row[1].text == "年度资金总额")
        texts = [cell.text.replace(",", "") for cell in row]
        assert texts[4].rstrip("0").rstrip(".") == told["adjusted_budget"].rstrip("0").rstrip(".")
        assert texts[5].rstrip("0").rstrip(".") == told["executed"].rstrip("0").rstrip(".")
        assert texts[7] == f"{told['completion_rate']}%"
        assert str(marks(form)[1]) == told["score"]


@pytest.mark.parametrize("edition", EDITIONS)
def test_full_marks_are_given_for_targets_that_were_met_and_less_for_those_that_were_not(edition: str) -> None:
    seen = {True: 0, False: 0}
    for seed in range(20):
        for form in sample_of(seed, edition).document.assessments:
            for row in form.rows:
                numbers = [re.fullmatch(r"(≥?)(\d+)(\D*)", cell.text) for cell in row]
                pairs = [(one, other) for one, other in itertools.pairwise(numbers) if one and other]
                target = next(((int(a[2]), int(b[2])) for a, b in pairs if a[1] and not b[1]), None)
                values = [cell.value for cell in row if cell.value is not None]
                if target:
                    met = target[1] >= target[0]
                    assert (values[-2] == values[-1]) == met
                    seen[met] += 1
    assert all(seen.values())


@pytest.mark.parametrize("edition", EDITIONS)
def test_a_form_stands_whole_on_one_page_inside_its_margins(edition: str) -> None:
    for seed in SEEDS:
        for form in sample_of(seed, edition).document.assessments:
            assert len(form.pages) == 1
            assert max(cell.bbox[3] for row in form.rows for cell in row if cell.bbox) <= A4[1] - 70


def test_small_documents_have_no_forms() -> None:
    assert not any(build_sample(1, edition=edition, small=True).document.assessments for edition in EDITIONS)


def test_the_oracle_compares_scores_exactly_and_rates_within_their_rounding() -> None:
    def form(**figures: str) -> dict[FigureKey, str]:
        return {FigureKey("form:1", *name.split("__")): text for name, text in figures.items()}

    scores = {"output_1__score": "45.5", "execution__score": "9"}
    assert broken_relations(form(**scores, sum__score="54.5"), {}, {}) == []
    assert broken_relations(form(**scores, sum__score="54"), {}, {}) == ["form:1 score"]
    funds = {"total__budget": "3.00", "total__executed": "2.00"}
    assert broken_relations(form(**funds, total__rate="66.5"), {}, {}) == []
    assert broken_relations(form(**funds, total__rate="66.1"), {}, {}) == ["form:1 total rate"]


def test_printed_forms_of_random_units_break_no_relation() -> None:
    for edition in EDITIONS:
        for seed in range(20):
            draft = draft_sample(random.Random(f"forms {seed}"), edition)
            texts = {key: draft.printed.texts[key] for key in draft.shown() if key.table.startswith("form:")}
            assert texts
            assert broken_relations(texts, {}, {}) == []
