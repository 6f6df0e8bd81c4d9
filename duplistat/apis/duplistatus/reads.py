"""GET /api/summary, /api/lastbackup, /api/lastbackups: what widgets and scripts ask."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, request

from duplistat.apis.duplistatus import shapes, texts
from duplistat.core.encoding import text_of
from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.health import health_of
from duplistat.core.status import Health
from duplistat.core.text import clean
from duplistat.http.answers import answer, error_answer, iso
from duplistat.http.caller import caller_of
from duplistat.http.context import Context, context
from duplistat.services.access.api_keys import Scope
from duplistat.services.jobs.reasons import awaited
from duplistat.services.jobs.state import facts_of
from duplistat.services.servers import lookup
from duplistat.store import jobs, runs
from duplistat.store.jobs import Job
from duplistat.store.runs import Run
from duplistat.store.servers import Server

bp = Blueprint("reads", __name__)

# Of a name that is told back.
SHOWN = 200


@bp.get("/api/summary")
def summary() -> Response:
    """Counts and sums over everything that the caller sees."""
    ctx = context()
    caller = caller_of(request, ctx, Scope.READ)
    now = ctx.now()
    return _answer(shapes.summary(ctx.summaries.of(caller.sees, now), now))


@bp.get("/api/lastbackup/<name:server_id>")
def last_backup(server_id: str) -> Response:
    """The most recent backup run of a server, whichever job it is of."""
    ctx = context()
    server = _server(ctx, server_id)
    if isinstance(server, Response):
        return server
    of_server = _jobs_of(ctx, server)
    latest = next((job for job, _ in of_server if job.last_run is not None), None)
    run = runs.get(ctx.db, latest.last_run) if latest and latest.last_run else None
    found = [(job, health, run) for job, health in of_server if run and run.id == job.last_run]
    documented, real = _both(ctx, server, found)
    return _answer(
        {
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
    )


@bp.get("/api/lastbackups/<name:server_id>")
def last_backups(server_id: str) -> Response:
    """The latest backup run of every job of a server, most recently run first."""
    ctx = context()
    server = _server(ctx, server_id)
    if isinstance(server, Response):
        return server
    of_server = _jobs_of(ctx, server)
    by_id = runs.by_ids(ctx.db, [job.last_run for job, _ in of_server if job.last_run is not None])
    found = [(job, health, by_id[job.last_run]) for job, health in of_server if job.last_run in by_id]
    documented, real = _both(ctx, server, found)
    updated = max((job.last_received or 0 for job, *_ in found), default=0)
    return _answer(
        {
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
    )


def _answer(content: dict[str, Any]) -> Response:
    """An answer as `?nulls=` wants it."""
    as_texts = texts.are_asked_for(request.args.get("nulls", ""))
    return answer(texts.in_place_of_nulls(content) if as_texts else content)


def _jobs_of(ctx: Context, server: Server) -> list[tuple[Job, Health]]:
    """The jobs of a server and how each is now, the most recently run first."""
    now = ctx.now()
    known = jobs.of_server(ctx.db, server.id)
    return [(job, health_of(facts_of(job), now)) for job in known if not (job.deleting or job.joining)]


def _overdue(of_server: list[tuple[Job, Health]]) -> int:
    return sum(health is Health.OVERDUE for _, health in of_server)


def _both(
    ctx: Context, server: Server, found: list[tuple[Job, Health, Run]]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    with_log = ctx.config.api.logs_in_last_backup
    documented = [
        shapes.run_documented(run, job, health, awaited(job, health, ctx.schedule_defaults))
        for job, health, run in found
    ]
    real = [
        shapes.run_real(
            run,
            server,
            job.name,
            runs.log_of(ctx.db, run.id) if with_log else None,
            ctx.schedule_defaults.zone,
        )
        for job, _, run in found
    ]
    return documented, real


def _server(ctx: Context, text: str) -> Server | Response:
    """The server that the caller means, or the answer that says why there is none.

    Of several that are called the same, the only one that has backup runs is meant. Where none has any, the first
    one: there is nothing to be told of any of them.
    """
    caller = caller_of(request, ctx, Scope.READ)
    text = clean(_as_sent(text))
    found = lookup.servers_meant(ctx.db, caller.sees, text)
    if len(found) > 1:
        found = lookup.with_backups(ctx.db, found) or found[:1]
    if len(found) > 1:
        return _ambiguous(text, found)
    if found:
        return found[0]
    details = [
        {"field": "server", "problem": f"no server has the id, machine id, name or alias {_shown(text)}"}
    ]
    if lookup.id_in(text) is not None:
        return error_answer(DuplistatError(Kind.NOT_FOUND, "Server not found"), details=details)
    return error_answer(DuplistatError(Kind.INVALID, "Invalid server ID format"), details=details)


def _ambiguous(text: str, found: Sequence[Server]) -> Response:
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
    return error_answer(error, details=details, duplicate_servers=same, duplicate_machines=same)


def _as_sent(text: str) -> str:
    """A name in the address, where its bytes are no UTF-8 too: they are read as those of bodies are."""
    if "\ufffd" not in text:
        return text
    path = request.environ["PATH_INFO"].encode("latin-1")
    # Behind /api/lastbackup/, which is ASCII.
    return text_of(path.split(b"/", 3)[3])


def _shown(text: str) -> str:
    return repr(text[:SHOWN])
