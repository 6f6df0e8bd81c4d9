"""Rules as they are in our JSON, in answers and in what is sent."""

from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field

from duplistat.apis.native.values import MAX_ID, Cursor, Id, Shape, Time
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
ClockTime = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
Ids = Annotated[list[GivenId], Field(max_length=MOST_ITEMS)]
Words = Annotated[list[Word], Field(max_length=MOST_ITEMS)]


class Sent(Shape):
    """What is sent to us: read strictly, and a field that is not known is refused."""

    model_config = ConfigDict(frozen=True, defer_build=True, extra="forbid", strict=True)


class Match(Sent):
    """What a rule alerts about. An empty list stands for all; of each list one has to match."""

    kinds: list[RuleKind] = Field(
        list(DEFAULT_KINDS),  # type: ignore[arg-type]  # they are among the words
        description="Kinds of problems of jobs; `event` for events",
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
    severities: list[Severity] = Field([], description="Only what has one of these severities", examples=[[]])
    event_types: Words = Field(
        [], description="Of events only those of these types, in the sender's own word", examples=[[]]
    )


class Step(Sent):
    """Who is alerted after how long."""

    minutes: int = Field(
        ge=0,
        le=limits.MOST_MINUTES,
        description="After the first message; 0 for the first step",
        examples=[0],
    )
    channels: Annotated[list[GivenId], Field(min_length=1, max_length=MOST_ITEMS)] = Field(
        description="Channels to alert then, by id", examples=[[1]]
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
        description=f"`{HOLD}`: alerts are sent at the end, if still open; `{DROP}`: nothing is",
        examples=[HOLD],
    )
    except_kinds: list[JobKind] = Field([], description="Kinds that are always sent", examples=[[]])
    except_severities: list[Severity] = Field(
        [], description="Severities that are always sent", examples=[["critical"]]
    )
    except_tags: Words = Field(
        [],
        description="Alerts about jobs with one of these tags are always sent",
        examples=[[]],
    )


class RuleSettings(Sent):
    """Who is alerted about what, and when."""

    match: Match = Field(Match(), description="What it alerts about")
    steps: Annotated[list[Step], Field(max_length=limits.MOST_STEPS)] = Field(
        description="Whom it alerts, one at least; the first step is at 0 minutes, further ones are for what nobody"
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
        1, ge=0, le=10, description="Recovery message after so many successful runs; 0: none", examples=[1]
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
    """A rule: who is alerted about what, and when."""

    id: Id = Field(description="Id of the rule", examples=[1])
    name: str = Field(description="Name, unique in its account", examples=["Production"])
    account: str = Field(description="Name of the account that owns it", examples=["main"])
    account_id: Id = Field(description="Id of that account; the rule is for it and those below", examples=[1])
    enabled: bool = Field(description="Whether it is on", examples=[True])
    created_at: Time = Field(description="When it was created", examples=["2026-01-28T12:00:00.000Z"])


class RuleList(Shape):
    """A page of rules, by id."""

    rules: list[Rule] = Field(description="At most `limit`")
    next_cursor: Cursor


class NewRule(RuleSettings):
    """A rule to create."""

    name: Name = Field(description="Name, unique in its account", examples=["Production"])
    account_id: GivenId | None = Field(
        None, description="Account that owns it; null for that of the key", examples=[None]
    )
    enabled: bool = Field(True, description="Whether it is on", examples=[True])
    tell_now: bool = Field(
        False, description="Whether it also alerts about problems that are open now", examples=[False]
    )


class RuleChanges(RuleSettings):
    """What changes about a rule: what is left out stays, what is given is replaced as a whole."""

    name: Name = Field("", description="Name, unique in its account", examples=["Production"])
    enabled: bool = Field(True, description="Whether it is on", examples=[False])
    steps: Annotated[list[Step], Field(max_length=limits.MOST_STEPS)] = Field(
        [], description="Whom it alerts, and after how long"
    )
    quiet: Quiet | None = Field(None, description="Quiet hours; null removes them", examples=[None])


class Nothing(Sent):
    """Nothing has to be said."""
