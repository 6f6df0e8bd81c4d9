"""Processes that run Apprise: started when one is needed, killed when time is over."""

import atexit
import contextlib
import json
import os
import select
import subprocess  # our own program, with fixed arguments
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import IO, Any, cast

# Seconds for the start: a library of two hundred services is loaded.
START = 30.0
# Whatever leaks over there is gone after so many messages.
MOST_SENT = 500
MOST_IDLE = 2
_MOST_BYTES = 1024 * 1024
# Authorities of certificates that the operator names for all programs.
_KEPT = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE")


class NotStarted(Exception):
    """There was no process to ask: nothing was sent."""


class Ended(Exception):
    """The process ended, or was killed, before it answered: something may have been sent."""


class Processes:
    """As many as messages are sent at once; a few stay for the next ones."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[_Process] = []
        atexit.register(self.close)

    def ask(self, request: dict[str, Any], deadline: float) -> dict[str, Any]:
        """The answer to one request, within `deadline` seconds after the start. Raises NotStarted, Ended."""
        process = self._living() or _Process()
        try:
            reply = process.ask(request, deadline)
        except BaseException:
            process.kill()
            raise
        with self._lock:
            if process.sent < MOST_SENT and len(self._idle) < MOST_IDLE:
                self._idle.append(process)
                return reply
        process.kill()
        return reply

    def _living(self) -> "_Process | None":
        """One that waits for a message and did not end meanwhile."""
        while True:
            with self._lock:
                if not self._idle:
                    return None
                process = self._idle.pop()
            if process.lives:
                return process
            process.kill()

    def close(self) -> None:
        """End those that wait for a message."""
        with self._lock:
            idle, self._idle = self._idle, []
        for process in idle:
            process.kill()


class _Process:
    """One of them, for one message at a time."""

    def __init__(self) -> None:
        self.sent = 0
        self._got = b""
        self._folder = tempfile.TemporaryDirectory(prefix="duplistat-apprise-", ignore_cleanup_errors=True)
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        try:
            self._process = subprocess.Popen(  # our own program
                [sys.executable, "-P", "-s", "-B", "-m", "duplistat.notify.apprise_child"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=self._folder.name,
                env={"PYTHONPATH": str(Path(__file__).parents[2]), "LANG": "C.UTF-8", **kept},
                start_new_session=True,
            )
        except OSError as e:
            self._folder.cleanup()
            raise NotStarted from e
        try:
            self._line(time.monotonic() + START)
        except Ended as e:
            self.kill()
            raise NotStarted from e

    @property
    def lives(self) -> bool:
        return self._process.poll() is None

    def ask(self, request: dict[str, Any], deadline: float) -> dict[str, Any]:
        until = time.monotonic() + deadline
        self.sent += 1
        line = cast(IO[bytes], self._process.stdin)
        try:
            line.write(json.dumps(request).encode() + b"\n")
            line.flush()
        except OSError:
            raise NotStarted from None
        reply: dict[str, Any] = json.loads(self._line(until))
        return reply

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        self._process.wait()
        self._folder.cleanup()

    def _line(self, until: float) -> bytes:
        number = cast(IO[bytes], self._process.stdout).fileno()
        while b"\n" not in self._got:
            ready, _, _ = select.select([number], [], [], max(0.0, until - time.monotonic()))
            if not ready:
                raise Ended("it did not come to an end in time, and was stopped")
            more = os.read(number, 65536)
            if not more or len(self._got) > _MOST_BYTES:
                raise Ended("the process of Apprise ended before it answered")
            self._got += more
        line, _, self._got = self._got.partition(b"\n")
        return line
