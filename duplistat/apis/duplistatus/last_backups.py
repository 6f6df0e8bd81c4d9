"""What /api/lastbackup and /api/lastbackups say of a server: how its jobs are, and their latest backup runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from duplistat.apis.duplistatus import shapes, texts
from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.health import changes_at, health_of
from duplistat.core.status import Health
from duplistat.http import compression
from duplistat.http.answers import JsonBody, body_of, error_body, iso
from duplistat.http.context import LastBackupsAsked
from duplistat.services.context import ScheduleDefaults
from duplistat.services.jobs.reasons import awaited
from duplistat.services.jobs.state import facts_of
from duplistat.services.servers import lookup
from duplistat.store import accounts, jobs, runs
from duplistat.store.database import Database
from duplistat.store.jobs import Job
from duplistat.store.runs import Run
from duplistat.store.servers import Server

# Of a name that is told back.
SHOWN = 200
# Of all answers that a process remembers; one is about a kilobyte a job.
MOST_BYTES = 4_000_000


@dataclass(frozen=True, slots=True)
class LastBackups:
    """Asks the database. `with_log` adds the lines of the log of each run."""

    defaults: ScheduleDefaults
    with_log: bool

    def __call__(self, db: Database, asked: LastBackupsAsked, now: int) -> tuple[JsonBody, int | None]:
        """The answer at `now` (ms), and when it is another one by the clock alone (ms; None for never)."""
        server = _server(db, accounts.visible(db, asked.account), asked.server)
        if isinstance(server, JsonBody):
            return server, None
        known = [job for job in jobs.of_server(db, server.id) if not (job.deleting or job.joining)]
        facts = [facts_of(job) for job in known]
        of_server = [(job, health_of(fact, now)) for job, fact in zip(known, facts, strict=True)]
        content = (self._every if asked.every_job else self._latest)(db, server, of_server)
        changes = [at for fact in facts if (at := changes_at(fact, now)) is not None]
        body = body_of(texts.in_place_of_nulls(content) if asked.as_texts else content)
        if asked.gzip and len(body.body) >= compression.LEAST:
            # Remembered as it is sent.
            body = JsonBody(compression.packed(body.body), body.status, gzip=True)
        return body, min(changes, default=None)

    def _latest(self, db: Database, server: Server, of_server: list[tuple[Job, Health]]) -> dict[str, Any]:
        """/api/lastbackup: the most recent run, whichever job it is of."""
        latest = next((job for job, _ in of_server if job.last_run is not None), None)
        run = runs.get(db, latest.last_run) if latest and latest.last_run else None
        found = [(job, health, run) for job, health in of_server if run and run.id == job.last_run]
        documented, real = self._both(db, server, found)
        return {
            "status": "success",
            "data": {
                "server": shapes.server_documented(server),
                "lastBackup": documented[0] if documented else None,
                "overdueBackups": _overdue(of_server),
            },
            "server": shapes.server_real(server),
            "machine": shapes.machine(server, latest if found else None),
            "latest_backup": real[0] if real else None,
        }

    def _every(self, db: Database, server: Server, of_server: list[tuple[Job, Health]]) -> dict[str, Any]:
        """/api/lastbackups: the latest run of each job."""
        by_id = runs.by_ids(db, [job.last_run for job, _ in of_server if job.last_run is not None])
        found = [(job, health, by_id[job.last_run]) for job, health in of_server if job.last_run in by_id]
        documented, real = self._both(db, server, found)
        updated = max((job.last_received or 0 for job, *_ in found), default=0)
        return {
            "status": "success",
            "data": {
                "server": shapes.server_documented(server),
                "backups": documented,
                # Those that never ran are jobs, too.
                "backupJobsCount": len(of_server),
                "overdueBackups": _overdue(of_server),
                "lastUpdated": iso(updated or None),
            },
            "server": shapes.server_real(server),
            "machine": shapes.machine(server, found[0][0] if found else None),
            "latest_backups": real,
            "backup_jobs_count": len(real),
            "backup_types_count": len(real),
            "backup_names": [job.name for job, *_ in found],
        }

    def _both(
        self, db: Database, server: Server, found: list[tuple[Job, Health, Run]]
    ) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Runs in both shapes."""
        documented = [
            shapes.run_documented(run, job, health, awaited(job, health, self.defaults))
            for job, health, run in found
        ]
        real = [
            shapes.run_real(
                run,
                server,
                job.name,
                runs.log_of(db, run.id) if self.with_log else None,
                self.defaults.zone,
            )
            for job, _, run in found
        ]
        return documented, real


def weight(asked: LastBackupsAsked, said: JsonBody) -> int:
    """Bytes that an answer takes while it is remembered, about."""
    return len(said.body) + 4 * len(asked.server) + 500


def _overdue(of_server: list[tuple[Job, Health]]) -> int:
    return sum(health is Health.OVERDUE for _, health in of_server)


def _server(db: Database, sees: tuple[int, ...], text: str) -> Server | JsonBody:
    """The server that is meant, or the answer that says why there is none.

    Of several that are called the same, the only one that has backup runs is meant. Where none has any, the first
    one: there is nothing to be told of any of them.
    """
    found = lookup.servers_meant(db, sees, text)
    if len(found) > 1:
        found = lookup.with_backups(db, found) or found[:1]
    if len(found) > 1:
        return _ambiguous(text, found)
    if found:
        return found[0]
    details = [
        {"field": "server", "problem": f"no server has the id, machine id, name or alias {_shown(text)}"}
    ]
    if lookup.id_in(text) is not None:
        return error_body(DuplistatError(Kind.NOT_FOUND, "Server not found"), details=details)
    return error_body(DuplistatError(Kind.INVALID, "Invalid server ID format"), details=details)


def _ambiguous(text: str, found: Sequence[Server]) -> JsonBody:
    """Several servers of one name have backup runs: which ones, and who tells of each."""
    error = DuplistatError(
        Kind.INVALID,
        f"Several servers are called {_shown(text)}: use one of the ids in duplicate_servers",
    )
    same = [{"id": server.id, "name": server.name} for server in found]
    details = [
        {
            "field": "server",
            "problem": f"may be the server with id {server.id}, named {_shown(server.name)}"
            f" ({lookup.identity_label(server)})",
        }
        for server in found
    ]
    return error_body(error, details=details, duplicate_servers=same, duplicate_machines=same)


def _shown(text: str) -> str:
    return repr(text[:SHOWN])
