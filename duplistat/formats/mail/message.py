"""From the bytes of a mail to its subject, its text, and the texts that are attached to it. Never raises."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header
from email.message import Message
from email.utils import parseaddr, parsedate_to_datetime
from html.parser import HTMLParser

from duplistat.core.encoding import text_of
from duplistat.core.text import clean

# Of one mail so many parts and characters are read.
MOST_PARTS, MOST_TEXT = 50, 5_000_000
LONGEST_SUBJECT = 1000
_TEXTUAL = (".txt", ".log", ".json", ".csv")
_BLOCKS = frozenset(["p", "div", "tr", "br", "li", "ul", "table", "h1", "h2", "h3", "h4", "pre"])
_UNSEEN = frozenset(["script", "style", "head", "title"])


@dataclass(frozen=True, slots=True)
class Mail:
    """`sent` is the time in its head, aware; None where there is none. `id` is its Message-ID, "" for none."""

    subject: str
    sender: str
    sent: datetime | None
    id: str
    text: str
    attachments: tuple[str, ...] = ()

    @property
    def whole(self) -> str:
        """All that can be read in it, its subject first."""
        return "\n\n".join(part for part in (self.subject, self.text, *self.attachments) if part)


def read(body: bytes) -> Mail:
    """What a mail says. One that is no mail is a text without a subject."""
    try:
        message = message_from_bytes(body)
        texts, attachments = _texts(message)
    except (RecursionError, ValueError, LookupError, TypeError, AttributeError):
        # The parser of the library fails at some of what is no mail.
        return Mail("", "", None, "", text_of(body)[:MOST_TEXT])
    return Mail(
        subject=_head(message, "Subject")[:LONGEST_SUBJECT],
        sender=parseaddr(_head(message, "From"))[1][:320],
        sent=_sent(_head(message, "Date")),
        id=_head(message, "Message-ID")[:1000],
        text="\n".join(texts),
        attachments=tuple(attachments),
    )


def _head(message: Message, name: str) -> str:
    """A line of its head in one line, decoded."""
    try:
        parts = decode_header(str(message.get(name, "")))
        text = "".join(
            part if isinstance(part, str) else text_of(part, charset or "") for part, charset in parts
        )
    except (ValueError, LookupError):
        text = str(message.get(name, ""))
    return clean(" ".join(text.split()))


def _sent(text: str) -> datetime | None:
    with contextlib.suppress(ValueError, TypeError, IndexError, OverflowError):
        at = parsedate_to_datetime(text)
        # -0000 says that the zone is not known; the time is UTC then.
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    return None


def _texts(message: Message) -> tuple[list[str], list[str]]:
    """The text of a mail, and those that are attached to it. HTML is read only where there is no other text."""
    plain, html, attached = [], [], []
    room = MOST_TEXT
    for number, part in enumerate(_leaves(message)):
        if number == MOST_PARTS or room <= 0:
            break
        kind, name = part.get_content_type(), (part.get_filename() or "").lower()
        is_attached = part.get_content_disposition() == "attachment" or bool(name)
        if not (kind.startswith("text/") or kind == "application/json" or name.endswith(_TEXTUAL)):
            continue
        text = _decoded(part)[:room]
        room -= len(text)
        if is_attached:
            attached.append(text)
        elif kind == "text/html":
            html.append(text_of_html(text))
        else:
            plain.append(text)
    if not any(text.strip() for text in plain):
        plain = html
    return plain, attached


def _leaves(message: Message) -> Iterator[Message]:
    return (part for part in message.walk() if not part.is_multipart())


def _decoded(part: Message) -> str:
    body = part.get_payload(decode=True)
    return text_of(body, part.get_content_charset() or "") if isinstance(body, bytes) else ""


def text_of_html(html: str) -> str:
    """What is to be read in HTML, a line for each block and row."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.parts).split("\n"))
    return "\n".join(line for line in lines if line)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag in _UNSEEN:
            self._unseen += 1
        elif tag in _BLOCKS:
            self.parts.append("\n")
        elif tag in ("td", "th"):
            self.parts.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._unseen = max(self._unseen - 1, 0)
        elif tag in _BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.parts.append(" ".join(data.split()) if not data.strip() else data.replace("\n", " "))
