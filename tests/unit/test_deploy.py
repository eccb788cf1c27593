"""No Docker engine is needed: the files under deploy/ and the compose file are held against what the code has."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from shared.metrics import METRICS
from shared.settings import Settings

ROOT = Path(__file__).parents[2]
SERVICES = {"ingest", "parse", "validate", "store", "query"}


def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    return loaded


def exported_names() -> set[str]:
    names: set[str] = set()
    for metric in METRICS:
        family = next(iter(metric.describe()))
        suffixes = {"counter": ["_total"], "histogram": ["_bucket", "_sum", "_count"]}.get(family.type, [""])
        names.update(family.name + suffix for suffix in suffixes)
    return names


def test_compose_starts_every_service_of_the_line() -> None:
    commands = {tuple(s["command"]) for name, s in compose()["services"].items() if name in SERVICES}
    assert commands == {("serve", name) for name in SERVICES}


def test_compose_sets_only_settings_that_exist_and_are_valid() -> None:
    for name, service in compose()["services"].items():
        ours = {k: v for k, v in service.get("environment", {}).items() if k.startswith("GOUJI_")}
        fields = {key.removeprefix("GOUJI_").lower(): value for key, value in ours.items()}
        assert set(fields) <= set(Settings.model_fields), name
        Settings.model_validate(fields)


def test_every_image_is_pinned_to_a_version() -> None:
    for name, service in compose()["services"].items():
        assert re.search(r":v?\d+\.\d+(\.\d+)?", service["image"]), name
    stages = re.findall(r"^FROM (\S+)", (ROOT / "deploy/Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
    assert stages
    assert all(re.search(r":\d+\.\d+\.\d+", stage) for stage in stages)


def test_every_container_that_stays_has_a_health_check() -> None:
    image_checks_itself = "HEALTHCHECK" in (ROOT / "deploy/Dockerfile").read_text(encoding="utf-8")
    for name, service in compose()["services"].items():
        built_here = service["image"].startswith("gouji:")
        assert "healthcheck" in service or (built_here and image_checks_itself), name


def test_nothing_is_published_beyond_this_machine() -> None:
    for name, service in compose()["services"].items():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", [])), name


def test_no_password_stands_in_the_compose_file() -> None:
    for name, service in compose()["services"].items():
        for key, value in service.get("environment", {}).items():
            if re.search(r"PASSWORD|SECRET|TOKEN", key):
                assert re.fullmatch(r"\$\{\w+:\?[^}]+\}", value), f"{name}: {key}"


def test_every_file_that_compose_mounts_is_there() -> None:
    for name, service in compose()["services"].items():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            if source.startswith("./"):
                assert (ROOT / source).exists(), f"{name}: {source}"


def test_prometheus_scrapes_every_service() -> None:
    config = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text(encoding="utf-8"))
    names = {n for job in config["scrape_configs"] for sd in job.get("dns_sd_configs", []) for n in sd["names"]}
    assert names == SERVICES


@pytest.mark.parametrize(
    "path", ["deploy/prometheus/alerts.yml", "deploy/prometheus/alerts_test.yml", "deploy/grafana/dashboards/line.json"]
)
def test_alerts_and_dashboards_name_only_metrics_that_are_exported(path: str) -> None:
    named = set(re.findall(r"\bgouji_\w+", (ROOT / path).read_text(encoding="utf-8")))
    assert named
    assert named <= exported_names()


def test_dashboard_panels_use_the_provisioned_data_source() -> None:
    dashboard = json.loads((ROOT / "deploy/grafana/dashboards/line.json").read_text(encoding="utf-8"))
    sources = yaml.safe_load((ROOT / "deploy/grafana/provisioning/datasources/prometheus.yml").read_text())
    uid = sources["datasources"][0]["uid"]
    assert all(panel["datasource"]["uid"] == uid for panel in dashboard["panels"])


def test_alert_rules_pass_their_unit_tests() -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed (Debian package: prometheus)")
    for arguments in (["test", "rules", "alerts_test.yml"], ["check", "config", "prometheus.yml"]):
        done = subprocess.run(
            [promtool, *arguments], cwd=ROOT / "deploy/prometheus", capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
