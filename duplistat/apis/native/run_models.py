"""Runs with their logs, and events, as they are in our JSON."""

from pydantic import Field

from duplistat.apis.native.models import ServerRef
from duplistat.apis.native.values import Bytes, Count, Cursor, Id, Milliseconds, Shape, Time
from duplistat.core.event import Severity
from duplistat.core.status import Status

ORDER = "Where it stands in time: when it began by the sender's clock, but never after it arrived"


class JobRef(Shape):
    """A job, as far as others name it."""

    id: Id = Field(description="Id of the job", examples=[3])
    name: str = Field(description="Name on its server", examples=["Documents"])


class Step(Shape):
    """The result of a step inside a run: test, compact, delete …"""

    operation: str = Field(description="What was done", examples=["compact"])
    status: Status = Field(description="How it ended", examples=["success"])
    started_at: Time | None = Field(description="When it began", examples=["2026-01-28T01:08:00.000Z"])
    duration_ms: Milliseconds | None = Field(description="How long it took", examples=[42_000])
    numbers: dict[str, Count] = Field(
        description="Its counters, under the sender's names", examples=[{"DeletedFileCount": 3}]
    )
    problems: list[str] = Field(description="Its warnings and errors, the first few", examples=[[]])


class Run(Shape):
    """One execution of an operation of a job. A number that was not reported is null."""

    id: Id = Field(description="Id of the run", examples=[42])
    job: JobRef = Field(description="Of which job")
    server: ServerRef = Field(description="On which server")
    operation: str = Field(
        description="What ran: `backup`, `restore`, `test`, `compact` …", examples=["backup"]
    )
    status: Status = Field(description="How it ended", examples=["success"])
    status_text: str | None = Field(
        description="The sender's own word, where the status is `other`", examples=[None]
    )
    message: str | None = Field(
        description="One line that says why, for a run that did not simply succeed", examples=[None]
    )
    is_backup: bool = Field(
        description="Whether it counts as a backup of its job: a dry run, or another operation, does not",
        examples=[True],
    )
    partial: bool = Field(description="Whether it was stopped before it was complete", examples=[False])
    dry_run: bool = Field(description="Whether it only tried", examples=[False])
    order_at: Time = Field(description=ORDER, examples=["2026-01-28T01:00:00.000Z"])
    started_at: Time | None = Field(
        description="When it began, by the sender's clock", examples=["2026-01-28T01:00:00.000Z"]
    )
    ended_at: Time | None = Field(
        description="When it ended, by the sender's clock", examples=["2026-01-28T01:10:00.000Z"]
    )
    received_at: Time = Field(description="When its report arrived", examples=["2026-01-28T01:10:07.412Z"])
    offset_minutes: int | None = Field(
        description="The sender's offset from UTC, minutes to the east; null where it is not known, or zero",
        examples=[60],
    )
    skew_ms: Milliseconds = Field(
        description="By how much the run ended after it arrived (or, below zero, before): 0 where that is little",
        examples=[0],
    )
    duration_ms: Milliseconds | None = Field(
        description="How long it took; null where it is not known, or the sender's clock was set back",
        examples=[600_000],
    )
    files: Count | None = Field(description="Files in the source", examples=[1250])
    files_added: Count | None = Field(description="Files that are new", examples=[4])
    files_modified: Count | None = Field(description="Files that changed", examples=[12])
    files_deleted: Count | None = Field(description="Files that are gone", examples=[0])
    files_failed: Count | None = Field(description="Files that could not be read", examples=[0])
    size: Bytes | None = Field(description="Size of the source, bytes", examples=[1_073_741_824])
    storage: Bytes | None = Field(description="Size of all that is stored, bytes", examples=[536_870_912])
    uploaded: Bytes | None = Field(description="Sent to the destination, bytes", examples=[1_048_576])
    downloaded: Bytes | None = Field(description="Read from the destination, bytes", examples=[None])
    versions: Count | None = Field(description="Versions that are stored", examples=[7])
    restore_points: list[Time] = Field(
        description="When each stored version was made, newest first, where the run's log says so; at most 200. Empty"
        " where its log level did not include them (Duplicati: `--send-http-log-level=Information`)",
        examples=[["2026-01-28T01:00:00.000Z"]],
    )
    restore_points_more: Count = Field(description="Older ones that are left out of these", examples=[0])
    restore_points_zone_assumed: bool = Field(
        description="Whether the sender's zone was not reported, so that this server's was taken for them",
        examples=[False],
    )
    quota_total: Bytes | None = Field(description="Room at the destination, bytes", examples=[None])
    quota_free: Bytes | None = Field(description="What is left of it, bytes", examples=[None])
    messages: Count | None = Field(description="Messages that the sender counted", examples=[3])
    warnings: Count | None = Field(description="Warnings that the sender counted", examples=[0])
    errors: Count | None = Field(description="Errors that the sender counted", examples=[0])
    next_run_at: Time | None = Field(
        description="When the client said that it runs next", examples=["2026-01-29T01:00:00.000Z"]
    )
    steps: list[Step] = Field(description="The results of its steps")
    numbers: dict[str, Count] = Field(
        description="Every other counter, under the sender's own name", examples=[{"OpenedFiles": 16}]
    )
    facts: dict[str, str] = Field(
        description="What it reports about the machine and the destination",
        examples=[{"destination_type": "s3"}],
    )
    imported_from: str | None = Field(
        description="The program from whose database it was imported: `duplistatus`, `healthchecks` or `uptime-kuma`;"
        " null for a run that was reported or collected here",
        examples=[None],
    )
    log_lines: Count = Field(description="Lines of its log, those that were left out included", examples=[25])
    log_omitted: Count = Field(description="Lines that were left out of the log", examples=[0])


class RunDetail(Run):
    """A run, with its raw reports."""

    deliveries: list[Id] = Field(
        description="Ids of its raw reports (deliveries), in order of arrival; older ones are deleted",
        examples=[[57]],
    )


class RunList(Shape):
    """A page of runs, newest first."""

    runs: list[Run] = Field(description="At most `limit`; there may be fewer although there is a next page")
    next_cursor: Cursor


class LogLine(Shape):
    """One line of a run's log."""

    number: int = Field(description="Counts from 1 in the whole log as it is kept", examples=[1])
    level: str | None = Field(
        description="`error`, `warning`, `information`, `retry`, `dryrun`, `verbose`, `profiling`; null for none",
        examples=["information"],
    )
    tag: str | None = Field(
        description="Which part of the sender wrote it",
        examples=["Duplicati.Library.Main.Controller-StartingOperation"],
    )
    text: str = Field(
        description="The line, which may hold line ends", examples=["The operation has started"]
    )
    at: Time | None = Field(description="When it was written", examples=["2026-01-28T01:00:00.000Z"])


class Log(Shape):
    """A page of the log of a run, in its order."""

    lines: list[LogLine] = Field(description="At most `limit`")
    next_cursor: Cursor


class Event(Shape):
    """What a device said besides the results of its runs."""

    id: Id = Field(description="Id of the event", examples=[9])
    server: ServerRef = Field(description="Which server it is about")
    severity: Severity = Field(description="How grave it is", examples=["warning"])
    type: str = Field(description="The sender's own short word for its kind", examples=["disk_space_low"])
    job_name: str | None = Field(
        description="Name of a job of that server, known or not; null for none", examples=["Documents"]
    )
    job_id: Id | None = Field(description="Id of that job; null where it is not known", examples=[3])
    message: str | None = Field(
        description="What happened; it may have many lines",
        examples=["Drive / has only 12% free space remaining."],
    )
    at: Time = Field(
        description="When it happened, by the sender's clock", examples=["2026-01-28T02:00:00.000Z"]
    )
    order_at: Time = Field(
        description=ORDER.replace("it began", "it happened"), examples=["2026-01-28T02:00:00.000Z"]
    )
    received_at: Time = Field(description="When it arrived", examples=["2026-01-28T02:00:01.094Z"])


class EventDetail(Event):
    """An event, with its raw reports."""

    deliveries: list[Id] = Field(
        description="Ids of its raw reports (deliveries), in order of arrival; older ones are deleted",
        examples=[[58]],
    )


class EventList(Shape):
    """A page of events, newest first."""

    events: list[Event] = Field(
        description="At most `limit`; there may be fewer although there is a next page"
    )
    next_cursor: Cursor
