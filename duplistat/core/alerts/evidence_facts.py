"""What evidence says: a head, a record for each job, and what was counted. Plain JSON; times in ms, sizes in bytes.

None is what nobody stated.
"""

from typing import TypedDict


class Span(TypedDict):
    """A time in which something was so, by whom and why, where that is known."""

    begin: int
    end: int
    kind: str
    by: str
    why: str


class Head(TypedDict):
    """Who made it, when, over which time and accounts; and what is not about one job."""

    generator: str
    version: str
    made_at: int
    zone: str
    begin: int
    end: int
    account: str
    accounts: int
    jobs: int
    servers_without_jobs: list[str]
    jobs_nobody_hears_of: list[str]
    away: list[Span]


class Change(TypedDict):
    """A field of the policy that somebody set."""

    at: int
    by: str
    field: str
    before: str
    after: str


class Protects(TypedDict):
    """What a job protects, and where its copies are, as its reports and tags say."""

    size: int | None
    files: int | None
    storage: int | None
    versions: int | None
    oldest_version_at: int | None
    destination: str | None
    offsite: bool | None
    encrypted: bool | None
    immutable: bool | None


class Policy(TypedDict):
    """When a job is expected: `source` is `set`, `collected`, `told`, `learned` or `none`."""

    schedule: str
    zone: str
    grace_ms: int
    source: str


class Counts(TypedDict):
    """Backup runs, and what was expected; `expected`, `missed` and `late` are None without a schedule."""

    expected: int | None
    ran: int
    good: int
    warning: int
    failed: int
    other: int
    missed: int | None
    late: int | None


class GapFacts(TypedDict):
    begin: int
    end: int | None
    cause: str
    run: int | None
    failed: int
    missed: int
    message: str
    acknowledged_at: int | None
    acknowledged_by: str
    acknowledged_why: str


class ProofFacts(TypedDict):
    """A restore, or a verification of its own, or one that failed. `kind` is `restore` or `verification`."""

    at: int
    run: int
    kind: str
    good: bool
    duration_ms: int | None
    size: int | None
    files: int | None
    message: str


class ToldFacts(TypedDict):
    channel: str
    at: int


class Alarm(TypedDict):
    """A problem: when it was open, how it ended, and who was told."""

    opened_at: int
    closed_at: int | None
    kind: str
    how: str
    told: list[ToldFacts]
    acknowledged_at: int | None
    acknowledged_by: str


class DeliveryFacts(TypedDict):
    id: int
    sha256: str


class RunFacts(TypedDict):
    """A backup run, and the requests that told of it: the bytes received are behind each."""

    id: int
    at: int
    ended_at: int | None
    status: str
    outcome: str
    duration_ms: int | None
    size: int | None
    deliveries: list[DeliveryFacts]


class JobFacts(TypedDict):
    """All that is known of a job in the time. `max_age_ms` and `p95_age_ms` are of the newest good copy."""

    id: int
    name: str
    server: str
    account: str
    tags: list[str]
    known_since: int
    archived_at: int | None
    protects: Protects
    policy: Policy
    policy_changes: list[Change]
    counts: Counts
    gaps: list[GapFacts]
    max_age_ms: int | None
    p95_age_ms: int | None
    without_copy_ms: int
    repair_mean_ms: int | None
    repair_max_ms: int | None
    quiet: list[Span]
    silences: list[Span]
    proofs: list[ProofFacts]
    verified_in_backups: int
    alarms: list[Alarm]
    skewed_runs: int
    missed_at: list[int]
    runs: list[RunFacts]


class Tail(TypedDict):
    """How many rows were read, and the SHA-256 of the hashes of all deliveries, each and a line end, in their order."""

    jobs: int
    runs: int
    missed: int
    proofs: int
    alarms: int
    deliveries: int
    deliveries_sha256: str
