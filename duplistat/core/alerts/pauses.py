"""When a message that did not go out is tried again, and when that has no sense any more."""

from duplistat.core.alerts.notice import Kind

SECOND = 1000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
# After the first try, the second …; after the last of them each time LATER.
PAUSES = (
    10 * SECOND, MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR,
)  # fmt: skip
LATER = 12 * HOUR
SPREAD = 0.2
MOST_RETRY_AFTER = 6 * HOUR
GIVE_UP = 72 * HOUR
# What a newer message says as well is given up sooner.
GIVE_UP_SOON = 12 * HOUR
SOON = (Kind.EACH, Kind.REMINDER, Kind.DIGEST, Kind.TEST)


def pause_after(attempts: int, chance: float, retry_after: int | None = None) -> int:
    """How long to wait after so many tries (1 or more), ms. `chance` is from 0 to 1, so that not all come at once.

    What the receiver asked for holds when it is longer, up to MOST_RETRY_AFTER.
    """
    base = PAUSES[attempts - 1] if attempts <= len(PAUSES) else LATER
    own = round(base * (1 + SPREAD * (2 * chance - 1)))
    return max(own, min(retry_after or 0, MOST_RETRY_AFTER))


def given_up_at(kind: str, created_at: int) -> int:
    """When a message of that kind is no longer tried, ms."""
    return created_at + (GIVE_UP_SOON if kind in SOON else GIVE_UP)
