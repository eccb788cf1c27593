"""The two commands of the README, `gouji up` and `gouji submit` beside it, and what they say when it goes wrong."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from whole_line import WholeLine, running_line, small_documents, wait_for

DOCUMENTS = 6


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WholeLine]:
    """A running line; each test leaves it running."""
    with running_line(tmp_path_factory.mktemp("line") / "data") as started:
        yield started


@pytest.fixture
def folder(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A folder with PDFs of this test alone, and files that `gouji submit` should skip or see rejected."""
    folder = tmp_path / "upload"
    folder.mkdir()
    for number, data in enumerate(small_documents(DOCUMENTS)):
        (folder / f"{number}.pdf").write_bytes(data + f"\n%{request.node.name}\n".encode())
    (folder / "notes.txt").write_text("not for upload")
    (folder / "broken.pdf").write_bytes((folder / "0.pdf").read_bytes()[:2000])
    return folder


def gouji(line: WholeLine, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "GOUJI_DATA_DIR": str(line.folder), "COLUMNS": "200"}
    command = [sys.executable, "-m", "cli", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)


def test_submitted_folder_is_stored_its_metrics_balance_and_a_restart_shows_the_same(
    line: WholeLine, folder: Path
) -> None:
    done = gouji(line, "submit", str(folder))
    assert "notes.txt" in done.stdout + done.stderr, "what was skipped is named"
    before = line.get("query", "/documents?limit=200")
    own = {sha256(file.read_bytes()).hexdigest() for file in folder.glob("?.pdf")}
    assert len(own) == DOCUMENTS
    assert own <= {item["document_id"] for item in before["items"] if item["status"] == "stored"}

    stages = {
        stage: sum(
            line.metric(service, f'gouji_documents_total{{stage="{stage}"}}') for service in line.state["services"]
        )
        for stage in ("accepted", "parsed", "rejected", "validated", "stored")
    }
    assert stages["accepted"] == stages["parsed"] + stages["rejected"]
    assert stages["parsed"] == stages["validated"] == stages["stored"] >= DOCUMENTS

    ports = line.state["ports"]
    assert line.stop() == 0
    assert line.state["running"] is False
    line.start()
    assert line.state["ports"] == ports, "ports are remembered"
    assert line.get("query", "/documents?limit=200") == before


def test_lines_are_exported_from_a_running_line(line: WholeLine, folder: Path, tmp_path: Path) -> None:
    gouji(line, "submit", str(folder))
    for name in ("lines.csv", "lines.parquet", "findings.xlsx"):
        done = gouji(line, "export", name.partition(".")[0], "--out", str(tmp_path / name))
        assert done.returncode == 0, done.stderr
    lines = (tmp_path / "lines.csv").read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) > 100
    assert lines[0].startswith("document_id,revision,region,unit_name")
    assert (tmp_path / "lines.parquet").read_bytes()[:4] == b"PAR1"
    assert gouji(line, "export", "everything").returncode == 2


def test_topics_and_dead_letters_are_listed_beside_a_running_line(line: WholeLine) -> None:
    topics = gouji(line, "topics", "list")
    assert "document-received-v1-parse-dlq" in topics.stdout
    assert "没有死信" in gouji(line, "dlq", "list").stdout


def test_keys_for_this_machine_are_readable_by_their_owner_only_and_last(line: WholeLine) -> None:
    assert (line.folder / "keys.json").stat().st_mode & 0o777 == 0o600
    keys = json.loads(gouji(line, "keys", "list", "--json").stdout)
    assert {(key["role"], key["state"]) for key in keys} == {
        ("district", "valid"),
        ("reviewer", "valid"),
        ("operator", "valid"),
    }


def test_second_start_on_the_same_folder_is_refused_by_name(line: WholeLine) -> None:
    second = gouji(line, "up", "--port", "0", "--data", str(line.folder))
    assert second.returncode != 0
    assert f"{line.state['pid']}" in second.stderr


def test_taken_port_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        command = [sys.executable, "-m", "cli", "up", "--port", str(port), "--data", str(tmp_path / "data")]
        refused = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert refused.returncode != 0
    assert str(port) in refused.stderr
    assert "--port" in refused.stderr


def test_data_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    command = [sys.executable, "-m", "cli", "up", "--port", "0", "--data", str(tmp_path / "file" / "data")]
    refused = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert refused.returncode != 0
    assert str(tmp_path / "file" / "data") in refused.stderr
    assert "Traceback" not in refused.stderr


def test_service_that_exits_by_itself_is_named_and_everything_stops(tmp_path: Path) -> None:
    line = WholeLine(tmp_path / "data", session_timeout_ms=1000)  # the broker refuses a session as short as that
    try:
        with pytest.raises(AssertionError):
            line.start()
        assert line.wait() == 1
    finally:
        line.abandon()
    told = line.output.read_text()
    assert "InvalidSessionTimeoutError" in told, "the last lines of its log are shown"
    assert not line.state.get("running")
    assert not line.state.get("pids")


def test_children_of_a_killed_gouji_up_end_and_the_folder_can_be_used_again(line: WholeLine, folder: Path) -> None:
    gouji(line, "submit", str(folder / "0.pdf"))
    pids = dict(line.state["pids"])
    line.kill_itself()
    wait_for(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids.values()), 60)
    line.start()
    key = sha256((folder / "0.pdf").read_bytes()).hexdigest()
    assert line.get("query", f"/documents/{key}")["status"] == "stored"
