"""A run's log for a page: by level, by what it contains, in pages, with the line numbers of the whole."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from duplistat.store.log_text import Line as Stored
from duplistat.store.log_text import LogText
from duplistat.web.formatting import visible
from duplistat.web.language import gettext as _

PAGE = 500
# A longer line is folded up …
LONG = 5_000
SHORT = 200
# … and one that is longer still is cut: a page has to stay one. The body as received has all of it.
LONGEST = 100_000
# So are the later ones where many are long: characters of all lines of a page.
ROOM = 200_000

ALL = "all"
PROBLEMS = "problems"
_OF_PROBLEMS = ("error", "warning")
# "" cannot be told from a missing choice in an address.
_PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class Line:
    """`number` counts from 1 in the whole log, which has it on `page`; `at` is in ms. `start` is for a long text.

    `word` is the level as it is read.
    """

    number: int
    page: int
    level: str
    word: str
    tag: str
    at: int | None
    text: str
    start: str
    cut: int


@dataclass(frozen=True, slots=True)
class Choice:
    """A filter that can be chosen: its name in addresses, what it says, how many lines it has."""

    name: str
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class LogPage:
    """One page of what was asked for; `found` lines in all of them. Pages count from 1."""

    lines: list[Line]
    choices: list[Choice]
    level: str
    query: str
    page: int
    pages: int
    found: int


def level_words() -> dict[str, str]:
    """{level of core.report.LogLine: its lines}, most severe first; "" for lines that do not say."""
    return {
        "error": _("errors"),
        "warning": _("warnings"),
        "retry": _("retries"),
        "information": _("information"),
        "dryrun": _("dry run"),
        "verbose": _("verbose"),
        "profiling": _("profiling"),
        "": _("without a level"),
    }


def _line_words() -> dict[str, str]:
    return {
        "error": _("error"),
        "warning": _("warning"),
        "retry": _("retry"),
        "information": _("information"),
        "dryrun": _("dryrun"),
        "verbose": _("verbose"),
        "profiling": _("profiling"),
    }


def read(stored: LogText, level: str, query: str, page: int) -> LogPage:
    """The page that is asked for, or the nearest that there is.

    Without a `level`, warnings and errors are shown when there are any. `query` is looked for in text and
    tag, in any case.
    """
    counts = stored.levels()
    problems = sum(counts[name] for name in _OF_PROBLEMS)
    level = level or (PROBLEMS if problems else ALL)
    found = stored.find(_levels(level), query)
    words = _line_words()
    pages = max(1, -(-len(found) // PAGE))
    page = min(max(1, page), pages)
    lines, room = [], ROOM
    for number in found[(page - 1) * PAGE : page * PAGE]:
        lines.append(_line(number + 1, stored.line(number), words, min(LONGEST, max(SHORT, room))))
        room -= len(lines[-1].text)
    return LogPage(
        lines=lines,
        choices=_choices(counts, problems, len(stored)),
        level=level,
        query=query,
        page=page,
        pages=pages,
        found=len(found),
    )


def _levels(wanted: str) -> Collection[str] | None:
    """The levels of a choice; None for all."""
    if wanted == ALL:
        return None
    if wanted == PROBLEMS:
        return _OF_PROBLEMS
    level = "" if wanted == _PLAIN else wanted
    return (level,) if level in level_words() else ()


def _choices(counts: Counter[str], problems: int, total: int) -> list[Choice]:
    levels = level_words()
    choices = [Choice(ALL, _("all"), total)]
    if counts["error"] and counts["warning"]:
        choices.append(Choice(PROBLEMS, _("errors and warnings"), problems))
    elif problems:
        choices.append(Choice(PROBLEMS, levels["error" if counts["error"] else "warning"], problems))
    for level, name in levels.items():
        if counts[level] and (level not in _OF_PROBLEMS or problems != counts[level]):
            choices.append(Choice(level or _PLAIN, name, counts[level]))
    return choices


def _line(number: int, line: Stored, words: Mapping[str, str], most: int) -> Line:
    level, tag, text, at = line
    cut = max(0, len(text) - most)
    return Line(
        number=number,
        page=(number - 1) // PAGE + 1,
        level=level,
        word=words.get(level, level),
        tag=visible(tag),
        at=at,
        text=visible(text[:most], lines=True),
        start=visible(text[:SHORT]) if len(text) > LONG or cut else "",
        cut=cut,
    )
