"""What a message says first: what is wrong, what would be lost, what to do next; and last: why somebody gets it."""

from duplistat.core import formatting
from duplistat.core.alerts.moments import Moments
from duplistat.core.alerts.notice import OF_JOBS, Cause, Kind, NoticeFacts, ProblemFacts, ProblemKind, Why
from duplistat.core.alerts.subjects import group
from duplistat.core.alerts.words import as_word, counted, how_often, is_alone, missed, number_of, where
from duplistat.core.i18n import Say, later
from duplistat.core.reason import Code

_HAPPENED = {
    ProblemKind.WARNING: later("{name} ended with warnings"),
    ProblemKind.FAILED: later("{name} failed"),
    ProblemKind.OVERDUE: later("{name} is overdue: no backup came when one was expected"),
    ProblemKind.STUCK: later("{name} has stalled: it started, and makes no progress"),
    ProblemKind.CHANNEL: later("The channel {name} does not deliver"),
    ProblemKind.SYSTEM: later("Something is wrong with duplistat itself"),
}
_STILL = {
    ProblemKind.WARNING: later("{name} still ends with warnings"),
    ProblemKind.FAILED: later("{name} still fails: no run has succeeded since"),
    ProblemKind.OVERDUE: later("{name} is still overdue"),
    ProblemKind.STUCK: later("{name} is still stalled"),
    ProblemKind.CHANNEL: later("The channel {name} still does not deliver"),
    ProblemKind.SYSTEM: later("Something is still wrong with duplistat itself"),
}
_NEXT = {
    ProblemKind.WARNING: later(
        "There is a backup, but something may be missing in it. See in the log what was left out, and why."
    ),
    ProblemKind.FAILED: later("Remove the cause that the log names, then start the backup again."),
    ProblemKind.OVERDUE: later(
        "See whether {server} is on and has a network, and whether its backup program runs and still has this schedule."
    ),
    ProblemKind.STUCK: later(
        "See on {server} whether the backup still works. If not, stop it and start it again."
    ),
    ProblemKind.CHANNEL: later(
        "Correct the channel's settings and send a test. What waits for it goes out then."
    ),
    ProblemKind.SYSTEM: later("Run “duplistat doctor” on the server: it says what is wrong and what helps."),
}
_NEXT_PROOF = later(
    "Do not rely on this backup until it was verified or restored without errors. Repair it, or begin a new one."
)
_NEXT_SILENT = later("See whether {server} is on and has a network.")
_NEXT_OUTAGE = later(
    "Wait for the next runs: reports that could not be delivered meanwhile may still arrive."
)
_NEXT_MIXED = later("Begin with the first one: the page of each job says what is wrong.")
_NEXT_SEVERAL = later("Look first at what they have in common, then start the backups again.")

_WHY = {
    Why.FIRST: later("it is for problems like this"),
    Why.MINUTES: later("it is for problems like this that last for some time"),
    Why.WORSE: later("it got worse"),
    Why.EACH: later("it alerts about each failure"),
    Why.REMINDER: later("it reminds of what is still wrong"),
    Why.ACKNOWLEDGEMENT_ENDED: later("the acknowledgement has ended, and it is still wrong"),
    Why.STEP: later("nobody acknowledged it in time, so more people are alerted"),
    Why.UNSTEADY: later(
        "it is flapping (fails and recovers repeatedly); you are alerted once, and again when that has ended"
    ),
    Why.STEADY: later("it was flapping (failed and recovered repeatedly), and that has ended"),
    Why.RECOVERED: later("you were alerted about the problem, and it is over"),
    Why.GROUPED: later("several problems with the same cause are one message"),
    Why.STORM: later("there are so many problems that one message summarizes all"),
    Why.STORM_OVER: later("you were alerted about many problems, and that is over"),
    Why.QUIET_OVER: later("the quiet hours are over"),
    Why.HEALED: later("the channel did not work for some time, and this waited for it"),
    Why.EVENT: later("it alerts about events"),
    Why.SCHEDULE: later("it is sent regularly"),
    Why.REQUEST: later("requested by a user"),
    Why.SYSTEM: later("duplistat alerts its administrators about its own problems"),
}


def headline(facts: NoticeFacts, moments: Moments, over: bool) -> str:
    """The first sentence, with a full stop: what has happened. Of messages about problems only."""
    problems, say = facts["problems"], moments.say
    if is_alone(facts):
        return (_late(problems[0], moments) if over else _of_one(problems[0], facts, moments)) + "."
    if over or facts["kind"] == Kind.RECOVERED or facts["why"] == Why.STORM_OVER:
        return say.gettext("{what}: OK again.").format(what=group(facts, moments))
    counts = counted(facts["counts"], say)
    if facts["cause"] == Cause.OUTAGE:
        text = say.gettext("This server was down. What was due meanwhile is overdue: {counts}.")
        return text.format(counts=counts)
    return formatting.labelled(group(facts, moments), f"{counts}.", say)


def _of_one(problem: ProblemFacts, facts: NoticeFacts, moments: Moments) -> str:
    say = moments.say
    name = where(problem, say)
    if facts["kind"] == Kind.RECOVERED:
        if problem["closed_at"] is None:
            return say.gettext("{name} is OK again").format(name=name)
        took = moments.took(problem["opened_at"], problem["closed_at"])
        return say.gettext("{name} is OK again, after {time}").format(name=name, time=took)
    if facts["why"] == Why.UNSTEADY:
        return say.gettext("{name} is flapping (fails and recovers repeatedly)").format(name=name)
    texts = _STILL if facts["kind"] == Kind.REMINDER else _HAPPENED
    happened = say.gettext(texts[ProblemKind(problem["kind"])]).format(name=name)
    often = how_often(problem, say)
    return f"{happened} ({often})" if often else happened


def _late(problem: ProblemFacts, moments: Moments) -> str:
    """That it was, when nobody could be reached while it was."""
    say = moments.say
    text = say.gettext("{name} was {state} {when}, and is OK again; you could not be reached until {time}")
    return text.format(
        name=where(problem, say),
        state=as_word(problem["kind"], say),
        when=moments.between(problem["opened_at"], problem["closed_at"] or moments.now),
        time=moments.short(moments.now),
    )


def at_risk(problem: ProblemFacts, moments: Moments) -> str:
    """What would be lost if the data were lost now; "" for what is no job."""
    say = moments.say
    if problem["kind"] not in OF_JOBS:
        return ""
    good = problem["last_good_at"]
    if good is None:
        return say.gettext(
            "There is no successful backup yet. If the data were lost now, nothing could be restored."
        )
    text = say.gettext(
        "The last successful backup is {age} old, from {when}. What changed since then would be lost."
    )
    return text.format(age=moments.age(good), when=moments.full(good))


def next_step(facts: NoticeFacts, say: Say, reasons: list[Code]) -> str:
    """What to do; "" where there is nothing. `reasons` are the codes of the first problem's."""
    if facts["kind"] == Kind.RECOVERED or not facts["problems"]:
        return ""
    worst = facts["problems"][0]
    server = worst["server"] or say.gettext("the server")
    if facts["cause"] == Cause.SILENT_SERVER:
        return say.gettext(_NEXT_SILENT).format(server=facts["cause_name"] or server)
    if facts["cause"] == Cause.OUTAGE:
        return say.gettext(_NEXT_OUTAGE)
    if facts["total"] > 1:
        text = _NEXT_MIXED if facts["cause"] in ("", Cause.MIXED) else _NEXT_SEVERAL
        return say.gettext(text)
    if any(code in (Code.VERIFICATION_FAILED, Code.RESTORE_FAILED) for code in reasons):
        return say.gettext(_NEXT_PROOF)
    return say.gettext(_NEXT[ProblemKind(worst["kind"])]).format(server=server)


def recovery(problem: ProblemFacts, moments: Moments) -> str:
    """What it was while it lasted: overdue Tue 02:14–05:24 (UTC+01:00), 2 expected runs missed."""
    say, ended = moments.say, problem["closed_at"]
    was = as_word(problem["kind"], say)
    parts = [was if ended is None else f"{was} {moments.between(problem['opened_at'], ended)}"]
    if problem["fails"]:
        text = say.ngettext("{number} failure", "{number} failures", problem["fails"])
        parts.append(text.format(number=formatting.count(problem["fails"], say)))
    if gone := missed(problem):
        text = say.ngettext("{number} expected run missed", "{number} expected runs missed", gone)
        parts.append(text.format(number=formatting.count(gone, say)))
    return ", ".join(parts)


def went(number: int, say: Say) -> str:
    """How many problems came and went while messages were held back."""
    text = say.ngettext(
        "{number} problem came and went while messages were held back.",
        "{number} problems came and went while messages were held back.",
        number,
    )
    return text.format(number=formatting.count(number, say))


def why_told(facts: NoticeFacts, say: Say) -> str:
    """Why somebody gets the message: rule “Administrators”: it tells of such problems."""
    why, number, of = Why(facts["why"]), number_of(facts), facts["of"]
    if why is Why.FAILS:
        fails = max((problem["fails"] for problem in facts["problems"]), default=0)
        text = say.gettext("it is for problems like this, after {number} failures in a row")
        reason = (
            text.format(number=formatting.count(fails, say)) if fails > 1 else say.gettext(_WHY[Why.FIRST])
        )
    else:
        reason = say.gettext(_WHY[why])
    if number and of:
        reason += " " + say.gettext("({number} of {of})").format(number=number, of=of)
    if facts["rule"]:
        return say.gettext("rule “{rule}”: {reason}.").format(rule=facts["rule"], reason=reason)
    return f"{reason}."
