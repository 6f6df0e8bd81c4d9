"""A job's days as a strip: a square a day, and the whole of it in words for those who do not see it."""

from datetime import date, timedelta
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

from markupsafe import Markup

from duplistat.core import days, formatting
from duplistat.web import language
from duplistat.web.formatting import labelled
from duplistat.web.language import gettext as _
from duplistat.web.language import pgettext

# Days on which one has to look closer are named, while they are few.
_NAMED = (days.INTERRUPTED, days.FAILED, days.LATE)
_MOST_NAMED = 3
# The style sheet has widths up to this.
_LONGEST = 30
_EPOCH = date(1970, 1, 1)


class Square(NamedTuple):
    """A day of a strip in blocks: the class of its state, the day such as 2026-11-20, and both in words."""

    look: str
    day: str
    words: str
    last: bool


class Block(NamedTuple):
    """Thirty days, with the first and the last of them in words."""

    first: Markup
    last: Markup
    squares: list[Square]


def strip(letters: str, until: int) -> Markup:
    """The strip of `letters` (of core.days, oldest first); `until` is the last day, counted from 1970.

    Equal days in a row are one element, and the style sheet draws a strip of nothing but good ones by itself: so a
    thousand of them fit on a page.
    """
    return _strip(letters, until, language.current(), language.say().formats.tag)


@lru_cache(maxsize=8192)
def _strip(letters: str, until: int, _language: str, _formats: str) -> Markup:
    runs = [] if letters == days.SUCCESS * _LONGEST else _runs(letters)
    squares = Markup("").join(_square(letter, length) for letter, length in runs)
    return Markup("<b>{}{}</b>").format(squares, counted(letters, until))


def day_words() -> dict[str, str]:
    """{letter: what such a day was}, in the order in which a sentence says it."""
    return {
        days.SUCCESS: pgettext("a day", "OK"),
        days.WARNING: _("with warnings"),
        days.OTHER: _("unknown result"),
        days.INTERRUPTED: _("interrupted"),
        days.FAILED: _("failed"),
        days.LATE: pgettext("a day", "missed"),
        days.NOTHING: _("no backups"),
    }


def legend() -> list[tuple[str, str]]:
    """(class, word) of each kind of square."""
    return [(_look(letter), word) for letter, word in day_words().items()]


def counted(letters: str, until: int) -> Markup:
    """28 good, 1 failed (12 Nov), 1 missing (14 Nov)"""
    known, parts = day_words(), []
    nothing = known.pop(days.NOTHING)
    for letter, word in known.items():
        if number := letters.count(letter):
            named = letter in _NAMED and number <= _MOST_NAMED
            dates = Markup(" ({})").format(_dates(letters, until, letter)) if named else ""
            parts.append(Markup("{} {}{}").format(number, word, dates))
    return Markup(", ").join(parts or [nothing])


def label(letters: str, until: int) -> str:
    """last 30 days: 28 good, 1 failed (12 Nov), 1 missing (14 Nov)"""
    return _("last %(days)s days: %(counted)s") % {
        "days": len(letters),
        "counted": counted(letters, until).striptags(),
    }


def blocks(letters: str, until: int) -> list[Block]:
    """The strip in blocks of 30 days, a square for each day."""
    known, first = day_words(), until - len(letters) + 1
    squares = [
        Square(_look(letter), _date(day).isoformat(), labelled(_day(day), known[letter]), day == until)
        for day, letter in enumerate(letters, first)
    ]
    return [
        Block(_timed(first + start), _timed(first + start + len(part) - 1), part)
        for start in range(0, len(squares), _LONGEST)
        if (part := squares[start : start + _LONGEST])
    ]


def _runs(letters: str) -> list[tuple[str, int]]:
    """(letter, how many days in a row), none longer than the style sheet has widths for."""
    runs = []
    for letter, group in groupby(letters):
        length = len(list(group))
        while length > 0:
            runs.append((letter, min(length, _LONGEST)))
            length -= _LONGEST
    return runs


def _square(letter: str, length: int) -> Markup:
    names = _classes(letter, length)
    if not names:
        return Markup("<i></i>")
    if " " in names:
        return Markup('<i class="{}"></i>').format(names)
    return Markup("<i class={}></i>").format(names)


def _classes(letter: str, length: int) -> str:
    """A good day, and a single one, need no class: what is usual is short."""
    state = _look(letter)
    return f"{state} n{length}".strip() if length > 1 else state


def _look(letter: str) -> str:
    return "" if letter == days.SUCCESS else "x" if letter == days.NOTHING else letter


def _dates(letters: str, until: int, wanted: str) -> Markup:
    first = until - len(letters) + 1
    return Markup(", ").join(_timed(first + at) for at, letter in enumerate(letters) if letter == wanted)


def _timed(day: int) -> Markup:
    """A day of the strip. In which zone is said where the strip is."""
    return Markup("<time datetime={}>{}</time>").format(_date(day).isoformat(), _day(day))


def _day(day: int) -> str:
    return formatting.date_of(_date(day), language.say())


def _date(day: int) -> date:
    return _EPOCH + timedelta(days=day)
