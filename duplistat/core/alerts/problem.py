"""The life of a problem of a job: from the first bad word until it is over, through all that happens meanwhile.

The settled health counts. That a job runs, or is paused, is something that lies over it: it opens and closes nothing.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from duplistat.core.alerts.notice import OF_JOBS, OF_RUNS
from duplistat.core.status import NEEDS_ATTENTION, Health

# Whoever opens for the fourth time within a day is unsteady …
UNSTEADY_OPENINGS = 4
UNSTEADY_MS = 24 * 3_600_000
# … until so many good runs follow each other, or nothing bad came for a day.
STEADY_GOODS = 3
# A problem that comes back within this is not a new one.
AGAIN_MS = 7 * 24 * 3_600_000
GRAVITY = {kind.value: gravity for gravity, kind in enumerate(OF_JOBS)}


class Closed(StrEnum):
    """How a problem ended."""

    GOOD = "good"
    # The job is no longer there, or no longer watched.
    GONE = "gone"
    STEADY = "steady"


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem; times in ms. `id` is 0 until it is stored.

    `kind` is the gravest that it was, since `kind_at`. `bad_at`: the last bad word. `fails`: bad runs since it is of
    that kind. `goods`: good ones in a row. `changes` is higher after each change. `next_at`: when to look whether
    somebody has to be told.
    """

    id: int
    uid: str
    account_id: int
    subject: str
    family: str
    job_id: int | None
    channel_id: int | None
    kind: str
    opened_at: int
    kind_at: int
    bad_at: int
    fails: int = 0
    goods: int = 0
    changes: int = 1
    again: int = 0
    unsteady: int = 0
    reason: str = ""
    run: int | None = None
    last_good_at: int | None = None
    acked_at: int | None = None
    acked_until: int | None = None
    acked_by: str = ""
    acked_why: str = ""
    next_at: int | None = None
    closed_at: int | None = None
    closed_how: str = ""

    def acked(self, now: int) -> bool:
        return self.acked_until is not None and now < self.acked_until


@dataclass(frozen=True, slots=True)
class Change:
    """A transition: at `at` (ms) the health became `after`, or was that already, as one run more says."""

    at: int
    after: str
    reason: str = ""
    run: int | None = None


def is_bad(health: str) -> bool:
    return health in NEEDS_ATTENTION


def is_overlay(health: str) -> bool:
    """Whether a health says nothing of what a job settled on."""
    return health in (Health.RUNNING, Health.PAUSED)


def opened(problem: Problem, earlier: list[tuple[int, int | None]]) -> Problem:
    """A problem that has just opened, in the light of earlier ones of its subject: (opened_at, closed_at), ms."""
    at = problem.opened_at
    recent = sum(at - began < UNSTEADY_MS for began, _ in earlier)
    again = sum(ended is not None and at - ended < AGAIN_MS for _, ended in earlier)
    return replace(
        problem,
        fails=int(problem.run is not None and problem.kind in OF_RUNS),
        again=again,
        unsteady=int(recent >= UNSTEADY_OPENINGS - 1),
        next_at=at,
    )


def follow(problem: Problem, change: Change, recover: int = 1) -> Problem:
    """An open problem after a change. It closes after `recover` good runs, an unsteady one after STEADY_GOODS."""
    if is_overlay(change.after):
        return problem
    if is_bad(change.after):
        return _bad(problem, change)
    if change.after == Health.NEVER:
        return close(problem, change.at, Closed.GONE)
    goods = problem.goods + 1
    needed = max(recover, 1, STEADY_GOODS if problem.unsteady else 1)
    after = replace(problem, goods=goods, changes=problem.changes + 1, last_good_at=change.at)
    if goods < needed:
        return after
    return close(after, change.at, Closed.STEADY if problem.unsteady else Closed.GOOD)


def close(problem: Problem, at: int, how: Closed) -> Problem:
    """A problem that is over; whoever was told of it is told that, at once."""
    return replace(problem, closed_at=at, closed_how=how.value, next_at=None, changes=problem.changes + 1)


def _bad(problem: Problem, change: Change) -> Problem:
    graver = GRAVITY[change.after] > GRAVITY[problem.kind]
    from_run = change.run is not None
    after = replace(
        problem,
        bad_at=change.at,
        goods=0,
        changes=problem.changes + 1,
        next_at=change.at,
        reason=change.reason,
    )
    if graver:
        # Whoever knew of the lesser evil does not know of this one.
        return replace(
            after,
            kind=change.after,
            kind_at=change.at,
            run=change.run,
            fails=int(from_run),
            acked_at=None,
            acked_until=None,
            acked_by="",
            acked_why="",
        )
    if change.after != problem.kind:
        # Less grave, and not good: it stays what it was.
        return replace(after, reason=problem.reason, fails=problem.fails + int(from_run))
    return replace(after, run=change.run or problem.run, fails=problem.fails + int(from_run))
