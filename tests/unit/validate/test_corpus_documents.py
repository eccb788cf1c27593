"""On the true grids of the corpus: the tables of these filings agree, so nothing may be accused."""

import pytest
from true_grids import TRUTH, documents

from services.validate.check import check_document
from services.validate.rulebook import Rulebook


@pytest.mark.skipif(not TRUTH.exists(), reason="the corpus of real documents (../shared/corpus) is not here")
def test_the_tables_of_real_final_accounts_agree(rulebook: Rulebook) -> None:
    checked = 0
    for name, document in documents(rulebook.layouts):
        if document.kind != "final_accounts":
            continue
        verdict = check_document(document, rulebook)
        assert [(name, finding.rule) for finding in verdict.findings if finding.severity != "info"] == []
        assert verdict.summary.pass_ > 90
        checked += 1
    assert checked == 2
