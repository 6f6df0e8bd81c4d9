"""A job's last days as one letter a day: what a strip of squares shows, kept in the job's own row."""

from collections.abc import Iterable

from duplistat.core.status import Status

KEPT = 90

NOTHING = "."
LATE = "l"
OTHER = "o"
SUCCESS = "s"
WARNING = "w"
INTERRUPTED = "i"
FAILED = "f"

# Worst last: a day shows the worst of its runs. A run that came takes the place of "late".
_RANK = {
    letter: rank for rank, letter in enumerate((NOTHING, LATE, SUCCESS, OTHER, WARNING, INTERRUPTED, FAILED))
}


def letter_of(status: Status, partial: bool) -> str:
    if status.failed:
        return FAILED
    if status is Status.INTERRUPTED:
        return INTERRUPTED
    if status is Status.WARNING or partial:
        return WARNING
    return SUCCESS if status is Status.SUCCESS else OTHER


def mark(days: str, last: int, day: int, letter: str) -> tuple[str, int]:
    """Put a letter at a day. `last` is the day of the last letter, both days counted from 1970.

    Returns the new letters and their last day. A day before the kept ones changes nothing.
    """
    if not days:
        return letter, day
    if day > last:
        gap = min(day - last - 1, KEPT)
        return (days + NOTHING * gap + letter)[-KEPT:], day
    at = len(days) - 1 - (last - day)
    if at < 0:
        if last - day >= KEPT:
            return days, last
        days, at = NOTHING * -at + days, 0
    if _RANK[letter] > _RANK[days[at]]:
        days = days[:at] + letter + days[at + 1 :]
    return days, last


def again(days: str, last: int, day: int, letters: Iterable[str]) -> str:
    """Let a day show the worst of these letters, whatever it showed before; NOTHING without any."""
    at = len(days) - 1 - (last - day)
    if not 0 <= at < len(days):
        return days
    return days[:at] + max(letters, key=_RANK.__getitem__, default=NOTHING) + days[at + 1 :]


def window(days: str, last: int, until: int, count: int) -> str:
    """The letters of `count` days up to and with `until`; days without a letter are NOTHING."""
    shift = until - last
    padded = days + NOTHING * min(shift, count) if shift >= 0 else days[:shift]
    return padded[-count:].rjust(count, NOTHING)
