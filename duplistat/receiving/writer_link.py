"""Requests to the writer of SQLite by a loop that must not wait for it: sent together, and answered when they are."""

import contextlib
import socket
import time
from collections.abc import Callable
from pathlib import Path
from selectors import EVENT_READ, EVENT_WRITE, BaseSelector
from typing import Any

from duplistat.store.writer import Request, content_of, frame
from duplistat.store.writer_client import AT_ONCE

# Told of the writer's answer; of None when there is none, and nobody knows what became of the request.
Done = Callable[[dict[str, Any] | None], None]

PIECE = 1 << 18
# The writer takes a connection at once, or is not there, seconds.
CONNECT = 0.2
# As long as a thread waits for an answer, seconds.
ANSWER = 60.0


class WriterLink:
    """A connection to the writer in `poller`. One message is under way: what comes meanwhile gathers for the next."""

    def __init__(self, path: Path, poller: BaseSelector) -> None:
        self._path, self._poller = str(path), poller
        self._socket: socket.socket | None = None
        self._gathered: list[tuple[Request, Done]] = []
        self._asked: list[tuple[Request, Done]] = []
        self._since = 0.0
        self._out = memoryview(b"")
        self._in = bytearray()

    def ask(self, request: Request, done: Done) -> None:
        """Let a request be sent with the next message, and `done` be called in the loop."""
        self._gathered.append((request, done))

    def send(self) -> None:
        """Send what has gathered, unless the writer is still at what it has."""
        if self._asked or not self._gathered:
            return
        self._asked, self._gathered = self._gathered[:AT_ONCE], self._gathered[AT_ONCE:]
        self._since = time.monotonic()
        self._out = memoryview(frame([request for request, _ in self._asked]))
        try:
            self._connect()
            self._push()
        except OSError:
            self.fail()

    def give_up_waiting(self, now: float) -> None:
        """`fail` when an answer is awaited for too long. `now` is of time.monotonic()."""
        if self._asked and now > self._since + ANSWER:
            self.fail()

    def fail(self) -> None:
        """Close the connection; whoever waits is told that there is no answer."""
        if self._socket is not None:
            self._poller.unregister(self._socket)
            self._socket.close()
            self._socket = None
        waiting, self._asked, self._gathered = self._asked + self._gathered, [], []
        self._out, self._in = memoryview(b""), bytearray()
        for _, done in waiting:
            done(None)

    def _connect(self) -> None:
        if self._socket is None:
            connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                connection.settimeout(CONNECT)
                connection.connect(self._path)
            except OSError:
                connection.close()
                raise
            connection.setblocking(False)
            self._socket = connection
            self._poller.register(connection, EVENT_READ, self._ready)

    def _push(self) -> None:
        """Send what the socket takes. Raises OSError."""
        if self._socket is None:
            return
        before = len(self._out)
        with contextlib.suppress(BlockingIOError):
            while self._out:
                self._out = self._out[self._socket.send(self._out) :]
        if before and self._out:
            self._poller.modify(self._socket, EVENT_READ | EVENT_WRITE, self._ready)

    def _ready(self, connection: socket.socket) -> None:
        """The writer takes more, has answered, or is gone."""
        if connection is not self._socket:
            # It failed in the same turn of the loop.
            return
        try:
            if self._out:
                self._push()
                if not self._out:
                    self._poller.modify(connection, EVENT_READ, self._ready)
            answers = self._received(connection)
        except OSError:
            self.fail()
            return
        if answers is not None:
            asked, self._asked = self._asked, []
            for (_, done), answer in zip(asked, answers, strict=True):
                done(answer)

    def _received(self, connection: socket.socket) -> list[dict[str, Any]] | None:
        """The answers, when all of the message is there. Raises OSError."""
        with contextlib.suppress(BlockingIOError):
            data = connection.recv(PIECE)
            if not data:
                raise ConnectionResetError("the writer went away")
            self._in += data
        answers: list[dict[str, Any]] | None = content_of(self._in)
        if answers is not None:
            self._in = bytearray()
        return answers
