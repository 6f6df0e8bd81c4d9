"""The floor: what the same gunicorn answers when a view does nothing, and what SQLite commits alone."""

import json
import sqlite3
import sys
import time
from pathlib import Path
from typing import Any

from flask import Flask, Response, request

from bench.bodies import get
from bench.load import load
from bench.result import Bench
from bench.server import free_port, serving
from duplistat import config as configuration
from duplistat.listening import listening
from duplistat.serve import Application, _raise_file_limit
from duplistat.store.write_health import unlogged

CONNECTIONS = 16
ANSWER = json.dumps({"success": True, "padding": "x" * 400}).encode()


def measure(bench: Bench, requests: list[bytes]) -> None:
    port = free_port()
    words = ["-m", "bench.floor", str(port), str(bench.folder / "floor")]
    with serving(words, port, bench.folder / "floor.log", "/") as server:
        seconds = bench.size(5, 1)
        reads = [get("/")] * bench.size(200_000, 5000)
        what = "GET, a view that returns constant bytes"
        outcome = load(bench, server, "floor", what, reads, CONNECTIONS, b"true", seconds=seconds)
        bench.known["floor GET"] = outcome.rate
        what = "POST of a report to a view that only reads it"
        load(bench, server, "floor", what, requests, 64, b"true", seconds=seconds)
    rate = commits(bench.folder / "floor.db", seconds)
    bench.add("floor", "SQLite alone: commits of one 5 kB row (WAL, synchronous=FULL)", rate, "/s")


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


class Floor(Application):
    """duplistat's own gunicorn settings around a view that does nothing."""

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
        Floor(config, listeners, [], data / "none", unlogged()).run()


if __name__ == "__main__":
    serve(int(sys.argv[1]), Path(sys.argv[2]))
