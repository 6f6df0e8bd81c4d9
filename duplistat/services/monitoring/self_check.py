"""Whether the server itself is well: the same facts for probes and for people."""

from dataclasses import dataclass

from duplistat.config import Config
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
    # Two sweeps may be missed, and a little: a busy machine is not a dead one.
    ticks = now - ticked_at <= config.overdue.sweep_seconds * 2000 + 30_000
    if not problem and not ticks:
        problem = Text("the scheduler has not ticked since the start")
        if ticked_at:
            problem = Text("the scheduler has not ticked since {since}", since=iso_ms(from_ms(ticked_at)))
    return Vitals(problem, ticks, ticked_at or None)
