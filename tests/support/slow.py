"""Connections that send a part of a request, and then nothing, or a byte now and then."""

import contextlib
import selectors
import socket
import threading
import time
from collections import Counter

HEAD = b"POST /api/upload HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n%b\r\n"
HALF_A_HEAD = b"POST /api/upload HTTP/1.1\r\nHost: x\r\nX-Half: "
HALF_A_BODY = HEAD % b"" + b'{"Data": {"Dele'
HALF_A_CHUNK = (HEAD % b"Transfer-Encoding: chunked\r\n").replace(
    b"Content-Length: 5000\r\n", b""
) + b"fff\r\nab"


class Crowd:
    """Holds them open until it is closed. `ended` counts what they were told before the end: a status, or ""."""

    def __init__(self, port: int, address: str = "127.0.0.1") -> None:
        self.ended: Counter[str] = Counter()
        self._port, self._address = port, address
        self._open: dict[socket.socket, bytes] = {}
        self._selector = selectors.DefaultSelector()
        self._lock = threading.Lock()
        self._going = True
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def __len__(self) -> int:
        return len(self._open)

    def add(self, number: int, begin: bytes, *, drip: bytes = b"") -> None:
        """So many more, which send `drip` several times a second after they began."""
        for _ in range(number):
            one = socket.create_connection(("127.0.0.1", self._port), 30, (self._address, 0))
            one.sendall(begin)
            one.setblocking(False)
            with self._lock:
                self._open[one] = drip
                self._selector.register(one, selectors.EVENT_READ)

    def _run(self) -> None:
        drip_at = 0.0
        while self._going:
            time.sleep(0.02)
            with self._lock:
                for key, _ in self._selector.select(0):
                    if isinstance(key.fileobj, socket.socket):
                        self._read(key.fileobj)
                if time.monotonic() >= drip_at:
                    drip_at = time.monotonic() + 0.3
                    for one, drip in self._open.items():
                        with contextlib.suppress(OSError):
                            one.send(drip)

    def _read(self, one: socket.socket) -> None:
        try:
            said = one.recv(65536)
        except OSError:
            said = b""
        self.ended[said[9:12].decode()] += 1
        del self._open[one]
        self._selector.unregister(one)
        one.close()

    def close(self) -> None:
        self._going = False
        self._thread.join()
        for one in self._open:
            one.close()
        self._selector.close()
