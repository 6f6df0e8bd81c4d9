"""What Prometheus sees: computed from the store at each scrape, so that it is true whichever process answers."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from math import inf

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from duplistat import __version__
from duplistat.core.causes import Cause
from duplistat.core.expectation import usual_gap
from duplistat.core.health import health_of
from duplistat.core.status import Health
from duplistat.services.context import ScheduleDefaults
from duplistat.services.jobs.counted import tests_among, that_count
from duplistat.services.jobs.reasons import awaited
from duplistat.services.jobs.state import facts_of, rhythm_of
from duplistat.services.maintenance.scheduled_backups import OwnBackups
from duplistat.services.monitoring import alert_metrics
from duplistat.store import jobs, scheduler_lease, servers, totals, unread
from duplistat.store.database import Database
from duplistat.store.jobs import Job
from duplistat.store.scheduler_lease import LEASE
from duplistat.store.servers import Server
from duplistat.store.write_health import Failing

# Not "job": that is what Prometheus calls its own targets.
LABELS = ("id", "server", "backup")

# Name, help, for each metric of a job.
OF_JOB = (
    (
        "up",
        "1 when the last backup and the last verification succeeded and none is overdue, else 0;"
        " absent while paused or never run",
    ),
    ("failed", "1 when the latest backup or the latest verification failed, else 0"),
    ("stuck", "1 when a backup said that it runs, and went silent, else 0"),
    ("overdue", "1 when an expected backup did not come, else 0"),
    (
        "verification_failed",
        "1 while the latest verification is a failed one that nobody dismissed, else 0; absent without one",
    ),
    (
        "restore_failed",
        "1 while the latest restore is a failed one that nobody dismissed, else 0; absent without one",
    ),
    ("last_success_timestamp_seconds", "When the latest good backup began, Unix time"),
    ("last_run_timestamp_seconds", "When the latest backup began, Unix time"),
    ("last_duration_seconds", "How long the latest backup took"),
    ("last_size_bytes", "Size of the source at its latest known value"),
    ("last_storage_bytes", "Bytes at the destination at their latest known value"),
    ("last_files", "Files in the source at their latest known number"),
    ("last_added_bytes", "Bytes that the latest backup uploaded"),
    (
        "expected_timestamp_seconds",
        "When the next backup is expected, or the first missed one was, Unix time; absent while paused",
    ),
    (
        "expected_interval_seconds",
        "The usual time between two expected backups; absent where none is known, +Inf where none is expected",
    ),
)


class Measures(Collector):
    """All metrics over some accounts, at one moment (`now` in ms). `failing` is why writes fail; None: they do not."""

    def __init__(
        self,
        db: Database,
        sees: tuple[int, ...],
        now: int,
        defaults: ScheduleDefaults,
        job_limit: int,
        failing: Failing | None = None,
        backed_up: OwnBackups | None = None,
    ) -> None:
        self._db = db
        self._sees = sees
        self._now = now
        self._defaults = defaults
        self._job_limit = job_limit
        self._failing = failing
        self._backed_up = backed_up

    def collect(self) -> Iterator[Metric]:
        yield InfoMetricFamily("duplistat_build", "This program", value={"version": __version__})
        known = servers.visible(self._db, self._sees)
        yield from self._totals(known)
        yield from self._jobs(known)
        yield from self._intake()
        yield from self._unread()
        yield from self._clock()
        yield self._writes()
        yield from self._own_backups()
        yield from alert_metrics.measures(self._db, self._sees, self._now)

    def _totals(self, known: Sequence[Server]) -> Iterator[Metric]:
        sums = totals.summary(self._db, self._sees, self._now)
        rate = totals.success_rate(self._db, self._sees, self._now)
        family = GaugeMetricFamily(
            "duplistatus_backup_success_rate",
            "Part of the backup runs of the last 30 days that succeeded, 0 to 1; absent without runs",
        )
        if rate is not None:
            family.add_metric([], rate)
        yield family
        yield GaugeMetricFamily(
            "duplistatus_overdue_backups", "Active jobs that are overdue now", value=sums.overdue
        )
        yield GaugeMetricFamily(
            "duplistat_servers", "Known servers", value=len(known) - len(tests_among(known))
        )
        runs = CounterMetricFamily("duplistat_backup_runs", "Backup runs recorded", labels=["outcome"])
        for outcome in totals.OUTCOMES:
            runs.add_metric([outcome], getattr(sums, outcome))
        yield runs
        yield CounterMetricFamily(
            "duplistat_uploaded_bytes", "Bytes that backup runs uploaded", value=sums.uploaded
        )

    def _jobs(self, known: Sequence[Server]) -> Iterator[Metric]:
        names = {server.id: server.label for server in known}
        families = {
            name: GaugeMetricFamily(f"duplistat_job_{name}", text, labels=LABELS) for name, text in OF_JOB
        }
        states = dict.fromkeys(Health, 0)
        for number, job in enumerate(that_count(jobs.visible(self._db, self._sees), known)):
            health = health_of(facts_of(job), self._now)
            states[health] += 1
            if number < self._job_limit:
                self._add(families, job, health, names.get(job.server_id, ""))
        by_state = GaugeMetricFamily("duplistat_jobs", "Jobs by health", labels=["state"])
        for state, count in states.items():
            by_state.add_metric([state.value], count)
        yield by_state
        yield from families.values()

    def _add(self, families: dict[str, GaugeMetricFamily], job: Job, health: Health, server: str) -> None:
        expected = awaited(job, health, self._defaults)
        idle = health in (Health.PAUSED, Health.NEVER)
        values: dict[str, float | None] = {
            "up": None if idle else int(health in (Health.OK, Health.WARNING, Health.RUNNING)),
            "failed": int(health is Health.FAILED),
            "stuck": int(health is Health.STUCK),
            "overdue": int(health is Health.OVERDUE),
            "verification_failed": None if job.verify_at is None else int(job.verification_failed),
            "restore_failed": None if job.restored_at is None else int(job.restore_failed),
            "last_success_timestamp_seconds": _seconds(job.last_success_at),
            "last_run_timestamp_seconds": _seconds(job.last_order),
            "last_duration_seconds": _seconds(job.last_duration),
            "last_size_bytes": job.size,
            "last_storage_bytes": job.storage,
            "last_files": job.files,
            "last_added_bytes": job.added,
            "expected_timestamp_seconds": expected.timestamp() if expected else None,
            "expected_interval_seconds": self._interval(job),
        }
        for name, value in values.items():
            if value is not None:
                families[name].add_metric([str(job.id), server, job.name], value)

    def _interval(self, job: Job) -> float | None:
        gap = usual_gap(rhythm_of(job, self._defaults))
        return inf if gap == timedelta.max else None if gap is None else gap.total_seconds()

    def _intake(self) -> Iterator[Metric]:
        family = CounterMetricFamily(
            "duplistat_reports_received", "Deliveries by format and outcome", labels=["dialect", "result"]
        )
        failures = 0
        for format, outcome, count in totals.received(self._db):
            family.add_metric([format or "unknown", outcome], count)
            failures += count if outcome == "unrecognised" else 0
        yield family
        yield CounterMetricFamily(
            "duplistat_report_parse_failures", "Deliveries that could not be read", value=failures
        )

    def _unread(self) -> Iterator[Metric]:
        family = CounterMetricFamily(
            "duplistat_unread_dropped",
            "Bodies that nobody could read and that were dropped, by the limit that they went for",
            labels=["limit"],
        )
        gone = dict.fromkeys(unread.WHYS, 0)
        for each in unread.dropped(self._db, self._sees):
            gone[each.why] += each.bodies
        for why, bodies in gone.items():
            family.add_metric([why], bodies)
        yield family

    def _clock(self) -> Iterator[Metric]:
        lease = scheduler_lease.lease(self._db, LEASE)
        yield GaugeMetricFamily(
            "duplistat_scheduler_last_tick_timestamp_seconds",
            "When the scheduler last looked at what is due, Unix time",
            value=(lease.ticked_at if lease else 0) / 1000,
        )

    def _writes(self) -> Metric:
        family = GaugeMetricFamily(
            "duplistat_writes_failing",
            "1 for why writes fail now, else 0: nothing that is reported is stored then",
            labels=["cause"],
        )
        for cause in Cause:
            failing = self._failing is not None and self._failing.cause is cause
            family.add_metric([cause.value], int(failing))
        return family

    def _own_backups(self) -> Iterator[Metric]:
        last = GaugeMetricFamily(
            "duplistat_own_backup_last_success_timestamp_seconds",
            "When the last backup of duplistat's own database ended, Unix time; absent without one",
        )
        if self._backed_up is not None and self._backed_up.last_at is not None:
            last.add_metric([], self._backed_up.last_at / 1000)
        yield last
        yield GaugeMetricFamily(
            "duplistat_own_backup_warning",
            "1 when the last backup of duplistat's own database is too old, or failed, else 0",
            value=int(self._backed_up is not None and bool(self._backed_up.warning)),
        )


def _seconds(ms: int | None) -> float | None:
    return None if ms is None else ms / 1000
