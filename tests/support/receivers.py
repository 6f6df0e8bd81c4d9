"""Receivers on raw sockets, which do what no library of servers does."""

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

# What a receiver does with a connection after it read the request; it may return before the other end does.
Act = Callable[[socket.socket], None]


class Receiver:
    """`seen` are the requests, as they came, and `calls` how many connections were made."""

    def __init__(self) -> None:
        self.seen: list[bytes] = []
        self.calls = 0
        self.port = 0


@contextlib.contextmanager
def receiver(
    act: Act, *, host: str = "127.0.0.1", certificate: Path | None = None, reads: bool = True
) -> Iterator[Receiver]:
    """A receiver on a port of its own; with `reads` it reads a request before it acts."""
    listener = socket.create_server((host, 0))
    made = Receiver()
    made.port = listener.getsockname()[1]
    context: ssl.SSLContext | None = None
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)

    def answer(line: socket.socket) -> None:
        if reads:
            made.seen.append(_request(line))
        act(line)

    def serve(line: socket.socket) -> None:
        with contextlib.suppress(OSError), line:
            if context:
                with context.wrap_socket(line, server_side=True) as tls:
                    answer(tls)
            else:
                answer(line)

    def accept() -> None:
        while True:
            try:
                line, _ = listener.accept()
            except OSError:
                return
            made.calls += 1
            threading.Thread(target=serve, args=(line,), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


def _request(line: socket.socket) -> bytes:
    got = b""
    while b"\r\n\r\n" not in got:
        more = line.recv(65536)
        if not more:
            return got
        got += more
    head, _, body = got.partition(b"\r\n\r\n")
    length = next(
        (int(row.split(b":")[1]) for row in head.split(b"\r\n") if row.lower().startswith(b"content-length")),
        0,
    )
    while len(body) < length and (more := line.recv(65536)):
        body += more
    return head + b"\r\n\r\n" + body


def says(answer: bytes) -> Act:
    return lambda line: line.sendall(answer)


def hangs(line: socket.socket) -> None:
    """Says nothing until the other end has had enough."""
    line.settimeout(10)
    with contextlib.suppress(OSError):
        while line.recv(1024):
            pass


def drips(beginning: bytes, byte: bytes = b"x", pause: float = 0.1) -> Act:
    """A byte every `pause` seconds, for ever."""

    def act(line: socket.socket) -> None:
        line.sendall(beginning)
        while True:
            time.sleep(pause)
            line.sendall(byte)

    return act
