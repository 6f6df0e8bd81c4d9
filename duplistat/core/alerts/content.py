"""What a message says, in parts: text and HTML are made of the same, and so say the same."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from duplistat.core import formatting
from duplistat.core.alerts import sentences
from duplistat.core.alerts.moments import Moments
from duplistat.core.alerts.notice import EventFacts, Kind, NoticeFacts, ProblemFacts, Severity
from duplistat.core.alerts.plain import address, lines_of, one_line
from duplistat.core.alerts.subjects import all_over, subject_of
from duplistat.core.alerts.words import (
    SEVERITIES,
    as_word,
    cleaned,
    gravest,
    how_often,
    reasons_of,
    state_of,
    where,
    why_in_short,
    why_of,
)
from duplistat.core.i18n import restored, translated

# The account that is always there needs no name.
ROOT = "main"
# Of what other parts of the program wrote into `details`, in lines.
_MOST_DETAILS = 2000


@dataclass(frozen=True, slots=True)
class Links:
    """Where a message leads; each "" for none. The page, and signed links of this notice and this recipient."""

    page: str = ""
    acknowledge: str = ""
    unsubscribe: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One of several problems or events, and its page; "" for none."""

    text: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Content:
    """The parts of a message in the order in which they are read. Everything is one line, and nothing is escaped.

    `rows` and `links` are pairs of label and text, `unsubscribe` is one of them or empty. `items` are several problems
    or events; `more` counts those that are not shown. `quoted` is what somebody else wrote, below its `quoted_label`.
    `good`: it tells of nothing that is wrong.
    """

    subject: str
    state: str
    severity: Severity
    good: bool
    headline: str
    rows: tuple[tuple[str, str], ...] = ()
    items: tuple[Item, ...] = ()
    more: int = 0
    after: tuple[str, ...] = ()
    quoted_label: str = ""
    quoted: tuple[str, ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    footer: str = ""
    unsubscribe: tuple[str, ...] = ()


def content_of(
    facts: NoticeFacts, moments: Moments, base_url: str, links: Links, closed: Mapping[int, int]
) -> Content:
    """The parts of the message that tells of these facts; `closed` as `compose` takes it.

    `base_url` is where our pages are, without a slash at its end; "" while that is not known.
    """
    say = moments.say
    facts = cleaned(facts, say)
    over = all_over(facts, closed)
    body = Content(
        subject=subject_of(facts, moments, closed),
        state=state_of(facts, say, over=over),
        severity=Severity.INFO if over else gravest(facts),
        good=over or facts["kind"] in (Kind.RECOVERED, Kind.TEST),
        headline="",
        links=_links(facts, links, base_url, moments, over),
        footer=say.gettext("Why you get this: {reason}").format(reason=sentences.why_told(facts, say)),
        unsubscribe=_unsubscribe(links, moments),
    )
    if facts["problems"]:
        if len(facts["problems"]) == 1 and facts["total"] <= 1:
            return _one(body, facts, moments, closed, over)
        items = tuple(
            Item(_line(problem, facts, moments, closed), page_of(base_url, "jobs", problem["job_id"]))
            for problem in facts["problems"]
        )
        return _several(body, facts, moments, items, closed, over)
    return _events(body, facts, moments) if facts["events"] else _details(body, facts, moments)


def _one(
    body: Content, facts: NoticeFacts, moments: Moments, closed: Mapping[int, int], over: bool
) -> Content:
    problem, say = facts["problems"][0], moments.say
    if over:
        problem = {**problem, "closed_at": closed[problem["id"]]}
    head = sentences.headline(facts, moments, closed, over)
    rows: list[tuple[str, str]] = []
    recovered = facts["kind"] == Kind.RECOVERED
    if recovered:
        rows.append((say.gettext("Problem"), sentences.recovery(problem, moments)))
    elif not over:
        since = say.gettext("{when}, for {time}").format(
            when=moments.full(problem["kind_at"]), time=moments.lasting(problem["kind_at"])
        )
        rows.append((say.gettext("Since"), since))
        if problem["opened_at"] < problem["kind_at"]:
            rows.append((say.gettext("Not good since"), moments.full(problem["opened_at"])))
    rows.append((say.gettext("Reason"), why_of(problem, moments)))
    rows.append((say.gettext("At risk"), "" if recovered or over else sentences.at_risk(problem, moments)))
    if (recovered or over) and problem["last_good_at"] is not None:
        rows.append((say.gettext("Newest good backup"), moments.full(problem["last_good_at"])))
    if problem["acked_by"] and not recovered:
        rows.append((say.gettext("Acknowledged by"), problem["acked_by"]))
    codes = [reason.code for reason in reasons_of(problem)]
    rows.append((say.gettext("What to do"), "" if over else sentences.next_step(facts, say, codes)))
    rows.append((say.gettext("Account"), _account(problem["account"] or facts["account"])))
    log = () if recovered or over else tuple(problem["log"])
    return replace(
        body,
        headline=head,
        rows=_filled(rows),
        after=_after(facts, moments),
        quoted_label=say.gettext("From the log") if log else "",
        quoted=log,
    )


def _several(
    body: Content,
    facts: NoticeFacts,
    moments: Moments,
    items: tuple[Item, ...],
    closed: Mapping[int, int],
    over: bool,
) -> Content:
    say = moments.say
    rows = [
        (say.gettext("What to do"), "" if over else sentences.next_step(facts, say, [])),
        (say.gettext("Account"), _account(facts["account"])),
    ]
    return replace(
        body,
        headline=sentences.headline(facts, moments, closed, over),
        rows=_filled(rows),
        items=items,
        more=max(facts["total"] - len(items), 0),
        after=_after(facts, moments),
    )


def _line(problem: ProblemFacts, facts: NoticeFacts, moments: Moments, closed: Mapping[int, int]) -> str:
    """One of several problems, in a line."""
    say, name = moments.say, where(problem, moments.say)
    if facts["kind"] == Kind.RECOVERED:
        return f"{name}: {sentences.recovery(problem, moments)}"
    if problem["id"] in closed:
        when = moments.between(problem["opened_at"], closed[problem["id"]])
        text = say.gettext("{name}: was {state} {when}, good again")
        return text.format(name=name, state=as_word(problem["kind"], say), when=when)
    text = say.gettext("{name}: {state} since {when}")
    parts = [
        text.format(name=name, state=as_word(problem["kind"], say), when=moments.short(problem["kind_at"])),
        how_often(problem, say),
        why_in_short(problem, moments),
        say.gettext("newest good backup {age} old").format(age=moments.age(problem["last_good_at"]))
        if problem["last_good_at"] is not None
        else "",
    ]
    return "; ".join(filter(None, parts))


def _events(body: Content, facts: NoticeFacts, moments: Moments) -> Content:
    say, events = moments.say, facts["events"]
    if len(events) > 1:
        return replace(
            body,
            headline=say.gettext("Devices have sent notifications."),
            items=tuple(Item(_event_line(event, moments)) for event in events),
            more=max(facts["total"] - len(events), 0),
            after=_after(facts, moments),
        )
    event = events[0]
    message = event["message"].splitlines()
    rows = [
        (say.gettext("Severity"), say.gettext(SEVERITIES[event["severity"]])),
        (say.gettext("Type"), event["type"]),
        (say.gettext("Job"), event["job"]),
        (say.gettext("When"), moments.full(event["at"])),
        (say.gettext("Account"), _account(event["account"])),
    ]
    return replace(
        body,
        headline=say.gettext("{server} has sent a notification: {message}").format(
            server=event["server"], message=one_line(message[0]) if message else say.gettext("no text")
        ),
        rows=_filled(rows),
        after=_after(facts, moments),
        quoted_label=say.gettext("The notification") if len(message) > 1 else "",
        quoted=tuple(message) if len(message) > 1 else (),
    )


def _event_line(event: EventFacts, moments: Moments) -> str:
    severity = moments.say.gettext(SEVERITIES[event["severity"]])
    what = " ".join(filter(None, (event["server"], event["job"] or event["type"])))
    return f"{severity} {moments.short(event['at'])} {what}: {one_line(event['message'], 200)}"


def _details(body: Content, facts: NoticeFacts, moments: Moments) -> Content:
    """A test, a digest, or what this server says of itself; or that all of what was held back is over."""
    say, details = moments.say, facts["details"]
    if facts["kind"] == Kind.TEST:
        code = one_line(str(details.get("code") or ""), 20)
        text = say.gettext("This is a test. Nothing is wrong, and nothing is to be done.")
        if code:
            text = say.gettext(
                "This is a test. Its code is {code}: type it on the page of the channel, to say that messages arrive."
            ).format(code=code)
        channel = one_line(str(details.get("channel") or ""), 100)
        return replace(body, headline=text, rows=_filled([(say.gettext("Channel"), channel)]))
    if facts["kind"] == Kind.DIGEST:
        return replace(body, good=True)  # digest_words says it
    if facts["kind"] == Kind.SYSTEM:
        lines = lines_of(translated(restored(str(details.get("text") or "")), say), _MOST_DETAILS, 500)
        head = one_line(translated(restored(str(details.get("subject") or "")), say))
        return replace(body, headline=head, quoted=tuple(lines))
    text = say.gettext("Nothing of what was held back is still wrong.")
    return replace(body, headline=text, after=_after(facts, moments), good=True)


def _after(facts: NoticeFacts, moments: Moments) -> tuple[str, ...]:
    return (sentences.went(facts["went"], moments.say),) if facts["went"] else ()


def _links(
    facts: NoticeFacts, links: Links, base_url: str, moments: Moments, over: bool
) -> tuple[tuple[str, str], ...]:
    say, alone = moments.say, facts["problems"] if facts["total"] <= 1 else []
    named = [
        (say.gettext("Details"), links.page),
        (say.gettext("Acknowledge"), "" if over else acknowledge_of(facts, links)),
    ]
    for problem in alone[:1]:
        named.append((say.gettext("Job"), page_of(base_url, "jobs", problem["job_id"])))
        if facts["kind"] != Kind.RECOVERED:
            named.append((say.gettext("Log"), page_of(base_url, "runs", problem["run"])))
    return tuple((label, url) for label, given in named if (url := address(given)))


def acknowledge_of(facts: NoticeFacts, links: Links) -> str:
    """The link that acknowledges, where something is wrong that can be acknowledged."""
    return links.acknowledge if facts["problems"] and facts["kind"] != Kind.RECOVERED else ""


def page_of(base_url: str, kind: str, number: int | None) -> str:
    """The page of a job, run or server; "" where there is none."""
    return f"{base_url}/{kind}/{number}" if base_url and number is not None else ""


def _unsubscribe(links: Links, moments: Moments) -> tuple[str, ...]:
    url = address(links.unsubscribe)
    return (moments.say.gettext("No more of these to this address"), url) if url else ()


def more_line(moments: Moments, number: int) -> str:
    """How many items are not shown: and 14 more."""
    return moments.say.gettext("and {number} more").format(number=formatting.count(number))


def _account(name: str) -> str:
    return "" if name == ROOT else name


def _filled(rows: list[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple((label, text) for label, text in rows if text)
