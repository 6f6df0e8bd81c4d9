"""What people set on jobs, as it is in our JSON: in the answer of a single job, and in what is sent."""

from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field

from duplistat.apis.native.expectation_models import Expected
from duplistat.apis.native.models import Job
from duplistat.apis.native.rule_models import GivenId, Sent
from duplistat.apis.native.silence_models import GivenTime
from duplistat.apis.native.values import Id, Milliseconds, Shape, Time
from duplistat.core.schedule_text import MAX_TEXT
from duplistat.core.text import NAME_LIMIT, clean
from duplistat.services.alerts.acknowledge import MOST_HOURS, USUAL_HOURS
from duplistat.services.jobs.settings import GRACE_MOST_MS, MOST_TAGS, NOTE_CHARS, TAG_CHARS

Alias = Annotated[str, Field(max_length=NAME_LIMIT), AfterValidator(clean)]
Notes = Annotated[str, Field(max_length=NOTE_CHARS), AfterValidator(clean)]
Tag = Annotated[str, Field(min_length=1, max_length=TAG_CHARS), AfterValidator(clean)]
Zone = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(clean)]
ScheduleText = Annotated[str, Field(max_length=MAX_TEXT), AfterValidator(clean)]
SCHEDULE = "Schedule such as `daily 02:00`; null for what the client announces or its runs show"
ZONE = "Time zone of the schedule; null for that of the server"


class JobWindow(Shape):
    """A time in which no runs of a job are expected."""

    from_: Time = Field(alias="from", description="When it begins", examples=["2026-01-30T20:00:00.000Z"])
    until: Time = Field(description="When it ends", examples=["2026-01-31T06:00:00.000Z"])

    model_config = ConfigDict(serialize_by_alias=True)


class Merged(Shape):
    """What was merged into something, and can be made two again for 30 days."""

    merge_id: Id = Field(description="Id of the merge", examples=[1])
    name: str = Field(description="Name of what went", examples=["Photos"])
    at: Time = Field(description="When that was", examples=["2026-01-28T12:00:00.000Z"])
    until: Time = Field(description="Until when it can be undone", examples=["2026-02-27T12:00:00.000Z"])
    state: Literal["moving", "done", "undoing"] = Field(
        description="Whether it goes on, is done, or is being undone", examples=["done"]
    )
    obstacle: str | None = Field(
        description="Why it cannot be undone now; null where it can", examples=[None]
    )


class JobDetail(Job):
    """A job as in the list, with all that people set on it."""

    notes: str = Field(description="Notes of people", examples=["Runs on the old NAS"])
    set_zone: str | None = Field(
        description="Time zone that was set with the schedule; null for that of the server", examples=[None]
    )
    set_grace_ms: Milliseconds | None = Field(
        description="Grace that was set for it; null for that of all", examples=[None]
    )
    maintenance: JobWindow | None = Field(description="Its maintenance window; null for none")
    acknowledged_until: Time | None = Field(
        description="Until when how it is is acknowledged; null for not", examples=[None]
    )
    may_be_ids: list[Id] = Field(
        description="Ids of jobs that it seems to be under another name", examples=[[]]
    )
    joined: list[Merged] = Field(description="Jobs that were joined with it, latest first")


class JobSettings(Sent):
    """When a job is expected."""

    schedule: ScheduleText | None = Field(None, description=SCHEDULE, examples=["daily 02:00"])
    zone: Zone | None = Field(None, description=ZONE, examples=["Europe/Berlin"])
    grace_ms: Annotated[int, Field(ge=0, le=GRACE_MOST_MS)] | None = Field(
        None,
        description="How late a run may be before the job is overdue; null for the grace of all",
        examples=[7_200_000],
    )


class JobSettingsChanges(JobSettings):
    """What changes about a job: what is left out stays."""

    alias: Alias | None = Field(None, description="What people call it; null for none", examples=["Photos"])
    tags: Annotated[list[Tag], Field(max_length=MOST_TAGS)] = Field(
        [], description="Its tags, all of them", examples=[["offsite"]]
    )
    notes: Notes = Field("", description="Notes of people", examples=["Runs on the old NAS"])


class SchedulePreview(Shape):
    """What a schedule would mean for a job."""

    text: str = Field(description="In words", examples=["set by hand: daily at 02:00"])
    schedule: str | None = Field(
        description="As it would be stored; null where none is set", examples=["daily 02:00"]
    )
    zone: str = Field(description="Time zone in which it is meant", examples=["Europe/Berlin"])
    grace_ms: Milliseconds = Field(
        description="How late a run may be before the job is overdue", examples=[7_200_000]
    )
    overdue_since: Time | None = Field(
        description="From when on it would be overdue already; null where it would not be", examples=[None]
    )
    next: list[Expected] = Field(
        description="The next five times, each with when the job would be overdue; of a job that is overdue, where"
        " each counts from the run before, only the one that is missing"
    )


class LearnedAsSeen(Sent):
    """What the caller saw of the learned schedule: refused when it is another one by now."""

    schedule: ScheduleText | None = Field(
        None, description="`learned.schedule` of the expectation; null for any", examples=["daily 02:00"]
    )
    zone: Zone | None = Field(
        None, description="`learned.zone` of the expectation; null for any", examples=["Europe/Berlin"]
    )


class Pause(Sent):
    """For how long no runs of a job are expected."""

    until: GivenTime | None = Field(
        None,
        description="When that ends, within two years; null for no end",
        examples=["2026-01-30T06:00:00Z"],
    )


class GivenWindow(Sent):
    """A time in which nothing will be expected of a job."""

    from_: GivenTime = Field(alias="from", description="When it begins", examples=["2026-01-30T20:00:00Z"])
    until: GivenTime = Field(
        description="When it ends, after it begins and within two years", examples=["2026-01-31T06:00:00Z"]
    )


class AcknowledgeJob(Sent):
    """That somebody knows how a job is."""

    hours: int = Field(
        USUAL_HOURS, ge=1, le=MOST_HOURS, description="For how long nobody is asked to look", examples=[24]
    )


class DismissFailure(Sent):
    """Which failure is known and settled."""

    proof: Literal["verification", "restore"] = Field(description="What failed", examples=["verification"])
    at: GivenTime | None = Field(
        None,
        description="`at` of the failure that the caller saw: a later one is not dismissed; null for any",
        examples=["2026-01-28T01:00:00.000Z"],
    )


class OtherJob(Sent):
    """Another job of the same server."""

    other_id: GivenId = Field(description="Id of the other job", examples=[4])


class MergeToUndo(Sent):
    """A merge that is to be undone."""

    merge_id: GivenId = Field(description="Id of the merge", examples=[1])


class Begun(Shape):
    """What goes on in the background, step by step."""

    state: Literal["deleting"] = Field(description="What is done", examples=["deleting"])
