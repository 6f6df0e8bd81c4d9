"""Hundreds of connections that send half a header, or half a body, and then nothing: others beside them."""

import socket
from contextlib import ExitStack
from pathlib import Path

from bench.bodies import requests_of
from bench.load import load, tell
from bench.result import Bench
from bench.server import Server

PING = b"GET /api/ping HTTP/1.1\r\nHost: x\r\n\r\n"
HALVES = (
    b"POST /api/upload HTTP/1.1\r\nHost: x\r\nX-Half: ",
    b'POST /api/upload HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\n{"Data',
)
SLOW = 500
# So many may stay: the measurement is of those beside them.
UNLIMITED = {"DUPLISTAT_LIMITS_UNFINISHED_PER_ADDRESS": "0"}
SUCCESS, OK = b'"success":true', b'"ok":true'
MOST_MS = 1000.0


def measure(bench: Bench, server: Server, _: Path) -> None:
    with ExitStack() as held:
        for number in range(SLOW):
            one = held.enter_context(socket.create_connection(("127.0.0.1", server.port)))
            one.sendall(HALVES[number % 2])
        # The last of them: a herd has the first.
        uploads = requests_of(bench)[-bench.size(5000, 500) :]
        for what, requests, connections, expected in (
            ("pings", [PING] * bench.size(5000, 500), 1, OK),
            ("uploads", uploads, 8, SUCCESS),
        ):
            done = load(server, requests, connections, expected)
            what = f"{what} beside {SLOW} slow connections, {connections} connection{'s' * (connections > 1)}"
            tell(bench, "slow", what, done, p99_below=MOST_MS)
