"""How often a server waits for PostgreSQL's answer: counted by a relay between the two.

A trip is a turn of who speaks: several messages that are sent together, and answered together, are one.
"""

import contextlib
import selectors
import socket
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.bodies import requests_of
from bench.load import load
from bench.postgres.cluster import Cluster
from bench.result import Bench
from bench.server import ROOT, Server, duplistat
from bench.uploads import MANY, SUCCESS

WANTED = 10.0
# What these processes ask goes on whether or not anybody uploads.
_COMPANIONS = {b"scheduler", b"send"}
_SOCKET = ".s.PGSQL.5432"


class Relay:
    """A folder in which a server finds PostgreSQL's socket, and how many trips there were so far through it."""

    def __init__(self, folder: str, process: "subprocess.Popen[str]") -> None:
        self.folder = folder
        self._process = process

    def trips(self) -> int:
        asked, told = self._process.stdin, self._process.stdout
        if asked is None or told is None:
            raise LookupError("the relay has no pipes")
        print(file=asked, flush=True)
        return int(told.readline())


def measure_alone(bench: Bench, postgres: Cluster, url: str) -> None:
    """Of a server of its own, on a database that is there."""
    with relay(postgres.folder) as by:
        settings = {**bench.environment, "DUPLISTAT_DATABASE_URL": postgres.by(by.folder, url)}
        with duplistat(bench.folder / "trips", settings) as server:
            measure(bench, server, by)


def measure(bench: Bench, server: Server, by: Relay) -> None:
    """Of a server that finds PostgreSQL by the relay."""
    count = bench.size(500, 200)
    # The last of all uploads: what is measured before takes the first ones.
    requests = requests_of(bench)[-3 * count :]
    load(server, requests[:count], MANY, SUCCESS)
    for title, some, connections in (
        ("one at a time", requests[count : 2 * count], 1),
        (f"{MANY} connections", requests[2 * count :], MANY),
    ):
        before = by.trips()
        done = load(server, some, connections, SUCCESS)
        if done.failed or not done.outcome.answered:
            raise RuntimeError(f"uploads failed: {dict(done.outcome.failures)}")
        each = (by.trips() - before) / done.outcome.answered
        what = f"round trips of an upload to PostgreSQL, {title}"
        bench.add("trips", what, each, "", f"≤ {WANTED:.0f}", each <= WANTED)


@contextmanager
def relay(upstream: Path) -> Iterator[Relay]:
    """It is a process of its own, between a server and PostgreSQL, whose socket is in the folder `upstream`."""
    with tempfile.TemporaryDirectory(prefix="duplistat-relay-") as folder:
        words = [sys.executable, "-m", "bench.postgres.trips", folder, str(upstream)]
        process = subprocess.Popen(words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            made = Relay(folder, process)
            # It listens when it answers.
            made.trips()
            yield made
        finally:
            process.kill()
            process.communicate()


@dataclass(slots=True)
class _Link:
    """A connection: both ends, whether the server's word was the last, and whether it counts."""

    asking: socket.socket
    answering: socket.socket
    counts: bool
    waiting: bool = False

    def pass_on(self, end: socket.socket) -> int | None:
        """What one end sent goes to the other; the trips that this begins. None at its end."""
        data = b""
        with contextlib.suppress(ConnectionError):
            data = end.recv(65536)
        if not data:
            return None
        begins = end is self.asking and not self.waiting
        self.waiting = end is self.asking
        (self.answering if end is self.asking else self.asking).sendall(data)
        return int(begins and self.counts)


def _serve(folder: Path, upstream: Path) -> None:
    trips = 0
    with selectors.DefaultSelector() as selector, socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / _SOCKET))
        listener.listen(128)
        selector.register(listener, selectors.EVENT_READ)
        selector.register(sys.stdin, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                if key.fd == sys.stdin.fileno():
                    if not sys.stdin.readline():
                        return
                    print(trips, flush=True)
                elif key.fd == listener.fileno():
                    link = _accept(listener, upstream)
                    for end in (link.asking, link.answering):
                        selector.register(end, selectors.EVENT_READ, link)
                # The other end of the same connection may have ended just now.
                elif key.fd in selector.get_map():
                    link = key.data
                    begun = link.pass_on(link.asking if key.fd == link.asking.fileno() else link.answering)
                    if begun is None:
                        for end in (link.asking, link.answering):
                            selector.unregister(end)
                            end.close()
                    else:
                        trips += begun


def _accept(listener: socket.socket, upstream: Path) -> _Link:
    asking, _ = listener.accept()
    pid, _, _ = struct.unpack("3i", asking.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    answering = socket.socket(socket.AF_UNIX)
    answering.connect(str(upstream / _SOCKET))
    return _Link(asking, answering, counts=not _COMPANIONS.intersection(words))


if __name__ == "__main__":
    _serve(Path(sys.argv[1]), Path(sys.argv[2]))
