"""One request while it arrives: bytes in, and in the end a request of gunicorn's, or what is wrong with it.

gunicorn's own parser reads the head; it would wait for what is missing, in a thread. So it is asked when the head
is there, or when it can say without the rest that it will not be valid.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gunicorn.http.body import ChunkedReader
from gunicorn.http.errors import ChunkMissingTerminator, InvalidChunkSize, LimitRequestHeaders
from gunicorn.http.message import MAX_REQUEST_LINE, Request
from gunicorn.http.unreader import Unreader

from duplistat.receiving.body import Body
from duplistat.receiving.chunked import Chunks
from duplistat.services.reports import outputs, pings

# Of one request line and its headers, in all.
MOST_HEAD = 64 * 1024
# A client whose body is too large goes on sending. We read on for this long, or it would not see our answer.
READ_ON = 64 << 20


# Where pages take the database of another program, and a backup of our own.
FILES = ("/settings/import", "/settings/database/restore")


@dataclass(frozen=True, slots=True)
class Bounds:
    """The largest body that anybody wants, in bytes, and the folder where large ones wait.

    `log` is the same for outputs of tools, which have paths of their own.
    """

    body: int
    folder: Path
    log: int = 0

    def of(self, path: str) -> int:
        """The largest body of a request for a path."""
        takes_log = path.rstrip("/").endswith((outputs.ENDPOINT, *FILES)) or self.cuts(path)
        return max(self.body, self.log) if takes_log else self.body

    def cuts(self, path: str) -> bool:
        """Whether a larger body is cut there, and not refused."""
        return f"{pings.HEALTHCHECKS}/" in path

    @property
    def largest(self) -> int:
        """The largest body of any request."""
        return max(self.body, self.log)


class _MissingError(Exception):
    """The parser wants more than is there."""


class _CutOffError(ChunkMissingTerminator):  # type: ignore[misc]  # gunicorn is not typed
    """What gunicorn answers with 400, and logs with the address."""

    def __str__(self) -> str:
        return "the connection ended before the body did"


class _Source(Unreader):  # type: ignore[misc]  # gunicorn is not typed
    def __init__(self, data: bytes) -> None:
        super().__init__()
        self.unread(data)

    def chunk(self, size_hint: int | None = None) -> bytes:
        raise _MissingError


class Arrival:
    """`ready` when a thread may take it: it is whole, or it will never be. It is an iterator of one request, as
    gunicorn's parsers are.

    `cfg` and `peer` are gunicorn's; `number` says how many requests came over the connection, with this one.
    """

    def __init__(self, cfg: Any, peer: Any, number: int, bounds: Bounds) -> None:
        self.ready = False
        # Bytes of the body as they were sent, coding included.
        self.body_bytes = 0
        # The client waits for a word before it sends the body.
        self.expects_continue = False
        self.request: Any = None
        self._cfg, self._peer, self._number, self._bounds = cfg, peer, number, bounds
        self._buffer = bytearray()
        self._looked = 0
        self._line_seen = False
        self._error: Exception | None = None
        self._body: Body | None = None
        self._chunks: Chunks | None = None
        self._left = 0
        self._most = bounds.body

    @property
    def begun(self) -> bool:
        return bool(self._buffer) or self.request is not None or self.ready

    @property
    def whole(self) -> bool:
        """Whether nothing of it is missing, and nothing wrong with how it was sent."""
        return self.ready and self._error is None

    @property
    def on_disk(self) -> int:
        """Bytes of it that are in a file."""
        return self._body.on_disk if self._body is not None else 0

    def feed(self, data: bytes) -> None:
        """What was received; of a request that is ready already, it is the next one's."""
        self._buffer += data
        if self.ready:
            return
        try:
            if self._body is None:
                self._head()
            else:
                self.body_bytes += len(data)
                self._read_body(self._body)
        except Exception as e:  # whatever it is, a thread says it to the client
            self._error = e
            self.ready = True

    def end(self) -> None:
        """The other end sends no more."""
        if not self.ready:
            self.ready = True
            self._error = StopIteration() if self.request is None else _CutOffError(b"")

    def rest(self) -> bytes:
        """What came after it."""
        return bytes(self._buffer)

    def close(self) -> None:
        if self._body is not None:
            self._body.close()
            self._body = None

    def __next__(self) -> Any:
        if self._error is not None:
            raise self._error
        return self.request

    def finish_body(self, deadline: float | None = None) -> bool:
        """Nothing of the body is left on the connection: whether the connection may go on."""
        return not self.request.must_close

    def _head(self) -> None:
        buffer, looked = self._buffer, self._looked
        if buffer.find(b"\r\n\r\n", max(0, looked - 3)) < 0:
            self._looked = len(buffer)
            lines = buffer.count(b"\n", looked)
            bare = lines != buffer.count(b"\r\n", max(0, looked - 1))
            first = not self._line_seen and (lines or len(buffer) > MAX_REQUEST_LINE + 4)
            if not (bare or first or len(buffer) > MOST_HEAD):
                return
        self._line_seen = True
        source = _Source(bytes(buffer))
        try:
            request = Request(self._cfg, source, self._peer, self._number)
        except _MissingError:
            if len(buffer) > MOST_HEAD:
                raise LimitRequestHeaders("max buffer headers") from None
            return
        self.request = request
        self._buffer = bytearray(source.take_buffered())
        self._expect_body()

    def _expect_body(self) -> None:
        request = self.request
        self.expects_continue = request._expected_100_continue
        # Otherwise gunicorn would say it once more.
        request._expected_100_continue = False
        reader = request.body.reader
        most = self._most = self._bounds.of(request.path)
        if isinstance(reader, ChunkedReader):
            self._chunks = Chunks()
        else:
            self._left = reader.length
            if self._left > most and self.expects_continue and not self._bounds.cuts(request.path):
                # It has not sent it, and need not.
                self.expects_continue = False
                self._left = 0
                request.force_close()
        # One byte more shows the application that there is too much.
        self._body = Body(most + 1, self._bounds.folder)
        self.body_bytes = len(self._buffer)
        self._read_body(self._body)
        self.expects_continue = self.expects_continue and not self.ready

    def _read_body(self, body: Body) -> None:
        if self._chunks is not None:
            for part in self._chunks.take(self._buffer):
                body.write(part)
            if self.body_bytes - len(self._buffer) - body.size > READ_ON:
                raise InvalidChunkSize(b"more is said about the chunks than is in them")
            self.ready = self._chunks.done
        else:
            part = bytes(self._buffer[: self._left])
            del self._buffer[: len(part)]
            self._left -= len(part)
            body.write(part)
            self.ready = not self._left
        if not self.ready and body.size > self._most + READ_ON:
            self.request.force_close()
            self.ready = True
        if self.ready:
            self.request.body = body.read_from_start()
