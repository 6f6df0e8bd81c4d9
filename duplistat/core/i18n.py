"""In which language something is said. Texts are written in English; another language makes its own of them.

Two kinds of places stand in texts: `{when}` in those of the core and the services, `%(when)s` in those of pages.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from duplistat.core.formats import ENGLISH_FORMATS, Formats

# What a column has of a Text: its pattern, and an object with its values.
_BEGINNING = '["'
_ANY = "{text}"


@dataclass(frozen=True, slots=True)
class Say:
    """A language: its text for an English one, the text that fits a number, and how numbers and dates are written.

    `npgettext` is for a text that another language says in several ways; what it is about goes first.
    """

    gettext: Callable[[str], str]
    ngettext: Callable[[str, str, int], str]
    npgettext: Callable[[str, str, str, int], str]
    formats: Formats = ENGLISH_FORMATS
    code: str = "en"


ENGLISH = Say(
    gettext=lambda text: text,
    ngettext=lambda one, many, number: one if number == 1 else many,
    npgettext=lambda about, one, many, number: one if number == 1 else many,
)


def later(text: str) -> str:
    """The text itself: it goes into the catalogue here, and is said in a language where it is shown."""
    return text


class Text(str):
    """An English sentence that knows what it was made of, so that it can be said in another language.

    Equal to the sentence, and as good wherever a string is; what copies it (JSON, a socket) makes a plain one of it.
    """

    __slots__ = ("pattern", "values")

    pattern: str
    values: dict[str, str | int]

    def __new__(cls, pattern: str, **values: str | int) -> "Text":
        """`values` go into the places of the pattern; one that is a Text itself is said in the language, too."""
        made = super().__new__(cls, pattern.format(**values))
        made.pattern, made.values = pattern, values
        return made


def packed(text: str) -> Any:
    """What JSON and a socket carry of a text, so that `unpacked` gives the same back."""
    if not isinstance(text, Text):
        return str(text)
    return [text.pattern, {name: packed(v) if isinstance(v, str) else v for name, v in text.values.items()}]


def unpacked(content: Any) -> str:
    if isinstance(content, str):
        return content
    pattern, values = content
    return Text(pattern, **{name: v if isinstance(v, int) else unpacked(v) for name, v in values.items()})


def stored(text: str) -> str:
    """What a column keeps of a text, so that `restored` gives the same back: a plain one as it is, a Text as JSON."""
    if not isinstance(text, Text):
        if not text.startswith(_BEGINNING):
            return text
        text = Text(_ANY, text=text)
    return json.dumps(packed(text), ensure_ascii=False, separators=(",", ":"))


def restored(kept: str) -> str:
    """A text that was kept; what is none of `stored` is a plain text."""
    if not kept.startswith(_BEGINNING):
        return kept
    try:
        return unpacked(json.loads(kept))
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        return kept


def joined(texts: Sequence[str]) -> str:
    """Texts with "; " between them, each of which can be told in another language."""
    if len(texts) < 2:
        return as_text(texts[0]) if texts else ""
    # By halves: hundreds of texts are a few levels deep.
    middle = len(texts) // 2
    return Text("{before}; {after}", before=joined(texts[:middle]), after=joined(texts[middle:]))


def as_text(text: str) -> Text:
    """A text that stands inside another one, and is told in another language with it."""
    return text if isinstance(text, Text) else Text(text.replace("{", "{{").replace("}", "}}"))


def translated(text: str, say: Say) -> str:
    """A text of ours in a language; one that its catalogue does not have stays as it is."""
    if not isinstance(text, Text):
        return say.gettext(text) if text else ""
    values = {
        name: translated(value, say) if isinstance(value, Text) else value
        for name, value in text.values.items()
    }
    return say.gettext(text.pattern).format(**values) if text.pattern else ""
