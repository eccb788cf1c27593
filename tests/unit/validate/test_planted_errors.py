"""On the generator's documents: clean ones accuse nobody, planted errors are found and blamed on the right cell."""

import pytest

from cli.samples.sample import build_sample
from services.validate.check import check_document
from services.validate.rulebook import Rulebook

EDITIONS = ("shaanxi", "shanxi")


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("seed", range(10))
def test_a_clean_document_has_no_error_and_no_warning(seed: int, edition: str, rulebook: Rulebook) -> None:
    verdict = check_document(build_sample(seed, edition=edition).document, rulebook)
    assert [finding for finding in verdict.findings if finding.severity != "info"] == []
    assert verdict.summary.pass_ > 100


def test_planted_errors_that_violate_a_relation_are_found_and_mostly_blamed_on_their_cell(rulebook: Rulebook) -> None:
    planted = found = blamed = 0
    for seed in range(100, 140):
        sample = build_sample(seed, edition=EDITIONS[seed % 2], errors=1)
        if not any(error.violates for error in sample.planted):
            continue
        planted += 1
        findings = check_document(sample.document, rulebook).findings
        found += bool(findings)
        causes = findings[0].causes if findings else ()
        error = sample.planted[0]
        cell = causes[0].cell if causes else None
        if error.table is not None and cell is not None:
            blamed += (cell.table, cell.row) == (error.table, error.row) or causes[0].kind == "missing_row"
        elif causes:
            blamed += error.table is None
    assert found >= planted * 0.97
    assert blamed >= planted * 0.9
