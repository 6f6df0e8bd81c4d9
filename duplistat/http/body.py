"""The body of a request, within its limit."""

import zlib

from flask import Request

from duplistat.core.errors import DuplistatError, Kind

_CHUNK = 1 << 20
# A client that is refused goes on sending. We read on for this long, or it would not see our answer.
_READ_ON = 64 << 20


def read_body(request: Request, limit: int) -> bytes:
    """The body as received, of at most `limit` bytes. Raises DuplistatError: too_large."""
    length = request.content_length
    stream = request.stream
    if length is not None and length <= limit:
        return stream.read(length)
    parts: list[bytes] = []
    total = 0
    while total <= limit + _READ_ON:
        part = stream.read(_CHUNK)
        if not part:
            break
        total += len(part)
        if total <= limit:
            parts.append(part)
        else:
            parts.clear()
    if total > limit:
        raise _too_large(limit)
    return b"".join(parts)


def decoded(request: Request, body: bytes, limit: int) -> bytes:
    """A body as received, decompressed. The limit, in bytes, holds for what comes out.

    Raises DuplistatError: too_large, or invalid for a body that is not in the encoding that it claims.
    """
    encoding = request.headers.get("Content-Encoding", "").strip().lower()
    if encoding in ("", "identity"):
        return body
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise DuplistatError(Kind.INVALID, f"Content-Encoding {encoding[:40]!r} is not supported; send gzip")
    return decompress(body, limit)


def decompress(body: bytes, limit: int) -> bytes:
    """Undo gzip or zlib, up to `limit` bytes; raises DuplistatError as `decoded` does."""
    machine = zlib.decompressobj(wbits=47)
    try:
        plain = machine.decompress(body, limit + 1)
    except zlib.error as e:
        raise DuplistatError(Kind.INVALID, "The body is not the gzip that Content-Encoding says") from e
    if len(plain) > limit:
        raise _too_large(limit)
    if not machine.eof:
        raise DuplistatError(Kind.INVALID, "The body ends before its gzip does")
    if machine.unused_data.strip(b"\0"):
        raise DuplistatError(Kind.INVALID, "The body goes on after its gzip")
    return plain


def _too_large(limit: int) -> DuplistatError:
    return DuplistatError(Kind.TOO_LARGE, f"The body is larger than {limit} bytes ([intake] max_body_bytes)")
