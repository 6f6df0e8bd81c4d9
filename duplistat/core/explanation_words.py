"""An explanation in words: what pages and commands say of what the runs of a job show, and of its alarms."""

from datetime import date, datetime, timedelta

from duplistat.core.alarms import Alarm, EndedBy
from duplistat.core.explanation import Evidence, Explanation, Unsettable, runs_missing
from duplistat.core.formatting import date_near
from duplistat.core.i18n import ENGLISH, Say, later
from duplistat.core.learn_runs import FEWEST
from duplistat.core.learned_words import lateness, length, rhythm, skips, sureness, words
from duplistat.core.status import Health
from duplistat.core.text import capital

WHY_NOT = {
    Unsettable.FROM_START: later(
        "It cannot be set as a schedule: it is counted from the start of the last run, not by the clock"
    ),
    Unsettable.FROM_END: later(
        "It cannot be set as a schedule: it is counted from the end of the last run, not by the clock"
    ),
    Unsettable.SILENCE: later("It cannot be set as a schedule: the runs have no regular times"),
    Unsettable.WEEKDAYS: later("It cannot be set as a schedule yet: not every weekday was seen twice"),
    Unsettable.LONG: later("It cannot be set as a schedule: it has too many times"),
}

OTHER_RHYTHM = later("Since {date} the runs look like: {rhythm}")
FIRST_RUN = later("the first run")


def evidence_lines(evidence: Evidence, say: Say = ENGLISH, *, decides: bool = True) -> list[str]:
    """What the runs show, how late they come and how often they are skipped: sentences without full stops.

    Unless the runs `decide` when the job is overdue, nothing is said of that.
    """
    learned = evidence.learned
    first = f"{capital(words(learned, say, decides=decides))} ({sureness(learned, say)})"
    if learned.schedule is None:
        if evidence.longest is None:
            return [first]
        text = say.gettext("Longest silence so far: {silence}").format(silence=length(evidence.longest, say))
        return [first, text]
    lines = [first, capital(lateness(learned, say)), capital(skips(learned, say, decides=decides))]
    if learned.clocks_open:
        lines.append(
            say.gettext(
                "It is not certain yet whether it follows summer time: when the clocks change, an hour more is allowed"
            )
        )
    return lines


def first_day(evidence: Evidence) -> date | None:
    """The date of the first run in the rhythm by its clock; None where it is not known."""
    began = evidence.learned.since
    return None if began is None else began.astimezone(evidence.zone).date()


def since(evidence: Evidence, now: datetime, say: Say = ENGLISH) -> str:
    """The same in words: 3 Nov; "" where it is not known. `now` is aware."""
    began = first_day(evidence)
    return "" if began is None else date_near(began, now.astimezone(evidence.zone).date(), say)


def other_rhythm(evidence: Evidence, now: datetime, say: Say = ENGLISH) -> str:
    """That the runs keep another rhythm than the schedule says: "Since 3 Nov the runs look like: every …"."""
    date = since(evidence, now, say) or say.gettext(FIRST_RUN)
    return say.gettext(OTHER_RHYTHM).format(date=date, rhythm=rhythm(evidence.learned, say))


def missing(explanation: Explanation, say: Say = ENGLISH) -> str:
    """What is missing until a schedule can be learned; "" for nothing."""
    if not explanation.missing:
        return ""
    return missing_runs(explanation.runs, explanation.missing, one_day=explanation.one_day, say=say)


def missing_of(runs: int, say: Say = ENGLISH) -> str:
    """What is missing of a job of which only the number of runs is known: if that is enough, they are of one day."""
    one_day = runs >= FEWEST
    return missing_runs(runs, runs_missing(runs, one_day=one_day), one_day=one_day, say=say)


def missing_runs(runs: int, more: int, *, one_day: bool, say: Say = ENGLISH) -> str:
    """3 of 4 runs: one more, and not all on one day"""
    if runs >= FEWEST:
        text = say.ngettext(
            "{runs} run, all on one day: one more on another day",
            "{runs} runs, all on one day: one more on another day",
            runs,
        )
        return text.format(runs=runs)
    known = say.gettext("{runs} of {fewest} runs").format(runs=runs, fewest=FEWEST)
    if one_day or runs <= 1:
        text = say.ngettext(
            "{known}: one more, and not all on one day", "{known}: {more} more, and not all on one day", more
        )
    else:
        text = say.ngettext("{known}: one more", "{known}: {more} more", more)
    return text.format(known=known, more=more)


def ending(alarm: Alarm, say: Say = ENGLISH) -> str:
    """What ended an alarm."""
    match alarm.ended_by:
        case None if alarm.ongoing:
            return say.gettext("still overdue")
        case None:
            return say.gettext("its end was not recorded")
        case EndedBy.RUN if alarm.health == Health.FAILED:
            return say.gettext("a failed run was reported")
        case EndedBy.RUN:
            return say.gettext("a run was reported")
        case EndedBy.STARTED:
            return say.gettext("a run started")
        case EndedBy.PAUSED:
            return say.gettext("it was paused")
        case EndedBy.SCHEDULE:
            return say.gettext("its schedule changed")


def why_not(reason: Unsettable, say: Say = ENGLISH) -> str:
    """Why what was learned cannot be set as a schedule."""
    return say.gettext(WHY_NOT[reason])


def lasted(alarm: Alarm, say: Say = ENGLISH) -> str:
    """How long an alarm lasted; "" while it does."""
    if alarm.ended_at is None:
        return ""
    return length(timedelta(milliseconds=alarm.ended_at - alarm.at), say)
