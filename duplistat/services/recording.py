"""record(): one delivery in, and everything that follows from it, in the caller's transaction."""

import json
from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Any

from duplistat.core.report import BACKUP, Precision
from duplistat.core.status import Health, Status
from duplistat.services import adopting, belonging
from duplistat.services.intake import SAME_BODY_MS
from duplistat.services.job_state import (
    Clockwork,
    apply_run,
    note_other,
    settle,
    told_by_agent,
    was_collected,
)
from duplistat.services.sentences import reason_of
from duplistat.store import clock, deliveries, jobs, runs, servers
from duplistat.store.database import Database
from duplistat.store.jobs import Job
from duplistat.store.runs import Run
from duplistat.store.servers import Server
from duplistat.store.totals import Tally

# A live post reads the clock a little after the report's own start of the same run.
LIVE_LAG_MS = 10 * 60_000
SEEN_EVERY_MS = 60_000
WENT_SILENT = "It started, then went silent: no end was ever reported"
TOLD_ELSEWHERE = "It started; the result that followed came under another time"
# A run that told that it began has its result within this.
SAME_RUN_MS = 12 * 3_600_000


class Outcome(StrEnum):
    """What became of a report: how its delivery is listed."""

    RECORDED = "recorded"
    REFINED = "refined"
    CHANGED = "changed"
    REPEAT = "repeat"


_AT = {name: index for index, name in enumerate(runs.VALUES)}
# What makes the state of a run: another word here, and the run went on.
_STATE = ("status", "ended_at", "duration_ms", "partial")
_WORDS = ("status_text", "message")
_FINER: dict[str, int] = {Precision.EXACT: 0, Precision.SECOND: 1, Precision.LIVE: 2, Precision.ARRIVAL: 3}


def record(
    db: Database, tally: Tally, arguments: dict[str, Any], blobs: Sequence[bytes], clockwork: Clockwork
) -> dict[str, Any]:
    """Record a report. Answers {"run", "server", "job", "duplicate", "status", "health"}.

    A run that is known already keeps its id, and its values too unless this report tells of it more exactly
    (refined), or says that it went on from there (changed).
    """
    request, values = arguments["request"], arguments["run"]
    received_at = request[1]
    sha256 = deliveries.digest(blobs[0])
    server, job = place(db, arguments)
    account = server.account_id
    run_id, outcome = put_run(
        db,
        tally,
        job,
        values,
        clockwork,
        received_at,
        digest=arguments["state"] or sha256,
        by_words=bool(arguments["state"]),
        next_run=arguments["next_run"],
        log=blobs[1],
        quiet="collected" in arguments,
    )
    deliveries.add(
        db,
        [account, *request[1:]],
        blobs[0],
        sha256=sha256,
        outcome=outcome.value,
        format=arguments["format"],
        job=job.id,
        run=run_id,
        state=arguments["state"],
    )
    tally.received(arguments["format"], outcome.value, job.id)
    tally.newest(account, job.id, received_at)
    return {
        "run": run_id,
        "server": server.id,
        "job": job.id,
        "duplicate": outcome in (Outcome.REPEAT, Outcome.REFINED),
        "status": values[_AT["status"]],
        "health": job.health,
    }


def place(db: Database, arguments: dict[str, Any]) -> tuple[Server, Job]:
    """The server and the job that a report is about, made when they are new; the job is held.

    A report of an older run than the latest does not bring an old name back.
    """
    received_at = arguments["request"][1]
    machine_id, name = arguments["server"][1:3]
    job_name, ref = arguments["job"]
    server, new = server_of(db, arguments)
    service = arguments.get("service")
    if service is not None and server.service_id != service:
        servers.set_service(db, server.id, service)
        server.service_id = service
    job = jobs.locked(db, server.id, job_name)
    if job is None:
        job = jobs.add(db, server.account_id, server.id, job_name, ref, received_at)
    if not new and (job.last_order is None or arguments["at"] >= job.last_order):
        facts = arguments["facts"]
        if "collected" in arguments:
            # An agent knows less of its machine than a report tells, and may call it something else.
            name, facts = "", json.loads(server.facts) | facts
        _note_server(db, server, "" if adopting.is_nameless(arguments) else name, facts, received_at)
    if new and machine_id:
        servers.propose_merge(db, server.id, name, server.account_id, job_name)
    if ref:
        job.ref = ref
    return server, job


def server_of(db: Database, arguments: dict[str, Any]) -> tuple[Server, bool]:
    """The server that a request is about, and whether it was made now. Its account is the request's from here on.

    Who came without a key and is new to its account may be the machine of a service: then it is that one's. What an
    agent was asked for is of its `home`.
    """
    account, received_at = arguments["request"][0], arguments["request"][1]
    identity, machine_id, name, sender = arguments["server"]
    home = arguments.get("home")
    found = servers.get(db, home) if home is not None else None
    if found is None:
        found = servers.by_identity(db, account, identity)
        own = adopting.own_identity(db, found, identity, arguments.get("service"))
        if own != identity:
            identity, found = own, servers.by_identity(db, account, own)
    if found is None and arguments.get("anonymous"):
        owner = belonging.owner_of(db, machine_id, name if arguments["by_name"] else "")
        if owner is not None and owner != account:
            account, found = owner, servers.by_identity(db, owner, identity)
    if found is None and "job" in arguments and "collected" not in arguments:
        found = adopting.first_report(db, account, arguments)
    if found is not None:
        return found, False
    facts = _facts_text(arguments["facts"])
    told = (machine_id, name or machine_id, facts, received_at, sender)
    made = servers.add(db, account, identity, *told)
    own = adopting.own_identity(db, made, identity, arguments.get("service"))
    # Another process may have been first with it, for the service of a clone.
    return (made if own == identity else servers.add(db, account, own, *told)), True


def note_seen(db: Database, server: Server, seen_at: int) -> None:
    """Note that a server was heard of, at most once a minute."""
    if seen_at - server.seen_at > SEEN_EVERY_MS:
        servers.update(db, server.id, name=server.name, facts=server.facts, seen_at=seen_at)


def _note_server(db: Database, server: Server, name: str, facts: dict[str, str], seen_at: int) -> None:
    """Take over a new name and new facts; a report without any leaves them as they are."""
    name = name or server.name
    text = _facts_text(facts) if facts else server.facts
    seen_lately = seen_at - server.seen_at <= SEEN_EVERY_MS
    if (server.name, server.facts) == (name, text) and seen_lately:
        return
    server.name, server.facts = name, text
    servers.update(db, server.id, name=name, facts=text, seen_at=max(seen_at, server.seen_at))


def _facts_text(facts: dict[str, str]) -> str:
    return json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def change_health(
    db: Database, job: Job, health: Health, at: int, *, clockwork: Clockwork, run: int | None = None
) -> None:
    """Note a change of health, with its reason, when it is one. The row is saved by the caller."""
    if health.value == job.health:
        return
    reason = reason_of(job, health, clockwork, at)
    clock.add_transition(db, job.id, at, job.health, health.value, reason, run)
    job.health, job.health_at = health.value, at


def count(tally: Tally, job: Job, run: Run, before: Run | None) -> None:
    """Add a run to the totals, in place of what was known of it before. Dry runs count as other.

    A run that was collected counts for the day on which it was, however late that may be.
    """
    if before is not None and before.operation == BACKUP:
        tally.run(job.account_id, job.id, outcome_of(before), _counted_at(before), -1)
        tally.bytes(job.account_id, job.id, uploaded=-(before.uploaded or 0))
    if run.operation == BACKUP:
        tally.run(job.account_id, job.id, outcome_of(run), _counted_at(run))
        tally.bytes(job.account_id, job.id, uploaded=run.uploaded or 0)
    if run.is_backup:
        tally.newest(job.account_id, job.id, 0, run.order_at)


def _counted_at(run: Run) -> int:
    return run.order_at if was_collected(run) else run.received_at


def outcome_of(run: Run) -> str:
    return "other" if run.dry_run else Status(run.status).tally


def put_run(
    db: Database,
    tally: Tally,
    job: Job,
    values: list[Any],
    clockwork: Clockwork,
    now: int,
    *,
    digest: str = "",
    by_words: bool = False,
    next_run: int | None = None,
    log: bytes = b"",
    quiet: bool = False,
) -> tuple[int, Outcome]:
    """Take a run in, unless all of it is known. Its id, and what became of it.

    `digest` names what the report says, so that a repeat is known; with `by_words`, another message or another
    word for the result is something new. With `quiet` it is one of many that are all over: only after the last of
    them the caller has the job settled, and nobody is alarmed by what was mended since.
    """
    before, run, outcome = _find_or_add(db, job, values, digest, by_words)
    run_id = run.id
    if outcome is Outcome.REPEAT:
        return run_id, outcome
    if log:
        runs.save_log(db, run_id, log)
    elif before is not None and before.log_lines and not quiet:
        runs.drop_log(db, run_id)
    count(tally, job, run, before)
    if run.is_backup:
        if run_id != job.last_run and run.order_at >= (job.last_order or 0):
            # What it makes of the job's health is overtaken at once.
            interrupt(db, tally, job, clockwork, followed_by=run)
        size, storage = job.size or 0, job.storage or 0
        apply_run(job, run, clockwork, next_run=next_run)
        tally.bytes(job.account_id, job.id, size=(job.size or 0) - size, storage=(job.storage or 0) - storage)
        if not quiet:
            settle_job(db, job, clockwork, now, run=run_id)
        else:
            if run_id == job.last_run:
                job.missed, job.due_at = 0, None
            jobs.save(db, job)
    elif note_other(job, run):
        jobs.save(db, job)
    return run_id, outcome


def interrupt(
    db: Database, tally: Tally, job: Job, clockwork: Clockwork, *, followed_by: Run | None = None
) -> Run | None:
    """Record that the latest run went silent, if a report said that it runs and none what came of it.

    A result that follows soon under another time is most likely its own: then how it ended is only not known. A
    report of its own that comes after all says how it ended. The job is settled and saved by the caller.
    """
    told = job.live_state and job.live_ticks is None and job.last_status == Status.RUNNING
    known = runs.get(db, job.last_run) if told and job.last_run is not None else None
    if known is None:
        return None
    status, message = Status.INTERRUPTED, WENT_SILENT
    ended = followed_by is not None and followed_by.status != Status.RUNNING
    if ended and followed_by is not None and followed_by.order_at - known.order_at <= SAME_RUN_MS:
        status, message = Status.UNKNOWN, TOLD_ELSEWHERE
    run = replace(known, status=status.value, message=message)
    runs.replace(db, run.id, job.id, [getattr(run, name) for name in runs.VALUES])
    count(tally, job, run, known)
    apply_run(job, run, clockwork, next_run=None)
    return run


def settle_job(db: Database, job: Job, clockwork: Clockwork, now: int, *, run: int | None = None) -> None:
    """Work out what is expected and how the job is, note the change, and save it."""
    health = settle(job, clockwork, now)
    change_health(db, job, health, now, clockwork=clockwork, run=run)
    jobs.save(db, job)


def _find_or_add(
    db: Database, job: Job, values: list[Any], digest: str, by_words: bool
) -> tuple[Run | None, Run, Outcome]:
    """What was known of the run that `values` tell of, what it is now, and what they made of it."""
    known = _twin(db, job, values)
    if known is None:
        new = runs.add(db, job.account_id, job.id, values)
        if new is not None:
            return None, Run(new, job.id, *values), Outcome.RECORDED
        known = runs.by_key(db, job.id, values[_AT["operation"]], values[_AT["key"]])
        if known is None:
            raise LookupError("a run was there and is gone")
    outcome = _compare(db, values, known, digest, by_words)
    run = known if outcome is Outcome.REPEAT else _beside(known, Run(known.id, job.id, *values))
    if run is not known:
        runs.replace(db, known.id, job.id, [getattr(run, name) for name in runs.VALUES])
    return known, run, outcome


def _beside(known: Run, run: Run) -> Run:
    """What an agent's log says of a run, with what a report told of it and no log does."""
    if not was_collected(run) or was_collected(known):
        return run
    details, before = json.loads(run.details), json.loads(known.details)
    for name in ("collected", "behind"):
        details.pop(name, None)
    if "next_run" in before:
        details["next_run"] = before["next_run"]
    return replace(
        run,
        received_at=known.received_at,
        skew_ms=known.skew_ms,
        log_lines=run.log_lines or known.log_lines,
        details=json.dumps(details, ensure_ascii=False, separators=(",", ":")),
    )


def _twin(db: Database, job: Job, values: list[Any]) -> Run | None:
    """The run that `values` tell of, if it is known: under its own key, or by a less or more exact word."""
    order_at = values[_AT["order_at"]]
    around = runs.near(db, job.id, values[_AT["operation"]], order_at - LIVE_LAG_MS, order_at + LIVE_LAG_MS)
    for row in around:
        if row[1] == values[_AT["key"]] or _same(values, row):
            return runs.get(db, row[0])
    return None


def _same(values: list[Any], other: tuple[Any, ...]) -> bool:
    """Whether two words of different precision tell of one run."""
    mine, its = values[_AT["precision"]], other[2]
    key, started_at, its_start = values[_AT["key"]], values[_AT["started_at"]], other[3]
    if Precision.ARRIVAL in (mine, its):
        same_body = mine == its and key.partition(":")[0] == other[1].partition(":")[0]
        return bool(same_body and abs(values[_AT["received_at"]] - other[5]) <= SAME_BODY_MS)
    if mine == its:
        return False
    if Precision.LIVE in (mine, its):
        later, earlier = (started_at, its_start) if mine == Precision.LIVE else (its_start, started_at)
        return bool(-1000 <= later - earlier <= LIVE_LAG_MS)
    return bool(started_at // 1000 == its_start // 1000)


def _compare(db: Database, values: list[Any], known: Run, digest: str, by_words: bool) -> Outcome:
    """What a word about a known run is: more exact, its next state, or nothing new.

    What was said before never undoes what came after it.
    """
    mine, its = values[_AT["precision"]], known.precision
    if _FINER[mine] < _FINER[its]:
        return Outcome.REFINED
    if told_by_agent(values[_AT["details"]]):
        return Outcome.REPEAT
    if mine == its and was_collected(known):
        # A report has more of the log than its agent keeps, and when the next run is.
        return Outcome.REFINED
    if mine != its or mine == Precision.ARRIVAL:
        return Outcome.REPEAT
    state = (*_STATE, *_WORDS) if by_words else _STATE
    same = all(values[_AT[name]] == getattr(known, name) for name in state)
    if same and by_words:
        # A run has only the beginning of a message; the rest is told apart while what told of it is kept.
        same = not deliveries.told_of(db, known.id)
    went_back = values[_AT["status"]] == Status.RUNNING != known.status
    if same or went_back or deliveries.was_told(db, known.id, digest):
        return Outcome.REPEAT
    return Outcome.CHANGED


def keep_unread(
    db: Database, tally: Tally, arguments: dict[str, Any], blobs: Sequence[bytes], clockwork: Clockwork
) -> dict[str, Any]:
    """Keep the bytes of a request that nobody can read. Answers {"delivery"}."""
    request = arguments["request"]
    delivery = deliveries.add(db, request, blobs[0], outcome="unrecognised", problem=arguments["problem"])
    tally.received("", "unrecognised", delivery)
    return {"delivery": delivery}
