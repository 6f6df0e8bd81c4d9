"""Chunked transfer coding (RFC 9112, section 7.1), undone piece by piece as it arrives."""

from enum import Enum

from gunicorn.http.body import CHUNK_EXT_RE
from gunicorn.http.errors import (
    ChunkMissingTerminator,
    InvalidChunkExtension,
    InvalidChunkSize,
    InvalidHeader,
    LimitRequestHeaders,
)

_HEX = frozenset(b"0123456789abcdefABCDEF")
# A line with the size of a chunk or with a trailer, and all trailers, which nobody reads.
MOST_LINE = 8190
MOST_TRAILERS = 64 * 1024


class _At(Enum):
    SIZE = 1
    DATA = 2
    END_OF_DATA = 3
    TRAILERS = 4


class Chunks:
    """The decoder of one body; `done` when it has ended. As strict as gunicorn's own, with the same errors."""

    def __init__(self) -> None:
        self.done = False
        self._at = _At.SIZE
        self._left = 0
        self._looked = 0

    def take(self, buffer: bytearray) -> list[bytes]:
        """What the front of `buffer` holds of the body, in order. That is removed from it; what is left of it is
        not complete yet, or comes after the body.

        Raises gunicorn's errors of a request that is not valid.
        """
        found: list[bytes] = []
        while not self.done:
            if self._at is _At.DATA:
                if not buffer:
                    break
                part = bytes(buffer[: self._left])
                del buffer[: len(part)]
                found.append(part)
                self._left -= len(part)
                if not self._left:
                    self._at = _At.END_OF_DATA
            elif self._at is _At.END_OF_DATA:
                if buffer[:2] != b"\r\n"[: len(buffer)]:
                    raise ChunkMissingTerminator(bytes(buffer[:2]))
                if len(buffer) < 2:
                    break
                del buffer[:2]
                self._at = _At.SIZE
            elif self._at is _At.SIZE:
                line = self._line(buffer)
                if line is None:
                    break
                self._left = _size(line)
                self._at = _At.DATA if self._left else _At.TRAILERS
            else:
                line = self._line(buffer)
                if line is None:
                    break
                self.done = not line
                if b"\n" in line:
                    raise InvalidHeader("bare LF as line terminator")
                # They count together.
                self._left += len(line) + 2
                if self._left > MOST_TRAILERS:
                    raise LimitRequestHeaders("limit request trailer section size")
        return found

    def _line(self, buffer: bytearray) -> bytes | None:
        """The next line, removed from the buffer; None until it is there."""
        end = buffer.find(b"\r\n", max(0, self._looked - 1))
        if end > MOST_LINE or (end < 0 and len(buffer) > MOST_LINE):
            raise InvalidChunkSize(b"a line of more than %d bytes" % MOST_LINE)
        if end < 0:
            self._looked = len(buffer)
            return None
        self._looked = 0
        line = bytes(buffer[:end])
        del buffer[: end + 2]
        return line


def _size(line: bytes) -> int:
    digits, semicolon, extension = line.partition(b";")
    if semicolon:
        digits = digits.rstrip(b" \t")
    # Nobody's chunk has a size of more than sixteen digits.
    if not digits or len(digits) > 16 or not _HEX.issuperset(digits):
        raise InvalidChunkSize(digits[:40])
    if semicolon and not CHUNK_EXT_RE.fullmatch(b";" + extension):
        raise InvalidChunkExtension("invalid chunk extension")
    return int(digits, 16)
