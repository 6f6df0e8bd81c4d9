"""The words for what alerts are about, in the language of who reads."""

from duplistat.core.alerts.notice import OF_JOBS, SEVERITIES, Dropped, Kind, ProblemKind, Why
from duplistat.core.alerts.problem import Closed
from duplistat.core.alerts.rule import EVENT
from duplistat.store import notices
from duplistat.store.notices import Notice
from duplistat.web import language
from duplistat.web.formatting import count
from duplistat.web.language import gettext as _
from duplistat.web.language import pgettext
from duplistat.web.parts.states import state_words


def problem_kinds() -> dict[str, str]:
    """{what is wrong: its word}."""
    return {
        ProblemKind.FAILED: _("failed"),
        ProblemKind.OVERDUE: _("overdue"),
        ProblemKind.STUCK: _("stalled"),
        ProblemKind.WARNING: _("warning"),
        ProblemKind.CHANNEL: _("does not deliver"),
        ProblemKind.SYSTEM: _("this server"),
        EVENT: _("event"),
    }


def notice_kinds() -> dict[str, str]:
    """{what a notice is for: its words}."""
    return {
        Kind.PROBLEM: _("new problem"),
        Kind.WORSE: _("got worse"),
        Kind.EACH: _("failed again"),
        Kind.REMINDER: _("reminder"),
        Kind.STEP: _("escalation"),
        Kind.RECOVERED: _("recovered"),
        Kind.SUMMARY: _("summary"),
        Kind.EVENT: _("event"),
        Kind.DIGEST: _("digest"),
        Kind.TEST: _("test"),
        Kind.SYSTEM: _("this server"),
    }


def whys() -> dict[str, str]:
    """{why a notice goes out: as a person would say it}."""
    return {
        Why.FIRST: _("the problem began"),
        Why.FAILS: _("it failed as often in a row as the rule says"),
        Why.MINUTES: _("it has lasted as long as the rule says"),
        Why.WORSE: _("it got worse"),
        Why.EACH: _("the rule alerts about each failure"),
        Why.REMINDER: _("nobody has acknowledged it"),
        Why.ACKNOWLEDGEMENT_ENDED: _("the acknowledgement has ended"),
        Why.STEP: _("nobody has acknowledged it: the next step of the rule"),
        Why.UNSTEADY: _("flapping: it fails and recovers repeatedly"),
        Why.STEADY: _("no longer flapping"),
        Why.RECOVERED: _("the problem is over"),
        Why.GROUPED: _("several problems of one cause"),
        Why.STORM: _("many problems at once"),
        Why.STORM_OVER: _("many problems are over"),
        Why.QUIET_OVER: _("quiet hours have ended"),
        Why.HEALED: _("the channel delivers again"),
        Why.EVENT: _("an event was reported"),
        Why.SCHEDULE: _("scheduled"),
        Why.REQUEST: _("sent by hand"),
        Why.SYSTEM: _("this server reports about itself"),
    }


def dropped() -> dict[str, str]:
    """{why a notice failed or was dropped: as a person would say it}."""
    return {
        Dropped.OVER: _("the problem was over before anybody was alerted"),
        Dropped.REPLACED: _("a newer notice says it too"),
        Dropped.ACKNOWLEDGED: _("the problem was acknowledged"),
        Dropped.QUIET: _("quiet hours"),
        Dropped.CHANNEL_DELETED: _("the channel was deleted"),
        Dropped.CHANNEL_OFF: _("the channel is off"),
        Dropped.GONE: _("the job is gone"),
        Dropped.EXPIRED: _("tried for too long"),
        Dropped.REFUSED: _("the receiver refuses this text"),
        Dropped.CHANNEL: _("the channel does not deliver"),
        Dropped.BY_HAND: _("dropped by hand"),
    }


def closings(*, channel: bool = False) -> dict[str, str]:
    """{how a problem ended: in words}; of a `channel` or of a job."""
    return {
        Closed.GOOD: _("the channel delivers again") if channel else _("a backup succeeded"),
        Closed.STEADY: _("no longer flapping"),
        Closed.GONE: _("the job is gone, or no longer watched"),
    }


def notice_state(notice: Notice, now: int) -> tuple[str, str]:
    """(class of its mark, word) for how it is with a notice."""
    if notice.result == notices.SENT:
        return "ok", pgettext("a notice", "sent")
    if notice.result == notices.FAILED:
        return "failed", pgettext("a notice", "failed")
    if notice.result == notices.DROPPED:
        return "never", pgettext("a notice", "dropped")
    if notice.claimed_until is not None and notice.claimed_until > now:
        return "running", pgettext("a notice", "being sent")
    return "paused", pgettext("a notice", "waiting")


def attempt_state(outcome: str) -> tuple[str, str]:
    """(class of its mark, words) for what became of an attempt."""
    known = {
        "sent": ("ok", pgettext("an attempt", "accepted")),
        "temporary": ("warning", pgettext("an attempt", "not now: tried again")),
        "text": ("failed", pgettext("an attempt", "this text is refused")),
        "channel": ("failed", pgettext("an attempt", "the channel does not deliver")),
        "unknown": ("warning", pgettext("an attempt", "cut off: it may have arrived")),
        "": ("running", pgettext("an attempt", "in progress")),
    }
    return known.get(outcome, ("never", outcome))


def channel_kinds() -> dict[str, str]:
    """{kind of a channel: its name}."""
    return {
        "mail": _("Mail"),
        "webhook": _("Webhook"),
        "ntfy": "ntfy",
        "webpush": _("Web push"),
        "apprise": "Apprise",
    }


def kinds_of_rules() -> dict[str, str]:
    """{what a rule can be for: in words}."""
    return {
        ProblemKind.FAILED: _("failed backups"),
        ProblemKind.OVERDUE: _("overdue backups"),
        ProblemKind.STUCK: _("stalled backups"),
        ProblemKind.WARNING: _("warnings"),
        EVENT: _("events"),
    }


def severities() -> dict[str, str]:
    """{how grave it is: its word}, least first."""
    return {item.value: state_words()[item.value] for item in SEVERITIES}


def weekdays() -> list[str]:
    """The short names of the days of the week, Monday first."""
    return list(language.say().formats.days)


def week() -> list[tuple[int, str]]:
    """The same with their numbers, 0 for Monday, in the order of a week of who reads."""
    formats = language.say().formats
    return [(day, formats.days[day]) for day in formats.week]


def mark_of(kind: str) -> str:
    """The class of the mark of a problem of that kind."""
    return kind if kind in OF_JOBS else "error"


def took(ms: int) -> str:
    """How long an attempt took."""
    return f"{count(ms)} ms"
