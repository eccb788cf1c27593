"""The record of docs/checking.md: how many errors and warnings each document of the corpus has, all of them right.

Every one was compared with its page. A number that changes means that a finding appeared or went: look at the page
again, then change the record here and there.
"""

from pathlib import Path

import pytest

from services.parse.pages import Limits
from services.parse.reader import read_document
from services.validate.check import check_document
from services.validate.rulebook import Rulebook

CORPUS = Path(__file__).parents[3].parent / "shared" / "corpus"
# kind, year, scope, pages: (errors, warnings, unclear)
RECORD = {
    ("final_accounts", 2023, "department", 50): (1, 13, 4),
    ("final_accounts", 2023, "unit", 31): (0, 2, 5),
    ("budget", 2023, "department", 34): (0, 3, 7),
    ("final_accounts", 2024, "department", 25): (2, 0, 0),
    ("final_accounts", 2024, "department", 23): (0, 1, 10),
    ("budget", 2025, "department", 26): (0, 0, 0),
    ("budget", 2025, "unit", 22): (0, 0, 0),
    ("budget", 2024, "department", 33): (3, 0, 0),
    ("budget", 2023, "department", 40): (1, 0, 1),
    ("final_accounts", 2023, "department", 21): (0, 0, 16),
}

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not beside the repository")


def test_errors_warnings_and_unclear_checks_are_those_that_were_compared_with_the_pages(rulebook: Rulebook) -> None:
    found = {}
    for file in (*sorted((CORPUS / "retypeset").glob("*_word.pdf")), *sorted((CORPUS / "real").glob("*.pdf"))):
        document = read_document(file.read_bytes(), limits=Limits())
        verdict = check_document(document, rulebook)
        severities = [finding.severity for finding in verdict.findings]
        key = (document.kind, document.fiscal_year, document.scope, document.pages)
        found[key] = (severities.count("error"), severities.count("warning"), verdict.summary.unclear)
    assert found == RECORD
