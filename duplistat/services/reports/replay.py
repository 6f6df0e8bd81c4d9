"""replay(): read a delivery again, with what this version knows. Ids stay, values are corrected."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from duplistat.core.doubts import is_doubt
from duplistat.core.errors import DuplistatError, Kind, Unrecognised
from duplistat.core.event import Event
from duplistat.core.report import LiveStatus
from duplistat.core.status import Status
from duplistat.formats.mail.rules import Rule
from duplistat.services.context import ScheduleDefaults, Tx
from duplistat.services.jobs import verdicts
from duplistat.services.jobs.health_change import update_job_health
from duplistat.services.jobs.state import apply_run, forget_runs, note_other, note_to_learn
from duplistat.services.reports import intake, pings
from duplistat.services.reports.events import put_event
from duplistat.services.reports.identify import place
from duplistat.services.reports.machine_identity import is_nameless
from duplistat.services.reports.packed import PackedEvent, PackedReport
from duplistat.services.reports.record import Outcome, put_run
from duplistat.services.reports.totals import count, counted
from duplistat.services.writes import Writes, command
from duplistat.store import deliveries, events, jobs, runs
from duplistat.store.database import Database
from duplistat.store.jobs import Job
from duplistat.store.runs import Run
from duplistat.store.totals import Tally

# What a delivery became that gave a run its values: the last of these made it what it is.
TELLING = (Outcome.RECORDED, Outcome.REFINED, Outcome.CHANGED)


def read_again(db: Database, writes: Writes, delivery: int, *, max_log_lines: int) -> str:
    """Read a delivery anew; what became of it: recorded, corrected, repeat, live or unrecognised.

    Raises DuplistatError when it is gone.
    """
    kept = deliveries.get(db, delivery)
    if kept is None:
        raise DuplistatError(Kind.NOT_FOUND, f"there is no delivery {delivery}")
    body = deliveries.body_of(db, delivery)
    if len(body) < kept.size:
        # Only its head was kept: what that says is not what was told.
        return "unrecognised"
    names = intake.names_of(kept.query)
    if kept.endpoint in pings.ENDPOINTS:
        if not pings.ends(names):
            return "live"
        body = pings.whole(
            [*deliveries.bodies(db, pings.logs_in(names), kept.account_id, pings.MOST_OF_LOGS), body]
        )
    try:
        parsed = intake.read(
            body,
            endpoint=kept.endpoint,
            content_type=kept.content_type,
            address=kept.address,
            names=names,
            received_at=kept.received_at,
            max_log_lines=max_log_lines,
            mail_rules=_mail_rules(db, kept.account_id) if kept.endpoint == intake.MAIL else (),
        )
    except Unrecognised:
        return "unrecognised"
    if isinstance(parsed, LiveStatus):
        return "live"
    incoming = intake.Incoming(
        account=kept.account_id,
        received_at=kept.received_at,
        endpoint=kept.endpoint,
        body=body,
        address=kept.address,
        query=kept.query,
        content_type=kept.content_type,
        behind_ms=_behind(db, kept.run) if kept.endpoint == intake.COLLECTED else None,
    )
    if isinstance(parsed, Event):
        return writes.run(replay_event, delivery=delivery, event=intake.pack_event(incoming, parsed))
    report = intake.pack_report(incoming, parsed)
    if kept.endpoint in pings.ENDPOINTS:
        # Its address said whose it is.
        row = jobs.by_ids(db, [kept.job]).get(kept.job) if kept.job is not None else None
        if row is None:
            return "unrecognised"
        report["home"], report["job"] = row.server_id, [row.name, row.ref]
    elif kept.job is not None and (kept.endpoint == intake.COLLECTED or is_nameless(report)):
        # It does not say itself which machine it is about.
        report["home"] = jobs.server_of(db, kept.job)
    return writes.run(replay, delivery=delivery, report=report)


def _mail_rules(db: Database, account: int) -> list[Rule]:
    """The rules of an account for what mails mean."""
    from duplistat.services.reports import mails

    return mails.own_rules(db, account)


def _behind(db: Database, run: int | None) -> int | None:
    """What was known of the clock of an agent when it told of a run."""
    known = runs.get(db, run) if run is not None else None
    return json.loads(known.details).get("behind") if known is not None else None


@command
def replay(tx: Tx, *, delivery: int, report: PackedReport) -> str:
    """Record what a kept delivery says now; what became of it."""
    db, tally, defaults = tx.db, tx.tally, tx.defaults
    values, log, state = report["run"], report["log"], report["state"]
    kept = deliveries.get(db, delivery)
    if kept is None:
        raise DuplistatError(Kind.NOT_FOUND, "report not found: it was deleted")
    _, job = place(db, report, defaults, collected=report["collected"], run=values)
    known = runs.get(db, kept.run) if kept.run is not None else None
    tellers = [d.id for d in deliveries.of_run(db, known.id) if d.outcome in TELLING] if known else []
    if known is None or not tellers:
        run, became = put_run(
            db,
            tally,
            job,
            values,
            defaults,
            kept.received_at,
            digest=state or kept.sha256,
            by_words=bool(state),
            next_run=report["next_run"],
            log=log,
        )
        outcome = settled = became.value
    elif tellers[-1] != kept.id:
        # A later or finer word made the run what it is; that one may correct it.
        run, outcome, settled = known.id, "repeat", kept.outcome
    else:
        run, settled = known.id, kept.outcome
        outcome = _correct(db, tally, job, known, values, log, defaults)
    deliveries.set_outcome(
        db,
        kept.id,
        outcome=settled,
        format=report["format"],
        job=job.id,
        run=run,
        state=state or kept.sha256,
    )
    return outcome


@command
def replay_event(tx: Tx, *, delivery: int, event: PackedEvent) -> str:
    """Record what a kept delivery says of its event now; what became of it."""
    db = tx.db
    kept = deliveries.get(db, delivery)
    if kept is None:
        raise DuplistatError(Kind.NOT_FOUND, "report not found: it was deleted")
    number, _, became = put_event(db, event, tx.defaults)
    outcome = settled = became.value
    if kept.event is not None and kept.outcome == Outcome.RECORDED:
        settled = kept.outcome
        if became is Outcome.RECORDED:
            # It was read as another event before, which this is in place of.
            events.supersede(db, number, kept.event)
            number, outcome = kept.event, "corrected"
    deliveries.set_outcome(db, kept.id, outcome=settled, format=event["format"], event=number)
    if kept.event not in (None, number) and not deliveries.of_event(db, kept.event):
        # Whatever told of that one was misread.
        events.delete(db, kept.event)
    return outcome


def _correct(
    db: Database,
    tally: Tally,
    job: Job,
    known: Run,
    values: list[Any],
    log: bytes,
    defaults: ScheduleDefaults,
) -> str:
    """Give a run other values, and work its job out anew when they differ."""
    corrected = Run(known.id, job.id, *values)
    if corrected.status == Status.RUNNING and known.status in (Status.INTERRUPTED, Status.UNKNOWN):
        # It says what it said then; that nothing more came still holds.
        corrected = replace(corrected, status=known.status, message=known.message)
    if (corrected.status, corrected.files) == (Status.SUCCESS, 0) and is_doubt(known.message):
        # So does what runs before it made of it: something was there, and is not examined.
        corrected = replace(corrected, status=known.status, message=known.message)
    if corrected == known:
        return "repeat"
    other = runs.by_key(db, job.id, corrected.operation, corrected.key)
    if other is not None and other.id != known.id:
        return "repeat"
    runs.replace(db, known.id, job.id, [getattr(corrected, name) for name in runs.VALUES])
    if log:
        runs.save_log(db, known.id, log)
    else:
        runs.drop_log(db, known.id)
    count(tally, job, corrected, known)
    rebuild(db, tally, job, defaults)
    if known.job_id != job.id:
        left = jobs.locked_by_id(db, known.job_id)
        if left is not None:
            left.runs -= counted(known)
            rebuild(db, tally, left, defaults)
    return "corrected"


def rebuild(db: Database, tally: Tally, job: Job, defaults: ScheduleDefaults) -> None:
    """Work out a job's row from its whole history. Slow: only for corrections."""
    size, storage = job.size or 0, job.storage or 0
    latest = recompute_from_runs(job, list(runs.all_of_job(db, job.id)), defaults)
    tally.bytes(job.account_id, job.id, size=(job.size or 0) - size, storage=(job.storage or 0) - storage)
    update_job_health(db, job, defaults, latest)


def recompute_from_runs(job: Job, history: Sequence[Run], defaults: ScheduleDefaults) -> int:
    """Let a job's row say what these runs, oldest first, say of it and nothing else; when it was heard of last."""
    orphaned = verdicts.orphaned(job)
    forget_runs(job)
    latest = job.health_at
    for run in history:
        if run.is_backup:
            next_run = json.loads(run.details).get("next_run")
            apply_run(job, run, defaults, next_run=next_run, learning=False)
            latest = max(latest, run.received_at)
        else:
            note_other(job, run, defaults)
    verdicts.fill_missing_from(job, orphaned)
    note_to_learn(job, latest)
    job.sums_from = 0
    return latest
