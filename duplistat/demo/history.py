"""A job's year: a word of its machine at a time, in the order of time, up to what is wrong with it now."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from duplistat.core.schedule import next_after
from duplistat.core.schedule_text import parse_schedule
from duplistat.demo import words
from duplistat.demo.fleet import Plan, Trouble
from duplistat.demo.reports import live, report
from duplistat.demo.runs import Run

# While nothing is to go wrong by chance: now is as the troubles say.
CALM = timedelta(days=3)
_HOURS = timedelta(hours=1)
_MISSING = {
    Trouble.LATE_HOURS: 12 * _HOURS,
    Trouble.LATE_DAYS: 4 * 24 * _HOURS,
    Trouble.LATE_WEEKS: 16 * 24 * _HOURS,
    Trouble.RUNNING: 12 * _HOURS,
    Trouble.STUCK: 12 * _HOURS,
    Trouble.PAUSED: 12 * 24 * _HOURS,
}
_SINCE = {
    Trouble.FAILING: 34 * _HOURS,
    Trouble.FAILING_LONG: 6 * 24 * _HOURS,
    Trouble.ERRORS: 34 * _HOURS,
    Trouble.WARNING: 58 * _HOURS,
    Trouble.QUOTA: 9 * 24 * _HOURS,
    Trouble.PARTIAL: 20 * _HOURS,
    Trouble.INTERRUPTED: 20 * _HOURS,
}


@dataclass(frozen=True, slots=True)
class Word:
    """A body that arrives at a time (aware). None: a person pauses the job then."""

    at: datetime
    body: bytes | None


@dataclass(slots=True)
class _Store:
    """What has come together at the source and at the destination."""

    size: float
    files: float
    storage: float
    versions: int = 0


def history(plan: Plan, begin: datetime, now: datetime, seed: int) -> Iterator[Word]:
    """Everything that the job says from `begin` to `now`. The same for the same seed."""
    luck = random.Random(f"{seed}:{plan.machine.name}:{plan.task.name}")  # noqa: S311  # the same again
    if plan.trouble is Trouble.NEVER:
        yield _dry_run(plan, now - timedelta(hours=30))
        return
    store = _Store(plan.size, plan.files, plan.size * 0.72)
    outage = begin + (now - begin) * luck.random()
    for due, following in _times(plan, begin, now):
        calm = now - due < CALM
        if now - due < _MISSING.get(plan.trouble, timedelta(0)):
            break
        # A laptop stays shut on some days, an office loses its line for two.
        absent = luck.random() < (0.12 if plan.away else 0.004)
        if not calm and (absent or (luck.random() < 0.3 and abs(due - outage) < 20 * _HOURS)):
            continue
        run = _run(plan, store, luck, due, following, now, calm)
        ended = run.started + timedelta(seconds=run.seconds)
        if ended < now - timedelta(seconds=30):
            yield Word(
                ended + timedelta(milliseconds=luck.randint(300, 2500)), report(plan.machine, plan.task, run)
            )
    yield from _at_work(plan, now)


def _times(plan: Plan, begin: datetime, now: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Each time at which the job should run, with the one after it."""
    schedule = parse_schedule(plan.schedule)
    due = next_after(schedule, plan.machine.zone, begin)
    while due is not None and due < now:
        following = next_after(schedule, plan.machine.zone, due)
        if following is None:
            return
        yield due, following
        due = following


def _run(
    plan: Plan,
    store: _Store,
    luck: random.Random,
    due: datetime,
    following: datetime,
    now: datetime,
    calm: bool,
) -> Run:
    """One run; what it adds is added to the store."""
    gap = (following - due).total_seconds() / 86_400
    growth = -0.45 if plan.trouble is Trouble.SHRINKING else plan.growth
    store.size *= 1 + growth / 365 * gap
    store.files *= 1 + growth / 400 * gap
    added_size = int(store.size * 0.002 * luck.lognormvariate(0, 0.9))
    uploaded = int(added_size * luck.uniform(0.5, 0.9))
    thinned = luck.random() < 0.12
    store.storage = max(store.size * 0.6, store.storage + uploaded * (0.2 if growth > 0 else -0.5))
    store.versions = min(store.versions + 1, 30) - (1 if thinned and store.versions > 7 else 0)
    started = due + timedelta(seconds=luck.uniform(0.1, 40) if luck.random() < 0.9 else luck.uniform(60, 500))
    added = max(1, int(store.files * 0.001 * luck.lognormvariate(0, 0.8)))
    run = Run(
        started=started.replace(microsecond=luck.randrange(10**6)),
        seconds=round(25 + store.files / 900 + uploaded / 9e6 * luck.uniform(0.7, 1.6), 3),
        files=int(store.files),
        size=int(store.size),
        added=added,
        added_size=added_size,
        modified=added // 2,
        deleted=added // 6,
        uploaded=uploaded,
        storage=int(store.storage),
        volumes=int(store.storage / 48_000_000) + 3,
        versions=store.versions,
        quota=_quota(plan, store),
        next_run=following if plan.machine.version > "2.2" else None,
        compacted=thinned,
    )
    return _with_trouble(plan, run, luck, now, calm)


def _with_trouble(plan: Plan, run: Run, luck: random.Random, now: datetime, calm: bool) -> Run:
    machine, chance = plan.machine, 1.0 if calm else luck.random()
    trouble = plan.trouble if now - run.started < _SINCE.get(plan.trouble, timedelta(0)) else Trouble.NONE
    if trouble in (Trouble.FAILING, Trouble.FAILING_LONG) or chance < 0.008:
        text = {Trouble.FAILING: words.no_source(machine), Trouble.FAILING_LONG: words.FULL}.get(trouble, "")
        text = words.exception(luck, text)
        nothing = dict.fromkeys(("files", "size", "added", "added_size", "modified", "deleted"), 0)
        nothing |= dict.fromkeys(("uploaded", "storage", "volumes", "versions"), 0)
        failed = replace(run, **nothing, quota=(0, 0), seconds=round(luck.uniform(1, 70), 3), exception=text)  # type: ignore[arg-type]  # mixed fields
        return replace(failed, lines=words.failed_lines(text), tested=False, compacted=False)
    if trouble is Trouble.ERRORS or 0.008 <= chance < 0.014:
        return replace(run, result="Error", lines=words.error_lines(luck, machine, run.seconds))
    if trouble is Trouble.QUOTA:
        return replace(run, result="Warning", lines=words.quota_lines(run.quota[1], run.seconds))
    if trouble is Trouble.WARNING or 0.014 <= chance < 0.045:
        return replace(run, result="Warning", lines=words.warning_lines(luck, machine, run.seconds))
    if trouble is Trouble.PARTIAL:
        return replace(run, result="Warning", partial=True, seconds=run.seconds / 3, tested=False)
    if trouble is Trouble.INTERRUPTED:
        return replace(run, interrupted=True, partial=True, seconds=run.seconds / 4, tested=False)
    return run


def _quota(plan: Plan, store: _Store) -> tuple[int, int]:
    """(total, free) where the destination says so; -1 for neither is not ours to tell."""
    if plan.trouble is Trouble.QUOTA:
        total = int(plan.size * 0.9)
        return total, max(total // 60, total - int(store.storage))
    if plan.task.destination in ("webdav", "file"):
        total = plan.size * 3
        return total, total - int(store.storage)
    return 0, 0


def _at_work(plan: Plan, now: datetime) -> Iterator[Word]:
    """What a run says that is still under way, or was when it fell silent; or that nothing shall run."""
    if plan.trouble is Trouble.PAUSED:
        yield Word(now - _MISSING[Trouble.PAUSED], None)
    began = next(reversed([due for due, _ in _times(plan, now - timedelta(days=1), now)]), now)
    silent = {Trouble.RUNNING: timedelta(seconds=20), Trouble.STUCK: timedelta(hours=3)}.get(plan.trouble)
    if silent is None:
        return
    yield Word(began + timedelta(seconds=1), live(plan.machine, plan.task, began, began, None))
    last = now - silent
    for share in (0.18, 0.43, 0.64):
        at = began + (last - began) * (share / 0.64)
        yield Word(at, live(plan.machine, plan.task, began, at, share))


def _dry_run(plan: Plan, at: datetime) -> Word:
    """Somebody tried a new job out, and has not let it run yet."""
    run = Run(at, 48.5, files=plan.files, size=plan.size, added=plan.files, dry_run=True, tested=False)
    return Word(at + timedelta(seconds=50), report(plan.machine, plan.task, run))
