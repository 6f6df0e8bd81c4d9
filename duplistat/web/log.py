"""A run's log for a page: by level, by what it contains, in pages, with the line numbers of the whole."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from duplistat.web.present import visible

PAGE = 500
# A longer line is folded up …
LONG = 5_000
SHORT = 200
# … and one that is longer still is cut: a page has to stay one. The body as received has all of it.
LONGEST = 100_000

ALL = "all"
PROBLEMS = "problems"
# The levels of core.report.LogLine, most severe first, and "" for a line that does not say.
LEVELS = {
    "error": "errors",
    "warning": "warnings",
    "retry": "retries",
    "information": "information",
    "dryrun": "dry run",
    "verbose": "verbose",
    "profiling": "profiling",
    "": "without a level",
}
_OF_PROBLEMS = ("error", "warning")
# "" cannot be told from a missing choice in an address.
_PLAIN = "plain"

Stored = tuple[str, str, str, int | None]


@dataclass(frozen=True, slots=True)
class Line:
    """`number` counts from 1 in the whole log, which has it on `page`; `at` is in ms. `start` is for a long text."""

    number: int
    page: int
    level: str
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


def read(stored: Sequence[Stored], level: str, query: str, page: int) -> LogPage:
    """The page that is asked for, or the nearest that there is.

    Without a `level`, warnings and errors are shown when there are any. `query` is looked for in text and
    tag, in any case.
    """
    counts = Counter(line[0] for line in stored)
    problems = sum(counts[name] for name in _OF_PROBLEMS)
    level = level or (PROBLEMS if problems else ALL)
    wanted = query.casefold()
    found = [
        (number, line)
        for number, line in enumerate(stored, 1)
        if _is(line[0], level)
        and (not wanted or wanted in line[2].casefold() or wanted in line[1].casefold())
    ]
    pages = max(1, -(-len(found) // PAGE))
    page = min(max(1, page), pages)
    return LogPage(
        lines=[_line(number, line) for number, line in found[(page - 1) * PAGE : page * PAGE]],
        choices=_choices(counts, problems, len(stored)),
        level=level,
        query=query,
        page=page,
        pages=pages,
        found=len(found),
    )


def _is(level: str, wanted: str) -> bool:
    if wanted == ALL:
        return True
    return level in _OF_PROBLEMS if wanted == PROBLEMS else level == ("" if wanted == _PLAIN else wanted)


def _choices(counts: Counter[str], problems: int, total: int) -> list[Choice]:
    choices = [Choice(ALL, "all", total)]
    if counts["error"] and counts["warning"]:
        choices.append(Choice(PROBLEMS, "errors and warnings", problems))
    elif problems:
        choices.append(Choice(PROBLEMS, LEVELS["error" if counts["error"] else "warning"], problems))
    for level, name in LEVELS.items():
        if counts[level] and (level not in _OF_PROBLEMS or problems != counts[level]):
            choices.append(Choice(level or _PLAIN, name, counts[level]))
    return choices


def _line(number: int, line: Stored) -> Line:
    level, tag, text, at = line
    cut = max(0, len(text) - LONGEST)
    return Line(
        number=number,
        page=(number - 1) // PAGE + 1,
        level=level,
        tag=visible(tag),
        at=at,
        text=visible(text[:LONGEST], lines=True),
        start=visible(text[:SHORT]) if len(text) > LONG else "",
        cut=cut,
    )
