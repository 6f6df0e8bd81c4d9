"""What was learned of when a job runs, in words."""

from datetime import timedelta

from duplistat.core import formatting
from duplistat.core.i18n import ENGLISH, Say, later
from duplistat.core.learned import CountsFrom, Learned, Sureness
from duplistat.core.schedule import EVERY_DAY, MONDAY_TO_FRIDAY, Weekly
from duplistat.core.schedule_text import describe

SURENESS_WORDS = {
    Sureness.GUESS: later("a guess"),
    Sureness.FAIRLY_SURE: later("fairly sure"),
    Sureness.VERY_SURE: later("very sure"),
}


def words(learned: Learned, say: Say = ENGLISH, *, decides: bool = True) -> str:
    """The rhythm and its evidence: "learned from 23 runs: every day at 02:00 ± 6 min".

    Unless it `decides`, nothing is said of when the job is overdue.
    """
    if learned.schedule is None and not decides:
        return say.gettext("no regular times in {runs} runs").format(runs=learned.runs)
    if learned.schedule is None:
        text = say.gettext("no regular times in {runs} runs: overdue after {silence} without a run")
        return text.format(runs=learned.runs, silence=length(learned.longest or timedelta(0), say))
    text = say.gettext("learned from {runs} runs: {rhythm} ± {spread}")
    return text.format(runs=learned.runs, rhythm=rhythm(learned, say), spread=length(learned.spread, say))


def rhythm(learned: Learned, say: Say = ENGLISH) -> str:
    """The rhythm alone: "every day at 02:00", or "every day after the end of the last run"."""
    if learned.schedule is None:
        return say.gettext("no regular times")
    text = describe(learned.schedule, say)
    if learned.counts_from is CountsFrom.END:
        text = say.gettext("{interval} after the end of the last run").format(interval=text)
    return f"{text} ({learned.zone})" if learned.zone else text


def skips(learned: Learned, say: Say = ENGLISH, *, decides: bool = True) -> str:
    """How often a time is skipped, and what that means: "skips about one time in 14; overdue after 3 in a row".

    Where another schedule `decides`, the number in a row means nothing, and is not said.
    """
    if not decides:
        return _skipped(learned, say)
    if learned.skipped:
        return _skips_of(learned, say).format(
            times=round(learned.slots / learned.skipped), count=learned.in_a_row
        )
    if learned.in_a_row > 1:
        text = say.gettext("skipped none of {slots} times so far; overdue after {count} in a row")
        return text.format(slots=learned.slots, count=learned.in_a_row)
    return say.gettext("skips none; overdue after the first missed run")


def _skipped(learned: Learned, say: Say) -> str:
    if learned.skipped:
        text = say.gettext("skips about one time in {times}")
        return text.format(times=round(learned.slots / learned.skipped))
    return say.gettext("skipped none of {slots} times so far").format(slots=learned.slots)


def _skips_of(learned: Learned, say: Say) -> str:
    """What is skipped is a day where the rhythm has one time on each of its days."""
    match learned.schedule:
        case Weekly(days, (_at,)) if days == MONDAY_TO_FRIDAY:
            return say.gettext("skips about one weekday in {times}; overdue after {count} in a row")
        case Weekly(days, (_at,)) if days == EVERY_DAY:
            return say.gettext("skips about one day in {times}; overdue after {count} in a row")
        case _:
            return say.gettext("skips about one time in {times}; overdue after {count} in a row")


def lateness(learned: Learned, say: Say = ENGLISH) -> str:
    """How late runs come: "nine of ten start within 6 min of their time; reported up to 40 min after it"."""
    spread = say.gettext("nine of ten runs start within {spread} of their time").format(
        spread=length(learned.spread, say)
    )
    if learned.late <= learned.spread:
        return spread
    text = say.gettext("{spread}; their reports come up to {late} after it")
    return text.format(spread=spread, late=length(learned.late, say))


def sureness(learned: Learned, say: Say = ENGLISH) -> str:
    """How far to trust it, in words."""
    return say.gettext(SURENESS_WORDS[learned.sureness])


def length(span: timedelta, say: Say = ENGLISH) -> str:
    """6 min, 4 h, 12 days"""
    minutes = -(-int(span.total_seconds()) // 60)
    if minutes < 120:
        return f"{minutes} min"
    hours = round(minutes / 60)
    if hours < 72:
        return f"{hours} h"
    return formatting.span(span.total_seconds(), say)
