"""Connections to a mail server that end in time, and what is said over them."""

import smtplib
import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from duplistat.outbound import guard
from duplistat.outbound.failures import OutboundError
from duplistat.outbound.wire import Wire, wire_to

# Seconds for each step of the conversation, at most.
PATIENCE = 20.0
# The last line of each conversation: it is not waited for any longer.
_GOODBYE = 2.0
# In place of an answer to a whole mail: nobody knows whether it was taken.
ENDED = -1


@dataclass(frozen=True, slots=True)
class MailServer:
    """Who takes our mail, and whom it comes from. Without a user there is no sign-in."""

    host: str
    port: int
    sender: str
    user: str = ""
    password: str = field(default="", repr=False)
    tls: Literal["none", "starttls", "tls"] = "none"


def with_connection(server: MailServer, until: float, work: Callable[[smtplib.SMTP], None]) -> None:
    """Do some work over a connection that is signed in. It is cut at `until`, by the monotonic clock.

    Raises OutboundError, OSError or SMTPException, and what `work` raises.
    """
    wire = wire_to(server.host, server.port, connect=PATIENCE, deadline=until - time.monotonic())
    watchdog = threading.Timer(wire.left, wire.cut)
    watchdog.daemon = True
    watchdog.start()
    smtp = _Smtp(server, wire)
    try:
        code, words = smtp.connect(server.host, server.port)
        if code != 220:
            raise smtplib.SMTPConnectError(code, words)
        smtp.ehlo_or_helo_if_needed()
        if server.tls == "starttls":
            smtp.starttls(context=ssl.create_default_context())
            smtp.ehlo_or_helo_if_needed()
        if server.user:
            smtp.login(server.user, server.password)
        work(smtp)
        _leave(smtp)
    finally:
        watchdog.cancel()
        smtp.close()
        wire.close()


def hand_over(smtp: smtplib.SMTP, content: bytes) -> tuple[int, bytes]:
    """The answer to a whole mail; ENDED, and why, when the connection ended after its last dot."""
    smtp.putcmd("data")
    code, words = smtp.getreply()
    if code != 354:
        return code, words
    lines = content.replace(b"\r\n.", b"\r\n..")
    if lines.startswith(b"."):
        lines = b"." + lines
    smtp.send(lines + (b"" if lines.endswith(b"\r\n") else b"\r\n") + b".\r\n")
    try:
        return smtp.getreply()
    except (OSError, smtplib.SMTPException) as e:
        return ENDED, why(e).encode()


def why(error: Exception) -> str:
    """What went wrong, in one sentence that names no secret."""
    if isinstance(error, OutboundError):
        return error.reason
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return "the mail server closed the connection, or did not answer in time"
    if isinstance(error, TimeoutError):
        return "the mail server did not answer in time"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the certificate of the mail server is not trusted ({error.verify_message})"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return " ".join(str(error).split()) or type(error).__name__


class _Smtp(smtplib.SMTP):
    """SMTP over a wire, so that it can be cut from outside; with TLS from the first byte where that is set."""

    def __init__(self, server: MailServer, wire: Wire) -> None:
        self._wire = wire
        self._tls = server.tls == "tls"
        # Without a host it does not connect yet.
        super().__init__(timeout=PATIENCE)
        # The name that a certificate is for.
        self._host = guard.bare(server.host)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        line = self._wire.open()
        line.settimeout(max(0.001, min(timeout, self._wire.left)))
        if not self._tls:
            return line
        try:
            return ssl.create_default_context().wrap_socket(line, server_hostname=self._host)
        except BaseException:
            line.close()
            raise


def _leave(smtp: smtplib.SMTP) -> None:
    """Say goodbye; all that matters was said before."""
    try:
        if smtp.sock is not None:
            smtp.sock.settimeout(_GOODBYE)
            smtp.quit()
    except (OSError, smtplib.SMTPException):
        return
