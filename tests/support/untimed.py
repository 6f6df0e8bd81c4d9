"""Times on a page that are plain text: nobody learns their zone by pointing at them, and no script says them anew."""

import html
import re

# What says its zone on hover; what a program wrote or reads, or a person types; what is no text.
_ASIDE = re.compile(
    r"<(time|code|pre|kbd|textarea|option|script|style|title)\b.*?</\1>|<!--.*?-->"
    # What was typed, of a schedule that is changed; the lines of a log.
    r"|<(ins|del)\b.*?</\2>|<table class=\"log.*?</table>",
    re.DOTALL,
)
_TAG = re.compile(r"<[^>]*>")
_MONTH = "Jan|Feb|Mar|Apr|May|June?|July?|Aug|Sept?|Oct|Nov|Dec"
_TIME = re.compile(
    rf"(?<![\d:])(?:[01]\d|2[0-3]):[0-5]\d\b(?!:[A-F])|\b\d{{4}}-\d\d-\d\d"
    rf"|\b\d\d? (?:{_MONTH})\b|\b(?:{_MONTH}) \d{{4}}\b"
    r"|(?<!than )\b\d+ (?:s|min|h|days?) ago\b|\bjust now\b"
)
# It has its zone beside it; it is a quiet hour, by the clock of each channel; or an example of what can be typed.
_ZONE = re.compile(r",? \(?(?:[A-Z]\w+/\w+|UTC)")
_ELSE = re.compile(
    r"\d\d:\d\d–\d\d:\d\d|(?:such as|write it as) \S+|Examples: .*? \* \* \*\."
    r"|write for example .\w+ [\d:]+.|00:00 to 23:59"
    # A digest: how old that is, of which the moment stands before it with its zone.
    r"|(?<=Last successful backup ), \d+ (?:h|days?) ago"
)
# Around what is found, so that one finds it.
_BESIDE = 40


def untimed(page: str) -> list[str]:
    """What looks like a time or a date in the text of a page in English, with what stands beside it."""
    words = html.unescape(_TAG.sub(" ", _ASIDE.sub(" ", page))).split()
    text = _ELSE.sub("", " ".join(words))
    return [
        text[max(0, found.start() - _BESIDE) : found.end() + _BESIDE]
        for found in _TIME.finditer(text)
        if not _ZONE.match(text, found.end())
    ]
