"""What can go wrong with a call: exceptions of sockets, TLS and HTTP, as one sentence each."""

import errno
import http.client
import re
import ssl
from collections.abc import Iterator
from typing import Literal

from duplistat.core import outbound_words as words
from duplistat.core.i18n import Text

OutboundKind = Literal["refused", "unreachable", "timeout", "certificate", "size", "protocol"]

_GOT = re.compile(r'got "([0-9a-fA-F:]+)"')
_UNREACHABLE = {
    errno.ECONNREFUSED: words.REFUSED,
    errno.EHOSTUNREACH: words.NO_WAY_TO_MACHINE,
    errno.ENETUNREACH: words.NO_WAY_TO_NETWORK,
}


class OutboundError(Exception):
    """Why another machine was not called, or gave no answer: `reason` is a sentence for people without a full stop.

    `kind`: refused (by us, before anything was sent), unreachable, timeout, certificate, size (more than we take),
    protocol (it answered, but not as it should).
    """

    def __init__(self, kind: OutboundKind, reason: str) -> None:
        super().__init__(reason)
        self.kind: OutboundKind = kind
        self.reason = reason


class AddressRefused(OutboundError):
    """An address that we do not call: `name` is `address`, which is in `network`.

    `denied` is true when that network is one that is denied, and false when it is merely not public.
    """

    def __init__(self, name: str, address: str, network: str, *, denied: bool) -> None:
        super().__init__("refused", Text(words.NOT_CALLED, name=name))
        self.name = name
        self.address = address
        self.network = network
        self.denied = denied


def colons(fingerprint: str) -> str:
    """A fingerprint as browsers show it: AB:CD:…"""
    text = fingerprint.replace(":", "").upper()
    return ":".join(text[at : at + 2] for at in range(0, len(text), 2))


def explained(error: BaseException, *, silent: str, pinned: str) -> OutboundError:
    """`silent` is what to say of a timeout; `pinned` the fingerprint that was expected, or "".

    A certificate that no authority vouches for is told as kind certificate; whoever calls may add which it is.
    """
    # Whoever merely sends mail does without.
    import urllib3.exceptions

    chain = list(_chain(error))
    for e in chain:
        if isinstance(e, OutboundError):
            return e
        if isinstance(e, ssl.SSLCertVerificationError):
            return OutboundError("certificate", Text(words.UNTRUSTED, problem=e.verify_message))
        if pinned and isinstance(e, urllib3.exceptions.SSLError) and (got := _GOT.search(str(e))):
            return OutboundError(
                "certificate",
                Text(words.OTHER_CERTIFICATE, expected=colons(pinned), found=colons(got[1])),
            )
    for e in chain:
        if isinstance(e, (TimeoutError, urllib3.exceptions.TimeoutError)):
            return OutboundError("timeout", silent)
        if isinstance(e, (http.client.IncompleteRead, urllib3.exceptions.IncompleteRead)):
            return OutboundError("protocol", words.CUT)
        if isinstance(e, http.client.RemoteDisconnected):
            return OutboundError("protocol", words.SILENT)
        if isinstance(e, ssl.SSLError):
            return OutboundError(
                "protocol", Text(words.TLS_FAILED, problem=e.reason) if e.reason else words.TLS_ENDED
            )
    for e in chain:
        if isinstance(e, OSError) and e.errno in _UNREACHABLE:
            return OutboundError("unreachable", _UNREACHABLE[e.errno])
        if isinstance(e, (ConnectionResetError, BrokenPipeError)):
            return OutboundError("protocol", words.CUT)
    system = next((e.strerror for e in chain if isinstance(e, OSError) and e.strerror), None)
    if system:
        return OutboundError("unreachable", Text(words.UNREACHABLE, problem=system.lower()))
    return OutboundError("protocol", Text(words.NO_HTTP, problem=type(chain[-1]).__name__))


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An exception with all that it is made of, outermost first."""
    waiting, seen = [error], set[int]()
    while waiting:
        e = waiting.pop(0)
        if id(e) in seen:
            continue
        seen.add(id(e))
        yield e
        inner = [e.__cause__, e.__context__, getattr(e, "reason", None), *e.args]
        waiting += [part for part in inner if isinstance(part, BaseException)]
