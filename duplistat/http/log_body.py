"""The body of a request that is a log: read as a stream, and kept at its beginning and its end."""

import zlib
from collections.abc import Iterator

from flask import Request

from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.head_and_tail import HeadAndTail

SETTING = "[intake] max_log_bytes"
_PIECE = 64 * 1024


def read_log(request: Request, limit: int) -> bytes:
    """The body, decompressed, of at most `limit` bytes; of a long one head and tail (core.head_and_tail).

    Raises DuplistatError: too_large; invalid for a body that is not in the encoding that it claims.
    """
    if (request.content_length or 0) > limit:
        raise _too_large(limit)
    encoding = request.headers.get("Content-Encoding", "").strip().lower()
    if encoding not in ("", "identity", "gzip", "x-gzip", "deflate"):
        raise DuplistatError(Kind.INVALID, f"Content-Encoding {encoding[:40]!r} is not supported; send gzip")
    machine = zlib.decompressobj(wbits=47) if encoding not in ("", "identity") else None
    log = HeadAndTail()
    while piece := request.stream.read(_PIECE):
        for plain in [piece] if machine is None else _inflated(machine, piece):
            log.write(plain)
            if log.size > limit:
                raise _too_large(limit)
    if machine is not None and log.size and not machine.eof:
        raise DuplistatError(Kind.INVALID, "The body ends before its gzip does")
    return log.kept()


def _inflated(machine: "zlib._Decompress", piece: bytes) -> Iterator[bytes]:
    """What a piece becomes, in pieces: a small one can hold very much."""
    while piece:
        try:
            yield machine.decompress(piece, _PIECE)
        except zlib.error as e:
            raise DuplistatError(Kind.INVALID, "The body is not the gzip that Content-Encoding says") from e
        piece = machine.unconsumed_tail


def _too_large(limit: int) -> DuplistatError:
    return DuplistatError(Kind.TOO_LARGE, f"The body is larger than {limit} bytes ({SETTING})")
