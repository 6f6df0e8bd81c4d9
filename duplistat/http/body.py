"""The body of a request, within its limit."""

import zlib

from flask import Request

from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.i18n import later

INTAKE = "[intake] max_body_bytes"
NO_GZIP = later("The body is not the gzip that Content-Encoding says")
CUT_OFF = later("The body ends before its gzip does")


def read_body(request: Request, limit: int, setting: str = INTAKE) -> bytes:
    """The body as received, of at most `limit` bytes; `setting` says where that is set, "" for nowhere.

    Raises DuplistatError: too_large.
    """
    length = request.content_length
    if length is not None and length > limit:
        raise too_large(limit, setting)
    # It is here already: the server has received it before a thread was asked.
    # Where its length is known, no memory is taken for more.
    body = request.stream.read(limit + 1 if length is None else length)
    if len(body) > limit:
        raise too_large(limit, setting)
    return body


def decoded(request: Request, body: bytes, limit: int) -> bytes:
    """A body as received, decompressed. The limit, in bytes, holds for what comes out.

    Raises DuplistatError: too_large, or invalid for a body that is not in the encoding that it claims.
    """
    return decompress(body, limit) if is_compressed(request) else body


def is_compressed(request: Request) -> bool:
    """Whether the body is gzip or zlib, as it claims. Raises DuplistatError (invalid) for any other encoding."""
    encoding = request.headers.get("Content-Encoding", "").strip().lower()
    if encoding in ("", "identity"):
        return False
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise DuplistatError(Kind.INVALID, f"Content-Encoding {encoding[:40]!r} is not supported; send gzip")
    return True


def decompress(body: bytes, limit: int) -> bytes:
    """Undo gzip or zlib, up to `limit` bytes; raises DuplistatError as `decoded` does."""
    machine = zlib.decompressobj(wbits=47)
    try:
        plain = machine.decompress(body, limit + 1)
    except zlib.error as e:
        raise DuplistatError(Kind.INVALID, NO_GZIP) from e
    if len(plain) > limit:
        raise too_large(limit)
    if not machine.eof:
        raise DuplistatError(Kind.INVALID, CUT_OFF)
    if machine.unused_data.strip(b"\0"):
        raise DuplistatError(Kind.INVALID, "The body goes on after its gzip")
    return plain


def too_large(limit: int, setting: str = INTAKE) -> DuplistatError:
    """What a body is refused with that has more than `limit` bytes; `setting` as in `read_body`."""
    return DuplistatError(
        Kind.TOO_LARGE, f"The body is larger than {limit} bytes{setting and f' ({setting})'}"
    )
