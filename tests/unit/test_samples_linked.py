"""A linked province: what its documents say of each other, and what the rules between documents make of it."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.samples.command import app
from cli.samples.linked.slips import KINDS
from cli.samples.linked.world import Filing
from cli.samples.linked.write import Province, draw_province
from services.store.across.extract import extract_of
from services.store.across.judge import Party, judge, party_of
from services.store.across.rulebook import load_across_rules
from shared.document import Document
from shared.errors import InvalidField
from shared.figures import view_of
from shared.layouts import load_layouts

RULES, LAYOUTS = load_across_rules(), load_layouts()


def province(seed: int, errors: int, plant: Sequence[str] = ()) -> Province:
    return draw_province(seed, 10, 2, errors, plant, edition="shaanxi", small=True)


def party(filing: Filing, document: Document) -> Party:
    views = [view for i, table in enumerate(document.tables) if (view := view_of(table, i, LAYOUTS)) is not None]
    return party_of(filing.file, filing.unit.name, filing.year, extract_of(document, views, RULES))


def broken(drawn: Province) -> set[tuple[str, str]]:
    """(file, rule) of every relation that the rules find broken on the true documents."""
    made = [(filing, document) for filing, _, document in drawn.documents() if document is not None]
    parties = {filing.file: party(filing, document) for filing, document in made}
    found = set()
    for one, _ in made:
        same = [other for other, _ in made if other.region == one.region]
        own = [other for other in same if other.unit.name == one.unit.name]
        units = [other for other in same if other.unit.name in one.unit.members and other.unit.scope == "unit"]
        units = [other for other in units if (other.kind, other.year) == (one.kind, one.year)]
        counterparts = {
            "last_year": [other for other in own if (other.kind, other.year) == (one.kind, one.year - 1)],
            "budget": [other for other in own if (other.kind, other.year) == ("budget", one.year)],
            "units": units if len(units) == len(one.unit.members) else [],
            "each_unit": units,
        }
        for rule in RULES.rules:
            if rule.applies(one.kind, one.unit.scope, one.year):
                others = [parties[other.file] for other in counterparts[rule.counterpart]]
                outcomes = {compared.outcome for compared in judge(rule, parties[one.file], others, ())}
                found |= {(one.file, rule.id)} if "fail" in outcomes else set()
    return found


def test_province_without_errors_breaks_no_relation() -> None:
    drawn = province(1, 0)
    assert drawn.expected == ()
    assert broken(drawn) == set()


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_error_is_found_where_the_printed_figures_show_it(kind: str) -> None:
    drawn = province(2, 2, [kind])
    assert drawn.expected
    assert broken(drawn) == set(drawn.expected)


def test_same_options_give_the_same_files_and_duties(tmp_path: Path) -> None:
    options = ["--linked", "--small", "--units", "5", "--years", "1", "--seed", "4"]
    for name in ("a", "b"):
        result = CliRunner().invoke(app, [*options, "--out", str(tmp_path / name)])
        assert result.exit_code == 0, result.output
    first = {path.name: path.read_bytes() for path in (tmp_path / "a").iterdir()}
    assert first == {path.name: path.read_bytes() for path in (tmp_path / "b").iterdir()}
    manifest = json.loads(first["manifest.json"])
    made = {document["file"] for document in manifest["documents"] if document["file"]}
    assert made == {name for name in first if name.endswith(".pdf")}
    assert first["duties.csv"].decode("utf-8-sig").count("\n") == len(manifest["documents"]) + 1 == 11


def test_unknown_kind_of_error_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InvalidField, match="carry_over"):
        province(1, 1, ["gremlins"])
