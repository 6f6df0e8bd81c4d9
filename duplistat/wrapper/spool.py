"""Runs on disk until their reports are delivered."""

from __future__ import annotations

import contextlib
import gzip
import json
import os
import secrets
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

if sys.platform != "win32":
    import fcntl

# What waits: so many runs, and so many bytes, of which outputs go first.
MOST_RUNS, MOST_BYTES = 1000, 64 * 1024 * 1024
# After so many reports that were not taken no more are tried.
MOST_FAILURES = 3
# Without locks, as on Windows, this old is a run that was cut short, seconds.
SURELY_OVER = 86_400.0


class Undelivered(Exception):
    """A report was not taken. `again`: it may be another time."""

    def __init__(self, problem: str, *, again: bool = True) -> None:
        super().__init__(problem)
        self.again = again


def pack(header: dict[str, Any], printed: bytes) -> bytes:
    """A report as it waits: a line of JSON, and what the command printed, with gzip."""
    return json.dumps(header).encode() + b"\n" + (gzip.compress(printed, 6) if printed else b"")


class Spool:
    """Files for their owner alone: N.run while a run goes on, locked by whoever reports it; N.out, what was printed so
    far; N.end, its report, until that is delivered. A N.run that nobody has locked is of a run that was cut short."""

    def __init__(self, folders: list[Path]) -> None:
        """In the first of these folders that can be used. Raises OSError where none can."""
        problem = OSError("there is no folder to keep reports in")
        for folder in folders:
            try:
                _probe(folder)
            except OSError as error:
                problem = error
            else:
                self.folder = folder
                return
        raise problem

    def put(self, name: str, content: bytes) -> None:
        """Write a file whole or not at all, so that it survives a power cut. Raises OSError."""
        os.close(self._put(name, content, locked=False))

    def hold(self, name: str, content: bytes) -> int:
        """The same, and keep it locked until this process ends, however it ends; its descriptor."""
        return self._put(name, content, locked=True)

    def _put(self, name: str, content: bytes, *, locked: bool) -> int:
        at = self.folder / f".{name}.{secrets.token_hex(4)}"
        file = os.open(str(at), os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        try:
            if locked:
                # Before it has its name: whoever finds it finds it locked.
                _lock(file)
            view = memoryview(content)
            while view:
                view = view[os.write(file, view) :]
            os.fsync(file)
            if sys.platform == "win32":
                os.close(file)
                file = os.open(os.devnull, os.O_RDONLY)
            at.replace(self.folder / name)
        except BaseException:
            os.close(file)
            self.remove(at.name)
            raise
        if sys.platform != "win32":
            # Some file systems have no such call: it has its name all the same.
            with contextlib.suppress(OSError):
                folder = os.open(str(self.folder), os.O_RDONLY)
                try:
                    os.fsync(folder)
                finally:
                    os.close(folder)
        return file

    def remove(self, *names: str) -> None:
        for name in names:
            with contextlib.suppress(OSError):
                (self.folder / name).unlink()

    def names(self, kind: str) -> list[str]:
        """The files of a kind, the oldest run first."""
        return sorted(file.name for file in self.folder.glob(f"[0-9]*{kind}"))

    def bury(self) -> None:
        """Make a report of each run that was cut short, and clear away what was left half written."""
        for name in self.names(".run"):
            with contextlib.suppress(OSError, ValueError, LookupError):
                self._bury(name, name[: -len(".run")])
        # What was printed is written while a run ends: of one that is over it is nobody's.
        outputs = [file for file in self.folder.glob("[0-9]*.out") if not file.with_suffix(".run").exists()]
        for left in (*self.folder.glob(".[0-9]*"), *outputs):
            with contextlib.suppress(OSError):
                if time.time() - left.stat().st_mtime > SURELY_OVER:
                    left.unlink()

    def _bury(self, name: str, run: str) -> None:
        with (self.folder / name).open("rb+") as file:
            if sys.platform == "win32":
                if time.time() - (self.folder / name).stat().st_mtime < SURELY_OVER:
                    return
            else:
                _lock(file.fileno())
            # Somebody else may have done this since it was found.
            if (self.folder / name).exists() and not (self.folder / f"{run}.end").exists():
                header, printed = json.loads(file.read()), b""
                header["query"]["state"] = "interrupted"
                with contextlib.suppress(OSError):
                    printed = (self.folder / f"{run}.out").read_bytes()
                self.put(f"{run}.end", pack(header, printed))
        self.remove(name, f"{run}.out")

    def fit(self) -> None:
        """Keep within bounds: of too many runs the oldest go, of too many bytes the oldest outputs."""
        names = self.names(".end")
        self.remove(*names[: max(len(names) - MOST_RUNS, 0)])
        with contextlib.suppress(OSError):
            sizes = {name: (self.folder / name).stat().st_size for name in self.names(".end")}
            excess = sum(sizes.values()) - MOST_BYTES
            for name, size in sizes.items():
                line, _, printed = (
                    (self.folder / name).read_bytes().partition(b"\n") if excess > 0 else (b"",) * 3
                )
                if printed:
                    self.put(name, line + b"\n")
                    excess -= size

    def deliver(self, send: Callable[[dict[str, Any], bytes], None], say: Callable[[object], None]) -> int:
        """Send what waits, the oldest first; how many were taken. `send` raises Undelivered, or LookupError for what is
        for somebody else. Raises Undelivered where something may be taken another time."""
        taken = 0
        failed: list[Undelivered] = []
        for name in self.names(".end"):
            if len(failed) == MOST_FAILURES:
                break
            try:
                line, _, packed = (self.folder / name).read_bytes().partition(b"\n")
                send(json.loads(line), packed)
                taken += 1
            except (OSError, LookupError):
                # Somebody else was quicker, or it is for another server.
                continue
            except Undelivered as error:
                if error.again:
                    failed.append(error)
                    continue
                say(f"a report was refused, and is not kept: {error}")
            except ValueError:
                say(f"{name} is damaged")
            # First the note of a run that was killed before it removed it: it would be told as interrupted.
            self.remove(f"{name[: -len('.end')]}.run", name)
        if failed:
            raise failed[0]
        return taken


def _probe(folder: Path) -> None:
    """Raises OSError for a folder that cannot be written to, or into which others may write."""
    folder.mkdir(0o700, parents=True, exist_ok=True)
    found = folder.lstat()
    if sys.platform != "win32" and (found.st_uid != os.geteuid() or found.st_mode & 0o170022 != 0o040000):
        raise PermissionError(f"{folder} is no folder of ours alone")
    with tempfile.TemporaryFile(dir=str(folder)) as probe:
        probe.write(b"x")
        probe.flush()


def _lock(file: int) -> None:
    """Raises OSError where somebody has it."""
    if sys.platform != "win32":
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
