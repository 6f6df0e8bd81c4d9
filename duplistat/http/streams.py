"""Answers that stay open: each holds a thread, so there are few of them, and they end when the process does."""

import socket
import threading
from collections.abc import Callable

# Of the threads of a worker process, most are for whoever asks for something.
MOST = 8


class Streams:
    """The open answers of one process. `going` says whether it goes on; whoever runs it may set another."""

    def __init__(self, most: int) -> None:
        self._free = threading.BoundedSemaphore(most)
        self.going: Callable[[], bool] = lambda: True

    def take(self) -> bool:
        """One more; False when there are too many. Whoever got one gives it back."""
        return self._free.acquire(blocking=False)

    def give(self) -> None:
        self._free.release()


def hung_up(connection: socket.socket | None) -> bool:
    """Whether the other end of a connection is closed; False where that cannot be told (None)."""
    if connection is None:
        return False
    try:
        return connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
    except BlockingIOError:
        return False
    except (OSError, ValueError):
        return True
