"""A file of evidence that tells later whether it is as it was made: its last line signs all bytes before it.

The key is derived from the server's own: whoever has the file alone cannot sign another one. Pure.
"""

import hmac
import re
from collections.abc import Iterable, Iterator
from enum import StrEnum
from hashlib import sha256

MARK = "duplistat-evidence-hmac-sha256:"
_LABEL = b"duplistat: evidence, 1"
_SEAL = re.compile(MARK.encode() + rb"([0-9a-f]{16}):([0-9a-f]{64})")
# What stands around the seal in each kind of file; nothing else may follow it.
_AROUND = {
    "json": (',\n"signature":"', '"}\n'),
    "csv": ("signature,", "\r\n"),
    "html": ('<p class="seal">', "</p>\n</main>\n</body>\n</html>\n"),
}
KINDS = tuple(_AROUND)
# The end of a file in which the seal is.
TAIL = 1024


class Seal(StrEnum):
    """What a check finds."""

    GOOD = "good"
    CHANGED = "changed"
    # It was signed with a key that this server does not have.
    OTHER_KEY = "other_key"
    NONE = "none"


def own_key(key: bytes) -> bytes:
    """The key that signs evidence, of a server's secret one."""
    return hmac.digest(key, _LABEL, "sha256")


def sealed(pieces: Iterable[str], kind: str, key: bytes) -> Iterator[str]:
    """The pieces of a file, and its seal behind them. `kind` is one of KINDS, `key` the server's secret one."""
    before, behind = _AROUND[kind]
    signature = hmac.new(own_key(key), digestmod=sha256)
    for piece in pieces:
        signature.update(piece.encode("utf-8"))
        yield piece
    signature.update(before.encode())
    yield f"{before}{MARK}{name_of(key)}:{signature.hexdigest()}{behind}"


def name_of(key: bytes) -> str:
    """What a key is called in a seal: it tells which one it was, and nothing of it."""
    return sha256(own_key(key)).hexdigest()[:16]


def check(pieces: Iterable[bytes], keys: Iterable[bytes]) -> Seal:
    """Whether a file of evidence is as it was made by a server that has one of `keys`. Reads it once."""
    signatures = {name_of(key): hmac.new(own_key(key), digestmod=sha256) for key in keys}
    held = b""
    for piece in pieces:
        held += piece
        if len(held) > 2 * TAIL:
            ready, held = held[:-TAIL], held[-TAIL:]
            for signature in signatures.values():
                signature.update(ready)
    seals = list(_SEAL.finditer(held))
    found = seals[-1] if seals else None
    if found is None or not _stands_at_the_end(held, found):
        return Seal.NONE if found is None else Seal.CHANGED
    mine = signatures.get(found.group(1).decode())
    if mine is None:
        return Seal.OTHER_KEY
    mine.update(held[: found.start()])
    same = hmac.compare_digest(mine.hexdigest().encode(), found.group(2))
    return Seal.GOOD if same else Seal.CHANGED


def _stands_at_the_end(held: bytes, found: re.Match[bytes]) -> bool:
    return any(
        held[: found.start()].endswith(before.encode()) and held[found.end() :] == behind.encode()
        for before, behind in _AROUND.values()
    )
