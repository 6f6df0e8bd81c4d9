"""The log of this server, kept in two files of bounded size that all its processes write to: `server.log`, and what was
before it, `server.log.1`. One JSON object a line, which begins with its time.
"""

import contextlib
import fcntl
import os
from pathlib import Path

NAME, BEFORE = "server.log", "server.log.1"
# A longer line is cut before it comes here.
LONGEST = 16_384
# So much of a line is its time, by which lines are put in order: {"time": "2026-11-29T22:55:19.123Z"
_TIME = slice(10, 34)


class LogFile:
    """What a process writes its log to, one thread at a time. A fork opens it for itself."""

    def __init__(self, folder: Path, most: int) -> None:
        """Both files together have at most about `most` bytes."""
        self._path, self._before, self._half = folder / NAME, folder / BEFORE, most // 2
        self._fd, self._pid = -1, 0

    def append(self, line: bytes) -> None:
        """Add a line, which ends with a line end. Raises OSError."""
        fd = self._open()
        # In one piece: lines of several processes do not mix.
        os.write(fd, line)
        if os.fstat(fd).st_size >= self._half:
            self._turn(fd)

    def _open(self) -> int:
        if self._pid == os.getpid() and self._is_current():
            return self._fd
        if self._fd >= 0:
            # In a fork that of its parent, or what it leads to by now.
            os.close(self._fd)
            self._fd = -1
        self._fd = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._pid = os.getpid()
        return self._fd

    def _is_current(self) -> bool:
        """Whether it is still the file of that name: another process may have turned the page."""
        try:
            return self._fd >= 0 and self._path.stat().st_ino == os.fstat(self._fd).st_ino
        except OSError:
            return False

    def _turn(self, fd: int) -> None:
        """Let what is full be the file before, unless another process did so meanwhile."""
        fcntl.flock(fd, fcntl.LOCK_EX)
        try:
            if self._is_current():
                self._path.rename(self._before)
        finally:
            fcntl.flock(fd, fcntl.LOCK_UN)


def lines(folder: Path) -> list[bytes]:
    """All lines that are kept, by their time, oldest first; none where no log is kept."""
    found: list[bytes] = []
    for name in (BEFORE, NAME):
        with contextlib.suppress(OSError):
            found += (folder / name).read_bytes().splitlines()
    return sorted(found, key=lambda line: line[_TIME])


def mark(folder: Path) -> str:
    """What changes with each line."""
    with contextlib.suppress(OSError):
        status = (folder / NAME).stat()
        return f"{status.st_ino}-{status.st_size}"
    return ""
