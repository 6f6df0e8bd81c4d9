"""A message as a mail: what stands in its head, and its two parts."""

import re
from email import policy
from email.header import Header
from email.headerregistry import HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import formataddr, formatdate, parseaddr
from typing import Any, Literal

from duplistat.notify.message import Message
from duplistat.notify.outcome import one_line

# A longer line does not pass each server.
_MOST_LINE = 990
_MOST_SUBJECT = 250
_MOST_ADDRESS = 254
# Without quotes: nobody has such an address, and libraries differ about them.
_LOCAL = re.compile(r"[\w!#$%&'*+/=?^`{|}~-]+(\.[\w!#$%&'*+/=?^`{|}~-]+)*")
_DOMAIN = re.compile(r"[\w-]+(\.[\w-]+)*")


class _Raw(UnstructuredHeader):
    """A header that stays in one piece: folding would encode a long link or id, and break it."""

    def fold(self, *, policy: Any) -> str:
        return f"{self.name}: {self}{policy.linesep}"  # type: ignore[attr-defined]  # the registry adds `name`


class _Encoded(UnstructuredHeader):
    """A header in any alphabet. The library's own folding loses the space between two words that it encodes."""

    def fold(self, *, policy: Any) -> str:
        text, name = str(self), self.name  # type: ignore[attr-defined]
        charset = "us-ascii" if text.isascii() else "utf-8"
        folded = Header(text, charset, header_name=name, maxlinelen=76).encode(linesep=policy.linesep)
        return f"{name}: {folded}{policy.linesep}"


def _policy(*, utf8: bool) -> "EmailPolicy[EmailMessage]":
    registry = HeaderRegistry()
    for name in ("message-id", "in-reply-to", "references", "list-id", "list-unsubscribe"):
        registry.map_to_type(name, _Raw)  # type: ignore[arg-type]  # typeshed asks for more than the registry does
    for name in ("subject", "x-duplistat-job"):
        registry.map_to_type(name, _Encoded)  # type: ignore[arg-type]
    return policy.SMTP.clone(header_factory=registry, utf8=utf8)


def letter(sender: str, to: str, message: Message) -> EmailMessage:
    """A mail from `sender`, which may have a name, to one address. Raises ValueError for what is no address."""
    address = checked(to)
    domain = domain_of(sender)
    mail = EmailMessage(_policy(utf8=not address.isascii()))
    mail["From"] = formataddr((_cleaned(parseaddr(sender)[0], _MOST_SUBJECT), envelope(sender)))
    mail["To"] = address
    mail["Subject"] = _cleaned(message.subject, _MOST_SUBJECT)
    mail["Date"] = formatdate()
    mail["Message-ID"] = f"<{_token(message.uid)}@{domain}>"
    if message.thread and message.thread != message.uid:
        root = f"<{_token(message.thread)}@{domain}>"
        mail["In-Reply-To"] = root
        mail["References"] = root
    mail["List-Id"] = f"duplistat <alerts.{domain}>"
    if message.unsubscribe and _is_link(message.unsubscribe):
        mail["List-Unsubscribe"] = f"<{message.unsubscribe}>"
        if message.unsubscribe.startswith("https://"):
            mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail["X-Duplistat-Kind"] = _cleaned(message.kind, 40)
    if message.job:
        mail["X-Duplistat-Job"] = _cleaned(message.job, _MOST_SUBJECT)
    mail["X-Duplistat-Notice"] = _token(message.uid)
    text, html = _writable(message.text), _writable(message.html)
    mail.set_content(text, cte=_encoding(text))
    if html:
        mail.add_alternative(html, subtype="html", cte=_encoding(html))
    return mail


def checked(to: str) -> str:
    """An address of mail, as it is called on the wire. Raises ValueError for anything else."""
    local, _, domain = to.rpartition("@")
    if not _LOCAL.fullmatch(local) or not _DOMAIN.fullmatch(domain) or len(to) > _MOST_ADDRESS:
        raise ValueError("this is no address of mail")
    try:
        return f"{local}@{domain if domain.isascii() else domain.encode('idna').decode('ascii')}"
    except UnicodeError:
        raise ValueError("this is no address of mail") from None


def envelope(sender: str) -> str:
    """The address of a sender, which may have a name before it, and no domain. Raises ValueError."""
    if sender.isascii() and _LOCAL.fullmatch(sender):
        return sender
    try:
        address = checked(parseaddr(sender)[1])
    except ValueError:
        address = ""
    if not address.isascii() or not address or sender != one_line(sender):
        raise ValueError("the sender that is set for mail is no address")
    return address


def domain_of(sender: str) -> str:
    """The domain that a sender's address is in, for ids; "localhost" where it has none."""
    found = parseaddr(sender)[1].rpartition("@")[2].strip("<> ").lower()
    try:
        return found.encode("idna").decode("ascii") or "localhost"
    except UnicodeError:
        return "localhost"


def _cleaned(text: str, most: int) -> str:
    return " ".join(one_line(text).split())[:most]


def _writable(text: str) -> str:
    """A text without control characters but line ends and tabs, and without what no encoding has."""
    kept = "".join(
        letter for letter in text if letter in "\n\t" or not (letter < " " or "\x7f" <= letter < "\xa0")
    )
    return kept.encode("utf-8", "replace").decode("utf-8")


def _token(uid: str) -> str:
    return "".join(letter for letter in uid if letter.isascii() and (letter.isalnum() or letter in "-_."))


def _is_link(text: str) -> bool:
    return (
        text.startswith(("https://", "http://"))
        and text.isascii()
        and text.isprintable()
        and not set(text) & set(" <>,")
        and len(text) <= _MOST_LINE
    )


def _encoding(text: str) -> Literal["7bit", "quoted-printable"]:
    """Plain where that passes: then a long link stays in one piece, for whoever looks at the raw mail."""
    plain = text.isascii() and all(len(line) <= _MOST_LINE for line in text.splitlines())
    return "7bit" if plain else "quoted-printable"
