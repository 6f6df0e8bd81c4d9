"""The other end of the writer's socket, in each process that answers requests."""

import os
import socket
import threading
import time
from collections import deque
from pathlib import Path
from typing import Any

from duplistat.core.causes import NOBODY_WRITES, OUTCOME_UNKNOWN, Cause
from duplistat.core.errors import DuplistatError, Kind, WriteFailed
from duplistat.core.i18n import unpacked
from duplistat.store.write_health import Failing, WriteHealth, unlogged
from duplistat.store.writer import Request, content_of, frame

# How long a request waits for a writer that is being started again, seconds.
PATIENCE = 10.0
# What is sent at once, so that the writer's answer is not long in coming.
AT_ONCE = 64
# Bytes of the path of a Unix socket: some systems take 104, Linux 108.
LONGEST_PATH = 100
UNAVAILABLE: dict[str, Any] = {"error": NOBODY_WRITES, "kind": Kind.UNAVAILABLE.value, "failed": True}
UNKNOWN: dict[str, Any] = UNAVAILABLE | {"error": OUTCOME_UNKNOWN}


class _AnswerLost(OSError):
    """The writer has the whole message, and is gone: what it made of it nobody knows."""


def socket_in(folder: Path) -> Path | None:
    """Where the writer of the server with this data folder listens. None where that path is too long for a socket:
    then it listens elsewhere, which only those know that the server started.
    """
    path = folder.absolute() / "writer.sock"
    return path if len(os.fsencode(path)) <= LONGEST_PATH else None


def listens(path: Path) -> bool:
    """Whether a writer answers at a socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(1)
        try:
            connection.connect(str(path))
        except OSError:
            return False
    return True


class _Call:
    """A request that a thread waits for. `turn` is locked until there is an answer, or it has to lead."""

    __slots__ = ("answer", "repeatable", "request", "turn")

    def __init__(self, request: Request, repeatable: bool) -> None:
        self.request, self.repeatable = request, repeatable
        self.answer: dict[str, Any] | None = None
        self.turn = threading.Lock()
        self.turn.acquire()


class Client:
    """Sends writes to the writer process, those of several threads together.

    One thread leads: it sends what has gathered, waits for the answer, hands it out, and lets the first of
    those who came in the meantime lead. So threads wake each other once a request, not at each read and write.
    """

    def __init__(self, path: Path, health: WriteHealth | None = None) -> None:
        """`health` is what the writer notes in whether writes succeed."""
        self._path = str(path)
        self.health = health or unlogged()
        self._connection: socket.socket | None = None
        self._lock = threading.Lock()
        self._gathered: deque[_Call] = deque()
        self._led = False

    def call(self, name: str, arguments: dict[str, Any], *, repeatable: bool = False) -> Any:
        """The result of an operation, when it is committed.

        A writer that went away is waited for, and asked again. One that went away with the request may have done it
        before: then only what is `repeatable` is asked again. Raises WriteFailed when it is not known whether
        that was done, when no writer comes back, and when the database refused; DuplistatError as the operation does.
        """
        mine = _Call((name, arguments), repeatable)
        with self._lock:
            self._gathered.append(mine)
            leads, self._led = not self._led, True
        if not leads:
            mine.turn.acquire()
        if mine.answer is None:
            self._lead()
        answer = mine.answer or UNAVAILABLE
        if answer.get("failed"):
            raise WriteFailed(unpacked(answer["error"]))
        if "error" in answer:
            raise DuplistatError(
                Kind(answer["kind"]), unpacked(answer["error"]), field=answer.get("field", "")
            )
        return answer["result"]

    def failing(self) -> Failing | None:
        """Why writes fail; None while they succeed. The writer notes it where all can read it: nobody is asked."""
        return self.health.failing or self.health.hangs

    def close(self) -> None:
        """Close the connection; the next call opens another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _lead(self) -> None:
        """Send what has gathered, the caller's own first of all, and hand over."""
        with self._lock:
            batch = [self._gathered.popleft() for _ in range(min(AT_ONCE, len(self._gathered)))]
        answers = [UNAVAILABLE] * len(batch)
        try:
            answers = self._ask(batch)
        finally:
            # Whatever happened: nobody may be left waiting.
            with self._lock:
                self._led = bool(self._gathered)
                following = self._gathered[0] if self._led else None
            if following is not None:
                following.turn.release()
            for call, answer in zip(batch, answers, strict=True):
                call.answer = answer
                call.turn.release()

    def _ask(self, calls: list[_Call]) -> list[dict[str, Any]]:
        """An answer for each call; the same one for all when the writer stays away."""
        left, answers = dict(enumerate(calls)), [UNAVAILABLE] * len(calls)
        deadline = time.monotonic() + PATIENCE
        while left:
            try:
                found = self._exchange(frame([call.request for call in left.values()]))
            except OSError as e:
                self.close()
                if isinstance(e, _AnswerLost):
                    for place in [place for place, call in left.items() if not call.repeatable]:
                        del left[place]
                        answers[place] = UNKNOWN
                if time.monotonic() > deadline:
                    self.health.failed(Cause.NO_WRITER, e, len(left))
                    break
                time.sleep(0.01)
            else:
                for place, answer in zip(left, found, strict=True):
                    answers[place] = answer
                break
        return answers

    def _exchange(self, message: bytes) -> list[dict[str, Any]]:
        if self._connection is None:
            self._connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self._connection.settimeout(60)
            self._connection.connect(self._path)
        # Of a message that it did not get whole, the writer does nothing.
        self._connection.sendall(message)
        data = b""
        answers: list[dict[str, Any]] | None = None
        try:
            while answers is None:
                part = self._connection.recv(1 << 16)
                if not part:
                    raise ConnectionResetError("the writer went away")
                data += part
                answers = content_of(data)
        except OSError as e:
            raise _AnswerLost(str(e)) from e
        return answers
