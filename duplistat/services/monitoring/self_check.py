"""Whether the server itself is well: the same facts for probes and for people."""

from dataclasses import dataclass

from duplistat.config import Config, Overdue
from duplistat.core.i18n import Text
from duplistat.core.times import from_ms, iso_ms
from duplistat.store.scheduler_lease import Lease
from duplistat.store.write_health import Failing


@dataclass(frozen=True, slots=True)
class Vitals:
    """`problem` is "" when all is well; `ticked_at` is in ms, None when no scheduler ever ticked."""

    problem: str
    ticks: bool
    ticked_at: int | None


def vitals(
    config: Config, lease: Lease | None, now: int, *, problem: str = "", failing: Failing | None = None
) -> Vitals:
    """What the scheduler's lease says, unless there is a `problem` that is graver, or writes fail.

    The scheduler cannot tick then, either: what keeps it from that is the cause.
    """
    if not problem and failing is not None:
        problem = failing.text
    ticked_at = lease.ticked_at if lease else 0
    late = is_late(config.overdue, ticked_at, now)
    if not problem and late:
        problem = silence(ticked_at) if ticked_at else Text("the scheduler has not ticked since the start")
    return Vitals(problem, not late, ticked_at or None)


def is_late(overdue: Overdue, ticked_at: int, now: int) -> bool:
    """Whether a scheduler that last ticked then (ms) should have done so again.

    Two sweeps may be missed, and a little: a busy machine is not a dead one.
    """
    return now - ticked_at > overdue.sweep_seconds * 2000 + 30_000


def silence(ticked_at: int) -> Text:
    """What is said of a scheduler that is late."""
    return Text("the scheduler has not ticked since {since}", since=iso_ms(from_ms(ticked_at)))
