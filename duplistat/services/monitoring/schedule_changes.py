"""Schedules and silences of jobs as the table of all of them sets these: one row, or many at once."""

from collections.abc import Sequence
from typing import NamedTuple, TypedDict

from duplistat.services.alerts.job_silences import own_silences, silence_job
from duplistat.services.alerts.listeners import latest_end
from duplistat.services.audit import Actor, Signature
from duplistat.services.context import Tx
from duplistat.services.jobs.settings import JobChanges, change_job, to_change
from duplistat.services.monitoring.schedule_import import Planned
from duplistat.services.writes import Writes, command
from duplistat.store import jobs, problems
from duplistat.store.jobs import Job

# Jobs that are set in one transaction: reports wait for no more than these.
AT_ONCE = 50


class SilenceTo(TypedDict):
    """Until when a job's own silence is to hold (ms); None: it ends."""

    until: int | None


class JobToSet(TypedDict):
    """Changes of a job, which are made only while it is as it was `seen`.

    `silence`: None leaves its own as it is; another one is set only while that holds until `silenced` (ms).
    """

    job: int
    changes: JobChanges
    seen: list[str | int | None]
    silence: SilenceTo | None
    silenced: int | None


class Applied(NamedTuple):
    """How many jobs were set; and the ids of those that were not, since they changed meanwhile or are gone."""

    done: int
    left: list[int]


def to_set(planned: Sequence[Planned]) -> list[JobToSet]:
    """What is to be set, in the order of ids: two that set the same jobs never wait for each other in a circle."""
    found: list[JobToSet] = [
        {
            "job": one.job.id,
            "changes": one.changes or {},
            "seen": _as_seen(one.job),
            "silence": {"until": one.silence} if one.silence != one.silenced else None,
            "silenced": one.silenced,
        }
        for one in planned
        if one.job is not None and one.would is not None
    ]
    return sorted(found, key=lambda one: one["job"])


def apply_schedules(
    writes: Writes, wanted: Sequence[JobToSet], sees: Sequence[int], signed: Signature
) -> Applied:
    """Set schedules, AT_ONCE jobs at a time. Raises DuplistatError, for what keeps all of them from being set."""
    done, left = 0, list[int]()
    for start in range(0, len(wanted), AT_ONCE):
        some = [*wanted[start : start + AT_ONCE]]
        missed = writes.run(set_schedules, wanted=some, sees=[*sees], **signed)
        done += len(some) - len(missed)
        left += missed
    return Applied(done, left)


@command
def set_schedules(tx: Tx, *, wanted: list[JobToSet], sees: list[int], by: Actor, now: int) -> list[int]:
    """Set the schedules and silences of some jobs, each noted as by itself. The ids of those that are left as they are.

    Only silences of accounts in `sees` are moved and ended.
    """
    held, left = list[tuple[Job, JobToSet]](), list[int]()
    for one in wanted:
        row = jobs.locked_by_id(tx.db, one["job"])
        if row is None or row.deleting or _as_seen(row) != one["seen"]:
            left.append(one["job"])
        else:
            held.append((row, one))
    # After the rows are held: nobody else sets their silences by this table meanwhile.
    silent = [row for row, one in held if one["silence"] is not None]
    own = own_silences(tx.db, silent, sees, now) if silent else {}
    ended = set[int]()
    for row, one in held:
        silence = one["silence"]
        if silence is not None and (
            latest_end(own[row.id]) != one["silenced"]
            # It would be over before it was set.
            or (silence["until"] is not None and silence["until"] <= now)
        ):
            left.append(row.id)
            continue
        if one["changes"]:
            change_job(tx, row, one["changes"], by, now)
        if silence is not None:
            ended |= silence_job(tx, row, own[row.id], silence["until"], by, now)
    _look_at(tx, ended, now)
    return left


@command
def set_schedule(
    tx: Tx, *, job: int, changes: JobChanges, silence: SilenceTo | None, sees: list[int], by: Actor, now: int
) -> None:
    """Set what stands in the row of a job, as `set_job` does, with its silence; the last one who sets it is right.

    Raises DuplistatError: not_found, or invalid with what is wrong.
    """
    row = to_change(tx.db, job, sees)
    change_job(tx, row, changes, by, now)
    if silence is not None:
        own = own_silences(tx.db, [row], sees, now)[job]
        _look_at(tx, silence_job(tx, row, own, silence["until"], by, now), now)


def _look_at(tx: Tx, accounts: set[int], now: int) -> None:
    """Let what is wrong still in accounts whose silences ended be told."""
    for account in sorted(accounts):
        problems.look_at(tx.db, account, now)


def _as_seen(job: Job) -> list[str | int | None]:
    return [job.schedule, job.schedule_zone, job.grace_ms, job.paused, job.paused_until]
