"""Whether a notice that waits is still worth sending: asked when its problem is over, and before each attempt."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from duplistat.core.alerts.notice import Dropped, Kind, Why
from duplistat.core.alerts.problem import Closed, Problem

# An alarm that was not tried within this after its time is told even when its problem is over by then (ms).
LATE = 60_000
# What only says again what was said.
REPEATS = (Kind.EACH, Kind.REMINDER, Kind.STEP)
# What tells that something is wrong, and has no sense once it no longer is.
ALARMS = (Kind.PROBLEM, Kind.WORSE, *REPEATS, Kind.SUMMARY)


@dataclass(frozen=True, slots=True)
class Waited:
    """A notice that waits: its kind, why it goes out, how often it was tried, and when it was to go out (ms)."""

    kind: str
    why: str
    attempts: int
    not_before: int


def dropped(notice: Waited, problems: Sequence[Problem], told: Collection[int], now: int) -> Dropped | None:
    """Why a notice is not sent; None when it is. `told` are the problems that its channel has told of already."""
    # What waited for a broken channel is told although it is over: that is what it says.
    if not problems or notice.why == Why.HEALED:
        return None
    if all(problem.closed_how == Closed.GONE for problem in problems):
        return Dropped.GONE
    if notice.kind not in ALARMS:
        return None
    wrong = [problem for problem in problems if problem.closed_at is None]
    if wrong:
        quiet = notice.kind in REPEATS and all(problem.acked(now) for problem in wrong)
        return Dropped.ACKNOWLEDGED if quiet else None
    if all(problem.id in told for problem in problems):
        # That it is over says enough.
        return Dropped.OVER
    # What was tried may have arrived; and what is late was so because of us.
    ended = max(problem.closed_at or 0 for problem in problems)
    if notice.attempts or ended > notice.not_before + LATE:
        return None
    return Dropped.OVER
