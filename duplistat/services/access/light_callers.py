"""Who sends little takes no tokens: a large limit is looked at in the database only once somebody sends much.

So a fleet of usual size costs no statements for a limit that it never reaches.
"""

from threading import Lock

from duplistat.services.access.rate_limits import Bucket

# Below this many a minute each request takes its token.
LARGE = 1000
# A process lets this part of a limit through each minute. All of them together let through little more than the limit.
PART = 32
MINUTE_MS = 60_000
# Names that are remembered within a minute. With more than that nobody is spared.
REMEMBERED = 50_000


class LowVolumeExemption:
    """How often each name of a bucket came within this minute, in this process."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._minute = 0
        self._counts: dict[str, int] = {}

    def unless_few(self, bucket: Bucket | None, now: int) -> Bucket | None:
        """The bucket to take a token from; None for a request that needs none. `now` in ms."""
        if bucket is None or bucket.limit.per_minute < LARGE:
            return bucket
        with self._lock:
            if now // MINUTE_MS != self._minute:
                self._minute = now // MINUTE_MS
                self._counts.clear()
            count = self._counts.get(bucket.name, 0)
            if count >= bucket.limit.per_minute // PART or len(self._counts) >= REMEMBERED:
                return bucket
            self._counts[bucket.name] = count + 1
        return None
