"""record_ping(): one ping in, and what follows from it for its job."""

from duplistat.core.encoding import text_of
from duplistat.core.errors import DuplistatError
from duplistat.core.errors import Kind as ErrorKind
from duplistat.core.event import Event, Severity
from duplistat.core.health import Live
from duplistat.core.ping import Kind
from duplistat.core.report import BACKUP, Precision
from duplistat.core.text import clean
from duplistat.core.times import from_ms
from duplistat.services.context import ScheduleDefaults, Tx
from duplistat.services.jobs.health_change import change_health, update_job_health
from duplistat.services.jobs.state import UNTICKED_MS, apply_running_state, clear_live, unarchive_job
from duplistat.services.pings.find import NOT_FOUND
from duplistat.services.pings.packed import PackedPing
from duplistat.services.pings.urls import job_for
from duplistat.services.reports import intake
from duplistat.services.reports.identify import note_seen, unarchive_server
from duplistat.services.reports.live import close_live
from duplistat.services.reports.record import Outcome, Recorded, put_run
from duplistat.services.writes import report_command
from duplistat.store import deliveries, events, jobs, ping_starts, runs, servers
from duplistat.store.database import Database
from duplistat.store.jobs import Job
from duplistat.store.ping_starts import Start
from duplistat.store.servers import Server

# A start that comes again within this is the same run: its client did not see our answer.
SAME_START_MS = 10 * 60_000
# What a log ping is called that belongs to no run.
NOTE = "log"
NOTE_CHARS = 10_000
_AT = {name: index for index, name in enumerate(runs.VALUES)}


@report_command
def record_ping(tx: Tx, *, ping: PackedPing) -> Recorded:
    """Take a ping in. `run` is that of a ping that ended one. Raises DuplistatError (not_found)."""
    db, request = tx.db, ping["request"]
    at = request[1]
    job = _job(db, ping)
    server = servers.get(db, job.server_id)
    if server is None:
        raise LookupError(f"the server of job {job.id} is gone")
    if server.archived_at is not None:
        unarchive_server(db, server, at, tx.defaults, at)
    note_seen(db, server, at)
    request = [job.account_id, *request[1:]]
    run, event, outcome = None, None, "live"
    if ping["kind"] in (Kind.SUCCESS, Kind.FAIL):
        run, became = _end(tx, job, ping, at)
        outcome = became.value
        deliveries.attach(db, ping["attached"], run)
    elif ping["kind"] == Kind.LOG:
        event = _note(db, job, server, ping, at)
    delivery = deliveries.add(
        db, request, ping["body"], outcome=outcome, format=ping["format"], job=job.id, run=run, event=event
    )
    if ping["kind"] == Kind.START:
        _start(tx, job, Start(ping["rid"], at, (delivery,)), at)
    elif ping["kind"] == Kind.LOG and event is None:
        start = _under_way(db, job, ping["rid"], at)
        if start is not None:
            ping_starts.note_log(db, job.id, start, delivery)
    ping_starts.count(db, job.id, at)
    tx.tally.received(ping["format"], outcome, job.id)
    tx.tally.newest(job.account_id, job.id, at)
    return {
        "server": server.id,
        "job": job.id,
        "run": run,
        "event": event,
        "duplicate": outcome == Outcome.REPEAT,
    }


def _job(db: Database, ping: PackedPing) -> Job:
    """The job of a ping, made now if it is to be, and held."""
    request = ping["request"]
    if ping["job"] is None:
        return job_for(db, request[0], ping["server"], ping["name"], request[1])
    job = jobs.locked_by_id(db, ping["job"])
    if job is None or job.deleting or job.joining:
        raise DuplistatError(ErrorKind.NOT_FOUND, NOT_FOUND)
    return job


def _start(tx: Tx, job: Job, start: Start, at: int) -> None:
    """A run began; one before it that never ended, and was not another one at the same time, died."""
    db = tx.db
    before = next((item for item in ping_starts.of_job(db, job.id, at) if item.rid == start.rid), None)
    if before is not None and job.live_ticks == _ticks(before.at) and at - before.at > SAME_START_MS:
        close_live(db, tx.tally, job, tx.defaults, at)
    ping_starts.put(db, job.id, start)
    _show_running(db, job, start.at, tx.defaults, at)


def _show_running(db: Database, job: Job, since: int, defaults: ScheduleDefaults, at: int) -> None:
    """Let a job be at work since then (ms), and save it."""
    unarchive_job(job, at)
    clear_live(job)
    job.live_state, job.live_at = Live.RUNNING, at
    job.live_ticks, job.live_started = _ticks(since), since
    health = apply_running_state(job, defaults, at)
    change_health(db, job, health, at, defaults=defaults)
    jobs.save(db, job)


def _end(tx: Tx, job: Job, ping: PackedPing, at: int) -> tuple[int, Outcome]:
    """A run ended: its id, and what became of it. What else is under way goes on."""
    db, values = tx.db, ping["run"]
    known = {start.rid: start for start in ping_starts.of_job(db, job.id, at)}
    ended = {_ticks(known[rid].at) for rid in ping["ends"] if rid in known}
    started = ping["started"]
    if started is not None and at - started > UNTICKED_MS:
        _as_given_up(db, job, values, started)
    ping_starts.drop(db, job.id, ping["ends"])
    run, outcome = put_run(db, tx.tally, job, values, tx.defaults, at, log=ping["log"])
    left = [start for rid, start in known.items() if rid not in ping["ends"]]
    if job.live_ticks in ended and job.live_state:
        clear_live(job)
        update_job_health(db, job, tx.defaults, at)
    if left and not job.live_state:
        _show_running(db, job, left[0].at, tx.defaults, at)
    return run, outcome


def _as_given_up(db: Database, job: Job, values: list[object], started: int) -> None:
    """Let a run that was silent for so long that it was given up be that very one."""
    key = f"l{_ticks(started)}"
    if runs.by_key(db, job.id, BACKUP, key) is not None:
        values[_AT["key"]], values[_AT["precision"]] = key, Precision.LIVE.value
        values[_AT["started_ticks"]] = _ticks(started)


def _note(db: Database, job: Job, server: Server, ping: PackedPing, at: int) -> int | None:
    """What a log ping says while nothing runs is an event; None while something does, or for nothing said."""
    text = text_of(ping["body"][: 2 * NOTE_CHARS]).strip()[:NOTE_CHARS]
    if not text or _under_way(db, job, ping["rid"], at) is not None:
        return None
    event = Event(
        server_name=server.name,
        sender=server.sender,
        at=from_ms(at),
        severity=Severity.INFO,
        type=NOTE,
        job_name=job.name,
        message=clean(text),
    )
    number, _ = events.add(db, job.account_id, server.id, intake.event_values(event, at))
    return number


def _under_way(db: Database, job: Job, rid: str, at: int) -> Start | None:
    """The run that a log ping is of: its own, else without an id the latest."""
    known = ping_starts.of_job(db, job.id, at)
    return next((start for start in known if start.rid == rid), known[0] if known and not rid else None)


def _ticks(at: int) -> int:
    """A time (ms) in units of 100 ns, as live runs are named."""
    return at * 10_000
