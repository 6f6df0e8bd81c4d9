"""What became of one attempt to send."""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from duplistat.notify.scrub import scrub

# Characters of a receiver's answer that are kept.
MOST_ANSWER = 200


class Result(StrEnum):
    """`sent`; `temporary`: again later; `text`: this text is refused; `channel`: nothing will go this way until
    somebody changes it; `unknown`: the connection ended after something was sent, so it may have arrived."""

    SENT = "sent"
    TEMPORARY = "temporary"
    TEXT = "text"
    CHANNEL = "channel"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Outcome:
    """`code` is the receiver's, such as "250" or "503", or ""; `answer` its own words, or why there are none: one line
    of at most MOST_ANSWER characters without secrets. `retry_after_ms` is what it asked to wait.

    Of a mail, `delivered` are the recipients that took it, and `refused` those that never will, with why.
    """

    result: Result
    code: str = ""
    answer: str = ""
    retry_after_ms: int | None = None
    delivered: tuple[str, ...] = ()
    refused: Mapping[str, str] = field(default_factory=dict)


def told(words: str | bytes, secrets: Iterable[str] = ()) -> str:
    """Words of somebody else as an Outcome has them: one line, cut, and without the secrets."""
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    text = " ".join(one_line(scrub(text, secrets)).split())
    return text if len(text) <= MOST_ANSWER else text[: MOST_ANSWER - 1] + "…"


def one_line(text: str) -> str:
    """A text with a space for each control character, line end and sign that turns the direction of what follows."""
    return "".join(" " if _is_control(letter) else letter for letter in text)


def _is_control(letter: str) -> bool:
    return unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Zl", "Zp") and letter != "\u200d"
