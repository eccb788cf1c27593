"""The `gouji` command as a whole: what it says where something outside it refuses."""

import os
import subprocess
import sys
from pathlib import Path


def gouji(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "COLUMNS": "80", **variables}
    return subprocess.run(
        [sys.executable, "-m", "cli", *arguments],
        env=environment,
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_folder_that_cannot_be_written_is_named_without_a_traceback(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    ended = gouji("samples", "--count", "1", "--out", str(tmp_path / "file" / "samples"))
    assert ended.returncode == 2
    assert "无法读写" in ended.stderr
    assert str(tmp_path / "file") in ended.stderr
    assert "Traceback" not in ended.stderr


def test_kafka_that_is_away_is_told_with_the_settings_that_say_where_it_is(tmp_path: Path) -> None:
    ended = gouji("topics", "list", GOUJI_KAFKA_SERVERS="127.0.0.1:1", GOUJI_DATA_DIR=str(tmp_path))
    assert ended.returncode == 2
    assert "KafkaConnectionError: KafkaConnectionError" not in ended.stderr
    for setting in ("GOUJI_KAFKA_SERVERS", "GOUJI_DATA_DIR"):
        assert setting in ended.stderr
