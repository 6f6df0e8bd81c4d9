"""Whether a schedule is meant by another clock than it is read by: runs that keep coming hours off say so."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from duplistat.core.schedule import Schedule, Within, next_after, typical_gap

HOUR = timedelta(hours=1)
# So many of the latest runs are looked at, and fewer say nothing.
MOST, FEWEST = 6, 3
# A run is on time from that much before to that much after it. Zones are at least half an hour apart.
EARLY, LATE = timedelta(minutes=15), timedelta(minutes=25)
# No zone is further than that from another; and what runs more often than so is near one of its times in any zone.
FURTHEST, SHORTEST_GAP = timedelta(hours=15), timedelta(hours=4)


@dataclass(frozen=True, slots=True)
class Hint:
    """By how much the latest run came after its time (below zero: before it), and the zone by whose clock the
    runs are on time; None when none of those that were thought of is it."""

    off: timedelta
    zone: ZoneInfo | None


def other_zone(
    schedule: Schedule, zone: ZoneInfo, starts: Sequence[datetime], known: int, candidates: Sequence[ZoneInfo]
) -> Hint | None:
    """What the starts of runs (oldest first) say about the zone; None when they are on time, or say nothing.

    The latest `known` starts came after the schedule was set. Older ones count only for a zone by which they are on
    time: else it may be that what starts the runs was changed together with the schedule.
    """
    last = list(starts)[-MOST:]
    if len(last) < FEWEST or isinstance(schedule, Within):
        return None
    gap = typical_gap(schedule, zone, last[-1])
    if gap is None or gap < SHORTEST_GAP:
        return None
    offs = [_off(schedule, zone, start) for start in last]
    if offs[-1] is None or any(_on_time(off) for off in offs):
        return None
    for candidate in candidates:
        fitting = sum(_on_time(_off(schedule, candidate, start)) for start in last)
        if fitting >= max(FEWEST, len(last) - 1):
            return Hint(offs[-1], candidate)
    lately = [off for off in offs[-known:] if off is not None] if known else []
    if (
        len(lately) >= FEWEST
        and min(map(abs, lately)) >= HOUR - EARLY
        and max(lately) - min(lately) <= 2 * EARLY
    ):
        return Hint(offs[-1], None)
    return None


def _on_time(off: timedelta | None) -> bool:
    return off is not None and -EARLY <= off <= LATE


def _off(schedule: Schedule, zone: ZoneInfo, start: datetime) -> timedelta | None:
    """How much after the nearest time of the schedule a run started; None when none is near."""
    found: list[timedelta] = []
    at = next_after(schedule, zone, start - FURTHEST)
    while at is not None and at <= start + FURTHEST:
        found.append(start - at)
        at = next_after(schedule, zone, at)
    return min(found, key=abs, default=None)
