"""The rulebook refuses at start what would silently win or be ignored."""

from pathlib import Path

import pytest

from services.validate.rulebook import Rulebook, load_rulebook
from shared.errors import InvalidCatalogue

RULE = """\
area: {zh: 决算, en: Accounts}
kind: final_accounts
rules:
  - id: FA-TEST-EQUAL-01
    title: {zh: 相等, en: Equal}
    source: 表式
    since: 2019
    check: {kind: equal, left: income/total/total, right: expenditure/total/total}
    message: {zh: "{left} 与 {right} 不等", en: "{left} is not {right}"}
    examples:
      - {expect: pass, given: {income: [[row, total], [total, "1.00"]], expenditure: [[row, total], [total, "1.00"]]}}
      - {expect: fail, given: {income: [[row, total], [total, "1.00"]], expenditure: [[row, total], [total, "2.00"]]}}
"""


PACK = "name: {zh: 试验, en: A trial}\nsince: 2019\nuntil: 2024\n"


def load(folder: Path, text: str, rulebook: Rulebook, pack: str = PACK) -> Rulebook:
    (folder / "pack.yaml").write_text(pack, encoding="utf-8")
    (folder / "area.yaml").write_text(text, encoding="utf-8")
    return load_rulebook(folder, rulebook.layouts)


def test_a_sound_file_is_read(tmp_path: Path, rulebook: Rulebook) -> None:
    assert [rule.id for rule in load(tmp_path, RULE, rulebook).rules] == ["FA-TEST-EQUAL-01"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("since: 2019", "since: 2019\n    sincce: 2020", "sincce"),
        ("since: 2019", "since: 2019\n    since: 2020", "given twice"),
        ("kind: equal", "kind: equals", "kind"),
        ("income/total/total", "income/total", "no address"),
        ("income/total/total", "income/total/totl", "no layout knows income/total/totl"),
        ("{left} 与 {right}", "{left} 与 {rigth}", "rigth"),
        ("FA-TEST-EQUAL-01", "TEST-1", "no rule id"),
        ("expect: fail", "expect: pass", "one that fails"),
        ('"1.00"', "1.00", "given"),
    ],
)
def test_a_file_with_a_fault_is_refused_and_the_fault_is_named(
    tmp_path: Path, rulebook: Rulebook, old: str, new: str, said: str
) -> None:
    with pytest.raises(InvalidCatalogue, match=said):
        load(tmp_path, RULE.replace(old, new, 1), rulebook)


def test_an_id_given_twice_in_two_files_is_refused(tmp_path: Path, rulebook: Rulebook) -> None:
    (tmp_path / "another.yaml").write_text(RULE, encoding="utf-8")
    with pytest.raises(InvalidCatalogue, match="given twice"):
        load(tmp_path, RULE, rulebook)


def test_a_pack_says_which_years_it_is_for(tmp_path: Path, rulebook: Rulebook) -> None:
    manifest = load(tmp_path, RULE, rulebook).manifest
    assert [year for year in (2018, 2019, 2024, 2025, None) if manifest.covers(year)] == [2019, 2024]


@pytest.mark.parametrize(("pack", "said"), [("since: 2019", "name"), ("name: {zh: 试, en: T}", "since")])
def test_a_pack_that_does_not_say_what_it_is_is_refused(
    tmp_path: Path, rulebook: Rulebook, pack: str, said: str
) -> None:
    with pytest.raises(InvalidCatalogue, match=said):
        load(tmp_path, RULE, rulebook, pack)


def test_a_folder_without_a_manifest_is_refused(tmp_path: Path) -> None:
    (tmp_path / "area.yaml").write_text(RULE, encoding="utf-8")
    with pytest.raises(InvalidCatalogue, match=r"pack\.yaml"):
        load_rulebook(tmp_path)


def test_the_version_changes_with_the_rules(tmp_path: Path, rulebook: Rulebook) -> None:
    before = load(tmp_path, RULE, rulebook).version
    assert load(tmp_path, RULE.replace("2019", "2020"), rulebook).version != before
