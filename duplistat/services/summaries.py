"""What everything comes to, for one account: the answer that widgets ask for again and again."""

import threading
from dataclasses import dataclass

from duplistat.store import accounts, jobs, totals
from duplistat.store.database import Database
from duplistat.store.totals import Summary


@dataclass(frozen=True, slots=True)
class _Known:
    """A summary, the state of the database that it is of, and when the clock alone will change it (ms)."""

    version: int
    since: int
    until: int | None
    summary: Summary

    def holds_at(self, now: int) -> bool:
        return self.since <= now and (self.until is None or now < self.until)


class Summaries:
    """Summaries of what an account sees. A database that nobody has changed is not asked twice.

    That holds for a connection that only reads, to SQLite: it can tell at once whether anyone else has
    written. Each thread has such a connection, so each remembers for itself.
    """

    def __init__(self, db: Database) -> None:
        self._db = db
        self._local = threading.local()

    def of(self, account: int, now: int) -> Summary:
        """The summary at `now` (ms). Raises what the database raises."""
        version = self._db.version()
        if version is None:
            return self._ask(account, now)
        remembered: dict[int, _Known] = self._local.__dict__.setdefault("remembered", {})
        known = remembered.get(account)
        if known is not None and known.version == version and known.holds_at(now):
            return known.summary
        until = jobs.next_due(self._db, now)
        summary = self._ask(account, now)
        remembered[account] = _Known(version, now, until, summary)
        return summary

    def _ask(self, account: int, now: int) -> Summary:
        return totals.summary(self._db, accounts.visible(self._db, account), now)
