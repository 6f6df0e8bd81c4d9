"""Signals of children that tests start."""

import signal
from types import FrameType

# What nohup, and the background jobs of a shell, have their programs ignore.
OFTEN_IGNORED = (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)


def default_in_children() -> None:
    """Let children begin with the usual signals where this process began with ignored ones, which it still takes no
    notice of: what is ignored a child inherits, but not what is handled."""
    for number in OFTEN_IGNORED:
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, _take_no_notice)


def _take_no_notice(_number: int, _frame: FrameType | None) -> None:
    pass
