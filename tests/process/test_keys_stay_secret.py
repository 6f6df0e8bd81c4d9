"""A key is nowhere but with who has it: not in the log, not in the data folder."""

import json
from pathlib import Path

import requests

from duplistat.cli.common import opened
from duplistat.services.accounts import tree
from duplistat.services.agents.registry import NewService, add_service
from tests.support.bodies import duplicati
from tests.support.known import id_of
from tests.support.serving import run, serving

START = "2026-01-28T02:00:00Z"
READ = "/api/integration/counts"
LOUD = {"DUPLISTAT_LOG_LEVEL": "debug", "DUPLISTAT_LOG_ACCESS": "true"}


def created(data: Path, subcommand: str, *more: str) -> str:
    """The key that a command printed."""
    ran = run("key", subcommand, "--data", str(data), "--name", "k", *more)
    assert ran.returncode == 0, ran.stderr
    key = ran.stdout.strip()
    assert key not in ran.stderr
    return key


def test_no_key_is_in_the_log_or_in_the_data_folder(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with serving(data, workers=1, **LOUD) as server:
        old = created(data, "create", "--scope", "ingest", "--scope", "read")
        new = created(data, "rotate", "--keep-hours", "1")
        wrong = "ds_never-made-by-anyone"
        for key, status in ((old, 200), (new, 200), (wrong, 401)):
            ways = (
                requests.get(f"{server.url}{READ}?key={key}", timeout=30),
                requests.get(f"{server.url}{READ}", headers={"X-Api-Key": key}, timeout=30),
                requests.get(f"{server.url}{READ}", auth=("anyone", key), timeout=30),
                requests.get(f"{server.url}{READ}", headers={"Authorization": f"Bearer {key}"}, timeout=30),
            )
            assert [answer.status_code for answer in ways] == [status] * 4
            assert not [answer for answer in ways if key in answer.text + str(answer.headers)]
            requests.get(f"{server.url}/nothing?key={key}", timeout=30)
            requests.post(f"{server.url}/api/upload?key={key}", data=b"hello", timeout=30)
        assert server.terminate() == 0
        log = server.output()
    assert READ in log
    kept = b"".join(path.read_bytes() for path in data.rglob("*") if path.is_file())
    assert b"hello" in kept or b"/api/upload" in kept
    for key in (old, new, wrong):
        assert key not in log
        assert key.encode() not in kept


SERVICE: NewService = {"kind": "VDS", "name": "nas", "host": "nas.example", "port": 8200, "location": 527}


def test_no_secret_of_a_report_url_or_a_ping_url_is_in_the_log_or_in_the_data_folder(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with serving(data, workers=1, **LOUD) as server:
        with opened(None, data) as o:
            made = tree.create(o.db, "acme", id_of(o.db, "main"), o.now)
            o.writes.run(add_service, account=made.id, values=SERVICE, **o.signature())
        old, new = (
            run("service", command, "V10001", "--data", str(data)).stdout.strip()
            for command in ("report-url", "rotate-report-url")
        )
        answers = [
            requests.post(server.url + url[url.index("/api/") :], data=body, timeout=30)
            for url, body in ((old, b"hello"), (new, b"hello"), (new, json.dumps(duplicati(START)).encode()))
        ]
        assert [answer.status_code for answer in answers] == [401, 400, 200]
        made_urls = run(
            "ping", "create", "--server", "web", "--job", "db", "--data", str(data)
        ).stdout.split()
        paths = [url[url.index("/", 8) :] for url in made_urls if "://" in url]
        pings = [requests.post(f"{server.url}{path}", timeout=30) for path in [*paths, f"{paths[0]}/start"]]
        assert [answer.status_code for answer in pings] == [200, 200, 200]
        assert server.terminate() == 0
        log = server.output()
    kept = b"".join(path.read_bytes() for path in data.rglob("*") if path.is_file())
    assert b"service=V10001" in kept
    assert "/ping/…/start" in log
    for path in paths:
        secret = path.rpartition("/")[2]
        assert secret not in log
        assert secret.encode() not in kept
    for url in (old, new):
        secret = url.partition("secret=")[2]
        assert len(secret) == 46
        assert secret not in log + "".join(answer.text for answer in answers)
        assert secret.encode() not in kept
