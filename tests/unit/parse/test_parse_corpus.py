"""The re-typeset disclosures of the corpus, compared with their truth (skipped where the corpus is absent)."""

import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from services.parse.pages import Limits
from services.parse.reader import read_document
from shared.document import Document
from shared.document_json import document_json

CORPUS = Path(__file__).parents[3].parent / "shared" / "corpus"
TOOLS = CORPUS.parent / "tools"
PLAIN = ["000_word", "000_libre", "001_word", "001_libre"]
FINAL_ACCOUNTS = {
    "公开01表": "income_expenditure_summary",
    "公开02表": "income",
    "公开03表": "expenditure",
    "公开04表": "fiscal_appropriation_summary",
    "公开05表": "general_public_budget_expenditure",
    "公开06表": "basic_expenditure_detail",
    "公开07表": "government_fund",
    "公开08表": "state_capital",
    "公开09表": "three_public_expenses",
    "公开10表": "disclosure_statistics",
}

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not beside the repository")


@cache
def read(name: str) -> Document:
    return read_document((CORPUS / "retypeset" / f"{name}.pdf").read_bytes(), limits=Limits())


def score(tool: str, truth: str, document: Document, folder: Path, *options: str) -> float:
    """The percentage that the corpus's scoring script gives a document."""
    parsed = folder / "parsed.json"
    parsed.write_bytes(document_json(document))
    command = [sys.executable, TOOLS / tool, CORPUS / "retypeset" / "truth" / truth, parsed, *options]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return float(output.strip().splitlines()[-1].split()[2].rstrip("%"))


@pytest.mark.parametrize("name", PLAIN)
def test_every_standard_table_has_the_type_of_its_title(name: str) -> None:
    typed = {table.number: table.type for table in read(name).tables if table.number}
    assert typed == {number: kind for number, kind in FINAL_ACCOUNTS.items() if number in typed}
    assert len(typed) >= 9


@pytest.mark.parametrize("name", PLAIN)
def test_cells_of_standard_tables_and_forms_equal_the_truth(name: str, tmp_path: Path) -> None:
    assert score("reading_score.py", f"{name[:3]}.json", read(name), tmp_path, "--kinds", "standard") >= 99.9
    assert score("reading_score.py", f"{name[:3]}.json", read(name), tmp_path, "--kinds", "perf") >= 99


@pytest.mark.parametrize("name", ["000_hard_seal", "000_hard_rotate"])
def test_cells_under_seals_and_on_rotated_pages_equal_the_truth(name: str, tmp_path: Path) -> None:
    assert score("reading_score.py", "000.json", read(name), tmp_path) >= 99


@pytest.mark.parametrize("name", ["000_word", "001_libre"])
def test_figures_of_the_prose_are_found_as_facts(name: str, tmp_path: Path) -> None:
    assert score("facts_score.py", f"{name[:3]}.facts.json", read(name), tmp_path) >= 98


def test_both_printings_of_a_document_read_the_same() -> None:
    word, libre = read("001_word"), read("001_libre")
    assert [[[c.text for c in r] for r in t.rows] for t in word.tables] == [
        [[c.text for c in r] for r in t.rows] for t in libre.tables
    ]
    assert (word.kind, word.fiscal_year, word.unit_name, word.scope, word.region) == (
        libre.kind,
        libre.fiscal_year,
        libre.unit_name,
        libre.scope,
        libre.region,
    )


@pytest.mark.parametrize("file", sorted((CORPUS / "real").glob("*.pdf")), ids=lambda file: file.stem)
def test_every_real_disclosure_ends_in_a_document(file: Path) -> None:
    document = read_document(file.read_bytes(), limits=Limits())
    assert document.kind == ("budget" if "budget" in file.name else "final_accounts")
    assert sum(table.type != "unknown" for table in document.tables) >= 4
    assert document.fiscal_year is not None
