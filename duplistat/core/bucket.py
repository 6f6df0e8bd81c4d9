"""A token bucket, as one number: when it will be full again."""

from dataclasses import dataclass

MINUTE_US = 60_000_000


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `per_minute` in the long run, and `burst` at once."""

    per_minute: int
    burst: int


def take(full_at: int, now: int, limit: Limit) -> tuple[int, int]:
    """Take one token: (when the bucket is full again, how long to wait). Microseconds.

    A wait of 0 is a token; otherwise there was none, the bucket is as it was, and one is there after the wait.
    A bucket that nobody used is full since 0. When the clock goes back, an emptied bucket is only empty.
    """
    one = MINUTE_US / limit.per_minute
    empty = now + round(one * max(limit.burst, 1))
    taken = min(max(full_at, now), empty) + round(one)
    return (taken, 0) if taken <= empty else (full_at, taken - empty)
