"""Text from outside, made fit to be stored and shown.

Nothing here escapes for HTML or removes control characters: that is the business of whoever shows it.
"""

import re
from hashlib import sha256

NAME_LIMIT = 200
LINE_LIMIT = 500

_SURROGATES = re.compile("[\ud800-\udfff]")


def clean(text: str) -> str:
    """The text with what no database takes replaced: NUL by its symbol U+2400, lone surrogates by U+FFFD.

    PostgreSQL refuses NUL in text, and a lone surrogate (JSON can spell one) has no UTF-8 encoding.
    """
    if "\0" in text:
        text = text.replace("\0", "\u2400")
    return text if text.isascii() else _SURROGATES.sub("\ufffd", text)


def capital(text: str) -> str:
    """A text that begins a sentence."""
    return text[:1].upper() + text[1:]


def clip_name(text: str, limit: int = NAME_LIMIT) -> str:
    """A name without blanks around it and of at most `limit` characters.

    A longer one is cut and ends in eight hex digits of its SHA-256, so that two long names stay two.
    """
    text = clean(text.strip())
    if len(text) <= limit:
        return text
    return f"{text[: limit - 9]}~{sha256(text.encode()).hexdigest()[:8]}"


def first_line(text: str, limit: int = LINE_LIMIT) -> str:
    """The first line that is not blank, without blanks around it; a longer one than `limit` ends in "…"."""
    text = text.lstrip()
    end = min((at for at in (text.find("\n"), text.find("\r")) if at >= 0), default=len(text))
    line = clean(text[: min(end, limit + 1)].rstrip())
    return line if len(line) <= limit else line[: limit - 1] + "…"
