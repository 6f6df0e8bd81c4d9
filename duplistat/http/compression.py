"""Answers are sent compressed to whoever asks for it: texts that are worth it, and whole before they are sent, but for
long pages."""

import zlib
from collections.abc import Iterable, Iterator
from functools import lru_cache

from flask import Request, Response, request
from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header

# Of what is made for each request. Level 1 saves half of the time and sends a quarter more; 9 saves no more bytes.
LEVEL = 6
# Bytes from which on it is worth it: less fits in one packet in any case.
LEAST = 1000
# Kinds of texts. XML is not among them: what /api.php answers may hold secrets.
TYPES = frozenset(
    {
        "application/javascript",
        "application/json",
        "application/openmetrics-text",
        "application/problem+json",
        "image/svg+xml",
        "text/css",
        "text/html",
        "text/javascript",
        "text/plain",
    }
)
ENCODING = "Content-Encoding"
# What has one of these is sent as it is: encoded already, a part of something, or a file to be kept.
AS_IT_IS = frozenset({ENCODING.lower(), "content-range", "content-disposition"})


def compress(response: Response) -> Response:
    """After each request: the answer, with gzip where that is worth it and asked for."""
    if response.is_streamed:
        # What else is made while it is sent stays as it is: nothing may gather it, as with live updates and exports.
        if response.mimetype == "text/html" and _may_be(response):
            _compress_parts(response)
        return response
    if response.status_code == 304:
        # As the answer that it stands for.
        mark(response)
        return response
    if len(response.get_data()) < LEAST or not _may_be(response):
        return response
    if wants_gzip(request):
        send_packed(response, packed(response.get_data()))
    else:
        mark(response)
    return response


def packed(body: bytes, level: int = LEVEL) -> bytes:
    """A body as gzip has it, the same for the same body."""
    made = zlib.compressobj(level, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    return made.compress(body) + made.flush()


def send_packed(response: Response, body: bytes) -> None:
    """Let an answer have this body, which `packed` made of its own."""
    response.set_data(body)
    response.headers[ENCODING] = "gzip"
    mark(response)
    etag, weak = response.get_etag()
    if etag is not None and not weak:
        # It says the same as the answer that is not compressed, with other bytes.
        response.set_etag(etag, weak=True)


def _compress_parts(response: Response) -> None:
    mark(response)
    if wants_gzip(request):
        response.response = _packed_parts(response.iter_encoded())
        response.headers[ENCODING] = "gzip"


def _packed_parts(parts: Iterable[bytes]) -> Iterator[bytes]:
    """The first part at once, so that it can be seen; of the others as much as gzip has ready."""
    made = zlib.compressobj(LEVEL, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    flush = zlib.Z_SYNC_FLUSH
    for part in parts:
        yield made.compress(part) + made.flush(flush)
        flush = zlib.Z_NO_FLUSH
    yield made.flush()


def mark(response: Response) -> None:
    """Say that others may be answered with another encoding."""
    response.vary.add("Accept-Encoding")


def wants_gzip(asked: Request) -> bool:
    """Whether a request prefers gzip to an answer as it is."""
    header = asked.headers.get("Accept-Encoding", "")
    return bool(header) and _prefers_gzip(header)


@lru_cache(maxsize=64)
def _prefers_gzip(header: str) -> bool:
    """By the quality values of Accept-Encoding: named or by *, not refused, and no worse than as it is."""
    qualities = {name.lower(): quality for name, quality in parse_accept_header(header, Accept)}
    wanted = qualities.get("gzip", qualities.get("x-gzip", qualities.get("*", 0)))
    return wanted > 0 and wanted >= qualities.get("identity", 0)


def _may_be(response: Response) -> bool:
    headers, kind = response.headers, response.mimetype
    # Whether a name is in the headers takes an exception to find out where it is not.
    if kind not in TYPES or not AS_IT_IS.isdisjoint(name.lower() for name, _ in headers):
        return False
    # Nobody may keep a page that shows a secret. How long it is when it is compressed would tell of that, too (BREACH).
    return kind != "text/html" or "no-store" not in headers.get("Cache-Control", "")
