"""Exceptions of sockets, TLS and HTTP, as one sentence each."""

import errno
import http.client
import re
import ssl
from collections.abc import Iterator

import urllib3.exceptions

from duplistat.agents.address import AgentError
from duplistat.core import agent_words as words
from duplistat.core.i18n import Text

_GOT = re.compile(r'got "([0-9a-fA-F:]+)"')
_UNREACHABLE = {
    errno.ECONNREFUSED: words.REFUSED,
    errno.EHOSTUNREACH: words.NO_WAY_TO_MACHINE,
    errno.ENETUNREACH: words.NO_WAY_TO_NETWORK,
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
            return AgentError("certificate", Text(words.UNTRUSTED, problem=e.verify_message))
        if pinned and isinstance(e, urllib3.exceptions.SSLError) and (got := _GOT.search(str(e))):
            return AgentError(
                "certificate",
                Text(words.OTHER_CERTIFICATE, expected=colons(pinned), found=colons(got[1])),
            )
    for e in chain:
        if isinstance(e, (TimeoutError, urllib3.exceptions.TimeoutError)):
            return AgentError("timeout", silent)
        if isinstance(e, (http.client.IncompleteRead, urllib3.exceptions.IncompleteRead)):
            return AgentError("protocol", words.CUT)
        if isinstance(e, http.client.RemoteDisconnected):
            return AgentError("protocol", words.SILENT)
        if isinstance(e, ssl.SSLError):
            return AgentError(
                "protocol", Text(words.TLS_FAILED, problem=e.reason) if e.reason else words.TLS_ENDED
            )
    for e in chain:
        if isinstance(e, OSError) and e.errno in _UNREACHABLE:
            return AgentError("unreachable", _UNREACHABLE[e.errno])
        if isinstance(e, (ConnectionResetError, BrokenPipeError)):
            return AgentError("protocol", words.CUT)
    system = next((e.strerror for e in chain if isinstance(e, OSError) and e.strerror), None)
    if system:
        return AgentError("unreachable", Text(words.UNREACHABLE, problem=system.lower()))
    return AgentError("protocol", Text(words.NO_HTTP, problem=type(chain[-1]).__name__))


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
