"""What others wrote, made fit for a message: nothing in it acts, hides or turns the direction of what stands beside it.

A page shows such characters as symbols. In a subject or on a phone they would only be noise, so they are left out.
"""

import re
import unicodedata

from duplistat.core.alerts.budget import start

# Colours and cursor movements of terminals, which logs are full of.
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]{0,64}[ -/]{0,8}[@-~]|\][^\x07\x1b]{0,500}(?:\x07|\x1b\\)|[@-Z\\^_])")
# Joins letters of Persian and Hindi, and emoji; everything else that formats is dropped.
_JOINERS = "\u200c\u200d"
_DROPPED = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
# Of a text of any length, this many times the limit is looked at.
_LOOK = 4
MOST_LINE = 500


def one_line(text: str, limit: int = MOST_LINE) -> str:
    """The text as one line of at most `limit` characters, with single blanks in it."""
    return start(" ".join(_seen(text[: limit * _LOOK + 200]).split()), limit)


def line_of_log(text: str, limit: int = 300) -> str:
    """A line of a log; blanks at its beginning stay, since they tell how it is built."""
    line = _seen(text[: limit * _LOOK + 200].expandtabs(4))
    return start(" ".join(line.splitlines()).rstrip(), limit)


def lines_of(text: str, most: int, limit: int = 300) -> list[str]:
    """The first lines of a text, without blank ones at both ends."""
    lines = text[: most * (limit * _LOOK + 200)].strip().splitlines()
    return [line_of_log(line, limit) for line in lines[:most]]


def block(text: str) -> str:
    """All lines of a text, without what acts in them."""
    return "\n".join(_seen(line.expandtabs(4)).rstrip() for line in text.splitlines())


def address(url: str) -> str:
    """An address that a message may link to: http or https in plain characters; "" for anything else."""
    fine = url.startswith(("https://", "http://")) and url.isascii() and url.isprintable()
    return url if fine and len(url) <= 2000 and not re.search(r"""[\s<>"'`\\{}|^]""", url) else ""


def _seen(text: str) -> str:
    if "\x1b" in text:
        text = _ESCAPES.sub("", text)
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        character
        if character in _JOINERS
        else " "
        if character in "\n\r\t\v\f\x85\u2028\u2029"
        else ""
        if unicodedata.category(character) in _DROPPED
        else character
        for character in text
    )
