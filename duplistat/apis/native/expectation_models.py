"""The shape of how it is known when a job runs."""

from typing import Literal

from pydantic import Field

from duplistat.apis.native.values import Count, Id, Milliseconds, Shape, Time
from duplistat.core.alarms import EndedBy
from duplistat.core.expectation import Source
from duplistat.core.learned import CountsFrom
from duplistat.core.status import Health


class Learned(Shape):
    """What the backup runs of a job show."""

    text: str = Field(
        description="In a sentence for a person",
        examples=["Learned from 23 runs: every day at 02:00 ± 6 min (very sure)"],
    )
    schedule: str | None = Field(
        description="The schedule as text; null where the runs have no regular times",
        examples=["daily 02:00"],
    )
    zone: str = Field(description="Time zone in which it is regular", examples=["Europe/Berlin"])
    counts_from: CountsFrom = Field(
        description="From where the next time is counted: the `clock`, or the `start` or `end` of the last run",
        examples=["clock"],
    )
    settable: bool = Field(description="Whether it can be set as the schedule of the job", examples=[True])
    since: Time | None = Field(
        description="Start of the first run in it", examples=["2026-01-05T01:00:00.000Z"]
    )
    runs: Count = Field(description="How many of its times had a run", examples=[23])
    slots: Count = Field(
        description="How many times it had; 0 where the runs have no regular times", examples=[24]
    )
    skipped: Count = Field(description="How many of them had none", examples=[1])
    in_a_row: Count = Field(description="So many skipped times in a row are overdue", examples=[1])
    spread_ms: Milliseconds = Field(
        description="Nine of ten runs start within this of their time", examples=[360_000]
    )
    lateness_ms: Milliseconds = Field(
        description="How long after its time a run starts and is reported at most; the grace is added to it",
        examples=[1_200_000],
    )
    longest_silence_ms: Milliseconds | None = Field(
        description="The longest time between two runs, where they have no regular times", examples=[None]
    )
    silence_limit_ms: Milliseconds | None = Field(
        description="After how long without a run it is overdue, grace apart, where they have no regular times",
        examples=[None],
    )
    sureness: Literal["a guess", "fairly sure", "very sure"] = Field(
        description="How far to trust it", examples=["very sure"]
    )


class Expected(Shape):
    """A run that is expected."""

    expected_at: Time = Field(description="When", examples=["2026-01-29T01:00:00.000Z"])
    overdue_at: Time = Field(
        description="When the job is overdue if no run comes from then on",
        examples=["2026-01-29T03:20:00.000Z"],
    )


class PastAlarm(Shape):
    """A time in which the job was overdue."""

    began_at: Time = Field(description="When it was found overdue", examples=["2026-01-12T03:20:30.000Z"])
    expected_at: Time | None = Field(
        description="When the run had been expected; null where that is not known any more",
        examples=["2026-01-12T01:00:00.000Z"],
    )
    ended_at: Time | None = Field(
        description="When it ended; null while it lasts", examples=["2026-01-12T08:31:00.000Z"]
    )
    ended_by: EndedBy | None = Field(
        description="What ended it: a `run` was reported, one `started`, the job was `paused`, or its `schedule`"
        " was set or learned anew; null while it lasts",
        examples=["run"],
    )
    run_id: Id | None = Field(
        description="Id of the run that ended it; it may be past its days and deleted", examples=[41]
    )
    health: Health | None = Field(
        description="How the job was after it; null while it lasts", examples=["ok"]
    )


class Expectation(Shape):
    """When a job runs, how that is known, and when it would be overdue."""

    job_id: Id = Field(description="Id of the job", examples=[3])
    job_name: str = Field(description="Name of the job on its server", examples=["Documents"])
    source: Source = Field(
        description="How it is known: `set` by a person, `collected` from the agent, `told` by the client, `learned`"
        " from its runs, or `none`",
        examples=["learned"],
    )
    text: str = Field(
        description="How it is known, in a sentence for a person",
        examples=["learned from 23 runs: every day at 02:00 ± 6 min (very sure)"],
    )
    schedule: str | None = Field(
        description="The schedule that decides, as text; null where none can be said",
        examples=["daily 02:00"],
    )
    zone: str = Field(description="Time zone of the job", examples=["Europe/Berlin"])
    grace_ms: Milliseconds = Field(
        description="How late a run may be before the job is overdue", examples=[7_200_000]
    )
    expected_at: Time | None = Field(
        description="When a run is expected; of a job that is overdue, when the first missed one was; null where"
        " none is expected",
        examples=["2026-01-29T01:00:00.000Z"],
    )
    overdue_at: Time | None = Field(
        description="When the job is overdue if no run comes, or since when it is",
        examples=["2026-01-29T03:20:00.000Z"],
    )
    next: list[Expected] = Field(
        description="The next five times, each with when the job is overdue if no run comes from then on"
    )
    runs: Count = Field(description="Backup runs that are looked at, at most 400", examples=[23])
    runs_missing: Count = Field(
        description="How many more runs it takes at least until a schedule can be learned; 0 where one is known",
        examples=[0],
    )
    learned: Learned | None = Field(description="What its runs show; null where they are too few")
    contradicted: bool = Field(
        description="Whether the runs follow another schedule than the one that decides, and nobody chose yet"
        " to keep that",
        examples=[False],
    )
    alarms: list[PastAlarm] = Field(description="The last five times in which it was overdue, newest first")
