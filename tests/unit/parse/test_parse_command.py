"""`gouji parse FILE --json`, which goes a short way where nothing but the file is said, and the long way else."""

import os
import subprocess
import sys
from pathlib import Path

from drawn_pdfs import pdf, summary


def gouji(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    plain = {name: value for name, value in os.environ.items() if not name.startswith("GOUJI_")}
    return subprocess.run(
        [sys.executable, "-m", "cli", *arguments],
        env={**plain, "COLUMNS": "80", **variables},
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_reading_a_file_as_json_prints_the_same_with_and_without_settings(tmp_path: Path) -> None:
    """Without settings in the environment it goes by the short way."""
    file = tmp_path / "a.pdf"
    file.write_bytes(pdf(summary))
    short = gouji("parse", str(file), "--json")
    assert '"type":"income_expenditure_summary"' in short.stdout
    assert gouji("parse", "--json", str(file)).stdout == short.stdout
    assert gouji("parse", str(file), "--json", GOUJI_MAX_PAGES="5").stdout == short.stdout


def test_unreadable_file_ends_with_its_reason_and_exit_code_3_either_way(tmp_path: Path) -> None:
    file = tmp_path / "broken.pdf"
    file.write_bytes(b"%PDF-1.7 and nothing else")
    for variables in ({}, {"GOUJI_MAX_PAGES": "5"}):
        ended = gouji("parse", str(file), "--json", **variables)
        assert ended.returncode == 3
        assert ended.stderr.startswith("broken.pdf: ")
        assert "[damaged_pdf]" in ended.stderr
        assert not ended.stdout


def test_settings_hold_for_reading_a_file_as_json(tmp_path: Path) -> None:
    file = tmp_path / "a.pdf"
    file.write_bytes(pdf(summary))
    assert gouji("parse", str(file), "--json", GOUJI_MAX_PAGES="none").returncode == 2


def test_missing_file_is_a_usage_error(tmp_path: Path) -> None:
    ended = gouji("parse", str(tmp_path / "missing.pdf"), "--json")
    assert ended.returncode == 2
    assert "missing.pdf" in ended.stderr.replace("\n", "").replace("│", "").replace(" ", "")
