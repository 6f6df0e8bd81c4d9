"""Connections to PostgreSQL, of which each thread borrows one: whoever finds none waits for a while.

A server that restarts, or that has no room for another connection, is asked again by one thread at a time, while the
others wait: for that one, or for a connection that somebody gives back.
"""

import contextlib
import select
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import peewee
import psycopg
from playhouse.pool import MaxConnectionsExceeded
from psycopg.pq import TransactionStatus

from duplistat.core.causes import Cause
from duplistat.store.causes import cause_of

# How long a thread waits for a connection that other threads use, seconds.
BUSY = 20.0
# The same for whoever must not be kept waiting.
BRIEF = 1.0
# A connection that nobody used for so long is tried before it is lent, and closed after so much longer, seconds.
IDLE, UNUSED = 30.0, 300.0
# How soon a server that let nobody in is asked again, seconds: from, to.
AGAIN = (0.05, 0.5)
# After an outage of so many seconds, and longer than a thread would wait, only some go on waiting: others have
# something else to do.
LONG = 10.0
# Words of a server that will not let us in, however long we wait.
_FINAL = ("does not exist", "authentication failed", "no pg_hba.conf entry")


class NotConnected(peewee.OperationalError):
    """The server let nobody in for as long as there was to wait."""


@dataclass(slots=True)
class _Free:
    connection: Any
    since: float


@dataclass(slots=True)
class _Outage:
    """The server lets nobody in: why, since when, when it is asked again, and whether somebody is asking."""

    error: peewee.PeeweeException
    since: float
    again_at: float
    pause: float
    asking: bool = False


class Pool:
    """At most `most` connections, each made by `connect`, which raises peewee's exceptions.

    `patience` is how long one is waited for while the server lets nobody in, seconds. `on_refused` is told of each
    outage as it begins, with how many connections there still are; `on_back` of its end.
    """

    def __init__(self, connect: Callable[[], Any], *, most: int, patience: float) -> None:
        self._connect, self.most, self.patience = connect, most, patience
        # So many threads may wait during an outage that is long.
        self.most_waiting = most
        self.on_refused: Callable[[Exception, int], None] = lambda _error, _open: None
        self.on_back: Callable[[], None] = lambda: None
        self.ending: Callable[[], bool] = lambda: False
        self.last_wait = 0.0
        self._lock = threading.Lock()
        # Threads that wait, in their order: the first one is lent what comes free.
        self._queue: deque[threading.Condition] = deque()
        # The one that was used last is lent next.
        self._free: list[_Free] = []
        self._all: set[Any] = set()
        self._opening = 0
        self._suspect_before = 0.0
        self._outage: _Outage | None = None
        self._end_at: float | None = None
        self._own = threading.local()

    @property
    def connections(self) -> list[Any]:
        """All that are open."""
        return list(self._all)

    def wait_until(self, at: float | None, *, brief: bool = False) -> tuple[float | None, bool]:
        """Set until when (monotonic) this thread waits while the server lets nobody in; None for `patience` each time.

        With `brief`, not for long for what other threads use, either. What was set before.
        """
        before = (getattr(self._own, "until", None), getattr(self._own, "brief", False))
        self._own.until, self._own.brief = at, brief
        return before

    def borrow(self) -> Any:
        """A connection. Raises NotConnected, MaxConnectionsExceeded, or what cannot pass."""
        began, tries = time.monotonic(), 0
        while True:
            tries += 1
            free = self._wait(began, first=tries > 1)
            if free is None:
                connection = self._open()
                if connection is not None:
                    return connection
            elif self._is_usable(free):
                return free.connection
            else:
                self._discard(free.connection)

    def give_back(self, connection: Any) -> None:
        """Lend it to others, unless it is of no more use."""
        status = connection.info.transaction_status
        if status not in (TransactionStatus.IDLE, TransactionStatus.UNKNOWN):
            with contextlib.suppress(psycopg.Error):
                connection.rollback()
            status = connection.info.transaction_status
        if status != TransactionStatus.IDLE:
            self._discard(connection)
            return
        now = time.monotonic()
        with self._lock:
            unused = [free for free in self._free if now - free.since > UNUSED]
            self._free = [free for free in self._free if now - free.since <= UNUSED]
            if connection in self._all:
                self._free.append(_Free(connection, now))
            self._wake()
        for free in unused:
            self._discard(free.connection)

    def drop_idle(self) -> None:
        """Close those that nobody uses, and try those that come back before they are lent again."""
        with self._lock:
            idle, self._free = self._free, []
            self._suspect_before = time.monotonic()
        for free in idle:
            self._discard(free.connection)

    def close_all(self) -> None:
        """Close all of them, those in use by other threads too."""
        self.drop_idle()
        for connection in self.connections:
            self._discard(connection)

    def take_over(self, connection: Any) -> None:
        """Lend a connection that another pool has handed over."""
        with self._lock:
            self._all.add(connection)
            self._free.append(_Free(connection, time.monotonic()))

    def hand_over(self) -> Any:
        """A connection that nobody uses, and that is no longer of this pool; None without one."""
        with self._lock:
            if not self._free:
                return None
            connection = self._free.pop().connection
            self._all.discard(connection)
            return connection

    # How one is found.

    def _wait(self, began: float, *, first: bool) -> _Free | None:
        """A connection that is free; None when another one may be opened, for which room is kept.

        Raises NotConnected, or MaxConnectionsExceeded when all are in use for too long.
        """
        with self._lock:
            if self._free and (first or not self._queue):
                return self._free.pop()
            mine = threading.Condition(self._lock)
            # Whoever asked the server in vain does not queue again.
            (self._queue.appendleft if first else self._queue.append)(mine)
            try:
                while not (self._free and self._queue[0] is mine):
                    now = time.monotonic()
                    outage = self._outage
                    room = len(self._all) + self._opening < self.most
                    # The first one alone: it shows whether there are any to be had.
                    if room and outage is None and (self._all or not self._opening):
                        self._opening += 1
                        return None
                    # Whoever does not wait asks once, and is told of a failure at once.
                    if room and outage is not None and not outage.asking and now >= outage.again_at:
                        outage.asking = True
                        self._opening += 1
                        return None
                    until = self._until(began, now)
                    if now >= until:
                        raise self._refusal()
                    pause = min(until - now, AGAIN[1])
                    if outage is not None and not outage.asking:
                        pause = min(pause, max(0.001, outage.again_at - now))
                    mine.wait(pause)
                return self._free.pop()
            finally:
                self._queue.remove(mine)
                self._wake()

    def _wake(self, *, everybody: bool = False) -> None:
        """Let the first thread that waits look again, or all of them. The lock is held."""
        for each in self._queue if everybody else list(self._queue)[:1]:
            each.notify()

    def _until(self, began: float, now: float) -> float:
        """Until when the caller may wait."""
        until, brief = getattr(self._own, "until", None), getattr(self._own, "brief", False)
        outage = self._outage
        if outage is None or (self._all and cause_of(outage.error) is Cause.OUT_OF_CONNECTIONS):
            # Others work, and will give one back.
            until = began + BRIEF if brief else max(began + BUSY, until or 0.0)
        else:
            until = began + self.patience if until is None else until
            if now - outage.since > max(LONG, until - began) and len(self._queue) > self.most_waiting:
                until = now
        if self.ending():
            self._end_at = self._end_at or now + self.last_wait
            until = min(until, self._end_at)
        return until

    def _refusal(self) -> Exception:
        if self._outage is not None:
            error = self._outage.error
            return NotConnected(getattr(error, "orig", error), *error.args)
        return MaxConnectionsExceeded("Max connections exceeded, timed out attempting to connect.")

    def _open(self) -> Any:
        """A new connection; None when the server lets nobody in just now. Raises what peewee raises."""
        try:
            connection = self._connect()
        except Exception as e:
            if isinstance(e, peewee.PeeweeException) and _is_passing(e):
                self._refused(e)
                return None
            with self._lock:
                self._opening -= 1
                if self._outage is not None:
                    self._outage.asking = False
                self._wake()
            raise
        with self._lock:
            self._opening -= 1
            self._all.add(connection)
            over, self._outage = self._outage, None
            self._wake(everybody=True)
        if over is not None:
            self.on_back()
        return connection

    def _refused(self, error: peewee.PeeweeException) -> None:
        now = time.monotonic()
        with self._lock:
            self._opening -= 1
            before = self._outage
            pause = min(2 * before.pause, AGAIN[1]) if before else AGAIN[0]
            self._outage = _Outage(error, before.since if before else now, now + pause, pause)
            there = len(self._all)
            self._wake()
        if before is None or cause_of(before.error) is not cause_of(error):
            self.on_refused(error, there)

    def _is_usable(self, free: _Free) -> bool:
        """Whether a connection goes on. The server is asked only if there is reason for doubt."""
        connection, idle = free.connection, time.monotonic() - free.since
        if connection.closed or idle > UNUSED:
            return False
        if idle < IDLE and free.since > self._suspect_before and not _has_news(connection):
            return True
        try:
            connection.execute("SELECT 1", prepare=False)
        except psycopg.Error:
            # The server has ended; it may have started again.
            self.drop_idle()
            return False
        return True

    def _discard(self, connection: Any) -> None:
        with contextlib.suppress(psycopg.Error):
            connection.close()
        with self._lock:
            self._all.discard(connection)
            self._wake()


def is_lost(connection: Any) -> bool:
    return bool(connection.closed) or connection.info.transaction_status == TransactionStatus.UNKNOWN


def _has_news(connection: Any) -> bool:
    """Whether a server that nobody asked has said something: mostly that it ends."""
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return bool(poll.poll(0))


def _is_passing(error: peewee.PeeweeException) -> bool:
    """Whether a server that lets nobody in may do so in a moment."""
    text = str(error).lower()
    return cause_of(error) in (Cause.UNREACHABLE, Cause.OUT_OF_CONNECTIONS) and not any(
        word in text for word in _FINAL
    )
