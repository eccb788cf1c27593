import pytest

from cli.samples import build_sample, render_pdf
from cli.samples.edition import edition_names, load_edition
from services.parse.pages import Limits
from services.parse.reader import read_document
from shared.amounts import fold

WITH_FORMS = [name for name in edition_names() if load_edition(name).assessments]


@pytest.mark.parametrize("edition", edition_names())
def test_the_reader_reads_from_the_pdf_what_the_generator_says_is_there(edition: str) -> None:
    sample = build_sample(21, edition=edition, errors=2)
    truth, read = sample.document, read_document(render_pdf(sample), limits=Limits())
    assert (read.kind, read.fiscal_year, read.unit_name) == (truth.kind, truth.fiscal_year, truth.unit_name)
    assert (read.scope, read.pages) == (truth.scope, truth.pages)
    assert [table.type for table in read.tables] == [table.type for table in truth.tables]
    for table, expected in zip(read.tables, truth.tables, strict=True):
        assert table.columns == expected.columns
        cells = [[(cell.text, cell.value, cell.page) for cell in row] for row in table.rows]
        assert cells == [[(cell.text, cell.value, cell.page) for cell in row] for row in expected.rows]


@pytest.mark.parametrize("edition", edition_names())
def test_the_reader_finds_every_figure_of_the_text(edition: str) -> None:
    sample = build_sample(22, edition=edition)
    read = read_document(render_pdf(sample), limits=Limits())
    found = [(fact.text, fold(fact.unit)) for fact in read.facts]
    for fact in sample.document.facts:
        assert (fact.text, fold(fact.unit)) in found
        found.remove((fact.text, fold(fact.unit)))


@pytest.mark.parametrize("edition", WITH_FORMS)
def test_the_reader_reads_every_cell_of_the_self_evaluation_forms(edition: str) -> None:
    sample = build_sample(23, edition=edition, errors=2, plant=["wrong_score", "wrong_rate"])
    truth, read = sample.document.assessments, read_document(render_pdf(sample), limits=Limits()).assessments
    assert len(read) == len(truth) >= 2
    for form, expected in zip(read, truth, strict=True):
        assert (form.type, form.title, form.project) == (expected.type, expected.title, expected.project)
        assert form.pages == expected.pages
        cells = [[(cell.text, cell.value, cell.page) for cell in row] for row in form.rows]
        assert cells == [[(cell.text, cell.value, cell.page) for cell in row] for row in expected.rows]
