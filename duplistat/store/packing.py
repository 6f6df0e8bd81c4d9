"""Bytes made small for a row of the database."""

import zlib

# zlib's own window and tables take 256 kB, cleared for each body: for a few kilobytes that costs four times
# what the work does, and gains nothing.
_SMALL = 64 * 1024


def pack(data: bytes) -> bytes:
    """Deflate, quickly rather than well. `zlib.decompress` undoes it."""
    machine = zlib.compressobj(1, zlib.DEFLATED, 13, 6) if len(data) <= _SMALL else zlib.compressobj(1)
    return machine.compress(data) + machine.flush()


def unpack(packed: bytes) -> bytes:
    """What `pack` was given. Raises zlib.error for bytes that it did not make."""
    return zlib.decompress(packed)
