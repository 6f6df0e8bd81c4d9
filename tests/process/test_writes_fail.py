"""A real server whose disk is full, or whose database takes no writes: it says so, and comes back by itself."""

import resource
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from tests.support.bodies import duplicati
from tests.support.failing import read_only
from tests.support.serving import Server, serving, until

# What the log says of a cause, and of the end of it.
FAIL, AGAIN = "writes fail: ", "writes succeed again"


@contextmanager
def nothing_written(server: Server, url: str) -> Iterator[str]:
    """For a while no write succeeds; why."""
    if url:
        with read_only(url):
            yield "the database is read-only"
        return
    writer = until(lambda: server.companion("writer"), "a writer")
    # The log of writes grows with each of them. SIGXFSZ must not end the writer.
    resource.prlimit(writer, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
    try:
        yield "the disk is full"
    finally:
        resource.prlimit(writer, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def health(server: Server) -> tuple[int, dict[str, Any]]:
    response = requests.get(f"{server.url}/api/health", timeout=30)
    return response.status_code, response.json()


def lines(server: Server, *words: str) -> list[str]:
    return [line for line in server.output().splitlines() if any(word in line for word in words)]


def quick(condition: Callable[[], Any]) -> float:
    """How long it took to become true, seconds."""
    began = time.monotonic()
    until(condition, "it", 30)
    return time.monotonic() - began


def test_a_server_that_cannot_write_says_why_and_comes_back_by_itself(tmp_path: Path, empty_url: str) -> None:
    with serving(tmp_path / "data", empty_url, workers=2) as server:
        assert server.post(duplicati("2026-01-28T02:00:00Z")).status_code == 200
        until(lambda: health(server)[0] == 200, "a tick")
        with nothing_written(server, empty_url) as cause:
            refused = [server.post(duplicati(f"2026-01-28T03:00:{second:02}Z")) for second in range(30)]
            assert {response.status_code for response in refused} == {503}
            assert {response.headers["Retry-After"] for response in refused} == {"5"}
            assert all(cause in response.json()["message"] for response in refused)
            # Whichever worker answers.
            for _ in range(10):
                status, content = health(server)
                assert (status, content["status"], content["database"]) == (503, "unhealthy", "connected")
                assert cause in content["reason"]
                assert content["cause"].startswith(cause)
        assert quick(lambda: health(server)[0] == 200) < 10
        assert server.post(duplicati("2026-01-28T03:00:00Z")).status_code == 200
        assert server.read("/api/summary")["totalBackupsRuns"] == 2
        assert len(lines(server, FAIL)) == 1
        assert len(lines(server, AGAIN)) == 1
        assert lines(server, "Traceback", "cannot rollback") == []
