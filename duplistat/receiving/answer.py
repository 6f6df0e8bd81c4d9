"""The answer to a client that does not read: it waits in memory, then in a file, and not in a thread."""

import errno
import select
import socket
from pathlib import Path
from typing import IO, Any

from duplistat.receiving.body import Body

PIECE = 256 * 1024
# What waits of one answer, at most: whoever makes more of it is made to wait.
MOST_WAITING = 64 << 20


class Answer:
    """A socket as gunicorn writes to it and others look at it. What is sent here, the client has not read yet.

    `patience` is how long (seconds) whoever makes a very large answer waits for the client.
    """

    def __init__(self, sock: socket.socket, folder: Path, patience: float) -> None:
        # Bytes that the client has taken of what waited.
        self.taken = 0
        self._sock, self._folder, self._patience = sock, folder, patience
        self._head: bytes | None = None
        self._waiting: Body | None = None
        self._at = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)

    @property
    def waiting(self) -> int:
        """Bytes that the client has still to take."""
        return self._waiting.size - self._at if self._waiting is not None else 0

    @property
    def on_disk(self) -> int:
        return self._waiting.on_disk if self._waiting is not None else 0

    def begin(self) -> None:
        """Another answer begins."""
        self._head = None

    def sendall(self, data: bytes) -> None:
        """Send it, or have it wait. Raises OSError."""
        if self._head is None:
            # It goes out with what comes next: one packet, and one turn of the processor, less.
            self._head = bytes(data)
            return
        if self._head:
            data, self._head = self._head + data, b""
        self._send(data)

    def sendfile(self, file: IO[bytes], offset: int = 0, count: int | None = None) -> int:
        """A part of a file, as socket.sendfile does."""
        file.seek(offset)
        sent = 0
        while data := file.read(PIECE if count is None else min(PIECE, count - sent)):
            self.sendall(data)
            sent += len(data)
        return sent

    def flush(self) -> None:
        """The answer ends. Raises OSError."""
        if self._head:
            data, self._head = self._head, b""
            self._send(data)

    def push(self) -> None:
        """Send what the client takes now of what waits. Raises OSError."""
        waiting = self._waiting
        if waiting is None:
            return
        sent = self._now(waiting.piece(self._at, PIECE))
        self._at += sent
        self.taken += sent
        if self._at == waiting.size:
            self.drop()

    def drop(self) -> None:
        """Forget what waits."""
        if self._waiting is not None:
            self._waiting.close()
        self._waiting, self._at = None, 0

    def _send(self, data: bytes) -> None:
        if self._waiting is not None:
            self.push()
        if self._waiting is None:
            data = data[self._now(data) :]
            if not data:
                return
            self._waiting = Body(1 << 62, self._folder)
        self._waiting.write(data)
        while self.waiting > MOST_WAITING:
            poll = select.poll()
            poll.register(self._sock, select.POLLOUT)
            if not poll.poll(self._patience * 1000):
                raise BrokenPipeError(errno.EPIPE, "the client does not read")
            self.push()

    def _now(self, data: bytes) -> int:
        try:
            return self._sock.send(data, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return 0
