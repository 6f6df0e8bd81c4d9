"""What a server leaves behind when it ends, however it does."""

import json
import os
import random
import signal
import socket
import threading
import time
from pathlib import Path
from typing import Any

import pytest
import requests

from duplistat import log_file
from duplistat.store.database import Database
from tests.support.bodies import as_bytes, duplicati
from tests.support.serving import PATIENCE_AT_START, Server, serving, until


class Load:
    """Threads that post reports of their own until the server is gone, and note what was answered."""

    def __init__(self, server: Server, name: str, threads: int = 6) -> None:
        self.sent: set[str] = set()
        self.answered: set[str] = set()
        self.refused: list[int] = []
        self._server = server
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._post, args=(f"{name} {number}",)) for number in range(threads)
        ]
        for thread in self._threads:
            thread.start()

    def _post(self, job: str) -> None:
        with requests.Session() as session:
            for number in range(1000):
                if self._stop.is_set():
                    return
                start = f"2026-01-{number // 60 + 1:02}T02:{number % 60:02}:00Z"
                body = duplicati(start, job=job)
                self.sent.add(f"{job} {start}")
                try:
                    response = session.post(f"{self._server.url}/api/upload", json=body, timeout=30)
                except requests.RequestException:
                    return
                if response.status_code == 200:
                    self.answered.add(f"{job} {start}")
                else:
                    self.refused.append(response.status_code)

    def wait(self, count: int) -> None:
        """Wait until so many were answered."""
        until(lambda: len(self.answered) >= count, "some answers")

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()


def kept(server: Server, url: str) -> list[str]:
    """The runs in the database of a server that has ended."""
    db = Database(url or f"sqlite:///{server.data}/duplistat.db")
    rows = db.rows("SELECT j.name, r.started_at FROM run r JOIN job j ON j.id = r.job_id ORDER BY r.id")
    db.close_all()
    return [f"{name} {time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(at // 1000))}" for name, at in rows]


def test_sigterm_lets_a_request_finish_that_is_under_way(tmp_path: Path, empty_url: str) -> None:
    body = as_bytes(duplicati("2026-01-28T02:00:00Z"))
    head = f"POST /api/upload HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    with serving(tmp_path / "data", empty_url, workers=1) as server:
        with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
            connection.sendall(head + body[:100])
            time.sleep(0.5)
            began = time.monotonic()
            server.process.send_signal(signal.SIGTERM)
            time.sleep(1)
            connection.sendall(body[100:])
            answer = connection.recv(65536)
        assert answer.startswith(b"HTTP/1.1 200 ")
        assert server.process.wait(30) == 0
        assert time.monotonic() - began < 10
        assert len(kept(server, empty_url)) == 1


def test_sigterm_under_load_loses_nothing_and_exits_0_within_ten_seconds(
    tmp_path: Path, empty_url: str
) -> None:
    with serving(tmp_path / "data", empty_url) as server:
        load = Load(server, "load")
        load.wait(30)
        began = time.monotonic()
        assert server.terminate() == 0
        assert time.monotonic() - began < 10
        load.stop()
        assert load.refused == []
        assert load.answered <= set(kept(server, empty_url)) <= load.sent


def test_nothing_of_it_runs_after_the_end(tmp_path: Path) -> None:
    with serving(tmp_path / "data", workers=1, anew=True) as server:
        writer = until(lambda: server.companion("writer"), "a writer")
        scheduler = until(lambda: server.companion("scheduler"), "a scheduler")
        server.terminate()
        until(lambda: not Path(f"/proc/{writer}").exists(), "the end of the writer")
        until(lambda: not Path(f"/proc/{scheduler}").exists(), "the end of the scheduler")
        assert "Traceback" not in server.output()


def test_ctrl_c_reaches_all_of_it_and_ends_it_without_a_word(tmp_path: Path) -> None:
    with serving(tmp_path / "data", workers=1, anew=True) as server:
        assert server.post(duplicati("2026-01-28T02:00:00Z")).status_code == 200
        scheduler = until(lambda: server.companion("scheduler"), "a scheduler")
        # One of them waits for the end of the server.
        until(lambda: len([*Path(f"/proc/{scheduler}/task").iterdir()]) > 1, "its threads")
        server.settle()
        os.killpg(server.process.pid, signal.SIGINT)
        server.process.wait(30)
        # A new server says how the first person comes in.
        assert [
            line
            for line in server.output().splitlines()
            if " INFO " not in line and "first_admin" not in line
        ] == []


def test_a_scheduler_that_is_killed_comes_back(tmp_path: Path, empty_url: str) -> None:
    with serving(tmp_path / "data", empty_url, workers=1, anew=True) as server:
        first = until(lambda: server.companion("scheduler"), "a scheduler")
        os.kill(first, signal.SIGKILL)
        until(lambda: server.companion("scheduler") not in (None, first), "another scheduler")
        until(lambda: requests.get(f"{server.url}/api/health", timeout=10).ok, "a tick")
        assert "the scheduler process ended unexpectedly: restarting it" in server.output()


def test_a_writer_that_is_killed_comes_back_and_nobody_notices(tmp_path: Path) -> None:
    with serving(tmp_path / "data") as server:
        first = until(lambda: server.companion("writer"), "a writer")
        load = Load(server, "load")
        load.wait(20)
        os.kill(first, signal.SIGKILL)
        answered = len(load.answered)
        until(lambda: server.companion("writer") not in (None, first), "another writer")
        load.wait(answered + 40)
        load.stop()
        assert load.refused == []
        server.terminate()
        found = kept(server, "")
        assert sorted(found) == sorted(set(found))
        assert load.answered <= set(found) <= load.sent


def test_nobody_notices_that_the_first_workers_are_replaced(tmp_path: Path, empty_url: str) -> None:
    with serving(tmp_path / "data", empty_url) as server:
        load = Load(server, "load", threads=2)
        (children,) = Path(f"/proc/{server.process.pid}/task").glob("*/children")
        first = set(children.read_text().split())
        until(lambda: server.companion("scheduler"), "a scheduler", PATIENCE_AT_START)
        # The writer stays.
        until(lambda: len(first & set(children.read_text().split())) <= 1, "other workers", PATIENCE_AT_START)
        load.wait(len(load.answered) + 40)
        load.stop()
        assert load.refused == []
        assert server.terminate() == 0
        assert load.answered == load.sent
        assert sorted(kept(server, empty_url)) == sorted(load.sent)


def test_a_worker_that_is_killed_comes_back(tmp_path: Path) -> None:
    with serving(tmp_path / "data", workers=1) as server:
        (worker,) = server.settle()
        os.kill(worker, signal.SIGKILL)
        until(server.answers, "another worker")
        assert server.post(duplicati("2026-01-28T02:00:00Z")).status_code == 200


@pytest.mark.parametrize("round_count", [3])
def test_a_power_cut_under_load_loses_no_answered_report_and_invents_none(
    tmp_path: Path, empty_url: str, round_count: int
) -> None:
    sent: set[str] = set()
    answered: set[str] = set()
    server = Server(tmp_path / "data", empty_url)
    try:
        for number in range(round_count):
            server.start()
            load = Load(server, f"round {number}")
            enough = random.randint(5, 60)
            load.wait(enough)
            server.kill()
            load.stop()
            sent |= load.sent
            answered |= load.answered
        server.start()
        summary = server.read("/api/summary")
    finally:
        server.kill()
    found = kept(server, empty_url)
    assert len(found) == len(set(found))
    assert answered <= set(found) <= sent
    check_sums(server, empty_url, summary, len(found))


def check_sums(server: Server, url: str, summary: dict[str, Any], runs: int) -> None:
    """What is summed up is what is there."""
    db = Database(url or f"sqlite:///{server.data}/duplistat.db")
    deliveries = db.rows("SELECT count(*), count(DISTINCT run) FROM delivery")
    sizes = db.rows("SELECT SUM(uploaded) FROM run")
    db.close_all()
    assert summary["totalBackupsRuns"] == summary["data"]["successfulBackups"] == runs
    assert deliveries == [(runs, runs)]
    assert summary["totalUploadedSize"] == sizes[0][0]


def test_the_log_that_is_kept_has_lines_of_all_processes(tmp_path: Path) -> None:
    with serving(tmp_path / "data", workers=1, DUPLISTAT_LOG_ACCESS="true") as server:
        requests.get(f"{server.url}/api/ping", timeout=30)
        until(lambda: b"/api/ping" in b"".join(log_file.lines(tmp_path / "data")), "the line of a request")
    roles = {json.loads(line)["role"] for line in log_file.lines(tmp_path / "data")}
    assert {"server", "worker"} <= roles
