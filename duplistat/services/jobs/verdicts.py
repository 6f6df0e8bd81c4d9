"""What a job's row knows of its latest verification and its latest restore: see `core.verdict`. No SQL.

Columns with the prefix `verify_` are of the one, those with `restored_` of the other. A person dismisses a failure by
when its run began: so what began before is dismissed with it, and what begins later is not.
"""

import json
from collections.abc import Iterable
from typing import Any

from duplistat.core.report import BACKUP, LIST_BROKEN, RESTORE, VERIFICATIONS
from duplistat.core.status import Status
from duplistat.core.verdict import Proof, Verdict, verdict_of
from duplistat.store.jobs import Job
from duplistat.store.runs import Run, steps_in

PREFIXES = {Proof.VERIFICATION: "verify", Proof.RESTORE: "restored"}
# What a run makes of them, and what a person does.
TOLD = ("run", "at", "failed", "broken", "message")
DISMISSED = ("dismissed", "dismissed_at")
_COLUMNS = {prefix: tuple(f"{prefix}_{name}" for name in TOLD) for prefix in PREFIXES.values()}
_NOTHING = (None, None, 0, None, "")
# Runs that say something by what they are. A backup may do so by its steps.
TELLING = VERIFICATIONS | {LIST_BROKEN, RESTORE}

Known = dict[Proof, tuple[Any, ...]]


def verdict_in(run: Run) -> Verdict | None:
    """What a run says; None for one that says nothing."""
    if run.operation == BACKUP:
        # Its steps alone tell, and they are a small part of its details.
        steps = steps_in(run.details)
        return (
            verdict_of(BACKUP, Status(run.status), dry_run=bool(run.dry_run), steps=steps) if steps else None
        )
    if run.operation not in TELLING:
        return None
    details: dict[str, Any] = json.loads(run.details)
    return verdict_of(
        run.operation,
        Status(run.status),
        stopped=bool(run.partial),
        dry_run=bool(run.dry_run),
        message=run.message,
        numbers=details.get("numbers"),
        steps=details.get("steps", ()),
    )


def note(job: Job, run: Run, verdict: Verdict) -> bool:
    """Lay a verdict over what the row knows, unless a run that began later gave one; whether it did."""
    prefix = PREFIXES[verdict.proof]
    its, at = getattr(job, f"{prefix}_run"), getattr(job, f"{prefix}_at")
    if run.id != its and at is not None and (run.order_at, run.id) < (at, its or 0):
        return False
    dismissed = getattr(job, f"{prefix}_dismissed")
    if run.id == its and at is not None and dismissed is not None and at <= dismissed < run.order_at:
        # The same failure, with another word for when it began.
        setattr(job, f"{prefix}_dismissed", run.order_at)
    _put(job, prefix, (run.id, run.order_at, int(verdict.failed), verdict.files, verdict.message))
    return True


def leans_on(job: Job, run: int) -> bool:
    """Whether the row says what it says because of this run."""
    return run in (job.verify_run, job.restored_run)


def rebuild(job: Job, newest_first: Iterable[Run]) -> None:
    """Make out anew from these runs what the row knows: one of them no longer says what it said."""
    known = orphaned(job)
    forget(job)
    missing = set(Proof)
    for run in newest_first:
        verdict = verdict_in(run)
        if verdict is not None and verdict.proof in missing:
            note(job, run, verdict)
            missing.discard(verdict.proof)
        if not missing:
            break
    fill_missing_from(job, known)


def forget(job: Job) -> None:
    """Take back what runs told. What a person dismissed stays dismissed."""
    for prefix in PREFIXES.values():
        _put(job, prefix, _NOTHING)


def orphaned(job: Job) -> Known:
    """What the row knows by runs that are past their days and deleted: no history tells it again."""
    found = {}
    for proof, prefix in PREFIXES.items():
        if getattr(job, f"{prefix}_at") is not None and getattr(job, f"{prefix}_run") is None:
            found[proof] = tuple(getattr(job, f"{prefix}_{name}") for name in TOLD)
    return found


def fill_missing_from(job: Job, known: Known) -> None:
    """Take what was known back, where nothing later is known."""
    for proof, values in known.items():
        at = getattr(job, f"{PREFIXES[proof]}_at")
        if at is None or values[TOLD.index("at")] > at:
            _put(job, PREFIXES[proof], values)


def dismiss(job: Job, proof: Proof, now: int) -> None:
    """Let the failure that the row knows, and whatever began before it, be known and settled."""
    prefix = PREFIXES[proof]
    setattr(job, f"{prefix}_dismissed", getattr(job, f"{prefix}_at"))
    setattr(job, f"{prefix}_dismissed_at", now)


def take_dismissals(kept: Job, gone: Job) -> None:
    """Give a job what was dismissed of another one that becomes part of it: the later one covers both."""
    for prefix in PREFIXES.values():
        if (getattr(gone, f"{prefix}_dismissed") or 0) > (getattr(kept, f"{prefix}_dismissed") or 0):
            for name in DISMISSED:
                setattr(kept, f"{prefix}_{name}", getattr(gone, f"{prefix}_{name}"))


def give_dismissals_back(job: Job, before: Job, after: Job) -> None:
    """Take away what `take_dismissals` gave, unless a person dismissed something since."""
    for prefix in PREFIXES.values():
        names = [f"{prefix}_{name}" for name in DISMISSED]
        if all(getattr(job, name) == getattr(after, name) for name in names):
            for name in names:
                setattr(job, name, getattr(before, name))


def stands(job: Job, proof: Proof) -> bool:
    """Whether the latest one failed, and nobody dismissed that."""
    return job.verification_failed if proof is Proof.VERIFICATION else job.restore_failed


def _put(job: Job, prefix: str, values: tuple[Any, ...]) -> None:
    for column, value in zip(_COLUMNS[prefix], values, strict=True):
        setattr(job, column, value)
