"""When a run ended and how long it took, from a sender that may say both, one or neither."""

from datetime import datetime, timedelta
from typing import NamedTuple

from duplistat.core.times import Moment, iso_ms, to_ms

# Durations are often told in whole seconds, so they may be off by less than one.
_TOLERANCE_MS = 1000


class Span(NamedTuple):
    """`problem` says in which way the sender contradicts itself; "" when it does not."""

    ended: datetime | None
    duration_ms: int | None
    problem: str


def span_of(started: Moment, ended: Moment | None, duration_ms: int | None) -> Span:
    """Fill in what follows from the rest. Where duration and end disagree, both are kept as told."""
    if ended is None:
        return Span(None if duration_ms is None else _after(started.at, duration_ms), duration_ms, "")
    between = to_ms(ended.at) - to_ms(started.at)
    problem = ""
    if duration_ms is not None and abs(duration_ms - between) >= _TOLERANCE_MS:
        seconds = f"{duration_ms / 1000:g}"
        problem = f"duration ({seconds} s) and endTime ({iso_ms(ended.at)}) disagree; the duration is kept"
    elif between < 0:
        problem = f"endTime ({iso_ms(ended.at)}) is before its start"
    return Span(ended.at, between if duration_ms is None else duration_ms, problem)


def _after(at: datetime, ms: int) -> datetime | None:
    try:
        return at + timedelta(milliseconds=ms)
    except OverflowError:  # past year 9999
        return None
