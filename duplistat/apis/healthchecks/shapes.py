"""A job as Healthchecks tells of a check, field by field in its order."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from duplistat.core.badges import Check
from duplistat.core.pings import is_unique_key
from duplistat.core.status import Health
from duplistat.core.times import from_ms
from duplistat.http.context import Context
from duplistat.services.configuration import secrets
from duplistat.services.jobs.state import zone_of
from duplistat.services.pings.standing import is_started
from duplistat.store import badges as badge_rows
from duplistat.store import job_notes, ping_starts, ping_urls
from duplistat.store.jobs import Job
from duplistat.store.ping_starts import Count

BAD = (Health.OVERDUE.value, Health.STUCK.value, Health.FAILED.value)
# A check without a rhythm: Healthchecks' own default, seconds.
DAY = 86_400
CRON = "cron "
_KEY_CHARS = 40
# What a check has that jobs have not, as a check without it says.
_WITHOUT: dict[str, Any] = {
    "manual_resume": False,
    "methods": "",
    "subject": "",
    "subject_fail": "",
    "start_kw": "",
    "success_kw": "",
    "failure_kw": "",
    "filter_subject": False,
    "filter_body": False,
    "filter_http_body": False,
    "filter_default_fail": False,
}


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of some jobs besides their rows, by job."""

    slugs: dict[int, str]
    counts: dict[int, Count]
    notes: dict[int, str]
    uuids: dict[int, str]
    codes: dict[int, str]
    # Reads what is encrypted of them.
    reader: Callable[[str], str]

    @staticmethod
    def read(ctx: Context, jobs: list[Job]) -> "Known":
        accounts, ids = tuple(sorted({job.account_id for job in jobs})), [job.id for job in jobs]
        reader = secrets.decrypter(ctx.config)
        if not ids:
            return Known({}, {}, {}, {}, {}, reader)
        return Known(
            ping_urls.slugs(ctx.db, ids),
            ping_starts.counts(ctx.db, ids),
            job_notes.of_jobs(ctx.db, accounts),
            {job: url.uuid for job, url in ping_urls.shown(ctx.db, accounts).items()},
            {b.job_id: b.code for b in badge_rows.of_accounts(ctx.db, accounts) if b.job_id is not None},
            reader,
        )


def check(
    job: Job, status: Check, known: Known, ctx: Context, *, base: str, version: int, full: bool
) -> dict[str, Any]:
    """One check. With `full` it tells how it is pinged, else a key that hides that."""
    now = ctx.now()
    reader, started = known.reader, is_started(job, now)
    count, code = known.counts.get(job.id, Count()), known.codes.get(job.id)
    grace = ctx.schedule_defaults.grace_ms if job.grace_ms is None else job.grace_ms
    pinged = job.last_received if job.last_received is not None else count.last_at
    shape: dict[str, Any] = {
        "name": job.label,
        "slug": known.slugs.get(job.id, ""),
        "tags": " ".join(json.loads(job.tags)),
        "desc": known.notes.get(job.id, ""),
        "grace": grace // 1000,
        "n_pings": count.pings,
        "status": "started" if started and version == 1 else status.value,
        "started": started,
        "last_ping": moment(pinged),
        "next_ping": moment(job.expected_at) if status is not Check.PAUSED else None,
        **_WITHOUT,
        "badge_url": f"{base}/b/2/{reader(code)}.svg" if code is not None else None,
    }
    if job.last_duration is not None:
        shape["last_duration"] = job.last_duration // 1000
    if full:
        shape |= _pinged(
            job, known, reader(known.uuids[job.id]) if job.id in known.uuids else "", base, version
        )
    else:
        shape["unique_key"] = key_of(job.id)
    return shape | _expected(job, ctx)


def _pinged(job: Job, known: Known, uuid: str, base: str, version: int) -> dict[str, Any]:
    own = f"{base}/api/v{version}/checks/{uuid or key_of(job.id)}"
    return {
        "uuid": uuid or None,
        "ping_url": f"{base}/ping/{uuid}" if uuid else None,
        "update_url": own,
        "pause_url": f"{own}/pause",
        "resume_url": f"{own}/resume",
        "channels": "",
    }


def _expected(job: Job, ctx: Context) -> dict[str, Any]:
    """How often it runs: as a cron line where somebody set one, else as seconds from one run to the next."""
    if job.schedule and job.schedule.startswith(CRON):
        zone = zone_of(job, ctx.schedule_defaults).key
        return {"schedule": job.schedule.removeprefix(CRON), "tz": zone}
    if job.expected_at is not None and job.last_order is not None and job.expected_at > job.last_order:
        return {"timeout": (job.expected_at - job.last_order) // 1000}
    return {"timeout": DAY}


def moment(at: int | None) -> str | None:
    """A time (ms) as Healthchecks writes it: ISO 8601 to the second, with +00:00."""
    return from_ms(at).astimezone(UTC).replace(microsecond=0).isoformat() if at is not None else None


def key_of(job: int) -> str:
    """What a job is called for whoever may not know its ping URL: 40 hex digits, as Healthchecks' unique keys have."""
    return f"{job:0{_KEY_CHARS}x}"


def job_in(text: str) -> int | None:
    """The job that such a key is of; None for another text."""
    return int(text, 16) if is_unique_key(text) and text.startswith("0" * 25) else None
