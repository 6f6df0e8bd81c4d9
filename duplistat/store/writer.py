"""One writer for a whole process tree: it commits what several requests brought, and then answers each.

SQLite lets one process write at a time, and its busy handler starves those that wait. So on SQLite all
writes go over a Unix socket to one process. Whatever has arrived by the time a commit ends is the next
group: one transaction, one flush to disk, and each answer still waits for its own commit.

A frame is a u32 length and marshalled content: a list of requests (operation, arguments), or a list of their
answers. Both ends are one program in one Python, on a socket that only its user can reach; JSON took five
times as long.
"""

import contextlib
import marshal
import os
import selectors
import socket
import struct
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from duplistat.core.causes import Cause, not_taken_in
from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.i18n import packed
from duplistat.store import probe
from duplistat.store.causes import cause_of
from duplistat.store.database import Database
from duplistat.store.totals import Tally
from duplistat.store.write_health import WriteHealth, unlogged

Operation = Callable[[Database, Tally, dict[str, Any]], Any]
# The name of an operation, and its arguments.
Request = tuple[str, dict[str, Any]]

# A group is closed at this many requests, so that the first of it does not wait for long.
GROUP = 100
LENGTH = struct.Struct("!I")
# While writes fail, one is tried so often, seconds: a disk that has room again is noticed without any report.
TRY_EVERY = 1.0
# After these the same connection is as good as a new one.
_PASSING = (Cause.DISK_FULL, Cause.FILE_LIMIT, Cause.LOCKED)


def frame(content: Any) -> bytes:
    """A message on the socket: its length, and itself marshalled; a word of an enumeration as the plain word."""
    try:
        body = marshal.dumps(content)
    except ValueError:
        body = marshal.dumps(_plain(content))
    return LENGTH.pack(len(body)) + body


def content_of(message: bytes | bytearray) -> Any:
    """What was framed, when all of the message is there; None before."""
    if len(message) < LENGTH.size or len(message) < LENGTH.size + LENGTH.unpack_from(message)[0]:
        return None
    return marshal.loads(memoryview(message)[LENGTH.size :])  # noqa: S302  # our own process


def _plain(content: Any) -> Any:
    """The same of Python's own types, which are all that marshal knows."""
    if isinstance(content, Mapping):
        return {_plain(name): _plain(value) for name, value in content.items()}
    if isinstance(content, list | tuple):
        values = [_plain(value) for value in content]
        return values if isinstance(content, list) else tuple(values)
    if isinstance(content, str):
        return "".join(content)
    return content


def apply(
    db: Database,
    operations: Mapping[str, Operation],
    requests: Sequence[Request],
    *,
    pipelined: bool = False,
) -> list[Any]:
    """Do all in one transaction, and give the results; a request that fails gives its exception instead.

    They are done without a savepoint each, since hardly one ever fails. When one does, the group is rolled
    back and done again, each by itself.
    """
    try:
        with db.transaction(pipelined=pipelined):
            tally = Tally(db.shards)
            results = [operations[name](db, tally, arguments) for name, arguments in requests]
            tally.flush(db)
        return results
    except Exception as e:
        # Locked by a stranger, or the disk is full: no use in asking once for each.
        if len(requests) == 1 or cause_of(e) is not None:
            return [e] * len(requests)
    results = []
    for request in requests:
        results.extend(apply(db, operations, [request]))
    return results


def listen(path: Path) -> socket.socket:
    """A socket that only this user can reach."""
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        listener.bind(str(path))
    finally:
        os.umask(before)
    listener.listen(1024)
    listener.setblocking(False)
    return listener


class Server:
    """The writer's loop: a single thread that reads whole frames, commits them in groups, and answers."""

    def __init__(
        self,
        db: Database,
        operations: Mapping[str, Operation],
        listener: socket.socket,
        ended: Callable[[], bool],
        health: WriteHealth | None = None,
    ) -> None:
        self._db = db
        self._operations = operations
        self._listener = listener
        self._ended = ended
        self._health = health or unlogged()
        self._tried = 0.0
        self._selector = selectors.DefaultSelector()
        self._buffers: dict[socket.socket, bytearray] = {}
        self._inbox = memoryview(bytearray(1 << 18))
        self._waiting: deque[tuple[socket.socket, list[Request]]] = deque()

    def run(self) -> None:
        """Serve until `ended` says so and nobody is left to serve."""
        self._selector.register(self._listener, selectors.EVENT_READ)
        while self._waiting or self._buffers or not self._ended():
            for key, _ in self._selector.select(0 if self._waiting else 0.5):
                if key.fileobj is self._listener:
                    self._accept()
                elif isinstance(key.fileobj, socket.socket):
                    self._receive(key.fileobj)
            self._health.beat()
            if self._waiting:
                self._write_group()
            if self._health.failing and time.monotonic() - self._tried > TRY_EVERY:
                self._try()

    def _accept(self) -> None:
        with contextlib.suppress(BlockingIOError):
            connection, _ = self._listener.accept()
            self._buffers[connection] = bytearray()
            self._selector.register(connection, selectors.EVENT_READ)

    def _receive(self, connection: socket.socket) -> None:
        try:
            length = connection.recv_into(self._inbox, 0, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return
        except OSError:
            length = 0
        if not length:
            self._forget(connection)
            return
        buffer = self._buffers[connection]
        buffer += self._inbox[:length]
        while len(buffer) >= LENGTH.size:
            (length,) = LENGTH.unpack_from(buffer)
            end = LENGTH.size + length
            if len(buffer) < end:
                break
            content = bytes(buffer[LENGTH.size : end])
            del buffer[:end]
            self._waiting.append((connection, marshal.loads(content)))  # noqa: S302  # our own process

    def _forget(self, connection: socket.socket) -> None:
        if self._buffers.pop(connection, None) is not None:
            self._selector.unregister(connection)
            connection.close()

    def _write_group(self) -> None:
        group: list[tuple[socket.socket, list[Request]]] = []
        requests: list[Request] = []
        while self._waiting and len(requests) < GROUP:
            group.append(self._waiting.popleft())
            requests += group[-1][1]
        results = self._apply(requests)
        answers = iter([self._answer(result) for result in results])
        for connection, asked in group:
            try:
                connection.sendall(frame([next(answers) for _ in asked]))
            except OSError:
                self._forget(connection)

    def _apply(self, requests: Sequence[Request]) -> list[Any]:
        """The results of a group, of which is noted whether it could be written."""
        try:
            self._require_file()
            results = apply(self._db, self._operations, requests)
        except OSError as e:
            results = [e] * len(requests)
        refused = [result for result in results if isinstance(result, Exception) and cause_of(result)]
        if refused:
            self._health.note(refused[0], self._db.file, len(refused))
        elif self._health.failing:
            # That may have been small, or nothing at all.
            self._try()
        return results

    def _try(self) -> None:
        """Find out whether writes succeed again."""
        self._tried = time.monotonic()
        try:
            self._require_file()
            probe.write(self._db, self._health.now())
        except Exception as e:
            if self._health.note(e, self._db.file, 0) not in _PASSING:
                self._db.close()
        else:
            self._health.succeeded()

    def _require_file(self) -> None:
        """Raises OSError without a file: what is written to one that was deleted is gone with its last reader."""
        if self._db.file is not None:
            self._db.file.stat()

    def _answer(self, result: Any) -> dict[str, Any]:
        if isinstance(result, DuplistatError):
            return {"error": packed(result.text), "kind": result.kind.value, "field": result.field}
        if isinstance(result, Exception):
            failing = self._health.failing
            if failing is None or cause_of(result) is None:
                self._health.mistake(result)
                return {"error": "The database could not take this in", "kind": Kind.UNAVAILABLE.value}
            told = packed(not_taken_in(failing.cause))
            return {"error": told, "kind": Kind.UNAVAILABLE.value, "failed": True}
        return {"result": result}
