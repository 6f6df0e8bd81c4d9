"""What a rule would have told in the last days, by day, ready to be shown."""

from itertools import groupby
from typing import NamedTuple

from markupsafe import Markup

from duplistat.services.alerts.trial import Trial, TrialMessage
from duplistat.web.alerts import words
from duplistat.web.formatting import Reader, duration, visible
from duplistat.web.language import gettext as _
from duplistat.web.language import ngettext


class Message(NamedTuple):
    at: Markup
    channel: str
    what: str
    jobs: str


class Day(NamedTuple):
    """The messages of a day: its date, and how many they are."""

    date: Markup
    messages: list[Message]


class Tried(NamedTuple):
    """A trial in sentences, and its messages by day; `more` of them are not listed."""

    facts: list[str]
    days: list[Day]
    more: int


def tried(trial: Trial, at: Reader) -> Tried:
    """A trial as its page shows it, by the clock of who reads."""
    days = groupby(trial["messages"], lambda message: at.local(message["at"]).date())
    return Tried(
        _facts(trial),
        [Day(at.day(date), [_message(message, at) for message in messages]) for date, messages in days],
        trial["count"] - len(trial["messages"]),
    )


def _facts(trial: Trial) -> list[str]:
    days, jobs = trial["days"], trial["jobs"]
    told = [
        ngettext("%(num)s message", "%(num)s messages", trial["count"]) % {"num": trial["count"]}
        + " "
        + ngettext("in %(num)s day", "in %(num)s days", days) % {"num": days},
        ngettext("for %(num)s job", "for %(num)s jobs", jobs) % {"num": jobs},
    ]
    if trial["recoveries"]:
        told.append(
            ngettext("%(num)s recovery message", "%(num)s recovery messages", trial["recoveries"])
            % {"num": trial["recoveries"]}
        )
    if trial["groups"]:
        told.append(
            ngettext("%(num)s about several jobs", "%(num)s about several jobs", trial["groups"])
            % {"num": trial["groups"]}
        )
    if trial["held"]:
        told.append(
            ngettext("%(num)s held back by quiet hours", "%(num)s held back by quiet hours", trial["held"])
            % {"num": trial["held"]}
        )
    if trial["first_after_ms"] is not None:
        told.append(_("first alert after %(span)s (median)") % {"span": duration(trial["first_after_ms"])})
    if trial["sampled"]:
        told.append(_("only some jobs were simulated, since there were too many changes"))
    return told


def _message(message: TrialMessage, at: Reader) -> Message:
    kinds = words.notice_kinds()
    jobs = ", ".join(visible(name) for name in message["jobs"])
    more = message["total"] - len(message["jobs"])
    if more > 0:
        jobs = _("%(first)s and %(more)s more") % {"first": jobs, "more": more}
    return Message(
        at.minute(message["at"]),
        visible(message["channel"]),
        kinds.get(message["kind"], message["kind"]),
        jobs,
    )
