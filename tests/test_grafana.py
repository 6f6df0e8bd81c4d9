"""The dashboard and the alerts, against a real Prometheus that scrapes a real server."""

import json
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from duplistat.app import create_app
from duplistat.config import Config
from duplistat.core.times import iso_ms
from duplistat.now import wall_clock
from duplistat.services.commands import Direct
from duplistat.services.monitoring.sweep import tick, tick_arguments
from duplistat.store.database import Database
from tests.support.bodies import duplicati, simple
from tests.support.served_app import served_app
from tests.test_docs import DOCS, fences

RULES = DOCS / "prometheus" / "duplistat.rules.yml"
RULES_TEST = DOCS / "prometheus" / "duplistat.rules.test.yml"
DASHBOARD = json.loads((DOCS / "grafana" / "duplistat.json").read_text("utf-8"))
# What Grafana fills in.
VARIABLES = {"$server": ".*", "$__rate_interval": "1m"}
PATIENCE = 60.0


def program(name: str) -> str:
    """The path of a program that a test needs; where it is missing the test is skipped, in CI it fails."""
    found = shutil.which(name)
    if found is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"{name} is not installed")
    return found


def expressions() -> list[tuple[str, str]]:
    """(panel, expression) of everything that the dashboard asks."""
    return [
        (panel["title"], target["expr"])
        for panel in DASHBOARD["panels"]
        for target in panel.get("targets", [])
    ]


def ago(**span: float) -> str:
    return iso_ms(datetime.now(UTC) - timedelta(**span))


@pytest.fixture
def served(tmp_path: Path, db: Database) -> Iterator[str]:
    """host:port of a server with some history: a good job, a failed one, an overdue one, and rubbish."""
    config = Config(data=tmp_path)
    Direct(db, config).run(tick, **tick_arguments(config.overdue, "test", wall_clock()))
    app = create_app(config, db=db)
    client = app.test_client()
    numbers: dict[str, Any] = {"duration": 600, "files": 10, "size": 10**9, "storageUsed": 10**8}
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).strftime("%Y%m%dT%H%M%SZ")
    yesterday = (datetime.now(UTC) - timedelta(days=1)).strftime("%Y%m%dT%H%M%SZ")
    for body in (
        simple(start=ago(hours=3), **numbers),
        simple(job="photos", status="error", start=ago(hours=2), **numbers),
        duplicati(ago(hours=1), job="Mail", next_run=tomorrow),
        duplicati(ago(days=2), job="Music", next_run=yesterday),
    ):
        assert client.post("/api/upload", json=body).status_code == 200
    assert client.post("/api/upload", data=b"rubbish").status_code == 400
    with served_app(app) as address:
        yield address.removeprefix("http://")


@pytest.fixture
def prometheus(served: str, tmp_path: Path) -> Iterator[str]:
    """The address of a Prometheus that has scraped the server twice, as the documentation configures it."""
    (config,) = [
        yaml.safe_load(code) for code in fences(DOCS / "metrics.md", "yaml") if "scrape_configs" in code
    ]
    (job,) = config["scrape_configs"]
    assert (job["job_name"], job["metrics_path"]) == ("duplistatus", "/api/health")
    job["static_configs"], job["scrape_interval"] = [{"targets": [served]}], "2s"
    job["scrape_timeout"] = "2s"
    config |= {"rule_files": [str(RULES)], "global": {"evaluation_interval": "1s"}}
    (tmp_path / "prometheus.yml").write_text(yaml.safe_dump(config))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    with subprocess.Popen(
        [
            program("prometheus"),
            f"--config.file={tmp_path / 'prometheus.yml'}",
            f"--storage.tsdb.path={tmp_path / 'prometheus'}",
            f"--web.listen-address={address}",
            "--log.level=error",
        ]
    ) as process:
        try:
            wait_for(address, "count_over_time(duplistat_build_info[1m]) >= 2")
            yield address
        finally:
            process.terminate()


def ask(address: str, expression: str) -> list[dict[str, Any]]:
    answer = requests.get(f"http://{address}/api/v1/query", params={"query": expression}, timeout=5).json()
    assert answer["status"] == "success", f"{expression}: {answer.get('error')}"
    found: list[dict[str, Any]] = answer["data"]["result"]
    return found


def wait_for(address: str, expression: str) -> list[dict[str, Any]]:
    """The answer of Prometheus, as soon as it has one."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            found = ask(address, expression)
        except requests.RequestException:
            # It does not listen yet, or says in words that it is not ready.
            found = []
        if found or time.monotonic() > deadline:
            assert found, f"{expression} has no result after {PATIENCE} s"
            return found
        time.sleep(0.1)


def test_every_panel_shows_something_and_the_alerts_fire(prometheus: str) -> None:
    empty = []
    for panel, expression in expressions():
        for variable, value in VARIABLES.items():
            expression = expression.replace(variable, value)
        if not ask(prometheus, expression):
            empty.append(f"{panel}: {expression}")
    assert not empty
    (rate,) = ask(prometheus, "duplistatus_backup_success_rate")
    (overdue,) = ask(prometheus, "duplistatus_overdue_backups")
    assert (float(rate["value"][1]), float(overdue["value"][1])) == (0.75, 1)
    (alert,) = wait_for(prometheus, 'ALERTS{alertname="BackupOverdue",alertstate="firing"}')
    assert (alert["metric"]["server"], alert["metric"]["backup"]) == ("nas", "Music")
    wait_for(prometheus, 'ALERTS{alertname="BackupFailed",alertstate="firing"}')


def test_the_dashboard_has_the_panels_of_the_protocols_own() -> None:
    panels = dict(expressions())
    assert panels["Backup Success Rate"] == "duplistatus_backup_success_rate"
    assert panels["Overdue Backups"] == "duplistatus_overdue_backups"


def test_the_panels_of_the_dashboard_do_not_overlap() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert at["x"] + at["w"] <= 24
        assert not cells & taken, panel["title"]
        taken |= cells


def test_no_metric_is_asked_for_that_is_not_documented() -> None:
    known = set((DOCS / "metrics.md").read_text("utf-8").split("`"))
    rules = yaml.safe_load(RULES.read_text("utf-8"))["groups"][0]["rules"]
    asked = [expression for _, expression in expressions()] + [rule["expr"] for rule in rules]
    words = {word for expression in asked for word in expression.replace("{", " ").replace("(", " ").split()}
    names = {word.strip(")]").partition("[")[0] for word in words if word.startswith("duplistat")}
    assert names
    assert names <= known


def test_a_bar_gauge_has_room_for_what_it_asks_for() -> None:
    gauges = [panel for panel in DASHBOARD["panels"] if panel["type"] == "bargauge"]
    assert gauges
    for panel in gauges:
        assert all(re.search(r"\b(topk|bottomk)\(", target["expr"]) for target in panel["targets"])


def test_every_alert_does_what_its_series_say() -> None:
    rules = yaml.safe_load(RULES.read_text("utf-8"))["groups"][0]["rules"]
    for asked in (["check", "rules", str(RULES)], ["test", "rules", str(RULES_TEST)]):
        done = subprocess.run([program("promtool"), *asked], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr + done.stdout
    cases = yaml.safe_load(RULES_TEST.read_text("utf-8"))["tests"]
    assert all(any(rule["alert"] in case["name"] for case in cases) for rule in rules)
