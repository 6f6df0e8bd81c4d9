"""Times that a tool writes by the clock of its machine, without saying in which zone that is."""

from datetime import datetime, timedelta

from duplistat.core.times import EPOCH, TICKS_PER_SECOND

# Offsets of zones are multiples of this: whole hours, and those that some place on earth has.
_STEP = timedelta(minutes=15)
_HALVES = (-570, -270, -210, -150, 210, 270, 330, 345, 390, 510, 525, 570, 630, 690, 765, 825)
_OFFSETS = frozenset(timedelta(minutes=minutes) for minutes in (*range(-720, 841, 60), *_HALVES))
# So long after its end an output arrives, and so much a clock may be ahead.
_LATE, _AHEAD = timedelta(minutes=12), timedelta(minutes=1)


def offset_of(ended: datetime, received: datetime) -> timedelta | None:
    """East of UTC, the offset of a naive time at which something ended that was received then; None if none fits.

    The end is some minutes before its arrival; what else it is off is the zone, if that is one: an output that was sent
    a quarter of an hour late is of none.
    """
    ahead = ended - received.replace(tzinfo=None)
    # It is behind by up to _LATE: the next step above, if that is not too far.
    offset = (ahead + _LATE) // _STEP * _STEP
    return offset if offset in _OFFSETS and ahead - offset <= _AHEAD else None


def ticks_of(at: datetime) -> int:
    """Units of 100 ns since 1970 of an aware time."""
    since = at - EPOCH
    return (since.days * 86_400 + since.seconds) * TICKS_PER_SECOND + since.microseconds * 10
