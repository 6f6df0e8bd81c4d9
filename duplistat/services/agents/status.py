"""How services stand: what their agents, the servers of their name, and the runs of those say of them."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from duplistat.core.health import AT_WORK, Live, health_of
from duplistat.core.status import Health, Status
from duplistat.services.jobs.state import facts_of
from duplistat.store import servers, service_runs, services
from duplistat.store.database import Database
from duplistat.store.jobs import Job
from duplistat.store.servers import Server
from duplistat.store.service_runs import Brief
from duplistat.store.services import Service

SHOWN = 20
MOST = 999
PENDING, ACTIVE, WARNING, ERROR = 0, 1, 2, 3
CANCELLED, NEW, CONFIGURED, ANSWERED, HAS_JOB, REPORTED = -4, -1, 0, 3, 5, 10

_GRAVE = {
    Health.OVERDUE: ERROR,
    Health.FAILED: ERROR,
    Health.STUCK: ERROR,
    Health.WARNING: WARNING,
    Health.OK: ACTIVE,
    Health.PAUSED: ACTIVE,
}


@dataclass(frozen=True, slots=True)
class Standing:
    """A service with all that is known of it. `runs` are the latest, newest first; `last` one of each job."""

    service: Service
    servers: Sequence[Server]
    jobs: Sequence[Job]
    runs: Sequence[Brief]
    last: Sequence[Brief]
    now: int

    @property
    def status(self) -> int:
        """The worst of its jobs; pending while none has run and none is late."""
        found = [_status(job, self.now) for job in self.jobs]
        return max(found, default=PENDING) or (ACTIVE if self.runs else PENDING)

    @property
    def disk_usage(self) -> int:
        return sum(job.storage or 0 for job in self.jobs)

    @property
    def running(self) -> bool:
        """Whether a job is at work, as far as is known: an agent that cannot be reached says nothing."""
        return bool(self.service.running and not self.is_unreachable) or self.has_job_at_work

    @property
    def has_job_at_work(self) -> bool:
        return any(self.is_at_work(job) for job in self.jobs)

    @property
    def is_unreachable(self) -> bool:
        return self.service.is_unreachable

    @property
    def has_failed(self) -> bool:
        """Whether a job that we started failed, and none has run since."""
        since = self.service.problem_at or 0
        return self.service.job_failed and not any(run.order_at > since for run in self.runs)

    def is_at_work(self, job: Job) -> bool:
        return Live(job.live_state) in AT_WORK and (job.due_at is None or job.due_at > self.now)

    @property
    def operating_system(self) -> str:
        told = (json.loads(server.facts).get("operating_system", "") for server in self.servers)
        known = next((name for name in told if name), "")
        return str(known or json.loads(self.service.facts).get("operating_system", ""))

    @property
    def alerts(self) -> tuple[int, int]:
        """Warnings and errors of the last run of each job, each sum capped."""
        counts = [complaints(run) for run in self.last]
        return min(MOST, sum(c[0] for c in counts)), min(MOST, sum(c[1] for c in counts))

    @property
    def create_status(self) -> int:
        service = self.service
        reached = (
            (CANCELLED, service.cancelled_at is not None),
            (REPORTED, bool(self.runs)),
            (HAS_JOB, bool(service.jobs)),
            (ANSWERED, service.answered_at is not None),
            (CONFIGURED, service.configured_at is not None),
        )
        return next((status for status, is_so in reached if is_so), NEW)

    @property
    def was_good(self) -> bool:
        return any(job.last_success_at is not None for job in self.jobs)

    @property
    def was_tried(self) -> bool:
        return self.service.tried_at is not None or bool(self.runs)

    @property
    def was_started(self) -> bool:
        started = self.service.started_at is not None or bool(self.runs)
        return started and self.service.configured_at is not None

    def has_run(self, tag: str) -> bool:
        """Whether a job with this tag has run."""
        return any(job.last_order is not None and tag in _tags(job) for job in self.jobs)

    @property
    def task_state(self) -> str:
        service = self.service
        if self.running:
            return "RUNNING"
        if self.is_unreachable or self.has_failed:
            return "ERROR"
        if not self.runs:
            return "INITIALIZING" if service.answered_at is None else "READY"
        return state_of(self.runs[0])


def standings(db: Database, found: Sequence[Service], now: int) -> list[Standing]:
    """How some services stand, in their order. Four statements, however many services and runs there are."""
    names = sorted({service.name for service in found})
    accounts = services.accounts_of(found)
    homes = servers.of_services(db, accounts, [service.id for service in found], names)
    ids = [server.id for server in homes]
    jobs = service_runs.jobs_of(db, ids)
    runs = service_runs.latest(db, ids, SHOWN)
    last = service_runs.briefs(db, [job.last_run for job in jobs if job.last_run is not None])
    jobs_of: dict[int, list[Job]] = defaultdict(list)
    for job in jobs:
        jobs_of[job.server_id].append(job)
    return [_standing(service, homes, jobs_of, runs, last, now) for service in found]


def owns(service: Service, server: Server) -> bool:
    """Whether a server's reports are a service's: posted for it, or by a machine of its name."""
    if server.account_id != service.account_id:
        return False
    if server.service_id is not None:
        return server.service_id == service.id
    return service.name in (server.name, server.alias)


def complaints(run: Brief) -> tuple[int, int]:
    """Warnings and errors of a run; one that failed or warned without a number had one."""
    status = Status(run.status)
    warnings = run.warnings if run.warnings is not None else int(status is Status.WARNING)
    return warnings, run.errors or int(status.failed)


def state_of(run: Brief) -> str:
    status = Status(run.status)
    if status is Status.RUNNING:
        return "RUNNING"
    return "ERROR" if status.failed or status is Status.INTERRUPTED else "FINISHED"


def _standing(
    service: Service,
    homes: Iterable[Server],
    jobs_of: dict[int, list[Job]],
    runs: Iterable[Brief],
    last: dict[int, Brief],
    now: int,
) -> Standing:
    mine = [server for server in homes if owns(service, server)]
    jobs = [job for server in mine for job in jobs_of[server.id]]
    ids = {job.id for job in jobs}
    return Standing(
        service=service,
        servers=mine,
        jobs=jobs,
        runs=[run for run in runs if run.job_id in ids][:SHOWN],
        last=[last[job.last_run] for job in jobs if job.last_run in last],
        now=now,
    )


def _status(job: Job, now: int) -> int:
    facts = facts_of(job)
    health = health_of(facts, now)
    if health is Health.RUNNING:
        # While it runs, it is as its last result was.
        health = health_of(replace(facts, live=Live.NONE, due_at=None), now)
    if health is Health.PAUSED and job.last_order is None:
        return PENDING
    return _GRAVE.get(health, PENDING)


def _tags(job: Job) -> set[str]:
    return {str(tag).strip().casefold() for tag in json.loads(job.tags)}
