"""Subjects: the state first, then what and where, the reason, and since when. One line of at most 200 characters."""

from duplistat.core import formatting
from duplistat.core.alerts.budget import start
from duplistat.core.alerts.moments import Moments
from duplistat.core.alerts.notice import OF_JOBS, Cause, Kind, NoticeFacts, ProblemFacts, Why
from duplistat.core.alerts.plain import one_line
from duplistat.core.alerts.words import (
    as_word,
    cause_name,
    counted,
    how_often,
    is_alone,
    state_of,
    where,
    why_in_short,
)
from duplistat.core.i18n import Say, restored, translated

MOST = 200
# Of a name in a subject; the reason gets what is left.
_MOST_NAME = 50
_FEWEST_REASON = 30


def subject_of(facts: NoticeFacts, moments: Moments) -> str:
    """The subject of a message. `facts` are cleaned (`words.cleaned`)."""
    over = all_over(facts)
    state = f"[{state_of(facts, moments.say, over=over)}]"
    if facts["kind"] in (Kind.TEST, Kind.DIGEST, Kind.SYSTEM) and not facts["problems"]:
        return _whole(moments.say, state, _of_details(facts, moments.say))
    if is_alone(facts):
        return _of_one(facts["problems"][0], facts, moments, state)
    if facts["problems"]:
        about = moments.say.gettext("OK again") if over else _about_all(facts, moments)
        return _whole(moments.say, state, group(facts, moments), about)
    if facts["events"]:
        return _of_events(facts, moments.say, state)
    return _whole(moments.say, state, _gone(facts, moments.say))


def all_over(facts: NoticeFacts) -> bool:
    """Whether an alarm comes so late that all of it is over. `counts` of a summary are of what is not."""
    shown = facts["problems"]
    return (
        facts["kind"] != Kind.RECOVERED
        and bool(shown)
        and (facts["total"] <= len(shown) or not facts["counts"])
        and all(problem["closed_at"] is not None for problem in shown)
    )


def group(facts: NoticeFacts, moments: Moments) -> str:
    """What several problems are: 14 jobs on server-01; server-01 is silent since 01:40.

    Since when is in the details of such facts: `since` (ms), when it last reported anything.
    """
    name, say = cause_name(facts, moments), moments.say
    number = sum(facts["counts"].values()) or facts["total"]
    if facts["cause"] == Cause.SILENT_SERVER and facts["kind"] != Kind.RECOVERED:
        since = facts["details"].get("since")
        if isinstance(since, int):
            text = say.gettext("{server} is silent since {when}")
            return text.format(server=name, when=moments.short(since))
        return say.gettext("{server} is silent").format(server=name)
    texts = {
        Cause.SERVER: say.ngettext("{number} job on {name}", "{number} jobs on {name}", number),
        Cause.SILENT_SERVER: say.ngettext("{number} job on {name}", "{number} jobs on {name}", number),
        Cause.DESTINATION: say.ngettext("{number} job to {name}", "{number} jobs to {name}", number),
        Cause.AGENT: say.ngettext("{number} job of {name}", "{number} jobs of {name}", number),
        Cause.SCHEDULE: say.ngettext("{number} job due at {name}", "{number} jobs due at {name}", number),
    }
    text = texts.get(Cause(facts["cause"])) or say.ngettext("{number} job", "{number} jobs", number)
    return text.format(number=formatting.count(number, say), name=name)


def of_causes(facts: NoticeFacts, moments: Moments) -> list[tuple[str, str]]:
    """What the problems of a message have in common, each cause with what is said of it; what is left comes last."""
    pairs = []
    for item in facts.get("causes", ()):
        part: NoticeFacts = {
            **facts,
            "cause": item["cause"],
            "cause_name": item["cause_name"],
            "total": item["total"],
            "counts": item["counts"],
            "problems": [item["worst"]],
            "causes": [],
        }
        number = formatting.count(item["total"], moments.say)
        others = moments.say.ngettext("{number} other job", "{number} other jobs", item["total"])
        name = group(part, moments) if item["cause"] else others.format(number=number)
        pairs.append((name, _about_all(part, moments)))
    return pairs


def _of_one(problem: ProblemFacts, facts: NoticeFacts, moments: Moments, state: str) -> str:
    say, name = moments.say, where(problem, moments.say, _MOST_NAME)
    ended = problem["closed_at"]
    if facts["kind"] == Kind.RECOVERED:
        if ended is None:
            return _whole(say, state, name)
        after = say.gettext("after {time}").format(time=moments.took(problem["opened_at"], ended))
        return _whole(say, state, f"{name} {after}")
    if ended is not None:
        was = as_word(problem["kind"], say)
        return _whole(say, state, name, f"{was} {moments.between(problem['opened_at'], ended)}")
    if facts["why"] == Why.UNSTEADY:
        return _whole(say, state, name, say.gettext("fails and recovers repeatedly"), how_often(problem, say))
    last = ""
    if problem["kind"] in OF_JOBS:
        last = say.gettext("no successful backup yet")
        if problem["last_good_at"] is not None:
            last = say.gettext("last success {when}").format(when=moments.short(problem["last_good_at"]))
    reason = why_in_short(problem, moments)
    if facts["kind"] == Kind.REMINDER and problem["kind"] in OF_JOBS:
        since = say.gettext("{state} since {when}").format(
            state=as_word(problem["kind"], say), when=moments.short(problem["kind_at"])
        )
        return _whole(say, state, name, formatting.listed(filter(None, (since, reason)), say), last)
    return _whole(say, state, name, reason, ", ".join(filter(None, (how_often(problem, say), last))))


def _about_all(facts: NoticeFacts, moments: Moments) -> str:
    say, cause = moments.say, facts["cause"]
    if facts["kind"] == Kind.RECOVERED or facts["why"] == Why.STORM_OVER:
        return say.gettext("OK again")
    if cause == Cause.SILENT_SERVER:
        text = say.ngettext("{number} job overdue", "{number} jobs overdue", facts["total"])
        return text.format(number=formatting.count(facts["total"], say))
    if cause == Cause.ERROR and (said := cause_name(facts, moments)):
        return said
    if cause == Cause.OUTAGE:
        return say.gettext("this server was down ({counts})").format(counts=counted(facts["counts"], say))
    if cause == Cause.SCHEDULE:
        return counted(facts["counts"], say)
    reasons = {why_in_short(problem, moments) for problem in facts["problems"]}
    alone = len(reasons) == 1 and len(facts["counts"]) == 1 and facts["total"] <= len(facts["problems"])
    return (reasons.pop() if alone else "") or counted(facts["counts"], say)


def _of_events(facts: NoticeFacts, say: Say, state: str) -> str:
    first = facts["events"][0]
    names = {event["server"] for event in facts["events"]}
    if len(facts["events"]) > 1:
        number = len(facts["events"])
        text = (
            say.ngettext("{number} event of {server}", "{number} events of {server}", number)
            if len(names) == 1
            else say.ngettext("{number} event", "{number} events", number)
        )
        name = text.format(number=formatting.count(number, say), server=first["server"])
        return _whole(say, state, name, _beginning(first["message"]))
    what = one_line(first["job"] or first["type"], _MOST_NAME)
    server = one_line(first["server"], _MOST_NAME)
    name = say.gettext("{job} on {server}").format(job=what, server=server) if what else server
    return _whole(say, state, name, _beginning(first["message"]))


def _beginning(message: str) -> str:
    first, _, rest = message.partition("\n")
    return one_line(f"{first} …" if rest else first, MOST)


def _gone(facts: NoticeFacts, say: Say) -> str:
    number = facts["went"]
    text = say.ngettext("{number} problem came and went", "{number} problems came and went", number)
    return text.format(number=formatting.count(number, say))


def _of_details(facts: NoticeFacts, say: Say) -> str:
    details = facts["details"]
    channel, code = one_line(str(details.get("channel", "")), _MOST_NAME), details.get("code")
    if facts["kind"] != Kind.TEST:
        return one_line(translated(restored(str(details.get("subject", ""))), say), MOST)
    if code and facts["why"] != Why.SCHEDULE:
        text = say.gettext("{channel}: the code is {code}") if channel else say.gettext("the code is {code}")
    else:
        text = say.gettext("{channel}: self-test") if channel else say.gettext("self-test")
    return text.format(channel=channel, code=one_line(str(code), 20))


def _whole(say: Say, state: str, what: str, reason: str = "", since: str = "") -> str:
    """Put together, so that of what is too long only the reason is cut, as far as there is one."""
    begin, end = f"{state} {what}", f" ({since})" if since else ""
    room = MOST - len(begin) - len(end) - len(say.formats.colon)
    if reason and room >= _FEWEST_REASON:
        begin = formatting.labelled(begin, start(reason, room), say)
    return one_line(begin + end, MOST)
