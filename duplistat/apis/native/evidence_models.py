"""Evidence as it is in our JSON: core.alerts.evidence_facts, with times that programs read."""

from pydantic import Field

from duplistat.apis.native.values import Bytes, Count, Id, Milliseconds, Shape, Time


class TimeSpan(Shape):
    """A time in which something was so."""

    begin: Time = Field(description="When it began", examples=["2026-01-28T02:00:00.000Z"])
    end: Time = Field(description="When it ended", examples=["2026-01-28T02:00:00.000Z"])
    kind: str = Field(
        description="`away`, `pause`, `maintenance`, `archive` or `silence`", examples=["pause"]
    )
    by: str = Field(
        description="Who set it; empty for nobody, and for somebody of a parent account",
        examples=["ada@example.org"],
    )
    why: str = Field(description="Why; empty where nobody said", examples=[""])


class EvidenceHead(Shape):
    """Who made it, when, and over which time; and what is not about one job."""

    generator: str = Field(description="What made it", examples=["duplistat"])
    version: str = Field(description="Its version", examples=["0.1.0"])
    made_at: Time = Field(description="When", examples=["2026-01-28T02:00:00.000Z"])
    zone: str = Field(description="Time zone of this server", examples=["Europe/Berlin"])
    begin: Time = Field(description="Begin of the time", examples=["2026-01-28T02:00:00.000Z"])
    end: Time = Field(description="End of the time", examples=["2026-01-28T02:00:00.000Z"])
    account: str = Field(description="Account that it is of, with those below it", examples=["main"])
    accounts: Count = Field(description="How many accounts that are", examples=[1])
    jobs: Count = Field(description="How many jobs it covers", examples=[1])
    servers_without_jobs: list[str] = Field(
        description="Servers of which no backup job is known", examples=[[]]
    )
    jobs_nobody_hears_of: list[str] = Field(
        description="Jobs without an alert rule, as server / job", examples=[[]]
    )
    away: list[TimeSpan] = Field(description="Times in which this server was not running")


class PolicyChange(Shape):
    """A field of a job that somebody set."""

    at: Time = Field(description="When", examples=["2026-01-28T02:00:00.000Z"])
    by: str = Field(description="Who", examples=["ada@example.org"])
    field: str = Field(
        description="`schedule`, `schedule_zone`, `grace_seconds`, `tags` or `alias`", examples=["schedule"]
    )
    before: str = Field(description="Value before; empty for none", examples=["daily 02:00"])
    after: str = Field(description="Value after; empty for none", examples=["daily 03:00"])


class Protects(Shape):
    """What a job protects, and where its copies are. Null is what nobody stated."""

    size: Bytes | None = Field(description="Source size", examples=[1073741824])
    files: Count | None = Field(description="Source files", examples=[1])
    storage: Bytes | None = Field(description="Size of the backup", examples=[1073741824])
    versions: Count | None = Field(description="Versions of the backup", examples=[1])
    oldest_version_at: Time | None = Field(
        description="The oldest version", examples=["2026-01-28T02:00:00.000Z"]
    )
    destination: str | None = Field(description="Kind of the destination", examples=["s3"])
    offsite: bool | None = Field(description="Tagged as off-site", examples=[True])
    encrypted: bool | None = Field(description="Tagged as encrypted", examples=[True])
    immutable: bool | None = Field(description="Tagged as immutable", examples=[True])


class JobPolicy(Shape):
    """When a job is expected, as of now."""

    schedule: str = Field(description="Schedule; empty for none", examples=["daily 02:00"])
    zone: str = Field(description="Time zone of the schedule", examples=["Europe/Berlin"])
    grace_ms: Milliseconds = Field(description="Grace period", examples=[3600000])
    source: str = Field(
        description="Where the schedule comes from: `set`, `collected`, `told`, `learned` or `none`",
        examples=["set"],
    )


class RunCounts(Shape):
    """Backup runs, and what was expected. Null without a schedule."""

    expected: Count | None = Field(description="Expected times", examples=[1])
    ran: Count = Field(description="Runs", examples=[1])
    good: Count = Field(description="Runs that were good", examples=[1])
    warning: Count = Field(description="Runs with warnings", examples=[1])
    failed: Count = Field(description="Runs that failed or were interrupted", examples=[1])
    other: Count = Field(description="Runs without a known result", examples=[1])
    missed: Count | None = Field(description="Expected times without a run", examples=[1])
    late: Count | None = Field(description="Runs that began after the grace period", examples=[1])


class Gap(Shape):
    """From the first run that failed or stayed away until the next good one."""

    begin: Time = Field(description="Begin", examples=["2026-01-28T02:00:00.000Z"])
    end: Time | None = Field(
        description="Begin of the next good run; null while it lasts", examples=["2026-01-28T02:00:00.000Z"]
    )
    cause: str = Field(description="`failed` or `missed`", examples=["failed"])
    run: Id | None = Field(description="The run that failed", examples=[1])
    failed: Count = Field(description="Runs that failed in it", examples=[1])
    missed: Count = Field(description="Runs that stayed away in it", examples=[1])
    message: str = Field(description="What the run said", examples=[""])
    acknowledged_at: Time | None = Field(
        description="When somebody acknowledged it", examples=["2026-01-28T02:00:00.000Z"]
    )
    acknowledged_by: str = Field(description="Who did", examples=[""])
    acknowledged_why: str = Field(description="Why", examples=[""])


class ProofRun(Shape):
    """A restore, or a verification of its own, or one that failed."""

    at: Time = Field(description="When it began", examples=["2026-01-28T02:00:00.000Z"])
    run: Id = Field(description="Its run", examples=[1])
    kind: str = Field(description="`restore` or `verification`", examples=["restore"])
    good: bool = Field(description="Whether it was good", examples=[True])
    duration_ms: Milliseconds | None = Field(description="Duration", examples=[3600000])
    size: Bytes | None = Field(description="Size", examples=[1073741824])
    files: Count | None = Field(description="Files; of one that failed, the broken ones", examples=[1])
    message: str = Field(description="Why it failed", examples=[""])


class ToldBy(Shape):
    """A channel that alerted about it."""

    channel: str = Field(description="Its name; empty for one of a parent account", examples=["ops"])
    at: Time = Field(description="When", examples=["2026-01-28T02:00:00.000Z"])


class Alarm(Shape):
    """A problem: when it was open, how it ended, and who was told."""

    opened_at: Time = Field(description="When it began", examples=["2026-01-28T02:00:00.000Z"])
    closed_at: Time | None = Field(description="When it was over", examples=["2026-01-28T02:00:00.000Z"])
    kind: str = Field(description="The gravest that it was", examples=["failed"])
    how: str = Field(
        description="How it ended: `good`, `steady` or `gone`; empty while it is open", examples=["good"]
    )
    told: list[ToldBy] = Field(description="Who was told")
    acknowledged_at: Time | None = Field(
        description="When somebody acknowledged it", examples=["2026-01-28T02:00:00.000Z"]
    )
    acknowledged_by: str = Field(description="Who did", examples=[""])


class RawReport(Shape):
    """A raw report of a run: the request as it was received."""

    id: Id = Field(description="Id of the delivery", examples=[1])
    sha256: str = Field(
        description="SHA-256 of its body",
        examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
    )


class EvidenceRun(Shape):
    """A backup run."""

    id: Id = Field(description="Id of the run", examples=[1])
    at: Time = Field(description="When it began", examples=["2026-01-28T02:00:00.000Z"])
    ended_at: Time | None = Field(description="When it ended", examples=["2026-01-28T02:00:00.000Z"])
    status: str = Field(description="How it ended", examples=["success"])
    outcome: str = Field(
        description="What it counts as: `good`, `warning`, `failed` or `other`", examples=["good"]
    )
    duration_ms: Milliseconds | None = Field(description="Duration", examples=[3600000])
    size: Bytes | None = Field(description="Source size", examples=[1073741824])
    deliveries: list[RawReport] = Field(description="Its raw reports")


class EvidenceJob(Shape):
    """All that is known of a job in the time."""

    id: Id = Field(description="Id of the job", examples=[1])
    name: str = Field(description="What it is called", examples=["Documents"])
    server: str = Field(description="Its server", examples=["nas"])
    account: str = Field(description="Its account", examples=["main"])
    tags: list[str] = Field(description="Its tags", examples=[["offsite"]])
    known_since: Time = Field(description="When it was first heard of", examples=["2026-01-28T02:00:00.000Z"])
    archived_at: Time | None = Field(
        description="When it was archived", examples=["2026-01-28T02:00:00.000Z"]
    )
    protects: Protects = Field(description="What it protects")
    policy: JobPolicy = Field(description="When it is expected")
    policy_changes: list[PolicyChange] = Field(description="What people set in the time")
    counts: RunCounts = Field(description="Expected and real runs")
    gaps: list[Gap] = Field(description="Times without a good backup")
    max_age_ms: Milliseconds | None = Field(
        description="The oldest that the newest good copy was", examples=[3600000]
    )
    p95_age_ms: Milliseconds | None = Field(
        description="How old it was at most for 95 % of the time", examples=[3600000]
    )
    without_copy_ms: Milliseconds = Field(
        description="How long there was no good copy at all", examples=[3600000]
    )
    repair_mean_ms: Milliseconds | None = Field(
        description="How long a gap lasted on average", examples=[3600000]
    )
    repair_max_ms: Milliseconds | None = Field(
        description="How long a gap lasted at most", examples=[3600000]
    )
    quiet: list[TimeSpan] = Field(description="Pauses, maintenance and archive")
    silences: list[TimeSpan] = Field(description="Silences")
    proofs: list[ProofRun] = Field(description="Restores and verifications")
    verified_in_backups: Count = Field(
        description="Backups that verified files, and found none broken", examples=[1]
    )
    alarms: list[Alarm] = Field(description="Problems that were open")
    skewed_runs: Count = Field(description="Runs of a sender with a wrong clock", examples=[1])
    missed_at: list[Time] = Field(description="The expected times without a run", examples=[[]])
    runs: list[EvidenceRun] = Field(description="The backup runs, oldest first")


class EvidenceTail(Shape):
    """What was counted."""

    jobs: Count = Field(description="Jobs", examples=[1])
    runs: Count = Field(description="Backup runs", examples=[1])
    missed: Count = Field(description="Expected times without a run", examples=[1])
    proofs: Count = Field(description="Restores and verifications", examples=[1])
    alarms: Count = Field(description="Problems", examples=[1])
    deliveries: Count = Field(description="Raw reports of the runs", examples=[1])
    deliveries_sha256: str = Field(
        description="SHA-256 over their hashes, each with a line end, in their order",
        examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
    )


class Evidence(Shape):
    """What was expected of backups and what came, signed."""

    format: Count = Field(description="Version of this shape", examples=[1])
    head: EvidenceHead = Field(description="What it is of")
    jobs: list[EvidenceJob] = Field(description="The jobs")
    tail: EvidenceTail = Field(description="What was counted")
    signature: str = Field(
        description="HMAC-SHA-256 over all bytes before it: `duplistat evidence --check` reads it",
        examples=[
            "duplistat-evidence-hmac-sha256:0123456789abcdef:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
        ],
    )
