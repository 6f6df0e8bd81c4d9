"""What a person sets on a job, checked and noted, and what follows from it."""

import json
import re
from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Any, TypedDict

from duplistat.config import zone_named
from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.i18n import Text
from duplistat.core.schedule_text import parse_schedule, write_schedule
from duplistat.core.text import clean, clip_name
from duplistat.core.times import from_ms, iso_ms
from duplistat.services import audit
from duplistat.services.audit import Actor
from duplistat.services.context import ScheduleDefaults, Tx
from duplistat.services.jobs.health_change import update_job_health
from duplistat.services.jobs.state import is_paused, note_to_learn, start_of_new_schedule, update_expectation
from duplistat.services.jobs.subject import subject_of
from duplistat.services.writes import command
from duplistat.store import job_notes, jobs, problems
from duplistat.store.database import Database
from duplistat.store.jobs import Job
from duplistat.store.totals import DAY_MS

AUTOMATIC = "auto"
MOST_TAGS, TAG_CHARS = 20, 50
NOTE_CHARS = 10_000
GRACE_MOST_MS = 366 * DAY_MS
# A pause or a window that is to last longer has no end that anybody knows.
LONGEST_REST_MS = 2 * 366 * DAY_MS
# Changes of these make nothing else expected, and no other health.
_WORDS_ONLY = {"tags", "alias", "notes", "snoozed_until", "kept"}
_MINUTES = re.compile(r"\d{1,7}([.,]\d{1,3})?", re.ASCII)
MINUTE_MS = 60_000
_TIMES = ("paused_until", "maintenance_from", "maintenance_until", "snoozed_until")


class KeptSchedule(TypedDict):
    """A rhythm of a job's runs, as `write_schedule` has it, and the name of its zone."""

    schedule: str
    zone: str


class JobChanges(TypedDict, total=False):
    """What a person changes about a job; what is left out stays. Times in ms.

    `paused_until` pauses it from now on; `maintenance_from` and `maintenance_until` are both there or None;
    `snoozed_until`: while it is in the state that it is in, nobody is asked to look. `grace_ms`: None for that of all.
    `schedule` is as `write_schedule` has it, None for what is told or learned. `alias`: None for none.
    `kept`: the rhythm of its runs for which its schedule is kept all the same; another schedule forgets it.
    """

    paused: bool
    paused_until: int | None
    maintenance_from: int | None
    maintenance_until: int | None
    snoozed_until: int | None
    grace_ms: int | None
    schedule: str | None
    schedule_zone: str | None
    kept: KeptSchedule | None
    tags: list[str]
    alias: str | None
    notes: str
    archived: bool


class JobChanged(TypedDict):
    """How a job is after a change: its health, and when its next run is expected (ms)."""

    health: str
    expected_at: int | None


@command
def set_job(tx: Tx, *, job: int, changes: JobChanges, by: Actor, now: int) -> JobChanged:
    """Change what `changes` holds of a job, and note it. What is expected, and the health, follow at once.

    Raises DuplistatError: not_found, or invalid with what is wrong.
    """
    return change_job(tx, to_change(tx.db, job), changes, by, now)


def change_job(tx: Tx, row: Job, changes: JobChanges, by: Actor, now: int) -> JobChanged:
    """As `set_job`, of a row that `to_change` gave. What is refused is so before anything is written."""
    db, defaults = tx.db, tx.defaults
    note = _note(changes["notes"]) if "notes" in changes else None
    before = _audited(row)
    apply_changes(row, changes, defaults, now)
    after = _audited(row)
    if note is not None:
        before["notes"], after["notes"] = job_notes.get(db, row.id), note
        job_notes.put(db, row.id, note)
    if changes.keys() - _WORDS_ONLY:
        update_job_health(db, row, defaults, now)
    else:
        jobs.save(db, row)
    if "snoozed_until" in changes:
        _acknowledge(db, row, by, now)
    subject = subject_of(db, row)
    audit.note(
        db, by, "job.set", account=row.account_id, subject=subject, now=now, before=before, after=after
    )
    return {"health": row.health, "expected_at": row.expected_at}


def snooze(db: Database, job: int, until: int | None, now: int) -> Job:
    """Let a job's row say until when somebody knows of its problem (ms); the caller notes it. The row.

    Raises DuplistatError: not_found, or invalid with what is wrong.
    """
    row = to_change(db, job)
    _snooze(row, until, now)
    jobs.save(db, row)
    return row


def to_change(db: Database, job: int, sees: Collection[int] | None = None) -> Job:
    """The row of a job, which nobody else changes meanwhile; with `sees`, only of these accounts.

    Raises DuplistatError: not_found, or invalid for one that is being deleted.
    """
    row = jobs.locked_by_id(db, job)
    if row is None or (sees is not None and row.account_id not in sees):
        raise DuplistatError(Kind.NOT_FOUND, "job not found: it was deleted")
    if row.deleting:
        raise DuplistatError(Kind.INVALID, Text("{name} is being deleted", name=repr(row.label)))
    return row


def _acknowledge(db: Database, job: Job, by: Actor, now: int) -> None:
    """Let the job's problem know what its row says: nobody is reminded of what somebody knows."""
    problem = problems.open_of(db, problems.of_job(job.id), "health")
    if problem is not None:
        problems.acknowledge(db, problem.id, job.snoozed_until, by=by["who"], why="", now=now)


@command
def note_job_export(tx: Tx, *, job: int, by: Actor, now: int) -> None:
    """Note that all that a job has is handed out. Raises DuplistatError (not_found)."""
    row = jobs.locked_by_id(tx.db, job)
    if row is None:
        raise DuplistatError(Kind.NOT_FOUND, "job not found: it was deleted")
    subject = subject_of(tx.db, row)
    audit.note(tx.db, by, "job.export", account=row.account_id, subject=subject, now=now)


def apply_changes(job: Job, changes: JobChanges, defaults: ScheduleDefaults, now: int) -> None:
    """Lay what a person sets over a job's row, but for the notes. Raises DuplistatError (invalid)."""
    if "tags" in changes:
        job.tags = json.dumps(_tags(changes["tags"]), ensure_ascii=False)
    if "alias" in changes:
        job.alias = clip_name(changes["alias"] or "") or None
    if "paused" in changes or "paused_until" in changes:
        _pause(job, changes, now)
    if "snoozed_until" in changes:
        _snooze(job, changes["snoozed_until"], now)
    if "maintenance_from" in changes:
        job.maintenance_from, job.maintenance_until = _window(
            changes["maintenance_from"], changes["maintenance_until"], now
        )
    if "archived" in changes:
        job.archived_at = now if changes["archived"] else None
    if "grace_ms" in changes:
        job.grace_ms = _grace(changes["grace_ms"])
    if "schedule" in changes:
        zone = changes.get("schedule_zone")
        if (changes["schedule"], zone) != (job.schedule, job.schedule_zone):
            # What was there before counts on from when it was set. By another clock it is another schedule.
            since = start_of_new_schedule(job, now)
            job.schedule_from = since if changes["schedule"] and since < now else None
            job.schedule_set_at = now if changes["schedule"] else None
            job.kept_schedule = job.kept_zone = None
        job.schedule, job.schedule_zone = changes["schedule"], zone
        # It is learned in the zone of the schedule.
        note_to_learn(job, now)
    if "kept" in changes:
        kept = changes["kept"]
        job.kept_schedule, job.kept_zone = (kept["schedule"], kept["zone"]) if kept else (None, None)


def preview(job: Job, changes: JobChanges, defaults: ScheduleDefaults, now: int) -> Job:
    """The job as it would be with these changes; nothing is stored. Raises DuplistatError (invalid)."""
    copy = replace(job)
    apply_changes(copy, changes, defaults, now)
    update_expectation(copy, defaults, now)
    return copy


def schedule_changes(text: str, zone: str | None, job: Job, now: int) -> JobChanges:
    """The changes that a schedule as a person typed it comes to; "auto" goes back to what is told or learned.

    An interval counts from the latest run. Where `zone` is None the job keeps its own, and "" is that of the server.
    Raises ValueError with a sentence for people.
    """
    if zone:
        zone_named(zone)
    if is_automatic(text):
        return {"schedule": None, "schedule_zone": None}
    parsed = parse_schedule(text, anchor=from_ms(job.last_order if job.last_order is not None else now))
    return {
        "schedule": write_schedule(parsed),
        "schedule_zone": job.schedule_zone if zone is None else zone or None,
    }


def is_automatic(text: str) -> bool:
    """Whether a person typed, in place of a schedule, that it is told or learned."""
    return text.strip().lower() == AUTOMATIC


def require_schedule(text: str, zone: str) -> None:
    """Raises DuplistatError (invalid) for a schedule, or a zone, that no job could have."""
    require_zone(zone)
    try:
        if not is_automatic(text):
            parse_schedule(text, anchor=from_ms(0))
    except ValueError as e:
        raise DuplistatError(Kind.INVALID, e.args[0], field="schedule") from e


def require_zone(zone: str | None) -> None:
    """Raises DuplistatError (invalid) for a zone that there is not."""
    try:
        zone_named(zone or "UTC")
    except ValueError as e:
        raise DuplistatError(Kind.INVALID, e.args[0], field="zone") from e


def grace_of(text: str) -> int | None:
    """The grace (ms) that a person typed in minutes; None for blank, which is the default.

    Raises ValueError with a sentence for people.
    """
    typed = text.strip()
    if not typed:
        return None
    minutes = float(typed.replace(",", ".")) if _MINUTES.fullmatch(typed) else -1.0
    if not 0 <= minutes * MINUTE_MS <= GRACE_MOST_MS:
        most = GRACE_MOST_MS // MINUTE_MS
        raise ValueError(Text("a number of minutes up to {most}, or leave blank", most=most))
    return round(minutes * MINUTE_MS)


def minutes_of(grace_ms: int | None) -> str:
    """A grace as a person types it; "" for that of all."""
    return "" if grace_ms is None else f"{grace_ms / MINUTE_MS:.3f}".rstrip("0").rstrip(".")


def _pause(job: Job, changes: JobChanges, now: int) -> None:
    until = changes.get("paused_until")
    if not changes.get("paused", True):
        job.paused, job.paused_from, job.paused_until = 0, None, None
        return
    if until is not None and until <= now:
        raise DuplistatError(Kind.INVALID, "a pause ends in the future", field="paused_until")
    if until is not None and until - now > LONGEST_REST_MS:
        raise DuplistatError(
            Kind.INVALID, "a pause ends within two years; a pause may have no end", field="paused_until"
        )
    going_on = is_paused(job, now)
    job.paused, job.paused_until = 1, until
    job.paused_from = job.paused_from if going_on and job.paused_from is not None else now


def _snooze(job: Job, until: int | None, now: int) -> None:
    if until is not None and not now < until <= now + LONGEST_REST_MS:
        raise DuplistatError(
            Kind.INVALID,
            "a job is acknowledged until a time within two years from now",
            field="snoozed_until",
        )
    job.snoozed_until, job.snoozed_as = until, job.health


def _window(start: int | None, end: int | None, now: int) -> tuple[int | None, int | None]:
    if start is None or end is None:
        if start is not None or end is not None:
            raise DuplistatError(
                Kind.INVALID, "a maintenance window has a beginning and an end", field="maintenance_from"
            )
        return None, None
    if end <= start:
        raise DuplistatError(
            Kind.INVALID, "a maintenance window ends after it begins", field="maintenance_until"
        )
    if end <= now:
        raise DuplistatError(
            Kind.INVALID, "a maintenance window ends in the future", field="maintenance_until"
        )
    if end - now > LONGEST_REST_MS:
        raise DuplistatError(
            Kind.INVALID,
            "a maintenance window ends within two years; a pause may have no end",
            field="maintenance_until",
        )
    return start, end


def _grace(grace_ms: int | None) -> int | None:
    if grace_ms is not None and not 0 <= grace_ms <= GRACE_MOST_MS:
        raise DuplistatError(Kind.INVALID, "the grace period must be 0 to 366 days", field="grace_ms")
    return grace_ms


def _tags(tags: Iterable[str]) -> list[str]:
    """Each once, in the order given."""
    found = list(dict.fromkeys(clean(tag.strip()) for tag in tags))
    kept = [tag for tag in found if tag]
    if len(kept) > MOST_TAGS:
        raise DuplistatError(
            Kind.INVALID, Text("a job has at most {most} tags", most=MOST_TAGS), field="tags"
        )
    long = next((tag for tag in kept if len(tag) > TAG_CHARS), None)
    if long is not None:
        raise DuplistatError(
            Kind.INVALID, Text("a tag has at most {most} characters", most=TAG_CHARS), field="tags"
        )
    return kept


def _note(text: str) -> str:
    text = clean(text.replace("\r\n", "\n").strip())
    if len(text) > NOTE_CHARS:
        raise DuplistatError(
            Kind.INVALID, Text("notes have at most {most} characters", most=NOTE_CHARS), field="notes"
        )
    return text


def _audited(job: Job) -> dict[str, Any]:
    """What a person set on a job, for the audit log."""
    times = {name: getattr(job, name) for name in _TIMES}
    return {
        "alias": job.alias,
        "tags": json.loads(job.tags),
        "paused": bool(job.paused),
        **{name: iso_ms(from_ms(at)) if at is not None else None for name, at in times.items()},
        "archived": job.archived_at is not None,
        "grace_seconds": job.grace_ms // 1000 if job.grace_ms is not None else None,
        "schedule": job.schedule,
        "schedule_zone": job.schedule_zone,
        "kept_schedule": job.kept_schedule,
        "kept_zone": job.kept_zone,
    }
