"""Exceptions of sockets, TLS and HTTP, as one sentence each."""

import errno
import http.client
import re
import ssl
from collections.abc import Iterator

import urllib3.exceptions

from duplistat.agents.address import AgentError

_GOT = re.compile(r'got "([0-9a-fA-F:]+)"')
_UNREACHABLE = {
    errno.ECONNREFUSED: "the connection was refused: nothing listens on this port",
    errno.EHOSTUNREACH: "there is no way to this machine",
    errno.ENETUNREACH: "there is no way to this network",
}


def colons(fingerprint: str) -> str:
    """A fingerprint as browsers show it: AB:CD:…"""
    text = fingerprint.replace(":", "").upper()
    return ":".join(text[at : at + 2] for at in range(0, len(text), 2))


def explained(error: BaseException, *, silent: str, pinned: str) -> AgentError:
    """`silent` is what to say of a timeout; `pinned` the fingerprint that was expected, or "".

    A certificate that no authority vouches for is told as kind certificate; whoever calls may add which it is.
    """
    chain = list(_chain(error))
    for e in chain:
        if isinstance(e, AgentError):
            return e
        if isinstance(e, ssl.SSLCertVerificationError):
            return AgentError("certificate", f"its certificate is not trusted ({e.verify_message})")
        if pinned and isinstance(e, urllib3.exceptions.SSLError) and (got := _GOT.search(str(e))):
            return AgentError(
                "certificate",
                f"its certificate is another one: expected {colons(pinned)}, found {colons(got[1])}",
            )
    for e in chain:
        if isinstance(e, (TimeoutError, urllib3.exceptions.TimeoutError)):
            return AgentError("timeout", silent)
        if isinstance(e, (http.client.IncompleteRead, urllib3.exceptions.IncompleteRead)):
            return AgentError("protocol", "it closed the connection in the middle of its answer")
        if isinstance(e, http.client.RemoteDisconnected):
            return AgentError("protocol", "it closed the connection without an answer")
        if isinstance(e, ssl.SSLError):
            return AgentError("protocol", f"TLS failed ({e.reason or 'the connection ended'})")
    for e in chain:
        if isinstance(e, OSError) and e.errno in _UNREACHABLE:
            return AgentError("unreachable", _UNREACHABLE[e.errno])
        if isinstance(e, (ConnectionResetError, BrokenPipeError)):
            return AgentError("protocol", "it closed the connection in the middle of its answer")
    system = next((e.strerror for e in chain if isinstance(e, OSError) and e.strerror), None)
    if system:
        return AgentError("unreachable", f"it cannot be reached ({system.lower()})")
    return AgentError("protocol", f"it does not speak HTTP as it should ({type(chain[-1]).__name__})")


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
