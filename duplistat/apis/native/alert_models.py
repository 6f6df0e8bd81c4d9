"""Problems and notices as they are in our JSON."""

from typing import Literal

from pydantic import Field

from duplistat.apis.native.models import ServerRef
from duplistat.apis.native.rule_models import Severity
from duplistat.apis.native.values import Count, Cursor, Id, Milliseconds, Shape, Time


class JobRef(Shape):
    """A job, as far as others name it."""

    id: Id = Field(description="Id of the job", examples=[3])
    name: str = Field(description="Name on its server", examples=["Documents"])
    alias: str | None = Field(description="What a person calls it", examples=[None])


class ChannelRef(Shape):
    """A channel, as far as others name it."""

    id: Id | None = Field(
        description="Id of the channel; null once it is deleted, and for one of a parent account",
        examples=[1],
    )
    name: str = Field(description="Its name; empty for one of a parent account", examples=["ops"])


class RuleRef(Shape):
    """A rule, as far as others name it."""

    id: Id | None = Field(description="Id of the rule; it may be deleted", examples=[1])
    name: str = Field(description="Its name at that time", examples=["Production"])


class Acknowledgement(Shape):
    """Somebody knows of a problem, and nobody is reminded of it until then."""

    until: Time = Field(description="When that ends by itself", examples=["2026-01-29T12:00:00.000Z"])
    at: Time = Field(description="When it was acknowledged", examples=["2026-01-28T12:00:00.000Z"])
    by: str = Field(description="Who did", examples=["ada@example.org"])
    why: str = Field(description="Why; empty where nobody said", examples=["The disk is on its way"])


class Problem(Shape):
    """What is wrong with a job, a channel or this server, from when it began until it is over."""

    id: Id = Field(description="Id of the problem", examples=[5])
    uid: str = Field(description="Name in messages", examples=["k5v2qj3n4d6w7x5a2b3c4d5e6f"])
    account: str = Field(description="Name of the account that it concerns", examples=["main"])
    account_id: Id = Field(description="Id of that account", examples=[1])
    kind: Literal["warning", "failed", "overdue", "stuck", "channel", "system"] = Field(
        description="The gravest that it was: `warning`, `failed`, `overdue` or `stuck` (stalled); a `channel` that"
        " does not deliver; this server itself (`system`)",
        examples=["failed"],
    )
    severity: Severity = Field(description="How grave that is", examples=["error"])
    state: Literal["open", "acknowledged", "closed"] = Field(
        description="Whether it is over, and whether somebody knows of it, as of now", examples=["open"]
    )
    server: ServerRef | None = Field(description="Server of the job; null for none")
    job: JobRef | None = Field(description="Job that has it; null for none, or once that is deleted")
    channel_id: Id | None = Field(
        description="Channel that does not deliver; null for others", examples=[None]
    )
    reason: str = Field(
        description="Why, in a sentence for a person; its times are in the zone of the schedule",
        examples=["The backup today 02:00 failed: access denied"],
    )
    opened_at: Time = Field(description="When it began", examples=["2026-01-28T01:10:07.412Z"])
    kind_since: Time = Field(
        description="Since when it is of that kind", examples=["2026-01-28T01:10:07.412Z"]
    )
    fails: Count = Field(description="Bad runs since it is of that kind", examples=[2])
    run_id: Id | None = Field(
        description="Run that brought it; it may be past its days and deleted", examples=[42]
    )
    last_good_at: Time | None = Field(
        description="Last good run, before it or since; null where none is known",
        examples=["2026-01-27T01:10:07.412Z"],
    )
    again: Count = Field(description="How many of the same ended in the seven days before", examples=[0])
    unsteady: bool = Field(description="Whether it comes and goes: the fourth within a day", examples=[False])
    acknowledgement: Acknowledgement | None = Field(description="Who knows of it; null for nobody")
    closed_at: Time | None = Field(description="When it was over; null while it is open", examples=[None])
    closed_how: Literal["good", "steady", "gone"] | None = Field(
        description="How it ended: with a `good` run, `steady` again, or its job was `gone`", examples=[None]
    )


class ProblemList(Shape):
    """A page of problems, newest first."""

    problems: list[Problem] = Field(description="At most `limit`")
    next_cursor: Cursor


class Told(Shape):
    """A channel that has alerted about a problem."""

    channel: ChannelRef = Field(description="Which one")
    first_at: Time = Field(description="First message that was taken", examples=["2026-01-28T01:11:12.000Z"])
    last_at: Time = Field(description="Last one", examples=["2026-01-28T01:11:12.000Z"])
    recovered_at: Time | None = Field(
        description="When it sent the recovery message; null where it has not", examples=[None]
    )


class ProblemDetail(Problem):
    """A problem, with who was alerted about it."""

    told: list[Told] = Field(description="Channels that have told of it")
    notice_ids: list[Id] = Field(description="Notices about it, oldest first", examples=[[17]])


class Notice(Shape):
    """A message that has to go out, by one channel."""

    id: Id = Field(description="Id of the notice", examples=[17])
    uid: str = Field(
        description="Name that the receiver gets, the same each time that it is tried",
        examples=["a2b3c4d5e6fk5v2qj3n4d6w7x5"],
    )
    account: str = Field(description="Name of the account that it concerns", examples=["main"])
    account_id: Id = Field(description="Id of that account", examples=[1])
    channel: ChannelRef = Field(description="By which it goes out")
    rule: RuleRef | None = Field(description="Rule that alerts; null for others, such as a test")
    kind: Literal[
        "problem",
        "worse",
        "each",
        "reminder",
        "step",
        "recovered",
        "summary",
        "event",
        "digest",
        "test",
        "system",
    ] = Field(description="What it is for", examples=["problem"])
    why: str = Field(description="Why it goes out, in a word", examples=["first"])
    state: Literal["waiting", "sent", "failed", "dropped"] = Field(
        description="What became of it until now", examples=["sent"]
    )
    state_why: str | None = Field(
        description="Why it failed or was dropped, in a word such as `expired` or `replaced`; null for others",
        examples=[None],
    )
    attempt_count: Count = Field(description="How often it was tried", examples=[1])
    created_at: Time = Field(description="When it was made", examples=["2026-01-28T01:11:07.412Z"])
    next_try_at: Time | None = Field(
        description="When it is tried next; null once it waits no more", examples=[None]
    )
    ended_at: Time | None = Field(
        description="When it was sent, failed or dropped; null while it waits",
        examples=["2026-01-28T01:11:12.000Z"],
    )


class NoticeList(Shape):
    """A page of notices, newest first."""

    notices: list[Notice] = Field(description="At most `limit`")
    next_cursor: Cursor


class Attempt(Shape):
    """One attempt to send a notice."""

    number: Count = Field(description="1 for the first", examples=[1])
    started_at: Time = Field(description="When it began", examples=["2026-01-28T01:11:11.000Z"])
    duration_ms: Milliseconds | None = Field(
        description="How long it took; null where that is not known", examples=[412]
    )
    outcome: Literal["sent", "temporary", "text", "channel", "unknown"] | None = Field(
        description="`sent`; `temporary`: it is tried again; `text`: the receiver refuses this text; `channel`: the"
        " channel does not work; `unknown`: it may have arrived or not; null while it goes on",
        examples=["sent"],
    )
    code: str | None = Field(description="What the receiver answered; null for nothing", examples=["250"])
    answer: str | None = Field(
        description="Its words, at most 200 characters, without secrets",
        examples=["2.0.0 queued as 4F1D2C3B"],
    )


class NoticeDetail(Notice):
    """A notice, with what became of each attempt."""

    attempts: list[Attempt] = Field(description="Attempts, oldest first")
    problem_ids: list[Id] = Field(description="Problems that it is about", examples=[[5]])
