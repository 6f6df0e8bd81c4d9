"""A report that takes no thread, and one that does, of the same server: answered in the same bytes."""

import http.client
import re
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path

import pytest

from tests.support.bodies import as_bytes, duplicati
from tests.support.serving import Server, serving

_DATE = re.compile(rb"\r\nDate: [^\r]+")


def answered(server: Server, method: str, body: bytes, *more: str) -> bytes:
    """All bytes of an answer but its date."""
    head = [f"{method} /api/upload HTTP/1.1", "Host: x", f"Content-Length: {len(body)}", *more, "", ""]
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    connection.connect()
    connection.sock.sendall("\r\n".join(head).encode() + body)
    received = b""
    while b"}" not in received:
        received += connection.sock.recv(65536)
    connection.close()
    return _DATE.sub(b"", received)


@pytest.mark.parametrize("more", [[], ["Connection: close"], ["Content-Type: application/json"]], ids=str)
def test_both_are_answered_in_the_same_words(tmp_path: Path, more: list[str], empty_url: str) -> None:
    body = as_bytes(duplicati("2026-01-28T02:00:00Z"))
    with serving(tmp_path / "data", empty_url, workers=1) as server:
        server.settle()
        first = answered(server, "POST", body, *more)
        assert first.startswith(b"HTTP/1.1 200 OK\r\nServer: gunicorn\r\nConnection: ")
        assert b'"duplicate"' not in first
        assert answered(server, "POST", body, *more) == answered(server, "PUT", body, *more)
        assert answered(server, "POST", b"{}", *more) == answered(server, "PUT", b"{}", *more)


def test_many_at_once_on_a_few_connections(tmp_path: Path, empty_url: str) -> None:
    """Each of three jobs reports over each connection: those that are written together hold the same ones."""

    def send(number: int) -> list[tuple[int, bool]]:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
        found = []
        for minute in range(24):
            job = f"job {(minute + number) % 3}"
            connection.request(
                "POST", "/api/upload", as_bytes(duplicati(f"2026-01-28T{number:02}:{minute:02}:00Z", job=job))
            )
            response = connection.getresponse()
            found.append((response.status, b'"duplicate"' in response.read()))
        connection.close()
        return found

    with serving(tmp_path / "data", empty_url) as server, ThreadPoolExecutor(4) as clients:
        assert set(chain(*clients.map(send, range(4)))) == {(200, False)}
        assert server.read("/api/summary")["totalBackupsRuns"] == 96
