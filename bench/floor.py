"""The floor: what the same gunicorn answers when a view does nothing, and what SQLite commits alone."""

import json
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import mean
from typing import Any

from flask import Flask, Response, request

from bench.bodies import get, requests_of
from bench.load import Load, load, tell
from bench.result import Bench
from bench.server import Server, free_port, serving
from duplistat import config as configuration
from duplistat.listening import listening
from duplistat.serve import Application, _raise_file_limit
from duplistat.store.write_health import unlogged

READERS, POSTERS = 16, 64
ANSWER = json.dumps({"success": True, "padding": "x" * 400}).encode()
EXPECTED = b"true"


def measure(bench: Bench) -> None:
    seconds = bench.seconds(5)
    with floor(bench) as below:
        what = f"GET, a view that returns constant bytes, {READERS} connections"
        tell(bench, "floor", what, below.reads(seconds))
        what = f"POST of a report to a view that only reads it, {POSTERS} connections"
        tell(bench, "floor", what, below.posts(seconds))
    rate = commits(bench.folder / "floor.db", seconds)
    bench.add("floor", "SQLite alone: commits of one 5 kB row (WAL, synchronous=FULL)", rate, "/s")


class Floor:
    """Views that do next to nothing: what a load on ours is divided by.

    A machine's speed drifts within minutes: each load has the floor measured right before and right after it.
    """

    def __init__(self, server: Server, bench: Bench) -> None:
        self._server = server
        self._seconds = bench.seconds(2)
        self._reads = [get("/")] * bench.size(200_000, 20_000)
        self._posts = requests_of(bench)

    def reads(self, seconds: float) -> Load:
        return self._load(self._reads, READERS, seconds)

    def posts(self, seconds: float) -> Load:
        return self._load(self._posts, POSTERS, seconds)

    def beside(self, measure: Callable[[float], Load], do: Callable[[], Load]) -> tuple[Load, float]:
        """A load, and its rate as part of the floor's: `measure` is `reads` or `posts`."""
        before = measure(self._seconds).rate
        done = do()
        return done, done.rate / mean((before, measure(self._seconds).rate))

    def _load(self, requests: Sequence[bytes], connections: int, seconds: float) -> Load:
        done = load(self._server, requests, connections, EXPECTED, seconds=seconds)
        if done.failed or not done.outcome.answered:
            raise RuntimeError(f"the floor failed: {dict(done.outcome.failures)}")
        return done


@contextmanager
def floor(bench: Bench) -> Iterator[Floor]:
    """A server of such views."""
    port = free_port()
    words = ["-m", "bench.floor", str(port), str(bench.folder / "floor")]
    with serving(words, port, bench.folder / "floor.log", "/") as server:
        yield Floor(server, bench)


def commits(path: Path, seconds: float) -> float:
    """Commits a second of one row each."""
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA journal_mode=wal")
    db.execute("PRAGMA synchronous=full")
    db.execute("CREATE TABLE row (id INTEGER PRIMARY KEY, body BLOB)")
    count, begun = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - begun) < seconds:
        db.execute("INSERT INTO row (body) VALUES (randomblob(5000))")
        count += 1
    db.close()
    path.unlink()
    return count / elapsed


class Views(Application):
    """duplistat's own gunicorn settings around views that do nothing."""

    def load(self) -> Any:
        app = Flask("floor")

        @app.route("/", methods=["GET"])
        def read() -> Response:
            return Response(ANSWER, mimetype="application/json")

        @app.route("/api/upload", methods=["POST"])
        def take() -> Response:
            request.get_data()
            return Response(ANSWER, mimetype="application/json")

        return app


def serve(port: int, data: Path) -> None:
    config = configuration.load(overrides={"server": {"port": port}}, data=data)
    _raise_file_limit()
    with listening("127.0.0.1", port, config.workers, 0) as listeners:
        Views(config, listeners, [], data / "none", unlogged(), 1, lambda _: 1).run()


if __name__ == "__main__":
    serve(int(sys.argv[1]), Path(sys.argv[2]))
