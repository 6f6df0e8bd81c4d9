"""Answers that are asked for again and again: a database that nobody has changed is not asked twice."""

import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from time import monotonic_ns
from typing import Generic, TypeVar

from duplistat.store import jobs
from duplistat.store.database import Database
from duplistat.store.unchanged import Unchanged

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")

# What a question is answered with, and when the answer is another one by the clock alone (ms; None for never).
Ask = Callable[[Database, K, int], tuple[T, int | None]]


@dataclass(frozen=True, slots=True)
class _Known(Generic[T]):
    """An answer, when it was asked for (`monotonic_ns`), and from when until when it holds by the clock (ms)."""

    asked: int
    since: int
    until: int | None
    answer: T
    weight: int

    def holds_at(self, now: int) -> bool:
        return self.since <= now and (self.until is None or now < self.until)


class Remembered(Generic[K, T]):
    """What `ask` says: asked with the database, a key that says all that is asked for, and now (ms).

    It is remembered where the database can tell at once whether anyone has written: SQLite to connections that only
    read, and PostgreSQL. All threads of a process remember together, `most` at most: by number, or by what `weigh`
    says of an answer and its key, in the order in which they were asked for.
    """

    def __init__(
        self, db: Database, ask: Ask[K, T], *, most: int = 1000, weigh: Callable[[K, T], int] = lambda *_: 1
    ) -> None:
        self._db = db
        self._ask = ask
        self._most, self._weigh = most, weigh
        self._unchanged = Unchanged(db)
        self._lock = threading.Lock()
        self._known: dict[K, _Known[T]] = {}
        self._weight = 0

    def of(self, key: K, now: int) -> T:
        """The answer for this key at `now` (ms). Raises what `ask` raises, which is not remembered."""
        unchanged = self._unchanged.since()
        if unchanged is None:
            return self._ask(self._db, key, now)[0]
        known = self._known.get(key)
        if known is not None and known.asked >= unchanged and known.holds_at(now):
            return known.answer
        asked = monotonic_ns()
        answer, until = self._ask(self._db, key, now)
        self._keep(key, _Known(asked, now, until, answer, self._weigh(key, answer)))
        return answer

    def _keep(self, key: K, new: _Known[T]) -> None:
        if new.weight > self._most:
            return
        with self._lock:
            self._weight += new.weight - self._forget(key)
            self._known[key] = new
            while self._weight > self._most:
                self._weight -= self._forget(next(iter(self._known)))

    def _forget(self, key: K) -> int:
        """Forget an answer; what it weighed."""
        known = self._known.pop(key, None)
        return known.weight if known is not None else 0


def until_next_due(ask: Callable[[Database, K, int], T]) -> Ask[K, T]:
    """The same question, with an answer that holds until a job becomes due, or begins or ends to rest."""

    def both(db: Database, key: K, now: int) -> tuple[T, int | None]:
        # Where nothing is remembered, nobody asks until when.
        until = jobs.next_due(db, now) if db.tells_of_writes else now
        return ask(db, key, now), until

    return both
