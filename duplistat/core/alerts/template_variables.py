"""What a channel's own texts can say: each variable, with its meaning, as `docs/message-templates.md` has it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from typing import Any

from duplistat.core.alerts.content import Content, Links, acknowledge_of
from duplistat.core.alerts.moments import Moments
from duplistat.core.alerts.notice import (
    Cause,
    EventFacts,
    Kind,
    NoticeFacts,
    ProblemFacts,
    ProblemKind,
    Severity,
    type_of,
)
from duplistat.core.alerts.plain import address, one_line
from duplistat.core.alerts.sentences import at_risk, next_step, recovery, why_told
from duplistat.core.alerts.words import cause_name, how_often, is_alone, number_of, reasons_of, why_of
from duplistat.core.i18n import Text, later

# Of the built-in text, which a template may put around something.
MOST_TEXT = 16_000


def _means(text: str) -> dict[str, str]:
    return {"means": text}


def _words(kinds: type[StrEnum]) -> str:
    """The values of an enumeration, as they are written."""
    words = ", ".join(f"`{kind.value}`" for kind in kinds if kind.value)
    return words if all(kinds) else Text("{words}, empty", words=words)


@dataclass(frozen=True, slots=True)
class ProblemVariables:
    """One of `problems`."""

    kind: str = field(metadata=_means(_words(ProblemKind)))
    account: str = field(metadata=_means("Account of the job"))
    server: str = field(metadata=_means("Server"))
    job: str = field(metadata=_means("Job; of a channel its name"))
    since: str = field(metadata=_means("Since when it is of that kind"))
    ended: str = field(metadata=_means("When it was over; empty while it is not"))
    reason: str = field(metadata=_means("Why, in a sentence"))
    message: str = field(metadata=_means("What the backup program said, on one line"))
    often: str = field(metadata=_means("“3rd time in a row”, “2nd time in 7 days”; empty the first time"))
    fails: int = field(metadata=_means("Failed runs since then"))
    last_good: str = field(metadata=_means("When the newest good backup was made; empty when none is known"))
    risk: str = field(metadata=_means("What would be lost if the data were lost now"))
    meanwhile: str = field(
        metadata=_means("How long it lasted and what was missed; empty while it is not over")
    )
    log: list[str] = field(metadata=_means("Errors and warnings of the log, or its end: at most 10 lines"))


@dataclass(frozen=True, slots=True)
class EventVariables:
    """One of `events`, which devices report."""

    account: str = field(metadata=_means("Account of the device"))
    server: str = field(metadata=_means("Device"))
    severity: str = field(metadata=_means(_words(Severity)))
    type: str = field(metadata=_means("Its own word for what it is about"))
    job: str = field(metadata=_means("Job that it names; empty for none"))
    message: str = field(metadata=_means("What it says, at most 20 lines"))
    at: str = field(metadata=_means("When"))


@dataclass(frozen=True, slots=True)
class CountVariables:
    """One of `counts`."""

    kind: str = field(metadata=_means("As in `problems`"))
    number: int = field(metadata=_means("How many problems are of that kind"))


@dataclass(frozen=True, slots=True)
class CauseVariables:
    """One of `causes`."""

    name: str = field(
        metadata=_means("What they have in common, with how many there are: “14 jobs on server-01”")
    )
    text: str = field(metadata=_means("What is said of them: “2 overdue, 12 failed”"))
    kind: str = field(metadata=_means("As in `cause`; empty for those with nothing in common"))
    total: int = field(metadata=_means("How many problems"))


@dataclass(frozen=True, slots=True)
class TemplateVariables:
    """What a template knows. Times are texts in the zone and language of the channel, with the offset from UTC."""

    subject: str = field(metadata=_means(later("The built-in subject")))
    text: str = field(metadata=_means(later("The built-in text")))
    short: str = field(metadata=_means(later("The built-in short text")))
    state: str = field(metadata=_means(later("`FAILED`, `RECOVERED` …, in the language of the channel")))
    type: str = field(metadata=_means(later("As webhooks call it: `job.failed`, `job.recovered`, `event` …")))
    kind: str = field(metadata=_means(Text("What the message is for: {words}", words=_words(Kind))))
    why: str = field(metadata=_means(later("Reason of the message, in one word, as in webhooks")))
    because: str = field(metadata=_means(later("Reason of the message, in a sentence, with the rule")))
    severity: str = field(
        metadata=_means(later("Highest severity in the message: `info`, `warning`, `error` or `critical`"))
    )
    headline: str = field(metadata=_means(later("What has happened, in a sentence")))
    todo: str = field(metadata=_means(later("What to do next; empty where there is nothing to be done")))
    rule: str = field(metadata=_means(later("Name of the rule; empty for none")))
    number: int = field(metadata=_means(later("Which reminder or step it is; 0 for none")))
    of: int = field(metadata=_means(later("How many of them there are; 0 for no limit")))
    account: str = field(metadata=_means(later("Account")))
    server: str = field(
        metadata=_means(later("Server, when the message is about one job or device; else empty"))
    )
    job: str = field(metadata=_means(later("Job, when the message is about one; else empty")))
    reason: str = field(metadata=_means(later("Why, of the first problem")))
    since: str = field(metadata=_means(later("Since when, of the first problem")))
    last_good: str = field(
        metadata=_means(later("Time of its last successful backup; empty when there is none"))
    )
    log: list[str] = field(metadata=_means(later("Lines of its log")))
    problems: list[ProblemVariables] = field(metadata=_means(later("The most severe problems, at most 5")))
    events: list[EventVariables] = field(metadata=_means(later("Events, at most 20")))
    total: int = field(
        metadata=_means(later("How many problems there are, with those that are not in `problems`"))
    )
    more: int = field(metadata=_means(later("How many are not in `problems` or `events`")))
    counts: list[CountVariables] = field(metadata=_means(later("How many there are of each kind")))
    cause: str = field(
        metadata=_means(Text("What several problems have in common: {words}", words=_words(Cause)))
    )
    cause_name: str = field(
        metadata=_means(later("The server, destination, agent, time or error that they have in common"))
    )
    causes: list[CauseVariables] = field(
        metadata=_means(
            later("Of a message whose problems have several causes: the five largest, and last what is left")
        )
    )
    went: int = field(metadata=_means(later("Problems that came and went while messages were held back")))
    code: str = field(metadata=_means(later("The code of a test; else empty")))
    at: str = field(metadata=_means(later("When the message was created")))
    link: str = field(
        metadata=_means(later("The page that shows it; empty while `[server] public_url` is not set"))
    )
    acknowledge: str = field(metadata=_means(later("Link that acknowledges the problem; empty for none")))
    unsubscribe: str = field(
        metadata=_means(later("Link that unsubscribes this address from the channel; empty for none"))
    )


DOCUMENTED = (TemplateVariables, ProblemVariables, EventVariables, CountVariables, CauseVariables)


def meanings(shape: type) -> dict[str, str]:
    """What each variable of one of DOCUMENTED means: in English, and of TemplateVariables in the catalogue."""
    return {item.name: item.metadata["means"] for item in fields(shape)}


def names() -> frozenset[str]:
    """What a template can name by itself."""
    return frozenset(item.name for item in fields(TemplateVariables))


def plain(variables: TemplateVariables) -> dict[str, Any]:
    """Dictionaries, lists, texts and numbers: nothing that has a behaviour."""
    return asdict(variables)


def variables_of(
    facts: NoticeFacts, content: Content, text: str, short: str, moments: Moments, links: Links
) -> TemplateVariables:
    """The variables of a message, whose facts are cleaned, and whose built-in words are `content`, `text`, `short`."""
    problems = [_problem(problem, moments) for problem in facts["problems"]]
    events = [_event(event, moments) for event in facts["events"]]
    first = facts["problems"][0] if facts["problems"] else None
    one = problems[0] if is_alone(facts) else None
    about: ProblemVariables | EventVariables | None = one or (events[0] if len(events) == 1 else None)
    return TemplateVariables(
        subject=content.subject,
        text=text[:MOST_TEXT],
        short=short,
        state=content.state,
        type=type_of(facts),
        kind=facts["kind"],
        why=facts["why"],
        because=why_told(facts, moments.say),
        severity=content.severity.value,
        headline=content.headline,
        todo=next_step(facts, moments.say, [item.code for item in reasons_of(first)] if first else []),
        rule=facts["rule"],
        number=number_of(facts),
        of=facts["of"],
        account=(about.account if about else "") or facts["account"],
        server=about.server if about else "",
        job=about.job if about else "",
        reason=problems[0].reason if problems else "",
        since=problems[0].since if problems else "",
        last_good=problems[0].last_good if problems else "",
        log=problems[0].log if problems else [],
        problems=problems,
        events=events,
        total=facts["total"],
        more=content.more,
        counts=[CountVariables(kind, number) for kind, number in facts["counts"].items()],
        cause=facts["cause"],
        cause_name=cause_name(facts, moments),
        causes=[
            CauseVariables(name, text, item["cause"], item["total"])
            for item, (name, text) in zip(facts.get("causes", ()), content.causes, strict=False)
        ],
        went=facts["went"],
        code=one_line(str(facts["details"].get("code") or ""), 20),
        at=moments.full(facts["at"]),
        link=address(links.page),
        acknowledge=address(acknowledge_of(facts, links)),
        unsubscribe=address(links.unsubscribe),
    )


def _problem(problem: ProblemFacts, moments: Moments) -> ProblemVariables:
    good, ended = problem["last_good_at"], problem["closed_at"]
    return ProblemVariables(
        kind=problem["kind"],
        account=problem["account"],
        server=problem["server"],
        job=problem["job"],
        since=moments.full(problem["kind_at"]),
        ended="" if ended is None else moments.full(ended),
        reason=why_of(problem, moments),
        message=problem["message"],
        often=how_often(problem, moments.say),
        fails=problem["fails"],
        last_good="" if good is None else moments.full(good),
        risk=at_risk(problem, moments) if ended is None else "",
        meanwhile=recovery(problem, moments) if ended is not None else "",
        log=list(problem["log"]),
    )


def _event(event: EventFacts, moments: Moments) -> EventVariables:
    return EventVariables(
        account=event["account"],
        server=event["server"],
        severity=event["severity"],
        type=event["type"],
        job=event["job"],
        message=event["message"],
        at=moments.full(event["at"]),
    )


# As long as a built-in text may be, so that what cannot take it is seen when a template is saved.
_LONG = 2000


def _sample(shape: type, text: str, number: int, lists: bool) -> dict[str, Any]:
    """Every variable of a shape, with the same value for each that is of one type."""
    inner = {
        "problems": ProblemVariables,
        "events": EventVariables,
        "counts": CountVariables,
        "causes": CauseVariables,
    }
    values: dict[str, Any] = {}
    for item in fields(shape):
        if item.type is int:
            values[item.name] = number
        elif item.type is str:
            values[item.name] = text * _LONG if item.name in ("text", "short") else text
        else:
            one = _sample(inner[item.name], text, number, lists) if item.name in inner else text
            values[item.name] = [one] if lists else []
    return values


# A template has to make something of a message that has everything, and of one that has next to nothing.
SAMPLES: tuple[Mapping[str, Any], ...] = (
    _sample(TemplateVariables, "text", 3, lists=True),
    _sample(TemplateVariables, "", 0, lists=False),
)
