"""Rules and silences as they are in our JSON, in answers and in what is sent."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, WithJsonSchema

from duplistat.apis.native.parameters import time_in
from duplistat.apis.native.values import MAX_ID, Id, Shape, Time
from duplistat.core.alerts import rule as limits
from duplistat.core.alerts.quiet import DROP, HOLD, MOST_WINDOWS
from duplistat.core.alerts.reading import LONGEST, MOST_ITEMS
from duplistat.core.alerts.rule import DEFAULT_KINDS
from duplistat.core.text import clean

JobKind = Literal["warning", "failed", "overdue", "stuck"]
RuleKind = Literal["warning", "failed", "overdue", "stuck", "event"]
Severity = Literal["info", "warning", "error", "critical"]

GivenId = Annotated[int, Field(ge=1, le=MAX_ID, json_schema_extra={"format": "int64"})]
# Something has to be in it.
NOT_BLANK = r"\S"
Word = Annotated[str, Field(min_length=1, max_length=LONGEST, pattern=NOT_BLANK), AfterValidator(clean)]
Name = Word
# A time with an offset, as ms.
GivenTime = Annotated[
    int,
    BeforeValidator(time_in),
    WithJsonSchema({"type": "string", "format": "date-time"}, mode="validation"),
]
ClockTime = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
Ids = Annotated[list[GivenId], Field(max_length=MOST_ITEMS)]
Words = Annotated[list[Word], Field(max_length=MOST_ITEMS)]


class Sent(Shape):
    """What is sent to us: read strictly, and a field that is not known is refused."""

    model_config = ConfigDict(frozen=True, defer_build=True, extra="forbid", strict=True)


class Match(Sent):
    """Of what a rule tells. An empty list stands for all; of each list one has to fit."""

    kinds: list[RuleKind] = Field(
        list(DEFAULT_KINDS),  # type: ignore[arg-type]  # they are among the words
        description="Kinds of problems of jobs; `event` for notifications of devices",
        examples=[["failed", "overdue", "stuck"]],
    )
    accounts: Ids = Field(
        [], description="Only those of these accounts (their ids) and of those below them", examples=[[]]
    )
    servers: Ids = Field([], description="Only those on these servers, by id", examples=[[]])
    groups: Words = Field([], description="Only those of servers in these groups", examples=[[]])
    jobs: Ids = Field([], description="Only those of these jobs, by id", examples=[[]])
    tags: Words = Field([], description="Only jobs with one of these tags", examples=[["production"]])
    tags_all: Words = Field([], description="Only jobs with all of these tags", examples=[[]])
    tags_none: Words = Field([], description="Only jobs with none of these tags", examples=[[]])
    severities: list[Severity] = Field([], description="Only what is so grave", examples=[[]])
    event_types: Words = Field(
        [], description="Of notifications only those of these types, in the sender's own word", examples=[[]]
    )


class Step(Sent):
    """Who is told after how long."""

    minutes: int = Field(
        ge=0,
        le=limits.MOST_MINUTES,
        description="After the first message; 0 for the first step",
        examples=[0],
    )
    channels: Annotated[list[GivenId], Field(min_length=1, max_length=MOST_ITEMS)] = Field(
        description="Channels that are told then, by id", examples=[[1]]
    )


class Window(Sent):
    """A time of the week."""

    days: list[Annotated[int, Field(ge=0, le=6)]] = Field(
        [0, 1, 2, 3, 4, 5, 6],
        min_length=1,
        max_length=7,
        description="Days on which it begins: 0 is Monday",
        examples=[[0, 1, 2, 3, 4]],
    )
    from_: ClockTime = Field(
        alias="from", description="When it begins, by the clock of the channel", examples=["22:00"]
    )
    until: ClockTime = Field(
        description="When it ends; on the next day where that is not later", examples=["06:00"]
    )

    model_config = ConfigDict(serialize_by_alias=True)


class Quiet(Sent):
    """When nobody is told."""

    windows: list[Window] = Field(min_length=1, max_length=MOST_WINDOWS, description="When that is")
    then: Literal["hold", "drop"] = Field(
        HOLD,  # type: ignore[arg-type]  # it is one of the words
        description=f"`{HOLD}`: what is wrong still is told at the end; `{DROP}`: nothing is",
        examples=[HOLD],
    )
    except_kinds: list[JobKind] = Field([], description="Kinds that are told all the same", examples=[[]])
    except_severities: list[Severity] = Field(
        [], description="What is so grave is told all the same", examples=[["critical"]]
    )
    except_tags: Words = Field(
        [],
        description="What is wrong with jobs that have one of these tags is told all the same",
        examples=[[]],
    )


class RuleSettings(Sent):
    """Who hears of what, and when."""

    match: Match = Field(Match(), description="Of what it tells")
    steps: Annotated[list[Step], Field(max_length=limits.MOST_STEPS)] = Field(
        description="Whom it tells, one at least; the first step is at 0 minutes, further ones are for what nobody"
        " acknowledged. A rule whose channels are all deleted has none",
    )
    after_fails: int = Field(
        0, ge=0, le=limits.MOST_FAILS, description="Only after so many failures in a row", examples=[2]
    )
    after_minutes: int = Field(
        0,
        ge=0,
        le=limits.MOST_MINUTES,
        description="Only after so many minutes; with `after_fails`, whichever comes first",
        examples=[0],
    )
    each: bool = Field(False, description="Whether each further failure is told, too", examples=[False])
    recover: int = Field(
        1, ge=0, le=10, description="It is over after so many good runs; 0: nobody is told that", examples=[1]
    )
    remind_hours: int = Field(
        0, ge=0, le=limits.MOST_REMIND_HOURS, description="Hours between reminders; 0 for none", examples=[24]
    )
    remind_times: int = Field(
        0,
        ge=0,
        le=limits.MOST_REMINDERS,
        description="How many reminders; 0: as long as it lasts",
        examples=[0],
    )
    gather_seconds: Annotated[int, Field(ge=0, le=limits.MOST_GATHER)] | None = Field(
        None,
        description="How long it waits for others of the same cause; null: `[alerts] gather_seconds`",
        examples=[None],
    )
    quiet: Quiet | None = Field(None, description="Quiet hours; null for none", examples=[None])


class Rule(RuleSettings):
    """A rule: who hears of what, and when."""

    id: Id = Field(description="Id of the rule", examples=[1])
    name: str = Field(description="Name, unique in its account", examples=["Production"])
    account: str = Field(description="Name of the account that owns it", examples=["main"])
    account_id: Id = Field(description="Id of that account; the rule is for it and those below", examples=[1])
    enabled: bool = Field(description="Whether it is on", examples=[True])
    created_at: Time = Field(description="When it was created", examples=["2026-01-28T12:00:00.000Z"])


class RuleList(Shape):
    """A page of rules, by id."""

    rules: list[Rule] = Field(description="At most `limit`")
    next_cursor: str | None = Field(
        description="Give it as `cursor` for the next page. Null at the end", examples=[None]
    )


class NewRule(RuleSettings):
    """A rule to create."""

    name: Name = Field(description="Name, unique in its account", examples=["Production"])
    account_id: GivenId | None = Field(
        None, description="Account that owns it; null for that of the key", examples=[None]
    )
    enabled: bool = Field(True, description="Whether it is on", examples=[True])
    tell_now: bool = Field(
        False, description="Whether it tells of what is wrong already, too", examples=[False]
    )


class RuleChanges(Sent):
    """What changes about a rule: what is left out stays, what is given is replaced as a whole."""

    name: Name = Field("", description="Name, unique in its account", examples=["Production"])
    enabled: bool = Field(True, description="Whether it is on", examples=[False])
    match: Match = Field(Match(), description="Of what it tells")
    steps: Annotated[list[Step], Field(max_length=limits.MOST_STEPS)] = Field(
        [], description="Whom it tells, and after how long"
    )
    after_fails: int = Field(0, ge=0, le=limits.MOST_FAILS, description="As in a rule", examples=[3])
    after_minutes: int = Field(0, ge=0, le=limits.MOST_MINUTES, description="As in a rule", examples=[0])
    each: bool = Field(False, description="As in a rule", examples=[False])
    recover: int = Field(1, ge=0, le=10, description="As in a rule", examples=[1])
    remind_hours: int = Field(0, ge=0, le=limits.MOST_REMIND_HOURS, description="As in a rule", examples=[24])
    remind_times: int = Field(0, ge=0, le=limits.MOST_REMINDERS, description="As in a rule", examples=[0])
    gather_seconds: Annotated[int, Field(ge=0, le=limits.MOST_GATHER)] | None = Field(
        None, description="As in a rule", examples=[None]
    )
    quiet: Quiet | None = Field(None, description="As in a rule; null removes them", examples=[None])


class Silence(Shape):
    """A time in which problems of some jobs are shown, and told nobody."""

    id: Id = Field(description="Id of the silence", examples=[1])
    account: str = Field(description="Name of the account that owns it", examples=["main"])
    account_id: Id = Field(description="Id of that account; it is for its jobs and those below", examples=[1])
    match: Match = Field(description="For which jobs; of its kinds only `event` counts")
    from_: Time = Field(alias="from", description="When it begins", examples=["2026-01-28T12:00:00.000Z"])
    until: Time = Field(description="When it ends", examples=["2026-01-28T16:00:00.000Z"])
    state: Literal["coming", "holding", "over"] = Field(
        description="Whether it holds, as of now", examples=["holding"]
    )
    why: str = Field(description="Why it was set", examples=["The line is being moved"])
    set_by: str = Field(description="Who set it", examples=["key deploy"])
    created_at: Time = Field(description="When it was set", examples=["2026-01-28T12:00:00.000Z"])
    ended_at: Time | None = Field(
        description="When somebody ended it before its time; null where nobody did", examples=[None]
    )

    model_config = ConfigDict(serialize_by_alias=True)


class SilenceList(Shape):
    """A page of silences, newest first."""

    silences: list[Silence] = Field(description="At most `limit`")
    next_cursor: str | None = Field(
        description="Give it as `cursor` for the next page. Null at the end", examples=[None]
    )


class Trial(RuleSettings):
    """A rule to try on what is stored."""

    account_id: GivenId | None = Field(
        None, description="Account that would own it; null for that of the key", examples=[None]
    )
    days: int = Field(30, ge=1, le=90, description="How many days back", examples=[30])


class TrialMessage(Shape):
    """A message that would have gone out."""

    at: Time = Field(description="When", examples=["2026-01-28T01:11:07.412Z"])
    channel: str = Field(description="By which channel", examples=["ops"])
    kind: str = Field(description="As in a notice", examples=["problem"])
    why: str = Field(description="As in a notice", examples=["first"])
    jobs: list[str] = Field(description="Of which jobs, by name; at most 5", examples=[["Documents"]])
    total: int = Field(description="Of how many jobs", examples=[1])


class TrialResult(Shape):
    """What a rule would have told."""

    days: int = Field(description="How many days were played", examples=[30])
    jobs: int = Field(description="Of how many jobs it would tell", examples=[12])
    changes: int = Field(description="How many changes of health were played", examples=[340])
    sampled: bool = Field(
        description="Whether only some jobs were played, since there were too many changes", examples=[False]
    )
    count: int = Field(description="Messages in all", examples=[1])
    recoveries: int = Field(description="Of these, how many say that something is over", examples=[0])
    groups: int = Field(description="Of these, how many tell of several jobs", examples=[0])
    held: int = Field(description="Of these, how many waited for the end of quiet hours", examples=[0])
    first_after_ms: int | None = Field(
        description="How long the first word of a problem took, in the middle; null where there was none",
        examples=[60_000],
    )
    messages: list[TrialMessage] = Field(description="The first 500 of them, oldest first")


class NewSilence(Sent):
    """A silence to set."""

    account_id: GivenId | None = Field(
        None,
        description="Account for whose jobs, and those below, it is; null for that of the key",
        examples=[None],
    )
    match: Match = Field(
        Match(),
        description="For which jobs; of its kinds only `event` counts: then notifications are silent, too",
    )
    from_: GivenTime | None = Field(
        None, alias="from", description="When it begins; null for now", examples=[None]
    )
    until: GivenTime = Field(
        description="When it ends, at most 366 days after it begins", examples=["2026-01-28T16:00:00Z"]
    )
    why: Annotated[str, Field(max_length=300), AfterValidator(clean)] = Field(
        "", description="Why", examples=["The line is being moved"]
    )


class Acknowledge(Sent):
    """That somebody knows of a problem."""

    hours: int = Field(24, ge=1, le=168, description="For how long nobody is reminded", examples=[24])
    why: Annotated[str, Field(max_length=300), AfterValidator(clean)] = Field(
        "", description="Why", examples=["The disk is on its way"]
    )


class Nothing(Sent):
    """Nothing has to be said."""
