"""Run a command so that it notices nothing of us, and keep what it prints."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
import threading
import time
from functools import partial
from typing import Any

if sys.platform != "win32":
    import fcntl
    import termios

# Of what a command prints so much is kept: its beginning, and its end, where summaries and errors are.
HEAD, TAIL = 256 * 1024, 1024 * 1024
# How long what a command left in the background may say nothing before we no longer wait for it, seconds.
SILENCE, ROUND = 1.0, 0.02
_NAMES = ("SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGWINCH", "SIGCHLD")
CAUGHT = {getattr(signal, name) for name in _NAMES if hasattr(signal, name)}


class Output:
    """What a command prints: its head, how much is left out, and its tail."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._head, self._tail, self._left_out = bytearray(), bytearray(), 0
        self.size = 0

    def write(self, data: bytes) -> None:
        with self._lock:
            self.size += len(data)
            room = HEAD - len(self._head)
            self._head += data[:room]
            self._tail += data[room:]
            if len(self._tail) > 2 * TAIL:
                self._left_out += len(self._tail) - TAIL
                del self._tail[:-TAIL]

    def kept(self) -> bytes:
        with self._lock:
            left_out = self._left_out + max(len(self._tail) - TAIL, 0)
            note = b"\n[%d bytes left out]\n" % left_out if left_out else b""
            return bytes(self._head) + note + bytes(self._tail[-TAIL:])


def hold_signals() -> set[Any] | None:
    """Let signals wait until we hand them on, before there is a thread; what was set before, None on Windows."""
    if sys.platform == "win32":
        # A command on the same console is told by it.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        return None
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    return signal.pthread_sigmask(signal.SIG_BLOCK, CAUGHT)


def execute(command: list[str], keep: str, output: Output, mask: set[Any] | None) -> int:
    """Run a command with our own streams; its exit code, as shells have it. Raises OSError when it cannot be started.

    `keep` says which of them go into `output` as well: both, stderr or none. `mask` is what `hold_signals` gave.
    """
    wanted = [number for number, kept in ((1, keep == "both"), (2, keep != "none")) if kept]
    # Where both lead to one place they are one stream: what is printed stays in its order.
    one = len(wanted) == 2 and _is_same(1, 2)
    streams = {number: _stream_like(number) for number in (wanted[:1] if one else wanted)}
    ends: dict[int, Any] = {number: its for number, (_, its) in streams.items()}
    try:
        process = subprocess.Popen(  # noqa: S603  # what the user asked for
            command,
            stdout=ends.get(1),
            stderr=subprocess.STDOUT if one else ends.get(2),
            preexec_fn=None if mask is None else partial(signal.pthread_sigmask, signal.SIG_SETMASK, mask),
        )
    finally:
        for its in ends.values():
            os.close(its)
    pumps = [Pump(ours, number, output) for number, (ours, _) in streams.items()]
    for pump in pumps:
        pump.start()
    _attend(process, {number: ours for number, (ours, _) in streams.items() if os.isatty(number)}, mask)
    for pump in pumps:
        # Counted in rounds from here: what the command printed last may not have been read yet, as on a busy machine.
        silent, heard = 0.0, pump.waits_since
        while pump.is_alive() and silent < SILENCE:
            pump.join(ROUND)
            silent = silent + ROUND if pump.waits_since == heard != float("inf") else 0.0
            heard = pump.waits_since
    return process.returncode if process.returncode >= 0 else 128 - process.returncode


class Pump(threading.Thread):
    """Copies a stream at once and as it is. Who has no reader any more behind us, has none here either."""

    def __init__(self, source: int, target: int, output: Output) -> None:
        super().__init__(daemon=True)
        self._source, self._target, self._output = source, target, output
        # While it writes, it waits for nobody: then it is infinite.
        self.waits_since = time.monotonic()

    def run(self) -> None:
        gone, line = False, b""
        # A terminal to which nobody writes any more says so with an error.
        with contextlib.suppress(OSError):
            while data := os.read(self._source, 65536):
                self.waits_since = float("inf")
                line = self._keep(line + data)
                try:
                    while data and not gone:
                        data = data[self._write(data) :]
                except BrokenPipeError:
                    break
                except OSError:
                    # The terminal was closed: the backup goes on.
                    gone = True
                self.waits_since = time.monotonic()
        if line:
            self._output.write(line + b"\n")
        os.close(self._source)

    def _keep(self, data: bytes) -> bytes:
        """Keep whole lines, that two streams do not mix in one; what is left of an unfinished one."""
        end = data.rfind(b"\n") + 1 if len(data) < TAIL else len(data)
        if end:
            self._output.write(data[:end])
        return data[end:]

    def _write(self, data: bytes) -> int:
        try:
            return os.write(self._target, data)
        except BlockingIOError:
            select.select([], [self._target], [])
            return 0


def _attend(process: subprocess.Popen[bytes], terminals: dict[int, int], mask: set[Any] | None) -> None:
    """Wait for its end. A signal that was sent to us is for it; what a key of the terminal sent has reached it too."""
    if sys.platform == "win32" or mask is None:
        process.wait()
        return
    while process.poll() is None:
        if hasattr(signal, "sigwaitinfo"):
            info = signal.sigwaitinfo(CAUGHT)
            number, by_terminal = info.si_signo, info.si_code > 0
        else:  # macOS
            number, by_terminal = signal.sigwait(CAUGHT), os.isatty(0)
        if number == signal.SIGWINCH:
            for shown, ours in terminals.items():
                _resize(shown, ours)
        if number != signal.SIGCHLD and not (by_terminal and number in (signal.SIGINT, signal.SIGQUIT)):
            process.send_signal(number)


def _is_same(one: int, other: int) -> bool:
    try:
        return os.path.sameopenfile(one, other)
    except OSError:
        return False


def _stream_like(number: int) -> tuple[int, int]:
    """Our end and that of the command: a terminal in place of one, so that progress is shown, else a pipe."""
    if sys.platform == "win32" or not os.isatty(number):
        return os.pipe()
    ours, its = os.openpty()
    mode = termios.tcgetattr(its)
    # It changes no byte: the real one does.
    mode[1] &= ~termios.OPOST
    termios.tcsetattr(its, termios.TCSANOW, mode)
    _resize(number, ours)
    return ours, its


def _resize(shown: int, ours: int) -> None:
    if sys.platform != "win32":
        with contextlib.suppress(OSError):
            fcntl.ioctl(ours, termios.TIOCSWINSZ, fcntl.ioctl(shown, termios.TIOCGWINSZ, b"\0" * 8))
