"""What the exit code of a program means, where its tool has no table of its own."""

from duplistat.core.status import Status

# The signals by which somebody ends a program: HUP, INT, QUIT, KILL, TERM.
_ENDED_BY_HAND = frozenset({1, 2, 3, 9, 15})
# Of Windows: Ctrl+C, as the signed number and as the unsigned one.
_CONTROL_C = frozenset({-1073741510, 0xC000013A})


def interrupted(code: int) -> bool:
    """Whether a signal ended it: 128 and the signal's number, as shells say it, or the number below zero."""
    return code in _CONTROL_C or code - 128 in _ENDED_BY_HAND or -code in _ENDED_BY_HAND


def plain(code: int) -> Status:
    """Zero is success, a signal an interruption, and anything else a failure."""
    if code == 0:
        return Status.SUCCESS
    return Status.INTERRUPTED if interrupted(code) else Status.ERROR
