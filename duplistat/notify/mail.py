"""One mail by SMTP."""

import smtplib
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Literal

# Seconds for each step of the conversation.
PATIENCE = 20.0


class MailError(Exception):
    """Why a mail did not go out, in one sentence. It names the server, and never a password or the text."""


@dataclass(frozen=True, slots=True)
class MailServer:
    """Who takes our mail, and whom it comes from. Without a user there is no sign-in."""

    host: str
    port: int
    sender: str
    user: str = ""
    password: str = field(default="", repr=False)
    tls: Literal["none", "starttls", "tls"] = "none"


def send(server: MailServer, *, to: str, subject: str, text: str) -> None:
    """Hand a plain text over to the server, within a few times PATIENCE. Raises MailError."""
    try:
        message = _message(server.sender, to, subject, text)
        with _connection(server) as smtp:
            if server.user:
                smtp.login(server.user, server.password)
            smtp.send_message(message)
    except (OSError, ValueError, smtplib.SMTPException) as e:
        raise MailError(f"The mail server {server.host}:{server.port} did not take it: {_reason(e)}") from e


def _connection(server: MailServer) -> smtplib.SMTP:
    """Raises OSError or SMTPException; then nothing stays open."""
    if server.tls == "tls":
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(server.host, server.port, timeout=PATIENCE, context=context)
    smtp = smtplib.SMTP(server.host, server.port, timeout=PATIENCE)
    if server.tls == "starttls":
        try:
            smtp.starttls(context=ssl.create_default_context())
        except BaseException:
            smtp.close()
            raise
    return smtp


def _message(sender: str, to: str, subject: str, text: str) -> EmailMessage:
    message = EmailMessage()
    message["From"] = sender
    message["To"] = to
    message["Subject"] = subject
    message["Date"] = formatdate()
    message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2].strip("<> ") or "localhost")
    message["Auto-Submitted"] = "auto-generated"
    # A long link stays in one piece.
    message.set_content(text, cte="7bit" if text.isascii() else "8bit")
    return message


def _reason(error: Exception) -> str:
    """What the server answered, or what went wrong on the way, in one line."""
    if isinstance(error, smtplib.SMTPResponseException):
        answer = error.smtp_error
        said = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else str(answer)
        return " ".join(f"{error.smtp_code} {said}".split())
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return "the recipient was refused"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return " ".join(str(error).split()) or type(error).__name__
