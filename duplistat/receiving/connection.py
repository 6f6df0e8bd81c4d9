"""One connection: what arrives on it and what it is answered, and until when each has to be done."""

import socket
from enum import Enum
from typing import Any

from gunicorn.workers.gthread import TConn

from duplistat.config import Limits
from duplistat.receiving.answer import Answer
from duplistat.receiving.arrival import Arrival, Bounds

PIECE = 64 * 1024
# What one turn reads, at most: then it is others' turn.
A_TURN = 16 * PIECE
# As much of a request as its address takes.
PEEKED = 512
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
# Why a request is ended that is not whole: status, text, headers.
LATE = ("408 Request Timeout", "The request did not arrive in time.")
TOO_MANY = (
    "429 Too Many Requests",
    "Too many requests of this address are unfinished ([limits] unfinished_per_address).",
    "Retry-After: 5",
)
NO_ROOM = (
    "503 Service Unavailable",
    "Too much is unfinished here at the moment.",
    "Retry-After: 5",
)


class Missing(Enum):
    """What a connection is waited for."""

    REQUEST = 1
    HEAD = 2
    BODY = 3
    READER = 4


class Connection(TConn):  # type: ignore[misc]  # gunicorn is not typed
    """A connection as gunicorn's threads know it, whose requests are read here. Times are of time.monotonic()."""

    def __init__(
        self,
        cfg: Any,
        sock: socket.socket,
        client: Any,
        server: Any,
        limits: Limits,
        bounds: Bounds,
        now: float,
    ) -> None:
        super().__init__(cfg, sock, client, server)
        # A request is whole before a thread takes it: nothing is left to set up, or to wait for.
        self.initialized = True
        self.missing = Missing.REQUEST
        # Whether it goes on after the answer.
        self.keeps = False
        # When the request began: the first one with the connection, others with their first byte.
        self.since = now
        self.deadline = now + limits.header_seconds
        # The address that the request is counted for, while it is.
        self.counted: str | None = None
        # Bytes thrown away since our last words.
        self.drained = 0
        self._limits = limits
        self._bounds = bounds
        self._number = 1
        self._unread = b""
        self._seen = 0
        self.parser = Arrival(cfg, client, 1, bounds)
        self.sock = Answer(sock, bounds.folder, limits.body_seconds)

    @property
    def arrival(self) -> Arrival:
        arrival: Arrival = self.parser
        return arrival

    @property
    def answer(self) -> Answer:
        answer: Answer = self.sock
        return answer

    @property
    def on_disk(self) -> int:
        return self.arrival.on_disk + self.answer.on_disk

    @property
    def has_unread(self) -> bool:
        """Whether bytes of a request came with the one before."""
        return bool(self._unread)

    @property
    def idle(self) -> bool:
        """Whether it is between two requests, and may be for a while."""
        return self.missing is Missing.REQUEST and self._number > 1

    def expect_next(self, now: float) -> None:
        """A request was answered; another one may let itself be waited for."""
        self._unread = self.arrival.rest()
        self.arrival.close()
        self.answer.begin()
        self._number += 1
        self.missing = Missing.REQUEST
        self.deadline = now + self.cfg.keepalive
        self.parser = Arrival(self.cfg, self.client, self._number, self._bounds)

    def asks_for(self, addresses: tuple[bytes, ...]) -> bool:
        """Whether what arrives next is a GET of an address that ends so. Nothing of it is taken."""
        request = self.arrival.request
        if request is not None:
            return bool(request.method == "GET" and request.path.encode().endswith(addresses))
        try:
            head = self._unread or self.sock.recv(PEEKED, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except OSError:
            return False
        method, _, rest = head.partition(b" ")
        return method == b"GET" and rest.partition(b" ")[0].partition(b"?")[0].endswith(addresses)

    def receive(self, most: int = A_TURN) -> bool:
        """Read what is there, without waiting, about `most` bytes; whether a request is ready. Raises OSError."""
        arrival = self.arrival
        if self._unread:
            data, self._unread = self._unread, b""
            arrival.feed(data)
        taken = 0
        while not arrival.ready and taken < most:
            if arrival.expects_continue:
                arrival.expects_continue = False
                self.sock.send(_CONTINUE, socket.MSG_DONTWAIT)
            try:
                data = self.sock.recv(PIECE, socket.MSG_DONTWAIT)
            except BlockingIOError:
                break
            taken += len(data)
            if data:
                arrival.feed(data)
            else:
                arrival.end()
        return arrival.ready

    def wait_for_reader(self, now: float) -> None:
        """It is answered, but the client has not taken all of it."""
        self.arrival.close()
        self.missing = Missing.READER
        self.since = now
        self.deadline = now + self._limits.body_seconds
        self._seen = self.answer.taken

    def note(self, now: float) -> None:
        """Something moved, perhaps: set until when more has to."""
        arrival, limits = self.arrival, self._limits
        if self.missing is Missing.READER:
            self.deadline = self._with_credit(now, self.answer.taken - self._seen)
            self._seen = self.answer.taken
            return
        if self.missing is Missing.REQUEST and arrival.begun:
            self.missing = Missing.HEAD
            if self._number > 1:
                self.since = now
            self.deadline = self.since + limits.header_seconds
        if self.missing is Missing.HEAD and arrival.request is not None:
            self.missing = Missing.BODY
            self.deadline = now + limits.body_seconds
        elif self.missing is Missing.BODY:
            self.deadline = self._with_credit(now, arrival.body_bytes - self._seen)
        self._seen = arrival.body_bytes

    def _with_credit(self, now: float, got: int) -> float:
        """What moves of a body or an answer buys time, but never more than one has that stops."""
        latest = now + self._limits.body_seconds
        rate = self._limits.body_bytes_per_second
        bought = self.deadline + got / rate if rate else latest
        return min(latest, bought) if got else self.deadline

    def say(self, status: str, text: str, *more: str) -> None:
        """Answer an unfinished request, as far as that goes without waiting. Raises OSError."""
        body = f"{text}\n".encode()
        head = [
            f"HTTP/1.1 {status}",
            "Connection: close",
            "Content-Type: text/plain; charset=utf-8",
            f"Content-Length: {len(body)}",
            *more,
        ]
        self.sock.send("\r\n".join([*head, "", ""]).encode() + body, socket.MSG_DONTWAIT)
