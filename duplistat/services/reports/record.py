"""record(): one delivery in, and everything that follows from it, in the caller's transaction."""

import json
from dataclasses import replace
from enum import StrEnum
from typing import Any, TypedDict

from duplistat.core import days, restore_points
from duplistat.core.doubts import empty_source_warning
from duplistat.core.health import health_of
from duplistat.core.reason_words import RESULT_ELSEWHERE, WENT_SILENT
from duplistat.core.report import BACKUP, Precision
from duplistat.core.status import Status
from duplistat.services.context import ScheduleDefaults, Tx
from duplistat.services.jobs import verdicts
from duplistat.services.jobs.health_change import change_health, update_job_health
from duplistat.services.jobs.state import (
    apply_run,
    clear_live,
    day_of,
    facts_of,
    is_on_time,
    letters_of,
    note_other,
)
from duplistat.services.reports.identify import place
from duplistat.services.reports.intake import SAME_BODY_MS
from duplistat.services.reports.outputs import CUT_SHORT
from duplistat.services.reports.packed import PackedReport
from duplistat.services.reports.totals import count
from duplistat.services.writes import report_command
from duplistat.store import deliveries, jobs, runs
from duplistat.store.database import Database
from duplistat.store.jobs import Job
from duplistat.store.runs import Run
from duplistat.store.totals import DAY_MS, Tally

# A live post reads the clock a little after the report's own start of the same run.
LIVE_LAG_MS = 10 * 60_000
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


class Recorded(TypedDict):
    """What became of a report, a live post or an event: its ids, and whether it was known already.

    `run` and `job` are None for an event, and `run` too for a live post of a job that has none.
    """

    server: int
    job: int | None
    run: int | None
    event: int | None
    duplicate: bool


@report_command
def record(tx: Tx, *, report: PackedReport) -> Recorded:
    """Record a report.

    A run that is known already keeps its id, and its values too unless this report tells of it more exactly
    (refined), or says that it went on from there (changed).
    """
    db, tally, defaults = tx.db, tx.tally, tx.defaults
    request, values, body, state = report["request"], report["run"], report["body"], report["state"]
    received_at = request[1]
    sha256 = deliveries.digest(body)
    server, job = place(db, report, defaults, collected=report["collected"], run=values)
    account = server.account_id
    run_id, outcome = put_run(
        db,
        tally,
        job,
        values,
        defaults,
        received_at,
        digest=state or sha256,
        by_words=bool(state),
        next_run=report["next_run"],
        log=report["log"],
        quiet=report["collected"],
        began=report["began"],
    )
    deliveries.add(
        db,
        [account, *request[1:]],
        body,
        sha256=sha256,
        outcome=outcome.value,
        format=report["format"],
        job=job.id,
        run=run_id,
        state=state,
    )
    tally.received(report["format"], outcome.value, job.id)
    tally.newest(account, job.id, received_at)
    return {
        "server": server.id,
        "job": job.id,
        "run": run_id,
        "event": None,
        "duplicate": outcome in (Outcome.REPEAT, Outcome.REFINED),
    }


@report_command
def record_all(tx: Tx, *, reports: list[PackedReport]) -> list[Recorded]:
    """Record the runs that one body tells of, in their order."""
    return [record(tx, report=report) for report in reports]


def put_run(
    db: Database,
    tally: Tally,
    job: Job,
    values: list[Any],
    defaults: ScheduleDefaults,
    now: int,
    *,
    digest: str = "",
    by_words: bool = False,
    next_run: int | None = None,
    log: bytes = b"",
    quiet: bool = False,
    began: int | None = None,
) -> tuple[int, Outcome]:
    """Take a run in, unless all of it is known. Its id, and what became of it.

    `digest` names what the report says, so that a repeat is known; with `by_words`, another message or another
    word for the result is something new. With `quiet` it is one of many that are all over: only after the last of
    them the caller has the job settled, and nobody is alarmed by what was mended since. `began` is what the word that
    this run began is known by.
    """
    on_time = is_on_time(job, now)
    at_work = began is not None and job.live_ticks == began
    if at_work:
        clear_live(job)
    before, run, outcome = _find_or_add(db, job, without_false_success(job, values), digest, by_words, began)
    run_id = run.id
    if outcome is Outcome.REPEAT:
        if at_work:
            update_job_health(db, job, defaults, now, run=run_id, on_time=on_time)
        return run_id, outcome
    stood = (job.verification_failed, job.restore_failed)
    leaning = before is not None and verdicts.leans_on(job, run_id)
    if log:
        runs.save_log(db, run_id, log)
    elif before is not None and before.log_lines and not quiet:
        runs.drop_log(db, run_id)
    counted = count(tally, job, run, before)
    if run.is_backup:
        if run_id != job.last_run and run.order_at >= (job.last_order or 0):
            # What it makes of the job's health is overtaken at once.
            interrupt(db, tally, job, defaults, followed_by=run)
        size, storage = job.size or 0, job.storage or 0
        apply_run(job, run, defaults, next_run=next_run, before=before, learning=not quiet)
        if before is not None:
            _take_back(db, job, before, run, defaults, leaning=leaning)
        _wake(job, stood)
        tally.bytes(job.account_id, job.id, size=(job.size or 0) - size, storage=(job.storage or 0) - storage)
        if not quiet:
            latest = run_id == job.last_run
            ended = (
                latest
                and run.status != Status.RUNNING
                and (before is None or before.status == Status.RUNNING)
            )
            update_job_health(db, job, defaults, now, run=run_id, on_time=on_time and latest, ended=ended)
        else:
            if run_id == job.last_run:
                job.missed, job.due_at = 0, None
            jobs.save(db, job)
        return run_id, outcome
    changed = note_other(job, run, defaults)
    if before is not None:
        changed |= _take_back(db, job, before, run, defaults, leaning=leaning)
    if changed or at_work:
        _wake(job, stood)
        if at_work:
            update_job_health(db, job, defaults, now, run=run_id, on_time=on_time)
        elif not quiet:
            # When it is expected is another matter: a verification is no backup.
            change_health(db, job, health_of(facts_of(job), now), now, defaults=defaults, run=run_id)
    if changed or at_work or counted:
        jobs.save(db, job)
    return run_id, outcome


def _wake(job: Job, stood: tuple[bool, bool]) -> None:
    """Let nobody sleep over a verification or a restore that has failed since, whatever else was known."""
    now = (job.verification_failed, job.restore_failed)
    if any(is_so and not was for is_so, was in zip(now, stood, strict=True)):
        job.snoozed_until = None


def _take_back(
    db: Database, job: Job, before: Run, run: Run, defaults: ScheduleDefaults, *, leaning: bool
) -> bool:
    """Take back what a run that is told of anew said before of a verification or a restore, and says no more.

    `leaning`: the row knows the latest by this run. True when the row changed. Looks at history, but only then.
    """
    former, current = verdicts.verdict_in(before), verdicts.verdict_in(run)
    if former is None or (current == former and run.order_at >= before.order_at):
        return False
    if leaning and (current is None or run.order_at < before.order_at):
        verdicts.rebuild(job, runs.telling(db, job.id, verdicts.TELLING))
    if former.failed and not (current is not None and current.failed):
        day = day_of(before.order_at, defaults.zone)
        around = runs.between(db, job.id, before.order_at - DAY_MS, before.order_at + DAY_MS)
        letters = [
            letter
            for item in around
            if day_of(item.order_at, defaults.zone) == day
            for letter in letters_of(item)
        ]
        job.days = days.again(job.days, job.days_to, day, letters)
    return True


def without_false_success(job: Job, values: list[Any]) -> list[Any]:
    """The values of a run; of a success that examined nothing, where something was, those of a warning."""
    examined_nothing = values[_AT["is_backup"]] and values[_AT["files"]] == 0 and job.files
    success = values[_AT["status"]] == Status.SUCCESS
    if not (examined_nothing and success) or values[_AT["order_at"]] < (job.last_order or 0):
        return values
    values = list(values)
    values[_AT["status"]] = Status.WARNING.value
    values[_AT["message"]] = empty_source_warning(job.files or 0)
    return values


def interrupt(
    db: Database, tally: Tally, job: Job, defaults: ScheduleDefaults, *, followed_by: Run | None = None
) -> Run | None:
    """Record that the latest run went silent, if a report said that it runs and none what came of it.

    A result that follows soon under another time is most likely its own: then how it ended is only not known. A
    report of its own that comes after all says how it ended. The job is settled and saved by the caller.
    """
    running = job.live_state and job.live_ticks is None and job.last_status == Status.RUNNING
    known = runs.get(db, job.last_run) if running and job.last_run is not None else None
    if known is None:
        return None
    status, message = Status.INTERRUPTED, WENT_SILENT
    ended = followed_by is not None and followed_by.status != Status.RUNNING
    if ended and followed_by is not None and followed_by.order_at - known.order_at <= SAME_RUN_MS:
        status, message = Status.UNKNOWN, RESULT_ELSEWHERE
    run = replace(known, status=status.value, message=message)
    runs.replace(db, run.id, job.id, [getattr(run, name) for name in runs.VALUES])
    count(tally, job, run, known)
    apply_run(job, run, defaults, next_run=None, before=known)
    return run


def _find_or_add(
    db: Database, job: Job, values: list[Any], digest: str, by_words: bool, began: int | None
) -> tuple[Run | None, Run, Outcome]:
    """What was known of the run that `values` tell of, what it is now, and what they made of it."""
    known = _twin(db, job, values)
    if known is None and began is not None and values[_AT["is_backup"]]:
        # It told that it began, and was silent for so long that it is known as interrupted.
        known = runs.by_key(db, job.id, BACKUP, f"l{began}")
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
    if not run.collected or known.collected:
        return run
    details, before = json.loads(run.details), json.loads(known.details)
    details.pop("behind", None)
    if "next_run" in before:
        details["next_run"] = before["next_run"]
    restore_points.carry_over(details, before)
    return replace(
        run,
        collected=0,
        imported="",
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
        if row[1] == values[_AT["key"]] or same_run(values, row):
            return runs.get(db, row[0])
    return None


def same_run(values: list[Any], other: tuple[Any, ...]) -> bool:
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
    if values[_AT["collected"]]:
        return Outcome.REPEAT
    if mine == its and known.collected:
        # A report has more of the log than its agent keeps, and when the next run is.
        return Outcome.REFINED
    if mine != its or mine == Precision.ARRIVAL:
        return Outcome.REPEAT
    state = (*_STATE, *_WORDS) if by_words else _STATE
    same = all(values[_AT[name]] == getattr(known, name) for name in state)
    if same and by_words:
        # A run has only the beginning of a message; the rest is told apart while what told of it is kept.
        same = not deliveries.any_of_run(db, known.id)
    went_back = values[_AT["status"]] == Status.RUNNING != known.status
    # Who finds the note of a run that was killed cannot know that its result had been delivered.
    known_better = values[_AT["message"]] == CUT_SHORT and known.status not in (
        Status.RUNNING,
        Status.INTERRUPTED,
    )
    if same or went_back or known_better or deliveries.state_is_known(db, known.id, digest):
        return Outcome.REPEAT
    return Outcome.CHANGED
