"""The clients of the documented API run as they stand; only the port is another."""

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.conftest import BOTH
from tests.support.bodies import as_bytes, duplicati
from tests.support.serving import Server, serving, until

CLIENTS = Path(__file__).parent / "clients"
START = "2026-01-28T02:00:00Z"


@pytest.fixture(scope="module", params=BOTH)
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all of these tests; each uses names of its own."""
    data = tmp_path_factory.mktemp("served") / "data"
    if request.param == "sqlite":
        with serving(data) as server:
            yield server
    else:
        with request.getfixturevalue("postgres").database(empty=True) as url, serving(data, url) as server:
            yield server


def words(name: str, server: Server) -> str:
    """A documented client, with the port of this server."""
    text = (CLIENTS / name).read_text("utf-8")
    assert "localhost:9666" in text
    return text.replace("localhost:9666", f"localhost:{server.port}")


def output(command: list[str], text: str) -> str:
    ran = subprocess.run(command, input=text, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_the_documented_upload_with_curl(server: Server) -> None:
    answer = json.loads(output(["bash"], words("upload.bash.txt", server)))
    assert (answer["status"], sorted(answer["data"])) == ("success", ["backupId", "serverId"])
    backup = server.read("/api/lastbackup/server-01")["data"]["lastBackup"]
    assert (backup["id"], backup["size"]) == (answer["data"]["backupId"], 1073741824)


@pytest.mark.parametrize("name", ["summary", "lastbackup", "lastbackups"])
def test_the_documented_reads_with_curl(server: Server, name: str) -> None:
    server.post(duplicati(START))
    assert json.loads(output(["bash"], words(f"{name}.bash.txt", server)))["status"] == "success"


def test_the_documented_client_in_python(server: Server) -> None:
    server.post(duplicati(START))
    expected = server.read("/api/summary")["totalServers"]
    assert output([sys.executable, "-"], words("client.python.txt", server)) == f"Total servers: {expected}\n"


def test_the_documented_client_in_javascript(server: Server) -> None:
    node = shutil.which("node")
    if node is None:
        assert not os.environ.get("CI"), "there is no node to run the documented client"
        return
    server.post(duplicati(START))
    expected = server.read("/api/summary")["totalServers"]
    printed = output([node, "--input-type=module", "-"], words("client.javascript.txt", server))
    assert printed == f"Total servers: {expected}\n"


def test_a_scheduler_ticks_beside_it(server: Server) -> None:
    until(lambda: requests.get(f"{server.url}/api/health", timeout=10).ok, "a tick")
    assert server.read("/api/health")["scheduler"] == "running"


def test_a_body_in_chunks_is_taken_in(server: Server) -> None:
    body = as_bytes(duplicati(START, job="chunks"))
    chunks = (body[at : at + 100] for at in range(0, len(body), 100))
    assert requests.post(f"{server.url}/api/upload", data=chunks, timeout=30).status_code == 200
    assert "chunks" in server.read("/api/lastbackups/nas")["backup_names"]


def test_a_client_that_waits_to_be_asked_for_the_body_is_asked(server: Server, tmp_path: Path) -> None:
    path = tmp_path / "body.json"
    path.write_bytes(as_bytes(duplicati(START, job="expect") | {"LogLines": ["x" * 1000] * 3000}))
    curl = f"curl -sS -H 'Expect: 100-continue' --data-binary @{path} {server.url}/api/upload"
    assert json.loads(output(["bash"], curl))["status"] == "success"


def test_a_body_that_is_too_large_is_told_so_while_it_is_sent(server: Server) -> None:
    response = requests.post(f"{server.url}/api/upload", data=b"x" * (17 << 20), timeout=60)
    assert (response.status_code, response.json()["error"]) == (413, "PayloadTooLargeError")


def test_a_name_with_a_slash_is_found_over_the_wire(server: Server) -> None:
    server.post(duplicati(START, machine="slash", server="/srv//über 50%"))
    for text in ("%2Fsrv%2F%2F%C3%BCber%2050%25", "/srv//%C3%BCber%2050%25"):
        assert server.read(f"/api/lastbackup/{text}")["server"]["id"] == "slash"


def test_one_report_from_many_at_once_is_one_run(server: Server) -> None:
    before = server.read("/api/summary")["totalBackupsRuns"]
    answers: list[requests.Response] = []
    body = duplicati(START, job="race", machine="race", server="race")
    threads = [threading.Thread(target=lambda: answers.append(server.post(body))) for _ in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["data"]["backupId"] for answer in answers}) == 1
    assert server.read("/api/summary")["totalBackupsRuns"] == before + 1
