"""Pings that say that a run began, and the pings that say how it ended."""

from datetime import datetime, timedelta

# A start that is older than this is of another run.
LONGEST = timedelta(hours=72)
# Starts without an end that are kept of one job.
MOST_OPEN = 1000


class Starts:
    """The starts that wait for their end, by job and by the id that a run has, "" for none."""

    def __init__(self) -> None:
        self._open: dict[str, dict[str, datetime]] = {}
        # How many never had one.
        self.without_end = 0

    def begin(self, job: str, rid: str, at: datetime) -> None:
        """A run began; one of that id that began before it never ended."""
        waiting = self._open.setdefault(job, {})
        if waiting.pop(rid, None) is not None:
            self.without_end += 1
        if len(waiting) >= MOST_OPEN:
            waiting.pop(next(iter(waiting)))
            self.without_end += 1
        waiting[rid] = at

    def end(self, job: str, rid: str, at: datetime) -> datetime | None:
        """When the run began that ends now; None where nothing tells it."""
        began = self._open.get(job, {}).pop(rid, None)
        if began is None or not timedelta(0) <= at - began <= LONGEST:
            self.without_end += began is not None
            return None
        return began

    def left(self) -> int:
        """How many starts have no end, at the end of all."""
        return self.without_end + sum(len(waiting) for waiting in self._open.values())
