"""Schedules of all jobs as they are in our JSON, and a file of them that is sent to us."""

from pydantic import Field

from duplistat.apis.native.rule_models import Sent
from duplistat.apis.native.values import Count, Cursor, Id, Milliseconds, Shape, Time
from duplistat.core.expectation import Source
from duplistat.services.monitoring.schedule_import import MOST_BYTES


class ScheduleSettings(Shape):
    """What a person set of when a job is expected."""

    schedule: str | None = Field(
        description="Schedule; null for what the client announces or its runs show", examples=["daily 02:00"]
    )
    zone: str | None = Field(
        description="Time zone of the schedule; null for that of the server", examples=["Europe/Berlin"]
    )
    grace_ms: Milliseconds | None = Field(
        description="How late a run may be; null for the grace of all", examples=[None]
    )
    paused: bool = Field(description="Whether a person paused it", examples=[False])
    silenced_until: Time | None = Field(
        description="Until when a silence of this job alone holds; null for none", examples=[None]
    )


class JobSchedule(Shape):
    """When a job is expected, and who would be alerted."""

    id: Id = Field(description="Id of the job", examples=[3])
    job: str = Field(description="Name or alias of the job", examples=["Documents"])
    server_id: Id = Field(description="Id of its server", examples=[1])
    server: str = Field(description="Name or alias of its server", examples=["nas"])
    settings: ScheduleSettings = Field(description="What a person set")
    source: Source = Field(description="How it is known when it is expected", examples=["set"])
    text: str = Field(description="The same in words", examples=["set by hand: every day at 02:00"])
    expected_at: Time | None = Field(
        description="When the next run is expected; null for none", examples=["2026-01-29T01:00:00.000Z"]
    )
    overdue_at: Time | None = Field(
        description="When the job would be overdue; null for never", examples=["2026-01-29T03:00:00.000Z"]
    )
    rules: list[str] = Field(description="Names of the rules that select it", examples=[["Admins"]])
    alerts: str = Field(
        description="`on`, `nobody` (no rule reaches anybody), `silenced`, or `paused`", examples=["on"]
    )


class ScheduleList(Shape):
    """A page of schedules, by the id of their job."""

    schedules: list[JobSchedule] = Field(description="At most `limit`")
    next_cursor: Cursor


class ScheduleFile(Sent):
    """Schedules as CSV, as `/api/v1/schedules.csv` gives them."""

    csv: str = Field(
        max_length=MOST_BYTES,
        description="Columns: `job_id`; `schedule`, `zone`, `grace_minutes`, `paused` (yes or no), `silenced_until_utc`"
        " (blank ends the silence of this job alone; to change it the key also needs `alerts:write`), of which those"
        " that are missing stay as they are; a `job` that is another name than the job has is refused; others are not"
        " read",
        examples=["job_id,schedule\n3,daily 02:00\n"],
    )
    dry_run: bool = Field(True, description="Whether nothing is changed", examples=[True])


class ScheduleChange(Shape):
    """A line that changes a job."""

    line: Count = Field(description="Number of the line", examples=[2])
    job_id: Id = Field(description="Id of the job", examples=[3])
    before: ScheduleSettings = Field(description="As it is")
    after: ScheduleSettings = Field(description="As it would be")
    expected_at: Time | None = Field(
        description="When the next run is expected then; null for none", examples=["2026-01-29T01:00:00.000Z"]
    )
    overdue_at: Time | None = Field(
        description="When the job would be overdue then; null for never",
        examples=["2026-01-29T03:00:00.000Z"],
    )


class ScheduleProblem(Shape):
    """A line that is wrong, and changes nothing."""

    line: Count = Field(description="Number of the line", examples=[3])
    job_id: Id | None = Field(description="Id of the job; null where there is none", examples=[None])
    problem: str = Field(description="What is wrong with it", examples=["there is no job 7"])


class ScheduleImport(Shape):
    """What a file changes, or would change."""

    dry_run: bool = Field(description="Whether nothing was changed", examples=[True])
    changes: list[ScheduleChange] = Field(description="Lines that change a job")
    problems: list[ScheduleProblem] = Field(description="Lines that are wrong")
    unchanged: Count = Field(description="How many lines are as it is already", examples=[0])
    left_ids: list[Id] = Field(
        description="Ids of jobs that were changed meanwhile by others, and left as they are", examples=[[]]
    )
