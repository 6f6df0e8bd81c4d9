"""Changes of many jobs at once, as they are in our JSON."""

from typing import Annotated

from pydantic import Field

from duplistat.apis.native.job_models import SCHEDULE, ScheduleText, Tag, Zone
from duplistat.apis.native.rule_models import GivenId, Sent
from duplistat.apis.native.silence_models import GivenTime
from duplistat.apis.native.values import Id, Shape
from duplistat.services.alerts.acknowledge import MOST_HOURS
from duplistat.services.jobs.bulk import AT_ONCE
from duplistat.services.jobs.settings import GRACE_MOST_MS, MOST_TAGS

Tags = Annotated[list[Tag], Field(max_length=MOST_TAGS)]


class SomeJobs(Sent):
    """Which jobs."""

    ids: Annotated[list[GivenId], Field(min_length=1, max_length=AT_ONCE)] = Field(
        description="Ids of the jobs", examples=[[3, 4]]
    )


class JobsChanges(SomeJobs):
    """What changes about each of some jobs: what is left out stays."""

    paused: bool = Field(False, description="Pause or resume them", examples=[True])
    paused_until: GivenTime | None = Field(
        None,
        description="With `paused`: when that ends, within two years; null for no end",
        examples=["2026-01-30T06:00:00Z"],
    )
    acknowledge_hours: int = Field(
        0,
        ge=0,
        le=MOST_HOURS,
        description="For how long nobody is asked to look; 0 takes that back",
        examples=[24],
    )
    add_tags: Tags = Field([], description="Tags that they get", examples=[["offsite"]])
    remove_tags: Tags = Field([], description="Tags that they lose", examples=[["old"]])
    schedule: ScheduleText | None = Field(None, description=SCHEDULE, examples=["daily 02:00"])
    zone: Zone | None = Field(
        None,
        description="With `schedule`: its time zone; null for that of the server",
        examples=["Europe/Berlin"],
    )
    grace_ms: Annotated[int, Field(ge=0, le=GRACE_MOST_MS)] | None = Field(
        None,
        description="How late a run may be before the job is overdue; null for the grace of all",
        examples=[7_200_000],
    )


class NotChanged(Shape):
    """A job that was not changed."""

    id: Id = Field(description="Its id, as sent", examples=[4])
    problem: str = Field(description="Why", examples=["job not found: it was deleted"])


class JobsChanged(Shape):
    """What became of a change of some jobs."""

    changed: list[Id] = Field(description="Ids of the jobs that are as was asked for", examples=[[3]])
    failed: list[NotChanged] = Field(description="Jobs that were not changed, and why; the others were")
