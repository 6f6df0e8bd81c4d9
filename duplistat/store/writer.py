"""One writer for a whole process tree: it commits what several requests brought, and then answers each.

SQLite lets one process write at a time, and its busy handler starves those that wait. So on SQLite all
writes go over a Unix socket to one process. Whatever has arrived by the time a commit ends is the next
group: one transaction, one flush to disk, and each answer still waits for its own commit.

A frame is: u32 length of the rest, u32 length of the JSON head, head, blobs. The head lists the lengths of
the blobs. An answer is: u32 length, JSON.
"""

import contextlib
import json
import logging
import os
import selectors
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from duplistat.core.errors import DuplistatError, Kind
from duplistat.store.database import UNREACHABLE, Database
from duplistat.store.totals import Tally

log = logging.getLogger(__name__)

Operation = Callable[[Database, Tally, dict[str, Any], Sequence[bytes]], Any]

# A group is closed at this many requests or bytes, so that the first of it does not wait for long.
GROUP = 200
GROUP_BYTES = 8 * 1024 * 1024
# How long a request waits for a writer that is being started again.
PATIENCE = 10.0
_U32 = struct.Struct("!I")


def pack(name: str, arguments: Mapping[str, Any], blobs: Sequence[bytes]) -> bytes:
    head = json.dumps([name, arguments, [len(b) for b in blobs]], ensure_ascii=False).encode()
    body = b"".join((_U32.pack(len(head)), head, *blobs))
    return _U32.pack(len(body)) + body


def unpack(frame: bytes) -> tuple[str, dict[str, Any], list[bytes]]:
    """The operation, its arguments and its blobs, of a frame without its first length."""
    (length,) = _U32.unpack_from(frame)
    name, arguments, lengths = json.loads(frame[4 : 4 + length])
    blobs, at = [], 4 + length
    for size in lengths:
        blobs.append(frame[at : at + size])
        at += size
    return name, arguments, blobs


def apply(
    db: Database,
    operations: Mapping[str, Operation],
    requests: Sequence[tuple[str, dict[str, Any], list[bytes]]],
) -> list[Any]:
    """Do all in one transaction, and give the results; a request that fails gives its exception instead.

    They are done without a savepoint each, since hardly one ever fails. When one does, the group is rolled
    back and done again, each by itself.
    """
    try:
        with db.transaction():
            tally = Tally(db.shards)
            results = [operations[name](db, tally, arguments, blobs) for name, arguments, blobs in requests]
            tally.flush(db)
        return results
    except UNREACHABLE as e:
        # Locked by a stranger, or the disk is full: no use in asking once for each.
        return [e] * len(requests)
    except Exception as e:
        if len(requests) == 1:
            return [e]
    results = []
    for request in requests:
        results.extend(apply(db, operations, [request]))
    return results


class Client:
    """Sends writes to the writer process. One connection a thread."""

    def __init__(self, path: Path) -> None:
        self._path = str(path)
        self._local = threading.local()

    def call(self, name: str, arguments: Mapping[str, Any], blobs: Sequence[bytes] = ()) -> Any:
        """The result of an operation, when it is committed.

        A writer that went away is waited for, and asked again: operations can be repeated. Raises
        DuplistatError (unavailable) when none comes back, or when the database refused.
        """
        frame = pack(name, arguments, blobs)
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                answer = self._exchange(frame)
                break
            except OSError:
                self._drop()
                if time.monotonic() > deadline:
                    raise DuplistatError(
                        Kind.UNAVAILABLE, "The database cannot be written to at the moment"
                    ) from None
                time.sleep(0.05)
        if "error" in answer:
            raise DuplistatError(Kind(answer["kind"]), answer["error"])
        return answer["result"]

    def _exchange(self, frame: bytes) -> dict[str, Any]:
        connection = getattr(self._local, "connection", None)
        if connection is None:
            connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            connection.settimeout(60)
            self._local.connection = connection
            connection.connect(self._path)
        connection.sendall(frame)
        answer: dict[str, Any] = json.loads(_read_answer(connection))
        return answer

    def _drop(self) -> None:
        connection = getattr(self._local, "connection", None)
        if connection is not None:
            connection.close()
            self._local.connection = None


def _read_answer(connection: socket.socket) -> bytes:
    """One answer, in one read where it comes in one piece: each read gives up the interpreter's lock."""
    data = connection.recv(1 << 16)
    while data and (len(data) < 4 or len(data) < 4 + _U32.unpack_from(data)[0]):
        part = connection.recv(1 << 16)
        if not part:
            break
        data += part
    if len(data) < 4 or len(data) < 4 + _U32.unpack_from(data)[0]:
        raise ConnectionResetError("the writer went away")
    return data[4:]


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
    ) -> None:
        self._db = db
        self._operations = operations
        self._listener = listener
        self._ended = ended
        self._selector = selectors.DefaultSelector()
        self._buffers: dict[socket.socket, bytearray] = {}
        self._waiting: deque[tuple[socket.socket, bytes]] = deque()

    def run(self) -> None:
        """Serve until `ended` says so and nobody is left to serve."""
        self._selector.register(self._listener, selectors.EVENT_READ)
        while self._waiting or self._buffers or not self._ended():
            for key, _ in self._selector.select(0 if self._waiting else 0.5):
                if key.fileobj is self._listener:
                    self._accept()
                elif isinstance(key.fileobj, socket.socket):
                    self._receive(key.fileobj)
            if self._waiting:
                self._write_group()

    def _accept(self) -> None:
        with contextlib.suppress(BlockingIOError):
            connection, _ = self._listener.accept()
            self._buffers[connection] = bytearray()
            self._selector.register(connection, selectors.EVENT_READ)

    def _receive(self, connection: socket.socket) -> None:
        try:
            data = connection.recv(1 << 20, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._forget(connection)
            return
        buffer = self._buffers[connection]
        buffer += data
        while len(buffer) >= 4:
            (length,) = _U32.unpack_from(buffer)
            if len(buffer) < 4 + length:
                break
            self._waiting.append((connection, bytes(buffer[4 : 4 + length])))
            del buffer[: 4 + length]

    def _forget(self, connection: socket.socket) -> None:
        if self._buffers.pop(connection, None) is not None:
            self._selector.unregister(connection)
            connection.close()

    def _write_group(self) -> None:
        group: list[tuple[socket.socket, bytes]] = []
        size = 0
        while self._waiting and len(group) < GROUP and size < GROUP_BYTES:
            group.append(self._waiting.popleft())
            size += len(group[-1][1])
        results = apply(self._db, self._operations, [unpack(frame) for _, frame in group])
        for (connection, _), result in zip(group, results, strict=True):
            if isinstance(result, DuplistatError):
                answer = {"error": result.message, "kind": result.kind.value}
            elif isinstance(result, Exception):
                log.error("a write failed", exc_info=result)
                answer = {"error": "The database could not take this in", "kind": Kind.UNAVAILABLE.value}
            else:
                answer = {"result": result}
            data = json.dumps(answer, separators=(",", ":")).encode()
            try:
                connection.sendall(_U32.pack(len(data)) + data)
            except OSError:
                self._forget(connection)
