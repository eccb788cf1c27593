import csv
import json
import random
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.samples import build_sample, render_pdf
from cli.samples.accounts import BASIC, FUNDS
from cli.samples.command import app, sample_json
from cli.samples.edition import edition_names
from cli.samples.fonts import has_character
from cli.samples.names import FIRST, LEVELS, SECOND
from cli.samples.oracle import broken_relations
from cli.samples.planting import violated
from cli.samples.quantities import FigureKey
from cli.samples.sample import draft_sample
from shared.document_json import document_with
from shared.errors import InvalidField

EDITIONS = edition_names()
DIVISIONS = Path(__file__).parents[2].parent / "shared" / "reference"


@pytest.mark.parametrize("edition", EDITIONS)
def test_the_same_seed_gives_the_same_bytes_and_another_seed_another_document(edition: str) -> None:
    first, again, other = (build_sample(seed, edition=edition, errors=2) for seed in (7, 7, 8))
    assert render_pdf(first) == render_pdf(again)
    assert sample_json(first) == sample_json(again)
    assert render_pdf(first) != render_pdf(other)


@pytest.mark.parametrize("edition", EDITIONS)
def test_figures_rounded_one_by_one_from_fen_break_no_relation(edition: str) -> None:
    for seed in range(100):
        draft = draft_sample(random.Random(seed), edition)
        assert violated(draft.printed.texts, draft.narrative, draft.shown()) == [], f"seed {seed}"


def test_accounts_balance_to_the_fen() -> None:
    for seed in range(300):
        accounts = draft_sample(random.Random(seed), "shaanxi").accounts
        spent = accounts.spent() + accounts.surplus_distribution + accounts.all_closing
        assert accounts.grand_total == spent
        assert sum(accounts.economic.values()) == accounts.spent(FUNDS[:1], BASIC)
        assert min(accounts.closing(fund) for fund in FUNDS) >= 0


def test_printed_parts_need_not_add_up_to_their_printed_total() -> None:
    exact = 0
    for seed in range(20):
        (table,) = [t for t in build_sample(seed).document.tables if t.type == "income_expenditure_summary"]
        classes = [row[5].value or 0 for row in table.rows[:26]]
        exact += sum(classes) == next(row[5].value for row in table.rows if row[3].text == "本年支出合计")
    assert 0 < exact < 20


@pytest.mark.parametrize("edition", EDITIONS)
def test_the_json_beside_the_pdf_holds_a_document(edition: str) -> None:
    sample = build_sample(3, edition=edition, errors=1)
    content = json.loads(sample_json(sample))
    assert document_with(content["document"]) == sample.document
    assert list(content["planted"][0])[:8] == [
        "kind", "table", "row", "column", "before", "after", "page", "violates",
    ]  # fmt: skip


@pytest.mark.parametrize("edition", EDITIONS)
def test_every_row_has_a_cell_for_every_column_and_tables_say_their_pages(edition: str) -> None:
    document = build_sample(5, edition=edition).document
    for table in document.tables:
        assert {len(row) for row in table.rows} == {len(table.columns)}
        assert set(table.pages) == {cell.page for row in table.rows for cell in row}
    assert len({table.type for table in document.tables}) == len(document.tables)


def test_a_small_document_has_three_or_four_pages() -> None:
    for edition in EDITIONS:
        for seed in range(4):
            assert 3 <= build_sample(seed, edition=edition, small=True).document.pages <= 4


def test_a_document_has_the_length_of_a_real_one() -> None:
    for edition in EDITIONS:
        assert all(12 <= build_sample(seed, edition=edition).document.pages <= 36 for seed in range(4))


def test_every_character_that_is_printed_is_in_the_fonts() -> None:
    for edition in EDITIONS:
        for seed in range(4):
            pages = build_sample(seed, edition=edition).booklet.typesetter.pages
            marks = [mark for page in pages for mark in page.marks]
            missing = {c for mark in marks for c in mark.text if not has_character(mark.face, c)}
            assert not missing, f"{edition} {seed}: {missing}"


def test_no_invented_district_is_a_real_one() -> None:
    if not DIVISIONS.is_dir():
        pytest.skip(f"{DIVISIONS} with the names of real districts is not there")
    real: set[str] = set()
    for path in DIVISIONS.glob("divisions_*.csv"):
        with path.open(encoding="utf-8") as lines:
            real |= {row["name"] for row in csv.DictReader(lines)}
    invented = {a + b + level for a in FIRST for b in SECOND for level in (*LEVELS, "市")}
    assert not invented & real


def test_an_unknown_edition_or_kind_of_error_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InvalidField, match="shaanxi"):
        build_sample(1, edition="atlantis")
    with pytest.raises(InvalidField, match="wrong_base"):
        build_sample(1, errors=1, plant=["gremlins"])


def test_the_command_writes_a_pdf_and_a_json_for_each_document(tmp_path: Path) -> None:
    arguments = ["--out", str(tmp_path), "--count", "3", "--seed", "5", "--errors", "1", "--small"]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    pdfs = sorted(path.stem for path in tmp_path.glob("*.pdf"))
    assert len(pdfs) == 3
    assert sorted(path.stem for path in tmp_path.glob("*.json")) == pdfs
    assert "3 documents" in result.output
    assert all((tmp_path / f"{name}.pdf").read_bytes().startswith(b"%PDF") for name in pdfs)


def test_the_oracle_takes_touching_intervals_for_consistent() -> None:
    def summary(**rows: str) -> dict[FigureKey, str]:
        return {
            FigureKey("income_expenditure_summary", row.replace("__", "/"), "final"): text for row, text in rows.items()
        }

    touching = summary(income__grand_total="326.71", expenditure__grand_total="326.72")
    apart = summary(income__grand_total="326.71", expenditure__grand_total="326.73")
    assert broken_relations(touching, {}, {}) == []
    assert broken_relations(apart, {}, {}) == ["1 grand totals"]
