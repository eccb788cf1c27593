from collections.abc import Iterator
from functools import cache

import pytest

from cli.samples import Sample, build_sample
from cli.samples.edition import edition_names
from cli.samples.planted import Planted
from cli.samples.planters import KINDS, TABLE_KINDS
from shared.document import Table

SEEDS = range(3)


@cache
def clean_twin(seed: int, edition: str) -> Sample:
    return build_sample(seed, edition=edition)


@cache
def planted_samples(kind: str) -> tuple[tuple[Sample, Sample, Planted], ...]:
    """Samples with one error of a kind, each with its clean twin."""
    return tuple(_planted_samples(kind))


def _planted_samples(kind: str) -> Iterator[tuple[Sample, Sample, Planted]]:
    for edition in edition_names():
        for seed in SEEDS:
            sample = build_sample(seed, edition=edition, errors=1, plant=[kind])
            for planted in sample.planted:
                yield sample, clean_twin(seed, edition), planted


def texts(table: Table) -> list[list[str]]:
    return [[cell.text for cell in row] for row in table.rows]


@pytest.mark.parametrize("kind", [kind for kind in TABLE_KINDS if kind not in ("dropped_row", "wrong_column")])
def test_a_wrong_figure_stands_in_the_cell_that_the_json_names_and_nothing_else_changes(kind: str) -> None:
    seen = 0
    for sample, clean, planted in planted_samples(kind):
        assert planted.table is not None
        assert planted.row is not None
        assert planted.column is not None
        table, twin = sample.document.tables[planted.table], clean.document.tables[planted.table]
        cell = table.rows[planted.row][planted.column]
        assert (cell.text, cell.page) == (planted.after, planted.page)
        expected = texts(twin)
        assert expected[planted.row][planted.column] == planted.before != planted.after
        expected[planted.row][planted.column] = planted.after
        assert texts(table) == expected
        assert [texts(t) for t in sample.document.tables if t is not table] == [
            texts(t) for t in clean.document.tables if t is not twin
        ]
        seen += 1
    assert seen == len(SEEDS) * len(edition_names())


def test_a_dropped_row_is_gone_from_the_place_that_the_json_names() -> None:
    for sample, clean, planted in planted_samples("dropped_row"):
        assert planted.table is not None
        assert planted.row is not None
        rows, twin = texts(sample.document.tables[planted.table]), texts(clean.document.tables[planted.table])
        assert rows == twin[: planted.row] + twin[planted.row + 1 :]
        assert "".join(twin[planted.row][:3]).startswith(planted.before.split()[0])


def test_a_value_in_the_wrong_column_leaves_its_own_cell_without_it() -> None:
    for sample, clean, planted in planted_samples("wrong_column"):
        assert planted.table is not None
        assert planted.row is not None
        assert planted.column is not None
        row = [cell.text for cell in sample.document.tables[planted.table].rows[planted.row]]
        twin = [cell.text for cell in clean.document.tables[planted.table].rows[planted.row]]
        assert twin[planted.column] == planted.before != row[planted.column] == planted.after
        assert sorted(row) == sorted(twin)


@pytest.mark.parametrize("kind", ["wrong_rate", "wrong_base", "narrative_figure"])
def test_a_wrong_figure_of_the_text_stands_in_the_clause_that_the_json_quotes(kind: str) -> None:
    for sample, clean, planted in planted_samples(kind):
        if planted.assessment is not None:
            continue
        assert planted.table is None
        assert planted.quote is not None
        assert planted.after in planted.quote
        (changed,) = set(sample.document.facts) - set(clean.document.facts)
        assert (changed.text, changed.page) == (planted.after, planted.page)
        assert changed.quote.replace(" ", "") == planted.quote.replace(" ", "")


def test_a_wrong_score_or_rate_of_a_form_stands_in_the_cell_that_the_json_names() -> None:
    seen = {"wrong_score": 0, "wrong_rate": 0}
    for kind in seen:
        for sample, clean, planted in planted_samples(kind):
            if planted.assessment is None:
                continue
            assert planted.row is not None
            assert planted.column is not None
            form, twin = (document.assessments[planted.assessment] for document in (sample.document, clean.document))
            cell = form.rows[planted.row][planted.column]
            assert (cell.text, cell.page) == (planted.after, planted.page)
            expected = [[one.text for one in row] for row in twin.rows]
            assert expected[planted.row][planted.column] == planted.before != planted.after
            expected[planted.row][planted.column] = planted.after
            assert [[one.text for one in row] for row in form.rows] == expected
            seen[kind] += 1
    assert seen["wrong_score"] == 2 * len(SEEDS)


def test_a_wrong_score_always_breaks_a_relation() -> None:
    assert all(planted.violates for _, _, planted in planted_samples("wrong_score"))


def test_every_kind_can_be_planted_and_most_break_a_relation() -> None:
    for kind in KINDS:
        planted = [one for _, _, one in planted_samples(kind)]
        assert {one.kind for one in planted} == {kind}
        assert sum(one.violates for one in planted) > len(planted) / 2


def test_several_errors_stand_in_different_rows() -> None:
    for seed in SEEDS:
        planted = build_sample(seed, errors=3).planted
        assert len({(one.table, one.row, one.quote) for one in planted}) == 3
