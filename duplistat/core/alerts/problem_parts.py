"""The parts of a message about problems: one, or several, each in a line."""

from dataclasses import replace

from duplistat.core import formatting
from duplistat.core.alerts import sentences
from duplistat.core.alerts.content import Content, Item, account_name, filled, page_of
from duplistat.core.alerts.moments import Moments
from duplistat.core.alerts.notice import OF_JOBS, EventFacts, Kind, NoticeFacts, ProblemFacts, ProblemKind
from duplistat.core.alerts.plain import one_line
from duplistat.core.alerts.subjects import of_causes
from duplistat.core.alerts.words import (
    SEVERITIES,
    as_word,
    how_often,
    reasons_of,
    where,
    why_in_short,
    why_of,
)


def one(body: Content, facts: NoticeFacts, moments: Moments, over: bool) -> Content:
    """A message about one problem. `over`: it was over before the message went out."""
    problem, say = facts["problems"][0], moments.say
    recovered = facts["kind"] == Kind.RECOVERED
    rows: list[tuple[str, str]] = []
    if recovered:
        rows.append((say.gettext("Problem"), sentences.recovery(problem, moments)))
    elif not over:
        rows += _since(problem, moments)
    rows.append((say.gettext("Reason"), why_of(problem, moments)))
    if problem["kind"] == ProblemKind.CHANNEL:
        rows += _of_channel(facts, problem, moments)
    elif recovered or over:
        rows.append((say.gettext("Last successful backup"), _when(problem["last_good_at"], moments)))
    else:
        rows.append((say.gettext("At risk"), sentences.at_risk(problem, moments)))
    if not recovered:
        rows.append((say.gettext("Acknowledged by"), problem["acked_by"]))
    if not over:
        codes = [reason.code for reason in reasons_of(problem)]
        rows.append((say.gettext("What to do"), sentences.next_step(facts, say, codes)))
    rows.append((say.gettext("Account"), account_name(problem["account"] or facts["account"])))
    log = () if recovered or over else tuple(problem["log"])
    return replace(
        body,
        headline=sentences.headline(facts, moments, over),
        rows=filled(rows),
        quoted_label=say.gettext("From the log") if log else "",
        quoted=log,
    )


def several(body: Content, facts: NoticeFacts, moments: Moments, base_url: str, over: bool) -> Content:
    """A message about several problems, several events, or both."""
    say, problems, events = moments.say, facts["problems"], facts["events"]
    head = say.gettext("Events were reported.")
    rows = [
        (say.gettext("What to do"), "" if over else sentences.next_step(facts, say, [])),
        (say.gettext("Account"), account_name(facts["account"])),
    ]
    of_problems = tuple(
        Item(
            where(problem, say),
            _said(problem, facts, moments),
            page_of(base_url, "jobs", problem["job_id"]),
        )
        for problem in problems
    )
    causes = () if over else tuple(of_causes(facts, moments))
    return replace(
        body,
        headline=sentences.headline(facts, moments, over) if problems else head,
        rows=filled(rows),
        causes_label=say.gettext("By cause") if causes else "",
        causes=causes,
        items_label=say.gettext("The worst") if causes else "",
        items=(*of_problems, *(_of_event(event, moments) for event in events)),
        more=max(facts["total"] - len(problems or events), 0),
    )


def _since(problem: ProblemFacts, moments: Moments) -> list[tuple[str, str]]:
    say = moments.say
    since = say.gettext("{when}, for {time}").format(
        when=moments.full(problem["kind_at"]), time=moments.lasting(problem["kind_at"])
    )
    rows = [(say.gettext("Since"), since)]
    if problem["opened_at"] < problem["kind_at"]:
        rows.append((say.gettext("Not OK since"), moments.full(problem["opened_at"])))
    return rows


def _of_channel(facts: NoticeFacts, problem: ProblemFacts, moments: Moments) -> list[tuple[str, str]]:
    """When it last delivered, and how many messages wait for it (`waiting` in the details)."""
    say, waiting = moments.say, facts["details"].get("waiting")
    rows = [(say.gettext("Last delivered"), _when(problem["last_good_at"], moments))]
    if isinstance(waiting, int) and waiting:
        text = say.ngettext("{number} message waits", "{number} messages wait", waiting)
        rows.append((say.gettext("Waiting"), text.format(number=formatting.count(waiting, say))))
    return rows


def _when(at: int | None, moments: Moments) -> str:
    return "" if at is None else moments.full(at)


def _said(problem: ProblemFacts, facts: NoticeFacts, moments: Moments) -> str:
    """What is said of one of several problems, in a line."""
    say, ended, good = moments.say, problem["closed_at"], problem["last_good_at"]
    if facts["kind"] == Kind.RECOVERED:
        return sentences.recovery(problem, moments)
    state = as_word(problem["kind"], say)
    if ended is not None:
        text = say.gettext("was {state} {when}, OK again")
        return text.format(state=state, when=moments.between(problem["opened_at"], ended))
    of_job = problem["kind"] in OF_JOBS
    parts = [
        say.gettext("{state} since {when}").format(state=state, when=moments.short(problem["kind_at"])),
        how_often(problem, say),
        why_in_short(problem, moments),
        say.gettext("last successful backup {age} ago").format(age=moments.age(good))
        if of_job and good is not None
        else "",
    ]
    return formatting.listed(filter(None, parts), say)


def _of_event(event: EventFacts, moments: Moments) -> Item:
    severity = moments.say.gettext(SEVERITIES[event["severity"]])
    what = " ".join(filter(None, (event["server"], event["job"] or event["type"])))
    return Item(f"{severity} {moments.short(event['at'])} {what}", one_line(event["message"], 200))
