"""A process beside the workers: forked from the server, which has imported already what it needs."""

import contextlib
import ctypes
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import NoReturn

from duplistat.core.errors import DuplistatError
from duplistat.logs import name_process

log = logging.getLogger(__name__)

# How often is looked whether one has ended that is to end, seconds.
LOOK_EVERY = 0.01


class Companion:
    """Started again when it dies, but not in a frenzy. It ends when the server does, however that ends."""

    def __init__(
        self, name: str, work: Callable[[threading.Event], None], *, shared: int, stays: bool = False
    ) -> None:
        """`work` goes on until the event is set. `shared` is the descriptor of a file that it keeps.

        One that `stays` takes no notice of signals: a signal to the whole group must not take it from under the others.
        """
        self.name = name
        self._work, self._shared, self._stays = work, shared, stays
        self._pid: int | None = None
        # Nobody writes to this pipe: its other end is read to its end, which is the end of the server.
        self._pipe: int | None = None
        self._not_before = 0.0

    def tend(self) -> None:
        """Start it, if it does not run."""
        if self._pid is not None:
            if self._runs():
                return
            log.error("the %s process ended unexpectedly: restarting it", self.name)
            self._close()
        if time.monotonic() < self._not_before:
            return
        self._not_before = time.monotonic() + 1
        self._start()

    def stop(self, timeout: float) -> None:
        """Let it finish, for so many seconds."""
        if self._pid is None:
            return
        self._close()
        deadline = time.monotonic() + timeout
        while self._runs():
            if time.monotonic() > deadline:
                os.kill(self._pid, signal.SIGKILL)
                os.waitpid(self._pid, 0)
                break
            time.sleep(LOOK_EVERY)
        self._pid = None

    def _runs(self) -> bool:
        try:
            return self._pid is not None and os.waitpid(self._pid, os.WNOHANG)[0] == 0
        except ChildProcessError:
            # gunicorn asks for the end of any child.
            return False

    def _close(self) -> None:
        if self._pipe is not None:
            os.close(self._pipe)
            self._pipe = None

    def _start(self) -> None:
        reading, writing = os.pipe()
        # A signal that comes before it has handlers of its own would go to those of the server, and be lost.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        try:
            pid = os.fork()
            if pid == 0:
                self._become(reading, before)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        os.close(reading)
        self._pid, self._pipe = pid, writing

    def _become(self, reading: int, mask: set[int | signal.Signals]) -> NoReturn:
        """Be the companion, in the new process. It never goes back to what the server was about to do."""
        status = 1
        try:
            _let_go(reading, self._shared)
            _show_as("duplistat", self.name)
            name_process(self.name)
            ended = threading.Event()
            _take_signals(None if self._stays else ended)
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
            threading.Thread(target=_wait_for_end, args=(reading, ended), daemon=True, name="parent").start()
            self._work(ended)
            status = 0
        except DuplistatError as e:
            log.error("the %s process failed: %s", self.name, e.message)
        except BaseException:
            log.exception("the %s process failed", self.name)
        finally:
            with contextlib.suppress(OSError, ValueError):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(status)


def _let_go(*kept: int) -> None:
    """Let go of what the server has open: its port and its lock would be held, and pipes would not end.

    Their numbers lead nowhere instead of being free: objects of the server still have them, and would close another
    file in their name.
    """
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in [int(each.name) for each in Path("/dev/fd").iterdir()]:
        if number not in (1, 2, nowhere, *kept):
            os.dup2(nowhere, number, inheritable=number == 0)


def _show_as(*words: str) -> None:
    """Let `ps` show this process by words of its own, on Linux: they are written over those that began the server."""
    with contextlib.suppress(OSError, IndexError, ValueError):
        fields = Path("/proc/self/stat").read_text("ascii", "replace").rpartition(")")[2].split()
        # arg_start and arg_end of proc(5).
        start, end = int(fields[45]), int(fields[46])
        text = "".join(f"{word}\0" for word in words).encode()
        if start > 0 and start + len(text) < end:
            ctypes.memset(start, 0, end - start)
            ctypes.memmove(start, text, len(text))


def _take_signals(ended: threading.Event | None) -> None:
    """End at SIGTERM and SIGINT, or ignore them without an event; the others do again what they usually do."""
    for number in signal.valid_signals():
        if callable(signal.getsignal(number)):
            signal.signal(number, signal.SIG_DFL)
    end_at_signals(ended)


def end_at_signals(ended: threading.Event | None) -> None:
    """Set the event at SIGTERM and SIGINT; without one ignore them."""

    def end(number: int, frame: FrameType | None) -> None:
        if ended is not None:
            ended.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end if ended is not None else signal.SIG_IGN)


def _wait_for_end(reading: int, ended: threading.Event) -> None:
    while os.read(reading, 4096):
        pass
    ended.set()
