"""A small linked province through the whole running line: what `benchmarks/linked.py` does with three hundred units."""

import subprocess
import sys
from pathlib import Path

import pytest

from cli.embedded.engines import kafka_engine, mongo_engine
from shared.errors import EngineMissing

ROOT = Path(__file__).parents[2]


def test_line_finds_the_errors_between_documents_and_keeps_a_true_ledger(tmp_path: Path) -> None:
    try:
        kafka_engine(tmp_path / "kafka", tmp_path), mongo_engine(tmp_path / "mongo", tmp_path)
    except EngineMissing as missing:
        pytest.skip(missing.message_en)
    command = [sys.executable, "benchmarks/linked.py", "--units", "5", "--errors", "1", "--seed", "5"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "relations they break: 4, found: 4" in done.stdout
