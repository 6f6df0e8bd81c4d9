"""Hundreds of connections that send half of something: others are answered, and they are ended."""

import http.client
import re
import socket
import statistics
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from tests.support.bodies import as_bytes, duplicati
from tests.support.serving import Server, serving, until
from tests.support.slow import HALF_A_BODY, HALF_A_CHUNK, HALF_A_HEAD, HEAD, Crowd

PING = b"GET /api/ping HTTP/1.1\r\nHost: x\r\n\r\n"


class Good:
    """A client that keeps its connection, and notes how long each answer took."""

    def __init__(self, server: Server) -> None:
        self.took: list[float] = []
        self.count = 0
        self._connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)

    def ping(self) -> None:
        self._ask("GET", "/api/ping", None)

    def upload(self, *, chunked: bool) -> None:
        self.count += 1
        body = as_bytes(duplicati(f"2026-01-{self.count % 28 + 1:02}T02:00:00Z", job=f"job {self.count}"))
        self._ask("POST", "/api/upload", _pieces(body) if chunked else body)

    def _ask(self, method: str, path: str, body: bytes | Iterator[bytes] | None) -> None:
        began = time.monotonic()
        self._connection.request(method, path, body, encode_chunked=isinstance(body, Iterator))
        response = self._connection.getresponse()
        assert response.status == 200, response.read()
        response.read()
        self.took.append(time.monotonic() - began)

    def close(self) -> None:
        self._connection.close()


def _pieces(body: bytes) -> Iterator[bytes]:
    for begin in range(0, len(body), 700):
        yield body[begin : begin + 700]


def pipelined(server: Server) -> float:
    """Three requests at once, with an upload between pings: how long until all are answered."""
    body = as_bytes(duplicati("2026-01-28T02:00:00Z", job=f"pipelined {time.monotonic()}"))
    upload = b"POST /api/upload HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        connection.sendall(PING + upload + PING)
        received = b""
        while received.count(b"HTTP/1.1 200 OK") < 3 or not received.endswith(b"}"):
            got = connection.recv(65536)
            assert got, received
            received += got.strip()
    return time.monotonic() - began


def all_of(connection: socket.socket) -> bytes:
    """What comes until the other end closes the connection."""
    received = b""
    while got := connection.recv(65536):
        received += got
    return received


def closed(server: Server) -> int:
    """How many connections the log says were closed."""
    return sum(int(number) for number in re.findall(r"closed (\d+) connections", server.output()))


def test_500_slow_connections_keep_nobody_waiting_and_are_ended(tmp_path: Path, empty_url: str) -> None:
    limits = {"HEADER_SECONDS": "9", "BODY_SECONDS": "9", "UNFINISHED_PER_ADDRESS": "0"}
    more = {f"DUPLISTAT_LIMITS_{name}": value for name, value in limits.items()}
    with serving(tmp_path / "data", empty_url, **more) as server, closing(Crowd(server.port)) as crowd:
        # A worker that is being replaced ends a connection after an answer, also when another request waits on it.
        server.settle()
        for begin in (HALF_A_HEAD, HALF_A_BODY):
            crowd.add(100, begin)
            crowd.add(100, begin, drip=b"a")
        crowd.add(100, HALF_A_CHUNK, drip=b"a")
        began = time.monotonic()
        with closing(Good(server)) as kept:
            while time.monotonic() < began + 3:
                with closing(Good(server)) as new:
                    for client in (kept, new):
                        client.ping()
                        client.upload(chunked=False)
                        client.upload(chunked=True)
                    kept.took += [*new.took, pipelined(server)]
            assert len(kept.took) >= 7
            # As slow as the machine may be for a moment; a server that is stopped answers nobody for longer.
            assert statistics.quantiles(kept.took, n=4)[-1] < 2
            assert max(kept.took) < 7
        until(lambda: not len(crowd), "the end of them")
        assert crowd.ended == {"408": 500}
        assert "Traceback" not in server.output()
        assert closed(server) == 500


def test_of_one_address_the_most_silent_end_when_there_are_too_many(tmp_path: Path) -> None:
    with (
        serving(tmp_path / "data", DUPLISTAT_LIMITS_UNFINISHED_PER_ADDRESS="20") as server,
        closing(Crowd(server.port)) as crowd,
        closing(Crowd(server.port, "127.0.0.2")) as other,
        closing(Good(server)) as good,
    ):
        other.add(15, HALF_A_BODY)
        crowd.add(10, HALF_A_HEAD, drip=b"a")
        crowd.add(10, b"")
        crowd.add(30, HALF_A_HEAD)
        crowd.add(10, HALF_A_BODY)
        until(lambda: len(crowd) <= 20, "the end of those that are too many")
        good.ping()
        good.upload(chunked=True)
        time.sleep(1)
        # Two workers that look at one time may end one too many.
        assert 18 <= len(crowd) <= 20
        assert len(other) == 15
        assert crowd.ended.keys() == {"429", ""}


def test_behind_a_trusted_proxy_the_addresses_that_it_tells_of_are_counted(tmp_path: Path) -> None:
    more = {
        "DUPLISTAT_LIMITS_UNFINISHED_PER_ADDRESS": "10",
        "DUPLISTAT_SERVER_TRUSTED_PROXIES": "127.0.0.1",
    }
    with (
        serving(tmp_path / "data", **more) as server,
        closing(Crowd(server.port)) as many,
        closing(Crowd(server.port)) as few,
        closing(Crowd(server.port)) as heads,
    ):
        # Whose these are is not known yet.
        heads.add(30, HALF_A_HEAD)
        for number in range(30):
            many.add(1, HEAD % b"X-Forwarded-For: 2001:db8::%d\r\n" % number)
        few.add(10, HEAD % b"X-Forwarded-For: 2001:db8:0:1::1\r\n")
        until(lambda: len(many) <= 10, "the end of those that are too many")
        time.sleep(1)
        assert 8 <= len(many) <= 10
        assert (len(few), len(heads)) == (10, 30)


@pytest.mark.long
def test_answers_that_nobody_reads_keep_nobody_waiting_and_are_ended(tmp_path: Path) -> None:
    limits = {"DUPLISTAT_LIMITS_BODY_SECONDS": "4"}
    asset = b"GET /static/app.css HTTP/1.1\r\nHost: x\r\n\r\n"
    with serving(tmp_path / "data", workers=1, **limits) as server:
        server.settle()
        with ExitStack() as held:
            for _ in range(100):
                slow = held.enter_context(socket.socket())
                slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
                slow.settimeout(20)
                slow.connect(("127.0.0.1", server.port))
                # More than all buffers between us hold.
                slow.sendall(asset * 200)
            with closing(Good(server)) as good:
                for _ in range(5):
                    good.ping()
                    good.upload(chunked=True)
                assert statistics.median(good.took) < 2
            until(lambda: closed(server) == 100, "the end of them")
        # One that reads slowly gets all of it.
        with socket.create_connection(("127.0.0.1", server.port), timeout=20) as one:
            one.sendall(asset * 199 + asset.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
            time.sleep(2)
            assert all_of(one).count(b"HTTP/1.1 200 OK\r\n") == 200


def test_an_end_without_a_farewell_of_the_client_keeps_nobody_waiting(tmp_path: Path) -> None:
    with serving(tmp_path / "data", workers=1) as server, closing(Crowd(server.port)) as crowd:
        # They are answered, and do not close their connections.
        held = [socket.create_connection(("127.0.0.1", server.port), timeout=20) for _ in range(50)]
        for one in held:
            one.sendall(PING.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        with closing(Good(server)) as good:
            for _ in range(5):
                good.ping()
            assert max(good.took) < 5
        for one in held:
            one.close()
        crowd.add(20, HALF_A_BODY)
        assert server.terminate() == 0
        until(lambda: not len(crowd), "the end of them")
        assert crowd.ended.keys() <= {"408", ""}


def ask(server: Server, sent: bytes, *, half_close: bool = False) -> bytes:
    """All that the server says before it closes the connection."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        connection.sendall(sent)
        if half_close:
            connection.shutdown(socket.SHUT_WR)
        return all_of(connection)


def test_what_is_not_valid_or_too_large_is_refused_as_ever(tmp_path: Path) -> None:
    with serving(tmp_path / "data", workers=1, DUPLISTAT_INTAKE_MAX_BODY_BYTES="300000") as server:
        assert ask(server, b"NONSENSE\r\n").startswith(b"HTTP/1.1 400 ")
        assert ask(server, b"GET / HTTP/1.1\r\nA: " + b"a" * 70_000).startswith(b"HTTP/1.1 431 ")
        assert ask(server, HALF_A_BODY, half_close=True).startswith(b"HTTP/1.1 400 ")
        chunks = HALF_A_CHUNK.replace(b"fff\r\n", b"zz\r\n")
        assert ask(server, chunks).startswith(b"HTTP/1.1 400 ")
        old = ask(server, b"GET /api/ping HTTP/1.0\r\n\r\n")
        assert old.startswith(b"HTTP/1.0 200 ")
        assert old.endswith(b"}\n") or old.endswith(b"}")
        head = b"HEAD /api/ping HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        assert ask(server, head).endswith(b"\r\n\r\n")
        expecting = HEAD.replace(b"5000", b"400000") % b"Expect: 100-continue\r\n"
        assert ask(server, expecting).startswith(b"HTTP/1.1 413 ")
        with closing(Good(server)) as good:
            for body in (b"a" * 300_001, _pieces(b"a" * 300_001)):
                good._connection.request(
                    "POST", "/api/upload", body, encode_chunked=not isinstance(body, bytes)
                )
                response = good._connection.getresponse()
                assert (response.status, b"max_body_bytes" in response.read()) == (413, True)
            # The connection goes on, and so does a body that is kept in a file.
            good._connection.request(
                "POST", "/api/upload", b" " * 250_000 + as_bytes(duplicati("2026-01-28T02:00:00Z"))
            )
            assert good._connection.getresponse().status == 200
