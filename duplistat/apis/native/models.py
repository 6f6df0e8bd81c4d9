"""Servers and jobs as they are in our JSON."""

from typing import Literal

from pydantic import Field

from duplistat.apis.native.values import Bytes, Count, Cursor, Id, Milliseconds, Shape, Time
from duplistat.core.expectation import Source
from duplistat.core.health import Live
from duplistat.core.status import Health, Status


class ServerRef(Shape):
    """A server, as far as others name it."""

    id: Id = Field(description="Id of the server", examples=[1])
    name: str = Field(description="Name as reported", examples=["nas"])
    alias: str | None = Field(description="Name that a person gave it; null for none", examples=[None])
    sender: str | None = Field(
        description="Script or tool that reports it; null where reports name none", examples=[None]
    )


class JobCounts(Shape):
    """How many jobs are in which health, as of now."""

    total: int = Field(description="All of them", examples=[2])
    overdue: int = Field(description="Expected, and not heard of within the grace", examples=[0])
    failed: int = Field(
        description="The latest run, or the latest verification, failed and nobody dismissed that",
        examples=[0],
    )
    stuck: int = Field(description="Stalled: said that they run, then nothing", examples=[0])
    warning: int = Field(
        description="The latest run ended with warnings or is partial, or the latest restore failed",
        examples=[1],
    )
    never: int = Field(description="No run is known", examples=[0])
    running: int = Field(description="At work", examples=[0])
    ok: int = Field(description="The latest run succeeded", examples=[1])
    paused: int = Field(description="A person paused them", examples=[0])


class Server(ServerRef):
    """A machine that backs something up."""

    machine_id: str | None = Field(
        description="Id that its reports bring; null for none", examples=["4f1d2c3b"]
    )
    account: str = Field(description="Name of the account that owns it", examples=["main"])
    group: str | None = Field(
        description="What it stands together with on the overview; null for none", examples=[None]
    )
    archived: bool = Field(description="Whether it is in the archive: out of sight", examples=[False])
    facts: dict[str, str] = Field(
        description="What is reported about the machine, such as `operating_system` and `agent_version`",
        examples=[{"operating_system": "Linux"}],
    )
    may_be_id: Id | None = Field(
        description="Id of another server that this may be, by its name and jobs", examples=[None]
    )
    created_at: Time = Field(description="When it was first heard of", examples=["2026-01-02T01:00:07.412Z"])
    seen_at: Time = Field(description="When it was last heard of", examples=["2026-01-28T01:10:07.412Z"])
    jobs: JobCounts = Field(description="Its jobs by health")


class ServerList(Shape):
    """A page of servers, by id."""

    servers: list[Server] = Field(description="At most `limit`")
    next_cursor: Cursor


class Schedule(Shape):
    """When a job is expected."""

    source: Source = Field(
        description="How it is known: `set` by a person, `told` by the client, `learned` from its runs, or `none`",
        examples=["learned"],
    )
    text: str | None = Field(description="The schedule that a person set; null for none", examples=[None])
    zone: str = Field(description="Time zone in which it is meant", examples=["Europe/Berlin"])
    grace_ms: Milliseconds = Field(
        description="How late a run may be before the job is overdue", examples=[7_200_000]
    )


class LatestRun(Shape):
    """The latest backup run of a job."""

    id: Id = Field(description="Id of the run", examples=[42])
    status: Status = Field(description="How it ended", examples=["success"])
    status_text: str | None = Field(
        description="The sender's own word, where the status is `other`", examples=[None]
    )
    started_at: Time | None = Field(
        description="When it began, by the sender's clock", examples=["2026-01-28T01:00:00.000Z"]
    )
    received_at: Time = Field(description="When its report arrived", examples=["2026-01-28T01:10:07.412Z"])
    duration_ms: Milliseconds | None = Field(description="How long it took", examples=[600_000])
    message: str | None = Field(
        description="One line that says why, for a run that did not simply succeed", examples=[None]
    )


class GoodRun(Shape):
    """The latest backup run from which all can be restored."""

    id: Id = Field(description="Id of the run; it may be past its days and deleted", examples=[42])
    at: Time = Field(
        description="When it began, but never after its report arrived", examples=["2026-01-28T01:00:00.000Z"]
    )


class ProofState(Shape):
    """Whether stored data could be read back, the last time that it was tried."""

    status: Literal["succeeded", "failed"] = Field(
        description="What came of it; a failed one makes the job `failed` (a restore: `warning`) until it is dismissed",
        examples=["failed"],
    )
    at: Time = Field(
        description="When its run began, but never after its report arrived",
        examples=["2026-01-28T01:00:00.000Z"],
    )
    run_id: Id | None = Field(
        description="Id of the run; null once it is past its days and deleted", examples=[41]
    )
    broken_files: Count | None = Field(
        description="How many broken files it listed; null where it listed none", examples=[2]
    )
    message: str | None = Field(description="One line that says why", examples=[None])
    dismissed_at: Time | None = Field(
        description="When a person dismissed this failure; null while nobody did", examples=[None]
    )


class LiveState(Shape):
    """What a running operation last said of itself."""

    state: Live = Field(
        description="`running`, `ticking` (it says so every half minute), `stuck`, `completed` or `failed`",
        examples=["ticking"],
    )
    started_at: Time | None = Field(description="When it began", examples=["2026-01-28T01:00:00.000Z"])
    at: Time | None = Field(description="When it last spoke", examples=["2026-01-28T01:04:30.000Z"])
    phase: str | None = Field(description="What it does", examples=["Backup_ProcessingFiles"])
    progress: float | None = Field(description="How much is done, 0 to 1", examples=[0.4])
    error: str | None = Field(description="Why it failed", examples=[None])


class Job(Shape):
    """One backup task on one server: how it is, what is expected of it, and its latest values."""

    id: Id = Field(description="Id of the job", examples=[3])
    name: str = Field(description="Name on its server", examples=["Documents"])
    alias: str | None = Field(description="What a person calls it", examples=[None])
    server: ServerRef = Field(description="Where it runs")
    account: str = Field(description="Name of the account that owns it", examples=["main"])
    tags: list[str] = Field(description="Words that a person gave it", examples=[["offsite"]])
    paused: bool = Field(
        description="Whether nothing is expected of it now: a person paused it, set a maintenance window that it"
        " is in, or put it into the archive",
        examples=[False],
    )
    paused_until: Time | None = Field(
        description="When that ends by itself; null where it does not, or is not so", examples=[None]
    )
    archived: bool = Field(description="Whether it is in the archive: out of sight", examples=[False])
    health: Health = Field(description="How it is, as of now", examples=["ok"])
    reason: str = Field(
        description="Why, in a sentence for a person; its times are in the zone of the schedule",
        examples=["Backed up today 02:00"],
    )
    health_since: Time = Field(description="Since when it is so", examples=["2026-01-02T01:10:07.412Z"])
    schedule: Schedule = Field(description="When it is expected")
    expected_at: Time | None = Field(
        description="When the next run is expected; null where that is not known",
        examples=["2026-01-29T01:00:00.000Z"],
    )
    due_at: Time | None = Field(
        description="When silence makes it overdue or, while it runs, stalled (`stuck`)",
        examples=["2026-01-29T03:00:00.000Z"],
    )
    missed: int = Field(description="Expected times in a row that no run came for", examples=[0])
    latest_run: LatestRun | None = Field(description="Its latest backup run; null for none")
    latest_good_run: GoodRun | None = Field(description="The latest one that was good; null for none")
    verification: ProofState | None = Field(
        description="Its latest verification that succeeded or failed, of its own or inside a backup; null for none"
    )
    restore: ProofState | None = Field(
        description="Its latest restore that succeeded or failed; null for none", examples=[None]
    )
    live: LiveState | None = Field(
        description="What runs right now; null where nothing says so", examples=[None]
    )
    size: Bytes | None = Field(description="Size of the source, bytes", examples=[1_073_741_824])
    storage: Bytes | None = Field(description="Size of all that is stored, bytes", examples=[536_870_912])
    files: Count | None = Field(description="Files in the source", examples=[1250])
    versions: Count | None = Field(description="Versions that are stored", examples=[7])
    runs: Count = Field(
        description="Backup runs of all time, also those that retention has deleted", examples=[27]
    )
    restore_points: list[Time] = Field(
        description="When each stored version was made, newest first, by its last successful run; at most 200. Empty"
        " where the log level of that run did not include them: then `versions`, the number, is what is known",
        examples=[["2026-01-28T01:00:00.000Z"]],
    )
    restore_points_more: Count = Field(description="Older ones that are left out of these", examples=[0])
    quota_total: Bytes | None = Field(description="Room at the destination, bytes", examples=[None])
    quota_free: Bytes | None = Field(description="What is left of it, bytes", examples=[None])
    created_at: Time = Field(description="When it was first heard of", examples=["2026-01-02T01:00:07.412Z"])


class JobList(Shape):
    """A page of jobs, by id."""

    jobs: list[Job] = Field(description="At most `limit`; there may be fewer although there is a next page")
    next_cursor: Cursor
