"""Hundreds of connections that send half a header, or half a body, and then nothing: others beside them."""

import socket
from collections.abc import Sequence
from contextlib import ExitStack

from bench.load import load
from bench.result import Bench
from bench.server import duplistat

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


def measure(bench: Bench, requests: Sequence[bytes]) -> None:
    with duplistat(bench.folder / "slow", UNLIMITED) as server, ExitStack() as held:
        for number in range(SLOW):
            one = held.enter_context(socket.create_connection(("127.0.0.1", server.port)))
            one.sendall(HALVES[number % 2])
        beside = f"beside {SLOW} slow connections"
        pings = [PING] * bench.size(5000, 500)
        load(bench, server, "slow", f"pings {beside}", pings, 1, OK, p99_below=MOST_MS)
        load(bench, server, "slow", f"uploads {beside}", requests, 8, SUCCESS, p99_below=MOST_MS)
