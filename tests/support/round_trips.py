"""How often a client of PostgreSQL waits for an answer: counted by a proxy that reads what goes through it."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

# Messages of a client that ask for an answer: a simple query, the end of a series, and a request to send what is there.
_ASKS = b"QSH"


class Proxy:
    """Passes bytes on between clients and one PostgreSQL. `asked` is how often a client asked for an answer."""

    def __init__(self, path: str) -> None:
        self.asked = 0
        self._path = path
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._sockets: list[socket.socket] = [self._listener]

    def accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.socket(socket.AF_UNIX)
                server.connect(self._path)
                self._sockets += [client, server]
                threading.Thread(target=self._asks, args=(client, server), daemon=True).start()
                threading.Thread(target=self._answers, args=(server, client), daemon=True).start()

    def close(self) -> None:
        for each in self._sockets:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _asks(self, client: socket.socket, server: socket.socket) -> None:
        # What opens a connection has no type.
        waiting, opened = b"", False
        with contextlib.suppress(OSError):
            while data := client.recv(1 << 16):
                waiting += data
                while len(waiting) >= 5:
                    start = 1 if opened else 0
                    end = start + int.from_bytes(waiting[start : start + 4], "big")
                    if len(waiting) < end:
                        break
                    self.asked += opened and waiting[0] in _ASKS
                    # A request for encryption is refused, and followed by the opening itself.
                    opened = opened or waiting[4:8] != b"\x04\xd2\x16\x2f"
                    waiting = waiting[end:]
                server.sendall(data)

    def _answers(self, server: socket.socket, client: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := server.recv(1 << 16):
                client.sendall(data)


@contextlib.contextmanager
def counting(url: str) -> Iterator[tuple[str, Proxy]]:
    """The URL of a database through a proxy, and that proxy."""
    parts = urlsplit(url)
    proxy = Proxy(f"{parse_qs(parts.query)['host'][0]}/.s.PGSQL.5432")
    thread = threading.Thread(target=proxy.accept, daemon=True)
    thread.start()
    try:
        yield f"postgresql://postgres@127.0.0.1:{proxy.port}{parts.path}?sslmode=disable", proxy
    finally:
        proxy.close()
        thread.join()
