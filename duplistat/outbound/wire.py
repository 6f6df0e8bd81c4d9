"""TCP to the checked addresses and to nothing else; whether TLS is spoken there."""

import contextlib
import errno
import hashlib
import os
import socket
import ssl
import time
from collections.abc import Sequence

from duplistat.core import outbound_words as words
from duplistat.core.i18n import Text
from duplistat.outbound import guard
from duplistat.outbound.failures import OutboundError
from duplistat.outbound.guard import Target

# First byte of a TLS record: a handshake, or an alert that refuses ours.
_TLS = (b"\x16", b"\x15")


class Wire:
    """Connections to one machine, one at a time.

    `timeout` is (to connect, to wait for bytes), `limit` what all of it together may take; seconds.
    """

    def __init__(
        self, host: str, targets: Sequence[Target], timeout: tuple[float, float], limit: float
    ) -> None:
        self.host = host
        self.targets = list(targets)
        self.timeout = timeout
        self._limit = limit
        self._until = time.monotonic() + limit
        self._held: socket.socket | None = None

    @property
    def left(self) -> float:
        """How many seconds are left of the limit; below zero when it is over."""
        return self._until - time.monotonic()

    def require_time(self) -> None:
        """Raises OutboundError (timeout) when the limit is over."""
        if self.left <= 0:
            raise OutboundError("timeout", Text(words.NO_END, time=seconds(self._limit)))

    def open(self) -> socket.socket:
        """A new connection. Raises OSError, of the first address, when none can be reached; OutboundError (timeout).

        From the first success on only that address is used.
        """
        self.require_time()
        first: OSError | None = None
        for target in self.targets:
            line = socket.socket(socket.AF_INET6 if len(target) == 4 else socket.AF_INET, socket.SOCK_STREAM)
            try:
                # Several addresses may not take the limit each.
                line.settimeout(max(0.001, min(self.timeout[0], self.left)))
                line.connect(target)
                line.settimeout(self.timeout[0])
                line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            except OSError as e:
                line.close()
                first = first or e
                continue
            self.targets = [target]
            self.close()
            # TLS takes the socket over; this second handle can still end it from outside.
            self._held = line.dup()
            return line
        raise first or OSError(errno.EADDRNOTAVAIL, os.strerror(errno.EADDRNOTAVAIL))

    def cut(self) -> None:
        """End the connection from another thread: whoever reads from it sees its end at once."""
        held = self._held
        if held is not None:
            with contextlib.suppress(OSError):
                held.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        if self._held is not None:
            self._held.close()
            self._held = None

    def speaks_tls(self) -> bool:
        """Whether the other end answers a TLS greeting in TLS.

        The greeting is followed by the end of a line, so that a server of plain HTTP need not wait for one:
        it answers, or hangs up. Raises OSError, and OutboundError (timeout) for silence, which says neither.
        """
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = unverified().wrap_bio(incoming, outgoing, server_hostname=self.host)
        with contextlib.suppress(ssl.SSLWantReadError):
            tls.do_handshake()
        with self.open() as line:
            line.settimeout(self.timeout[1])
            try:
                line.sendall(outgoing.read() + b"\r\n\r\n")
                return line.recv(1) in _TLS
            except TimeoutError:
                raise OutboundError("timeout", Text(words.NO_ANSWER, time=seconds(self.timeout[1]))) from None
            except ConnectionError:
                return False

    def fingerprint(self) -> str:
        """The SHA-256 of the certificate that is shown, or "" when none can be had."""
        try:
            with (
                self.open() as line,
                unverified().wrap_socket(line, server_hostname=self.host) as tls,
            ):
                shown = tls.getpeercert(binary_form=True)
        except OSError:
            return ""
        return hashlib.sha256(shown).hexdigest() if shown else ""


def wire_to(
    host: str,
    port: int,
    *,
    allow: Sequence[str] = (),
    public_only: bool = False,
    connect: float,
    deadline: float,
) -> Wire:
    """A wire to a machine by its name, for `deadline` seconds with the look-up of that name.

    `connect`: seconds for each of its addresses. `allow` and `public_only` as `guard.resolve` takes them. Raises
    OutboundError.
    """
    until = time.monotonic() + deadline
    targets = guard.resolve(host, port, (), allow, public_only=public_only, within=deadline)
    left = max(0.001, until - time.monotonic())
    return Wire(guard.bare(host), targets, (min(connect, left), left), left)


def unverified() -> ssl.SSLContext:
    """TLS that takes any certificate: for looking at it, or for comparing its fingerprint."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def seconds(length: float) -> str:
    return f"{length:g} s"
