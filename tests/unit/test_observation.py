"""What an operator sees: log lines, probes, metrics and their documentation."""

import json
import logging
import re
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from shared.errors import DatabaseUnavailable, PortTaken
from shared.health import probe_app, serving
from shared.logs import log_context, setup_logs
from shared.metrics import DOCUMENTS, METRICS, metrics_table
from shared.settings import load_settings

ROOT = Path(__file__).parents[2]


@pytest.fixture
def root_logger() -> Iterator[logging.Logger]:
    """The root logger, put back afterwards."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield root
    root.handlers[:], root.level = handlers, level
    logging.captureWarnings(False)


@pytest.mark.usefixtures("root_logger")
def test_log_line_is_one_json_object_that_names_the_document(capsys: pytest.CaptureFixture[str]) -> None:
    setup_logs("parse", load_settings(log_format="json"))
    capsys.readouterr()
    with log_context("d" * 64, "t" * 32):
        logging.getLogger("here").warning("第一行\n第二行 %d", 1, extra={"fields": {"reason": "empty_file"}})
    [line] = capsys.readouterr().err.splitlines()
    told = json.loads(line)
    assert told["message"] == "第一行\n第二行 1"
    assert (told["service"], told["level"], told["reason"]) == ("parse", "WARNING", "empty_file")
    assert (told["document_id"], told["trace_id"]) == ("d" * 64, "t" * 32)


@pytest.mark.usefixtures("root_logger")
def test_a_misspelt_setting_is_told_with_the_likest_name(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOUJI_PARSE_PROCESES", "2")
    setup_logs("parse", load_settings(log_format="text"))
    assert "GOUJI_PARSE_PROCESES is no setting; did you mean GOUJI_PARSE_PROCESSES?" in capsys.readouterr().err


@pytest.mark.usefixtures("root_logger")
def test_log_line_of_an_error_holds_its_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    setup_logs("parse", load_settings(log_format="json"))
    capsys.readouterr()
    try:
        raise ZeroDivisionError("why")
    except ZeroDivisionError:
        logging.getLogger("here").exception("stopped")
    told = json.loads(capsys.readouterr().err)
    assert "ZeroDivisionError: why" in told["exception"]
    assert "document_id" not in told


@pytest.mark.usefixtures("root_logger")
def test_log_line_on_a_terminal_is_readable(capsys: pytest.CaptureFixture[str]) -> None:
    setup_logs("parse", load_settings(log_format="text"))
    with log_context("abcdef0123456789"):
        logging.getLogger("here").info("read", extra={"fields": {"pages": 3}})
    assert re.search(r"INFO +parse +read pages=3 \[abcdef01\]", capsys.readouterr().err)


async def test_readiness_names_what_is_missing_and_liveness_does_not_care() -> None:
    async def up() -> None: ...

    async def down() -> None:
        raise DatabaseUnavailable(detail="connection refused")

    app = probe_app({"kafka": up, "database": down})
    async with serving(app, "127.0.0.1", 0) as url, httpx.AsyncClient(base_url=url) as client:
        ready = await client.get("/readyz")
        alive = await client.get("/healthz")
        metrics = (await client.get("/metrics")).text
    assert ready.status_code == 503
    assert ready.json()["missing"] == ["database"]
    assert "connection refused" in ready.json()["dependencies"]["database"]
    assert ready.json()["dependencies"]["kafka"] == "ok"
    assert alive.status_code == 200
    assert 'gouji_ready{dependency="database"} 0.0' in metrics
    assert 'gouji_ready{dependency="kafka"} 1.0' in metrics


async def test_port_that_is_taken_is_named() -> None:
    async with serving(probe_app({}), "127.0.0.1", 0) as url:
        port = int(url.rpartition(":")[2])
        with pytest.raises(PortTaken, match=str(port)):
            async with serving(probe_app({}), "127.0.0.1", port):
                pass


def test_every_metric_has_a_unit_in_its_name_and_a_help_text() -> None:
    for metric in METRICS:
        family = next(iter(metric.describe()))
        assert re.fullmatch(r"gouji_[a-z_]+", family.name)
        assert len(family.documentation) > 10


def test_no_metric_is_labelled_by_document() -> None:
    assert not {label for metric in METRICS for label in metric._labelnames} & {"document_id", "file", "unit", "path"}
    assert DOCUMENTS._labelnames == ("stage",)


def test_documentation_lists_the_metrics_as_they_are() -> None:
    assert metrics_table() in (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")


def test_every_metric_is_counted_somewhere() -> None:
    declared = (ROOT / "shared/metrics.py").read_text(encoding="utf-8")
    names = re.findall(r"^([A-Z_]+) = _(?:counter|gauge|histogram)", declared, re.MULTILINE)
    paths = [path for folder in ("services", "shared") for path in (ROOT / folder).rglob("*.py")]
    used = "".join(path.read_text(encoding="utf-8") for path in paths if path.name != "metrics.py")
    assert len(names) == len(METRICS)
    assert not [name for name in names if not re.search(rf"\b{name}\b", used)]


async def test_answers_are_not_held_back_until_their_head_is_acknowledged() -> None:
    # Held back, all but the first few of a connection take 40 ms; a busy machine delays some, never three of four.
    took = []
    async with serving(probe_app({}), "127.0.0.1", 0) as url, httpx.AsyncClient(trust_env=False) as client:
        for _ in range(40):
            began = time.perf_counter()
            (await client.get(f"{url}/metrics")).raise_for_status()
            took.append(time.perf_counter() - began)
    assert sorted(took)[10] < 0.035
