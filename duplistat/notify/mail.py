"""Mail by SMTP: one plain text at once, or a notice to each of its recipients."""

import smtplib
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

from duplistat.notify.letter import checked, domain_of, envelope, letter
from duplistat.notify.message import Message
from duplistat.notify.outcome import Outcome, Result, told
from duplistat.notify.scrub import secrets_in
from duplistat.notify.smtp import ENDED, PATIENCE, MailServer, hand_over, why, with_connection
from duplistat.outbound.failures import OutboundError

__all__ = ["MailError", "MailServer", "send", "send_message"]

# What of several troubles is told: the one that says most of what to do next.
_GRAVITY = (Result.UNKNOWN, Result.TEMPORARY, Result.TEXT, Result.CHANNEL)


class MailError(Exception):
    """Why a mail did not go out, in one sentence. It names the server, and never a password or the text."""


def send(server: MailServer, *, to: str, subject: str, text: str) -> None:
    """Hand a plain text over to the server, within a few times PATIENCE. Raises MailError."""
    try:
        message = _message(server.sender, to, subject, text)

        def hand_it_over(smtp: smtplib.SMTP) -> None:
            smtp.send_message(message)

        with_connection(server, time.monotonic() + 3 * PATIENCE, hand_it_over)
    except (OSError, ValueError, OutboundError, smtplib.SMTPException) as e:
        raise MailError(f"The mail server {server.host}:{server.port} did not take it: {_reason(e)}") from e


def _message(sender: str, to: str, subject: str, text: str) -> EmailMessage:
    message = EmailMessage()
    message["From"] = sender
    message["To"] = to
    message["Subject"] = subject
    message["Date"] = formatdate()
    message["Message-ID"] = make_msgid(domain=domain_of(sender))
    message["Auto-Submitted"] = "auto-generated"
    # A long link stays in one piece.
    message.set_content(text, cte="7bit" if text.isascii() else "8bit")
    return message


def _reason(error: Exception) -> str:
    """What the server answered, or what went wrong on the way, in one line."""
    if isinstance(error, smtplib.SMTPResponseException):
        return " ".join(_answer(error.smtp_code, error.smtp_error).split())
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return "the recipient was refused"
    return why(error)


def _answer(code: int, words: bytes | str) -> str:
    """A code and the words behind it; code 0 for none."""
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return f"{code or ''} {text}"


@dataclass(slots=True)
class _Tally:
    """What became of each recipient so far; `secrets` are in nothing that is told."""

    secrets: Sequence[str]
    delivered: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    troubles: list[Outcome] = field(default_factory=list)
    last: Outcome = field(default_factory=lambda: Outcome(Result.SENT))

    def said(self, result: Result, code: int, words: bytes | str) -> Outcome:
        """What the server answered; code 0 for none."""
        return Outcome(result, str(code) if code else "", told(_answer(code, words), self.secrets))


def send_message(server: MailServer, recipients: Sequence[tuple[str, Message]], deadline: float) -> Outcome:
    """Hand a mail over for each (address, message), within `deadline` seconds for all of them.

    `delivered` are those that were taken, whatever the result; with `temporary`, `text` and `unknown` it is the others
    that are still to be told. All refused for good is the channel's fault.
    """
    secrets = (
        *((server.password,) if server.password else ()),
        *(part for _, message in recipients for part in secrets_in(message.unsubscribe, message.acknowledge)),
    )
    tally = _Tally(secrets)
    until = time.monotonic() + deadline
    try:
        envelope(server.sender)
    except ValueError as e:
        return Outcome(Result.CHANNEL, answer=str(e))
    try:
        with_connection(server, until, lambda smtp: _all(smtp, server, recipients, tally))
    except smtplib.SMTPAuthenticationError as e:
        kind = Result.TEMPORARY if 400 <= e.smtp_code < 500 else Result.CHANNEL
        tally.troubles.append(tally.said(kind, e.smtp_code, e.smtp_error))
    except smtplib.SMTPNotSupportedError as e:
        tally.troubles.append(tally.said(Result.CHANNEL, 0, str(e)))
    except smtplib.SMTPResponseException as e:
        tally.troubles.append(tally.said(Result.TEMPORARY, e.smtp_code, e.smtp_error))
    except (OSError, OutboundError, smtplib.SMTPException, ValueError) as e:
        tally.troubles.append(tally.said(Result.TEMPORARY, 0, why(e)))
    return _summed(tally)


def _all(
    smtp: smtplib.SMTP, server: MailServer, recipients: Sequence[tuple[str, Message]], tally: _Tally
) -> None:
    for to, message in recipients:
        trouble = _one(smtp, server, to, message, tally)
        if trouble is not None:
            tally.troubles.append(trouble)
            if trouble.result is Result.UNKNOWN or trouble.code == "421":
                return


def _one(smtp: smtplib.SMTP, server: MailServer, to: str, message: Message, tally: _Tally) -> Outcome | None:
    """Hand one mail over; its trouble, or None when it was taken or is refused for good, as the tally then says."""
    try:
        address = checked(to)
        mail = letter(server.sender, to, message)
    except ValueError as e:
        tally.refused[to] = told(str(e))
        return None
    options = []
    if not address.isascii():
        if not smtp.has_extn("smtputf8"):
            tally.refused[to] = "the mail server takes no address that is not plain ASCII"
            return None
        options = ["SMTPUTF8"]
    smtp.rset()
    code, words = smtp.mail(envelope(server.sender), options)
    if not _is_fine(code):
        return tally.said(Result.TEMPORARY if code < 500 else _of_sender(code), code, words)
    code, words = smtp.rcpt(address)
    if not _is_fine(code):
        trouble = tally.said(Result.TEMPORARY, code, words)
        if _is_final(code, words):
            tally.refused[to] = trouble.answer
            return None
        return trouble
    code, words = hand_over(smtp, mail.as_bytes())
    if code == ENDED:
        return tally.said(Result.UNKNOWN, 0, words)
    if _is_fine(code):
        tally.delivered.append(to)
        tally.last = tally.said(Result.SENT, code, words)
        return None
    return tally.said(Result.TEXT if code >= 500 else Result.TEMPORARY, code, words)


def _is_fine(code: int) -> bool:
    return 200 <= code < 300


def _of_sender(code: int) -> Result:
    return Result.TEXT if code == 552 else Result.CHANNEL


def _is_final(code: int, words: bytes) -> bool:
    """Whether a recipient is refused for good: there is none, rather than that it may not be reached now or by us."""
    if code in (551, 553):
        return True
    enhanced = words.split(b" ", 1)[0]
    return code == 550 and (enhanced.startswith(b"5.1.") or not enhanced.startswith(b"5."))


def _summed(tally: _Tally) -> Outcome:
    if tally.troubles:
        worst = min(tally.troubles, key=lambda trouble: _GRAVITY.index(trouble.result))
    elif tally.delivered:
        worst = tally.last
    else:
        worst = Outcome(Result.CHANNEL, answer=next(iter(tally.refused.values()), "there is no recipient"))
    return replace(worst, delivered=tuple(tally.delivered), refused=dict(tally.refused))
