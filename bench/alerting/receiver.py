"""A receiver of webhooks that keeps what it took, and misbehaves as it is told."""

import json
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True, slots=True)
class Taken:
    """A message that was answered with 200: when (time.time()), on which path, under which id, and its body."""

    at: float
    path: str
    uid: str
    body: dict[str, Any]


class Receiver:
    """Takes webhooks on any path. `moods` are (chance, what it does): "500", "302", "hang" or "close".

    A path that begins with /hang never answers.
    """

    def __init__(self, moods: tuple[tuple[float, str], ...] = (), *, hangs: float = 60.0) -> None:
        self.taken: list[Taken] = []
        self.moods = moods
        self._hangs, self._random = hangs, random.Random(5)  # not for secrets
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def of(self, path: str) -> list[Taken]:
        return [item for item in self.taken if item.path == path]

    @contextmanager
    def running(self) -> Iterator["Receiver"]:
        thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()

    def _mood(self) -> str:
        left = self._random.random()
        for chance, mood in self.moods:
            if left < chance:
                return mood
            left -= chance
        return ""

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                mood = "hang" if self.path.startswith("/hang") else receiver._mood()
                if mood == "hang":
                    time.sleep(receiver._hangs)
                if mood in ("hang", "close"):
                    self.close_connection = True
                    return
                if mood:
                    self.send_response(int(mood))
                    self.send_header("Location", "http://127.0.0.1:9/")
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                # Before the answer: whoever is killed now does not know that it was taken.
                content = json.loads(body)
                receiver.taken.append(Taken(time.time(), self.path, self.headers["webhook-id"], content))
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, format: str, *args: object) -> None:
                """Nothing: the log of a benchmark is its numbers."""

        return Handler
