"""What messages call things: states, reasons, counts; and the facts of others, made fit to be said."""

from collections.abc import Mapping

from duplistat.core import formatting
from duplistat.core.alerts.moments import Moments
from duplistat.core.alerts.notice import (
    OF_JOBS,
    OF_RUNS,
    Cause,
    EventFacts,
    Kind,
    NoticeFacts,
    ProblemFacts,
    ProblemKind,
    Severity,
    Why,
)
from duplistat.core.alerts.plain import lines_of, one_line
from duplistat.core.i18n import Say, later, restored, translated
from duplistat.core.reason import Code, Reason, load
from duplistat.core.reason_words import message_of
from duplistat.core.reason_words import words as reason_words

LOG_LINES = 10
MESSAGE_LINES = 20
# The word that a subject begins with.
STATES: Mapping[str, str] = {
    ProblemKind.WARNING: later("WARNING"),
    ProblemKind.FAILED: later("FAILED"),
    ProblemKind.OVERDUE: later("OVERDUE"),
    ProblemKind.STUCK: later("STALLED"),
    ProblemKind.CHANNEL: later("CHANNEL BROKEN"),
    ProblemKind.SYSTEM: later("SYSTEM"),
}
SEVERITIES: Mapping[str, str] = {
    Severity.INFO: later("INFO"),
    Severity.WARNING: later("WARNING"),
    Severity.ERROR: later("ERROR"),
    Severity.CRITICAL: later("CRITICAL"),
}
RECOVERED = later("RECOVERED")
OVER = later("OVER")
UNSTEADY = later("FLAPPING")
TEST = later("TEST")
DIGEST = later("DIGEST")
REMINDER = later("REMINDER")
REMINDER_NUMBER = later("REMINDER {number}")
# Behind a name and behind a number: 12 failed.
_AS = {
    ProblemKind.WARNING: later("with warnings"),
    ProblemKind.FAILED: later("failed"),
    ProblemKind.OVERDUE: later("overdue"),
    ProblemKind.STUCK: later("stalled"),
    ProblemKind.CHANNEL: later("broken"),
    ProblemKind.SYSTEM: later("with problems"),
}

# By the ending of the number in English.
_TIMES_IN_A_ROW = {
    "st": later("{number}st time in a row"),
    "nd": later("{number}nd time in a row"),
    "rd": later("{number}rd time in a row"),
    "th": later("{number}th time in a row"),
}
_TIMES_IN_A_WEEK = {
    "st": later("{number}st time in 7 days"),
    "nd": later("{number}nd time in 7 days"),
    "rd": later("{number}rd time in 7 days"),
    "th": later("{number}th time in 7 days"),
}


def cleaned(facts: NoticeFacts, say: Say, closed: Mapping[int, int] | None = None) -> NoticeFacts:
    """The facts with every text of others fit to be said: names on one line, logs and messages within their bounds.

    `closed`: {problem: when} of those that were over meanwhile. A problem of a channel gets its name for a job.
    """
    channel = str(facts["details"].get("channel") or "")
    return {
        **facts,
        "account": one_line(facts["account"], 100),
        "rule": one_line(facts["rule"], 100),
        "cause_name": one_line(facts["cause_name"], 100),
        "causes": [
            {
                **item,
                "cause_name": one_line(item["cause_name"], 100),
                "worst": _clean_problem(item["worst"], say, channel, closed or {}),
            }
            for item in facts.get("causes", ())
        ],
        "problems": [_clean_problem(item, say, channel, closed or {}) for item in facts["problems"]],
        "events": [_clean_event(event) for event in facts["events"]],
    }


def _clean_problem(problem: ProblemFacts, say: Say, channel: str, closed: Mapping[int, int]) -> ProblemFacts:
    names = {name: one_line(str(problem[name]), 100) for name in ("account", "server", "job", "acked_by")}
    lines = lines_of("\n".join(problem["log"][-LOG_LINES:]), LOG_LINES)
    message = message_of(problem["message"], say)
    if problem["kind"] not in OF_JOBS:
        message = translated(restored(message), say)
        names["job"] = names["job"] or one_line(channel, 100)
    told = {"message": one_line(message), "log": lines}
    ended = closed.get(problem["id"], problem["closed_at"])
    return {**problem, **names, **told, "closed_at": ended}  # type: ignore[typeddict-item]


def _clean_event(event: EventFacts) -> EventFacts:
    names = {name: one_line(str(event[name]), 100) for name in ("account", "server", "type", "job")}
    return {**event, **names, "message": "\n".join(lines_of(event["message"], MESSAGE_LINES))}  # type: ignore[typeddict-item]


def state_of(facts: NoticeFacts, say: Say, *, over: bool = False) -> str:
    """The word that says in which state it is. `over`: all of it was over before the message went out."""
    kind, why = facts["kind"], facts["why"]
    if over:
        return say.gettext(OVER)
    if kind == Kind.RECOVERED or why == Why.STORM_OVER:
        return say.gettext(RECOVERED)
    if kind == Kind.TEST:
        return say.gettext(TEST)
    if kind == Kind.DIGEST:
        return say.gettext(DIGEST)
    if why == Why.UNSTEADY:
        return say.gettext(UNSTEADY)
    if kind == Kind.REMINDER:
        if number := number_of(facts):
            return say.gettext(REMINDER_NUMBER).format(number=number)
        return say.gettext(REMINDER)
    if facts["problems"]:
        worst = facts["problems"][0]["kind"]
        return say.gettext(STATES[worst])
    if facts["events"]:
        severity = gravest(facts)
        return say.gettext(SEVERITIES[severity])
    # All that was held back may be over.
    word = OVER if facts["went"] else STATES[ProblemKind.SYSTEM]
    return say.gettext(word)


def is_alone(facts: NoticeFacts) -> bool:
    """Whether a message tells of one problem and nothing else."""
    return len(facts["problems"]) == 1 and facts["total"] <= 1 and not facts["events"]


def number_of(facts: NoticeFacts) -> int:
    """Which reminder or step it is, from 1; 0 for other messages."""
    if facts["why"] == Why.REMINDER:
        return max(facts["number"], 0)
    # Steps of graver kinds count from a hundred on.
    return facts["number"] % 100 if facts["why"] == Why.STEP else 0


def gravest(facts: NoticeFacts) -> Severity:
    """The gravest of what a message tells of."""
    order = list(Severity)
    told = [
        *(item["severity"] for item in facts["problems"]),
        *(item["severity"] for item in facts["events"]),
    ]
    return max((Severity(severity) for severity in told), key=order.index, default=Severity.INFO)


def as_word(kind: str, say: Say) -> str:
    """A kind of problem behind a name or a number: failed, with warnings."""
    return say.gettext(_AS[ProblemKind(kind)])


def counted(counts: Mapping[str, int], say: Say) -> str:
    """12 failed, 2 overdue; the gravest last in the order of kinds first."""
    kinds = [*reversed(OF_JOBS), ProblemKind.CHANNEL, ProblemKind.SYSTEM]
    told = [(_so_many(kind, counts[kind], say), counts[kind]) for kind in kinds if counts.get(kind)]
    return ", ".join(text.format(number=formatting.count(number, say)) for text, number in told)


def _so_many(kind: ProblemKind, number: int, say: Say) -> str:
    texts = {
        ProblemKind.WARNING: say.npgettext(
            "jobs", "{number} with warnings", "{number} with warnings", number
        ),
        ProblemKind.FAILED: say.npgettext("jobs", "{number} failed", "{number} failed", number),
        ProblemKind.OVERDUE: say.npgettext("jobs", "{number} overdue", "{number} overdue", number),
        ProblemKind.STUCK: say.npgettext("jobs", "{number} stalled", "{number} stalled", number),
        ProblemKind.CHANNEL: say.npgettext("channels", "{number} broken", "{number} broken", number),
        ProblemKind.SYSTEM: say.npgettext(
            "systems", "{number} with problems", "{number} with problems", number
        ),
    }
    return texts[kind]


def where(problem: ProblemFacts, say: Say, most: int = 100) -> str:
    """daily-backup on server-01; of a channel its name."""
    job, server = one_line(problem["job"], most), one_line(problem["server"], most)
    if job and server:
        return say.gettext("{job} on {server}").format(job=job, server=server)
    return job or server or say.gettext("this server")


def how_often(problem: ProblemFacts, say: Say) -> str:
    """3rd time in a row, or 2nd time in 7 days; "" for the first time."""
    of_runs = problem["kind"] in OF_RUNS and not problem["unsteady"]
    if of_runs and problem["fails"] > 1:
        return _nth(_TIMES_IN_A_ROW, problem["fails"], say)
    if problem["again"] > 0:
        return _nth(_TIMES_IN_A_WEEK, problem["again"] + 1, say)
    return ""


def _nth(texts: Mapping[str, str], number: int, say: Say) -> str:
    """3rd time …: by the ending in English. Other languages may have the same ending in all four of `texts`."""
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return say.gettext(texts[ending]).format(number=number)


def reasons_of(problem: ProblemFacts) -> list[Reason]:
    """The reasons that were kept; a text that is none of them is one."""
    kept = problem["reason"]
    try:
        return load(kept)
    except (ValueError, TypeError, LookupError, AttributeError):
        return [Reason(Code.TEXT, {"text": kept})]


def missed(problem: ProblemFacts) -> int:
    """How many expected runs never came."""
    return max((reason.number("missed") or 0 for reason in reasons_of(problem)), default=0)


def expected_of(problem: ProblemFacts) -> int | None:
    """When the first run was expected that did not come (ms)."""
    found = (reason.number("expected_at") for reason in reasons_of(problem))
    return next(filter(None, found), None) or problem["expected_at"]


def cause_name(facts: NoticeFacts, moments: Moments) -> str:
    """What several problems have in common, by name: a server, a time of day, what their backup program said."""
    first = facts["problems"][0] if facts["problems"] else None
    if first is not None and facts["cause"] == Cause.SCHEDULE:
        expected = expected_of(first)
        return facts["cause_name"] or ("" if expected is None else moments.short(expected))
    if first is not None and facts["cause"] == Cause.ERROR:
        return first["message"] or facts["cause_name"]
    return facts["cause_name"]


def why_of(problem: ProblemFacts, moments: Moments) -> str:
    """The reason in a sentence, with times as `full` says them: "The backup Tue 24 Nov … failed: access denied".

    Of what is over: as it was at its end.
    """
    ended = problem["closed_at"]
    now = moments.now if ended is None else ended
    if problem["reason"].startswith('["'):
        return one_line(translated(restored(problem["reason"]), moments.say))
    pieces = reason_words(reasons_of(problem), now, moments.say)
    told = "".join(moments.full(piece) if isinstance(piece, int) else piece for piece in pieces)
    return one_line(told) or problem["message"]


def why_in_short(problem: ProblemFacts, moments: Moments) -> str:
    """What a subject says of the reason: the sender's own message where there is one, else ours in a few words."""
    say, kind = moments.say, problem["kind"]
    reasons = reasons_of(problem)
    if kind == ProblemKind.OVERDUE:
        expected = expected_of(problem)
        return say.gettext("expected {when}").format(when=moments.short(expected)) if expected else ""
    if kind == ProblemKind.STUCK:
        since = next((item.number("at") for item in reasons if item.code is Code.STALLED), None)
        return say.gettext("no progress since {when}").format(when=moments.short(since or problem["kind_at"]))
    of_run = not reasons or all(item.code in (Code.ENDED, Code.LIVE_FAILED) for item in reasons)
    if of_run and kind in OF_JOBS:
        own = [message_of(item.text("message"), say) for item in reasons]
        return one_line(next(filter(None, own), problem["message"]), 200)
    if problem["reason"].startswith('["'):
        return why_of(problem, moments)
    pieces = reason_words(reasons, moments.now, say)
    told = "".join(moments.short(piece) if isinstance(piece, int) else piece for piece in pieces)
    return one_line(told or problem["message"], 200)
