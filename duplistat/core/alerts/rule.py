"""A rule: who hears of what, and when. Typed lists, no expressions."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from duplistat.core.alerts.notice import OF_JOBS, SEVERITIES, ProblemKind
from duplistat.core.alerts.quiet import Quiet, parse_quiet, plain_quiet
from duplistat.core.alerts.reading import flag_of, ids_of, number_of, object_of, texts_of, words_of, wrong
from duplistat.core.i18n import Text

EVENT = "event"
KINDS = (*(kind.value for kind in OF_JOBS), EVENT)
DEFAULT_KINDS = (ProblemKind.FAILED.value, ProblemKind.OVERDUE.value, ProblemKind.STUCK.value)
MOST_STEPS = 10
MOST_FAILS = 100
MOST_MINUTES = 30 * 1440
MOST_REMIND_HOURS = 31 * 24
MOST_REMINDERS = 100
MOST_GATHER = 900


@dataclass(frozen=True, slots=True)
class Match:
    """What a rule or a silence is for. An empty list stands for all; one of each list has to fit.

    `servers` and `jobs` are ids, `accounts` too (the account of the rule and those below it, if none). `tags_all` have
    to be there all of them, `tags_none` none of them.
    """

    kinds: tuple[str, ...] = DEFAULT_KINDS
    accounts: tuple[int, ...] = ()
    servers: tuple[int, ...] = ()
    groups: tuple[str, ...] = ()
    jobs: tuple[int, ...] = ()
    tags: tuple[str, ...] = ()
    tags_all: tuple[str, ...] = ()
    tags_none: tuple[str, ...] = ()
    severities: tuple[str, ...] = ()
    event_types: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """`minutes` after the first message, these channels are told too. The first step is at 0."""

    minutes: int
    channels: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """When a rule tells. `after_fails` and `after_minutes` are 0 where they do not count; whichever comes first.

    `recover`: after so many good runs it is over; 0 tells nobody. `remind_hours` 0: never; `remind_times` 0: for as
    long as it lasts. `gather_seconds` None: as the server is set.
    """

    match: Match = Match()
    steps: tuple[Step, ...] = ()
    after_fails: int = 0
    after_minutes: int = 0
    each: bool = False
    recover: int = 1
    remind_hours: int = 0
    remind_times: int = 0
    gather_seconds: int | None = None
    quiet: Quiet | None = None

    @property
    def first_channels(self) -> tuple[int, ...]:
        """The channels that are told first."""
        return self.steps[0].channels if self.steps else ()

    @property
    def channels(self) -> tuple[int, ...]:
        """All channels that it may tell, each once."""
        return tuple(dict.fromkeys(channel for step in self.steps for channel in step.channels))


def parse_match(plain: object) -> Match:
    """What a match says. Raises DuplistatError (invalid)."""
    fields = object_of(plain, Match)
    kinds = words_of(fields, "kinds", KINDS) if "kinds" in fields else DEFAULT_KINDS
    return Match(
        kinds=kinds or DEFAULT_KINDS,
        accounts=ids_of(fields, "accounts"),
        servers=ids_of(fields, "servers"),
        groups=texts_of(fields, "groups"),
        jobs=ids_of(fields, "jobs"),
        tags=texts_of(fields, "tags"),
        tags_all=texts_of(fields, "tags_all"),
        tags_none=texts_of(fields, "tags_none"),
        severities=words_of(fields, "severities", [item.value for item in SEVERITIES]),
        event_types=texts_of(fields, "event_types"),
    )


def parse_rule(plain: object) -> Rule:
    """The rule that JSON says; whether its channels exist is not known here. Raises DuplistatError (invalid)."""
    fields = object_of(plain, Rule)
    gather = fields.get("gather_seconds")
    return Rule(
        match=parse_match(fields.get("match", {})),
        steps=_steps(fields.get("steps", [])),
        after_fails=number_of(fields, "after_fails", MOST_FAILS),
        after_minutes=number_of(fields, "after_minutes", MOST_MINUTES),
        each=flag_of(fields, "each"),
        recover=number_of(fields, "recover", 10, default=1),
        remind_hours=number_of(fields, "remind_hours", MOST_REMIND_HOURS),
        remind_times=number_of(fields, "remind_times", MOST_REMINDERS),
        gather_seconds=None if gather is None else number_of(fields, "gather_seconds", MOST_GATHER),
        quiet=parse_quiet(fields["quiet"]) if fields.get("quiet") is not None else None,
    )


def plain_match(match: Match) -> dict[str, Any]:
    """As JSON; lists that are empty are left out."""
    named = {name: getattr(match, name) for name in Match.__dataclass_fields__}
    return {name: list(value) for name, value in named.items() if value}


def plain_rule(rule: Rule) -> dict[str, Any]:
    """As JSON: what `parse_rule` reads."""
    return {
        "match": plain_match(rule.match),
        "steps": [{"minutes": step.minutes, "channels": list(step.channels)} for step in rule.steps],
        "after_fails": rule.after_fails,
        "after_minutes": rule.after_minutes,
        "each": rule.each,
        "recover": rule.recover,
        "remind_hours": rule.remind_hours,
        "remind_times": rule.remind_times,
        "gather_seconds": rule.gather_seconds,
        "quiet": plain_quiet(rule.quiet) if rule.quiet is not None else None,
    }


def _steps(plain: object) -> tuple[Step, ...]:
    if not isinstance(plain, Sequence) or isinstance(plain, str) or len(plain) > MOST_STEPS:
        raise wrong("steps", Text("a list of at most {most} steps is expected", most=MOST_STEPS))
    steps = []
    for item in plain:
        fields = object_of(item, Step)
        steps.append(Step(number_of(fields, "minutes", MOST_MINUTES), ids_of(fields, "channels")))
    steps.sort(key=lambda step: step.minutes)
    if steps and steps[0].minutes:
        raise wrong("steps", Text("the first step is at 0 minutes"))
    if any(not step.channels for step in steps):
        raise wrong("steps", Text("each step names a channel"))
    return tuple(steps)
