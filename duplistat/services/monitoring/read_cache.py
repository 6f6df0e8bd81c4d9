"""Answers that are asked for again and again: a database that nobody has changed is not asked twice."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from duplistat.store import jobs
from duplistat.store.database import Database

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Known(Generic[T]):
    """An answer, and from when until when it holds by the clock alone (ms)."""

    since: int
    until: int | None
    answer: T

    def holds_at(self, now: int) -> bool:
        return self.since <= now and (self.until is None or now < self.until)


class Remembered(Generic[T]):
    """What `ask` says of some accounts: asked with the database, ids of accounts, and now (ms).

    It is remembered for a connection that only reads, to SQLite: that can tell at once whether anyone else has
    written. Each thread has such a connection, so each remembers for itself.
    """

    def __init__(self, db: Database, ask: Callable[[Database, tuple[int, ...], int], T]) -> None:
        self._db = db
        self._ask = ask
        self._local = threading.local()

    def of(self, accounts: tuple[int, ...], now: int) -> T:
        """The answer for these accounts, and none below them, at `now` (ms). Raises what the database raises."""
        version = self._db.version()
        if version is None:
            return self._ask(self._db, accounts, now)
        remembered = self._remembered_at(version)
        known = remembered.get(accounts)
        if known is not None and known.holds_at(now):
            return known.answer
        until = jobs.next_due(self._db, now)
        answer = self._ask(self._db, accounts, now)
        remembered[accounts] = _Known(now, until, answer)
        return answer

    def _remembered_at(self, version: int) -> dict[tuple[int, ...], _Known[T]]:
        """What this thread knows of the database in this state; what was of another one is forgotten."""
        own = self._local.__dict__
        if own.get("version") != version:
            own["version"], own["remembered"] = version, {}
        remembered: dict[tuple[int, ...], _Known[T]] = own["remembered"]
        return remembered
