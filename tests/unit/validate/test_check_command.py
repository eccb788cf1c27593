"""`gouji check` and `gouji rules`, as a clerk types them."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.check import app as check_app
from cli.rules import app as rules_app
from cli.samples.sample import build_sample, render_pdf
from services.validate.rulebook import Rulebook

run = CliRunner().invoke


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clean") / "clean.pdf"
    path.write_bytes(render_pdf(build_sample(5, small=True)))
    return path


@pytest.fixture(scope="module")
def wrong(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("wrong") / "wrong.pdf"
    path.write_bytes(render_pdf(build_sample(7, errors=1, plant=["factor_10"])))
    return path


@pytest.fixture
def unreadable(tmp_path: Path) -> Path:
    path = tmp_path / "notes.pdf"
    path.write_bytes(b"not a PDF")
    return path


def test_a_clean_file_exits_0_and_says_how_much_was_checked(clean: Path) -> None:
    result = run(check_app, [str(clean), "--lang", "zh"])
    assert result.exit_code == 0, result.output
    assert "项勾稽中核对" in result.output


def test_a_wrong_file_exits_1_and_shows_page_figures_and_cause(wrong: Path) -> None:
    result = run(check_app, [str(wrong), "--lang", "zh"])
    assert result.exit_code == 1, result.output
    assert "错误" in result.output
    assert "最可能是" in result.output


def test_an_unreadable_file_exits_3_and_says_what_to_do(unreadable: Path) -> None:
    result = run(check_app, [str(unreadable)])
    assert result.exit_code == 3
    assert "请上传" in result.output


def test_a_missing_file_is_a_usage_error(tmp_path: Path) -> None:
    assert run(check_app, [str(tmp_path / "none.pdf")]).exit_code == 2


def test_json_is_one_object_a_line_with_document_summary_and_findings(wrong: Path, unreadable: Path) -> None:
    result = run(check_app, [str(wrong), str(unreadable), "--json"])
    assert result.exit_code == 3
    first, second = (json.loads(line) for line in result.stdout.splitlines())
    assert list(first) == ["document", "summary", "findings"]
    counted = {"rules", "pass", "fail", "unclear", "outcomes", "not_applicable", "tables_of_other_editions"}
    assert counted | {"reader_version", "pack_version"} == set(first["summary"])
    finding = first["findings"][0]
    cell = finding["cells"][0]
    table = first["document"]["tables"][cell["table"]]
    assert table["rows"][cell["row"]][cell["column"]]["text"] == cell["text"]
    assert isinstance(finding["difference"], str)
    assert second["error"]["reason"] == "not_a_pdf"


def test_several_files_end_with_an_overview(clean: Path, wrong: Path) -> None:
    result = run(check_app, [str(clean), str(wrong), "--lang", "en"])
    assert result.exit_code == 1
    assert "checked" in result.output
    assert result.output.count("clean.pdf") >= 2


def test_the_notice_is_one_page_with_the_findings_and_pictures_of_their_pages_marked(
    wrong: Path, unreadable: Path, tmp_path: Path
) -> None:
    notice = tmp_path / "notice.html"
    assert run(check_app, [str(wrong), str(unreadable), "--report", str(notice), "--lang", "zh"]).exit_code == 3
    html = notice.read_text(encoding="utf-8")
    assert "整改通知" in html
    assert "最可能是" in html
    assert "data:image/jpeg;base64," in html
    assert "class='suspect error'" in html
    assert "http" not in html.replace("http-equiv", "")
    assert "文件不是 PDF" in html


def test_rules_can_be_listed_shown_and_tested(rulebook: Rulebook) -> None:
    assert "FA-SUMMARY-SUM-01" in run(rules_app, ["list", "--scope", "final_accounts"]).output
    assert "FA-SUMMARY-SUM-01" not in run(rules_app, ["list", "--scope", "budget"]).output
    shown = run(rules_app, ["show", "fa-summary-sum-01"]).output
    assert "income_expenditure_summary/income/items/final" in shown
    tested = run(rules_app, ["test", "FA-SUMMARY-SUM-01"])
    assert tested.exit_code == 0
    assert "3/3" in tested.output
    assert run(rules_app, ["show", "FA-NONE-01"]).exit_code == 2
    assert f"{len(rulebook.rules)} 条规则" in run(rules_app, ["list"]).output


def test_the_names_of_addresses_can_be_looked_up() -> None:
    assert "收入支出决算总表" in run(rules_app, ["names"]).output
    assert "年初结转和结余" in run(rules_app, ["names", "income_expenditure_summary"]).output
    assert run(rules_app, ["names", "no_such_table"]).exit_code == 2
