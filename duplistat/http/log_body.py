"""The body of a request that is a log: read as a stream, and kept at its beginning and its end."""

import zlib
from collections.abc import Iterator

from flask import Request

from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.head_and_tail import HeadAndTail
from duplistat.http.body import CUT_OFF, NO_GZIP, is_compressed, too_large

SETTING = "[intake] max_log_bytes"
_PIECE = 64 * 1024


def read_log(request: Request, limit: int) -> bytes:
    """The body, decompressed, of at most `limit` bytes; of a long one head and tail (core.head_and_tail).

    Raises DuplistatError: too_large; invalid for a body that is not in the encoding that it claims.
    """
    if (request.content_length or 0) > limit:
        raise too_large(limit, SETTING)
    machine = zlib.decompressobj(wbits=47) if is_compressed(request) else None
    log = HeadAndTail()
    while piece := request.stream.read(_PIECE):
        for plain in [piece] if machine is None else _inflated(machine, piece):
            log.write(plain)
            if log.size > limit:
                raise too_large(limit, SETTING)
    if machine is not None and log.size and not machine.eof:
        raise DuplistatError(Kind.INVALID, CUT_OFF)
    return log.kept()


def read_what_fits(request: Request, limit: int) -> bytes:
    """The same without any error: what is over `limit` bytes is left out, and what cannot be decompressed is kept as it
    came. For clients whose word counts whatever they send with it.
    """
    log, plain = HeadAndTail(), HeadAndTail()
    try:
        machine = zlib.decompressobj(wbits=47) if is_compressed(request) else None
    except DuplistatError:
        machine = None
    while log.size < limit and (piece := request.stream.read(min(_PIECE, limit - log.size))):
        log.write(piece)
        if machine is None:
            continue
        try:
            for part in _inflated(machine, piece):
                plain.write(part[: limit - plain.size])
                if plain.size >= limit:
                    return plain.kept()
        except DuplistatError:
            machine, plain = None, HeadAndTail()
    return plain.kept() if machine is not None and plain.size else log.kept()


def _inflated(machine: "zlib._Decompress", piece: bytes) -> Iterator[bytes]:
    """What a piece becomes, in pieces: a small one can hold very much."""
    while piece:
        try:
            yield machine.decompress(piece, _PIECE)
        except zlib.error as e:
            raise DuplistatError(Kind.INVALID, NO_GZIP) from e
        piece = machine.unconsumed_tail
