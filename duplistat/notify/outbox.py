"""Things to send, done one after the other by a thread, so that no request waits for a mail server.

They live in memory: what waits when the process is killed is lost, and whoever asked asks again. One that ends as it
should has a while for them.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable
from weakref import WeakSet

log = logging.getLogger(__name__)

# More than this wait only when a mail server hangs, or somebody floods us.
MOST = 100


_all: "WeakSet[Outbox]" = WeakSet()


def finish(seconds: float) -> None:
    """Wait for so long that nothing waits in any outbox of this process."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and not all(outbox.is_empty for outbox in _all):
        time.sleep(0.05)


class Outbox:
    """A bounded queue with one thread, which starts when there is something to do."""

    def __init__(self, most: int = MOST) -> None:
        self._waiting: queue.Queue[Callable[[], None]] = queue.Queue(most)
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        _all.add(self)

    def put(self, send: Callable[[], None]) -> bool:
        """Have `send` called soon. False, at once, when too many wait."""
        try:
            self._waiting.put_nowait(send)
        except queue.Full:
            log.error("a mail was dropped: %d others wait for the mail server", self._waiting.maxsize)
            return False
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._work, name="outbox", daemon=True)
                self._thread.start()
        return True

    def wait(self) -> None:
        """Until nothing waits any more."""
        self._waiting.join()

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits, nor is being sent."""
        return not self._waiting.unfinished_tasks

    def _work(self) -> None:
        while True:
            send = self._waiting.get()
            try:
                send()
            except Exception:
                log.exception("a mail was not sent")
            finally:
                self._waiting.task_done()
