"""Whether writes succeed: one page of memory that all processes of a server share, since a full disk takes no notes.

Whoever writes notes here what failed and what succeeded: on SQLite the writer, on PostgreSQL each worker and the
scheduler. Whoever is asked how the server is reads it here, and so each worker gives the same answer.
"""

import contextlib
import fcntl
import logging
import mmap
import os
import struct
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from duplistat.core.causes import WORDS, Cause, failing_since
from duplistat.core.i18n import Text
from duplistat.store.causes import brief, cause_on

log = logging.getLogger(__name__)

SIZE = 4096
# The log tells of one cause once in so many seconds; when writes had succeeded again meanwhile, sooner.
QUIET, QUIET_BETWEEN = 60.0, 5.0
# Mistakes of which is remembered when the log told of them.
MISTAKES = 100
# A writer that has shown no sign of life for so long hangs, seconds: it waits at most 10 for a lock.
HANGS = 20.0
_CAUSES = list(Cause)
_NUMBER = struct.Struct("q")
# Places on the page: since when writes fail (ms, 0: they do not), why, how many failed since; when the writer last
# showed a sign of life; then for each cause when it was last told, and how often it was not since. Monotonic, in ms.
_SINCE, _CAUSE, _COUNT, _BEAT, _LOGGED = 0, 8, 16, 24, 32
# Whether the log has told that something fails: then it also tells of the end.
_TOLD = SIZE - 8


@dataclass(frozen=True, slots=True)
class Failing:
    """Writes fail, since a time (ms)."""

    cause: Cause
    since: int

    @property
    def text(self) -> Text:
        return failing_since(self.cause, self.since)


class WriteHealth:
    """`now` gives ms since 1970. `file` is what the page is shared through; without it, it is this process's own.

    A `quiet` one writes nothing into the log: a command says itself what failed.
    """

    def __init__(self, now: Callable[[], int], file: int | None = None, *, quiet: bool = False) -> None:
        self.now = now
        self._file = file
        self._quiet = quiet
        self._page = mmap.mmap(-1, SIZE) if file is None else mmap.mmap(file, SIZE)
        self._lock = threading.RLock()
        self._mistakes: dict[str, int] = {}

    @property
    def failing(self) -> Failing | None:
        """None while writes succeed."""
        since = self._get(_SINCE)
        if since:
            return Failing(_CAUSES[self._get(_CAUSE)], since)
        return None

    @property
    def hangs(self) -> Failing | None:
        """Why the writer seems to hang; None while it gives signs of life, or never gave one."""
        beat = self._get(_BEAT)
        silent = _monotonic() - beat
        if beat and silent > HANGS * 1000:
            return Failing(Cause.NO_WRITER, self.now() - silent)
        return None

    def note(self, error: BaseException, file: Path | None, count: int = 1) -> Cause | None:
        """So many writes failed with an error; its cause. Nothing is noted of a mistake of ours, which has none."""
        cause = cause_on(error, file)
        if cause is not None:
            self.failed(cause, error, count)
        return cause

    def failed(self, cause: Cause, error: BaseException | str, count: int = 1) -> None:
        """Writes failed, so many."""
        self._begun(cause, f"writes fail: {WORDS[cause]}", error, count)

    def waits(self, cause: Cause, error: BaseException) -> None:
        """Writes cannot be made at the moment, and wait. They fail if it goes on for long."""
        self._begun(cause, f"writes wait: {WORDS[cause]}", error, 0)

    def _begun(self, cause: Cause, sentence: str, error: BaseException | str, count: int) -> None:
        with self._locked():
            is_new = not self._get(_SINCE)
            if is_new:
                self._set(_COUNT, 0)
                self._set(_SINCE, self.now())
            self._set(_CAUSE, _CAUSES.index(cause))
            self._set(_COUNT, self._get(_COUNT) + count)
            self.tell(cause, sentence, error, count, QUIET_BETWEEN if is_new else QUIET)

    def succeeded(self) -> None:
        """A write succeeded: they all do again."""
        if not self._get(_SINCE):
            return
        with self._locked():
            since, count, told = self._get(_SINCE), self._get(_COUNT), self._get(_TOLD)
            self._set(_SINCE, 0)
            self._set(_TOLD, 0)
        if since and told:
            seconds = max(0, self.now() - since) // 1000
            log.warning("writes succeed again after %d s, in which %d failed", seconds, count)

    def tell(
        self, cause: Cause, sentence: str, error: BaseException | str, count: int = 1, quiet: float = QUIET
    ) -> None:
        """Put a line into the log, unless there was one of this cause within the last minute, or `quiet` seconds."""
        if self._quiet:
            return
        slot = _LOGGED + 16 * _CAUSES.index(cause)
        with self._locked():
            last, now, more = self._get(slot), _monotonic(), self._get(slot + 8)
            if last and now - last < quiet * 1000:
                self._set(slot + 8, more + count)
                return
            self._set(slot, now)
            self._set(slot + 8, 0)
            self._set(_TOLD, 1)
        since = f"; {more} more since the last line about it" if more else ""
        detail = error if isinstance(error, str) else brief(error)
        log.error("%s (%s)%s", sentence, detail, since)

    def mistake(self, error: BaseException) -> None:
        """Put what has no cause but a mistake of ours into the log, with its trace: each once a minute."""
        name, now = f"{type(error).__name__}: {brief(error)}", _monotonic()
        with self._lock:
            if now - self._mistakes.get(name, -1_000_000) < QUIET * 1000:
                return
            if len(self._mistakes) >= MISTAKES:
                self._mistakes.clear()
            self._mistakes[name] = now
        log.error("a write failed", exc_info=error)

    def beat(self) -> None:
        """The writer is alive."""
        self._set(_BEAT, _monotonic())

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """One thread of one process at a time."""
        with self._lock:
            if self._file is not None:
                fcntl.lockf(self._file, fcntl.LOCK_EX)
            try:
                yield
            finally:
                if self._file is not None:
                    fcntl.lockf(self._file, fcntl.LOCK_UN)

    def _get(self, place: int) -> int:
        return int(_NUMBER.unpack_from(self._page, place)[0])

    def _set(self, place: int, value: int) -> None:
        _NUMBER.pack_into(self._page, place, value)


def unlogged() -> WriteHealth:
    """Of a process alone, which writes nothing of it into the log."""
    return WriteHealth(lambda: 1, quiet=True)


def shared_file() -> int:
    """What a page is shared through: the descriptor of a file in memory, or of one without a name."""
    if hasattr(os, "memfd_create"):
        file = os.memfd_create("duplistat")
    else:
        with tempfile.TemporaryFile() as temporary:
            file = os.dup(temporary.fileno())
    os.pwrite(file, bytes(SIZE), 0)
    return file


def _monotonic() -> int:
    return int(time.monotonic() * 1000)
