"""Since when nobody has written to a database, as all threads of a process know it together.

SQLite tells each connection whether others have written since it was asked before; each thread has a connection of its
own. PostgreSQL tells anyone which transactions there were. What one thread knows so is true for all: two spans of time
without a write that touch are one.
"""

import threading
from dataclasses import dataclass
from time import monotonic_ns

from duplistat.store.database import Database


@dataclass(slots=True)
class Span:
    """From `since` to `until` nobody has written. Any clock that does not go back, the same for all."""

    since: int
    until: int

    def learn(self, since: int, until: int) -> None:
        """Somebody found out that nobody has written in that time, too. The latest span is the one that is kept."""
        if until < self.since:
            return
        if since > self.until:
            self.since, self.until = since, until
        else:
            self.since, self.until = min(self.since, since), max(self.until, until)


class Unchanged:
    """Asks the connection of the thread that wants to know."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._local = threading.local()
        self._lock = threading.Lock()
        self._span: Span | None = None

    def since(self) -> int | None:
        """The time (`monotonic_ns`) from which until now nobody has written: what was read from it on is as it would
        be read now. None where nobody can tell: see `Database.version`.
        """
        # A write may fall between what the clock says and what the database says: so the time counts from the end of
        # the first look that found a version to the beginning of this one.
        began = monotonic_ns()
        version = self._db.version()
        if version is None:
            return None
        ended = monotonic_ns()
        own = self._local.__dict__
        if own.get("version") != version:
            own["version"], own["first"] = version, ended
        learned = own["first"], max(own["first"], began)
        with self._lock:
            if self._span is None:
                self._span = Span(*learned)
            else:
                self._span.learn(*learned)
            return self._span.since
