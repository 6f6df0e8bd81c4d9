"""The sockets that the server listens on: one for each worker process, all on the same port.

The kernel spreads connections over sockets that share a port, so each core gets its part even of a few
connections that are kept open. With one socket for all, whoever wakes first takes what has gathered. The
sockets belong to the process that starts the workers: what waits at one whose worker died waits for the next.
"""

import contextlib
import errno
import socket
import sys
import time
from collections.abc import Iterator

from duplistat.core.errors import CannotStart

# Connections that wait to be accepted; the kernel may allow fewer (net.core.somaxconn).
BACKLOG = 8192
# Elsewhere the kernel lets sockets share a port too, but gives all connections to one of them.
SHARES_EVENLY = sys.platform == "linux"


@contextlib.contextmanager
def listening(host: str, port: int, workers: int, patience: float) -> Iterator[list[socket.socket]]:
    """Sockets for so many workers, open as long as the caller does not detach them.

    A port in use is waited for `patience` seconds: a server that was killed lets go of it a moment later.
    Raises CannotStart.
    """
    deadline = time.monotonic() + patience
    with contextlib.ExitStack() as opened:
        try:
            family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
            while not _is_free(family, address):
                if time.monotonic() > deadline:
                    raise OSError(errno.EADDRINUSE, "Address already in use")
                time.sleep(0.1)
            count = workers if SHARES_EVENLY else 1
            sockets = [opened.enter_context(_open(family, address, shared=True)) for _ in range(count)]
            for opened_socket in sockets:
                opened_socket.listen(BACKLOG)
        except OSError as e:
            raise CannotStart(f"cannot listen on {host}:{port}: {e.strerror}") from e
        yield sockets


def url_of(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _is_free(family: int, address: tuple[object, ...]) -> bool:
    """Whether nobody else has the port: one that shares it would let us in without a word."""
    try:
        _open(family, address, shared=False).close()
    except OSError as e:
        if e.errno == errno.EADDRINUSE:
            return False
        raise
    return True


def _open(family: int, address: tuple[object, ...], *, shared: bool) -> socket.socket:
    opened = socket.socket(family, socket.SOCK_STREAM)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if shared and SHARES_EVENLY:
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        opened.bind(address)
    except OSError:
        opened.close()
        raise
    return opened
