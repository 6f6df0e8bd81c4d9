"""A token bucket, as one number: when it will be full again."""

from dataclasses import dataclass

from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.i18n import Text

MINUTE_US = 60_000_000
# Requests are not counted in the order of their times: clocks of two machines, and of two processes, differ a little.
CLOCKS_DIFFER_US = MINUTE_US


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `per_minute` in the long run, and `burst` at once."""

    per_minute: int
    burst: int


# Which bucket a request takes a token from: its name, now (microseconds), `per_minute` and `burst` of its limit.
Token = tuple[str, int, int, int]


def take(full_at: int, now: int, limit: Limit) -> tuple[int, int]:
    """Take one token: (when the bucket is full again, how long to wait). Microseconds.

    A wait of 0 is a token; otherwise there was none, and one is there after the wait. A bucket that nobody used
    is full since 0. One that is emptier than empty, since the clock was set back or the limit is another, is
    only empty; what is returned first is that then.
    """
    each = -(-MINUTE_US // limit.per_minute)
    empty = now + each * max(limit.burst, 1)
    if full_at > empty + CLOCKS_DIFFER_US:
        full_at = empty
    taken = max(full_at, now) + each
    return (taken, 0) if taken <= empty else (full_at, taken - empty)


def refusal(limit: Limit, wait: int) -> DuplistatError:
    """What to say without a token; `wait` in microseconds."""
    seconds = max(1, -(-wait // 1_000_000))
    return DuplistatError(
        Kind.TOO_MANY,
        Text(
            "Too many requests: {per_minute} a minute are allowed, and {burst} at once; try again in {seconds} s",
            per_minute=limit.per_minute,
            burst=limit.burst,
            seconds=seconds,
        ),
        retry_after=seconds,
    )
