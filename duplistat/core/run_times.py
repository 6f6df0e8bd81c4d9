"""When a run ended and how long it took, from a sender that may say both, one or neither."""

from datetime import datetime, timedelta
from typing import NamedTuple

from duplistat.core.durations import between, known
from duplistat.core.times import Moment, iso_ms, to_ms

# Durations are often told in whole seconds, so they may be off by less than one.
_TOLERANCE_MS = 1000


class Span(NamedTuple):
    """`problem` says in which way the sender contradicts itself; "" when it does not."""

    ended: datetime | None
    duration_ms: int | None
    problem: str


def span_of(started: Moment, ended: Moment | None, duration_ms: int | None) -> Span:
    """Fill in what follows from the rest. Where duration and end disagree, both are kept as told.

    Of an end before the start the duration is unknown: the sender's clock stepped back.
    """
    duration_ms = known(duration_ms)
    if ended is None:
        return Span(after(started.at, duration_ms), duration_ms, "")
    from_clock = to_ms(ended.at) - to_ms(started.at)
    problem = ""
    if duration_ms is not None and abs(duration_ms - from_clock) >= _TOLERANCE_MS:
        seconds = f"{duration_ms / 1000:g}"
        problem = f"duration ({seconds} s) and endTime ({iso_ms(ended.at)}) disagree; the duration is kept"
    elif from_clock < 0:
        problem = f"endTime ({iso_ms(ended.at)}) is before its start"
    return Span(ended.at, between(started.at, ended.at) if duration_ms is None else duration_ms, problem)


def after(at: datetime | None, ms: int | None) -> datetime | None:
    """So many milliseconds later; None where either is not known."""
    if at is None or ms is None:
        return None
    try:
        return at + timedelta(milliseconds=ms)
    except OverflowError:  # past year 9999
        return None
