"""All jobs with their schedules, a row each: for the page, the spreadsheet and our API."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from duplistat.core.alerts.matching import covers
from duplistat.core.expectation import Expected, Rhythm, Source, why
from duplistat.core.spreadsheet import as_csv
from duplistat.core.times import iso_ms
from duplistat.services.alerts.hearing import uncovered
from duplistat.services.alerts.listeners import rule_in, silences_job, subjects
from duplistat.services.context import ScheduleDefaults
from duplistat.services.jobs.schedule_import import EDITABLE, ID, JOB, NO, SERVER, YES, minutes_of
from duplistat.services.jobs.state import is_paused, rhythm_of
from duplistat.services.monitoring.explanations import following
from duplistat.store import jobs, rules, servers, silences
from duplistat.store.database import Database
from duplistat.store.jobs import Job
from duplistat.store.rules import RuleRow
from duplistat.store.servers import Server

HEADS = (
    *(ID, SERVER, JOB),
    *EDITABLE,
    *("source", "expected_by", "next_run_utc", "overdue_after_utc", "rules", "alerts"),
)


@dataclass(frozen=True, slots=True)
class ScheduleRow:
    """A job, when it is expected, and who would hear of it.

    `next` is None where no run is expected. `rules` are on and select the job; `heard` says whether one of them
    reaches somebody, and `silenced_until` (ms) until when none does all the same.
    """

    job: Job
    server: Server
    rhythm: Rhythm
    next: Expected | None
    rules: tuple[RuleRow, ...]
    heard: bool
    silenced_until: int | None


def watched(db: Database, accounts: tuple[int, ...]) -> tuple[dict[int, Server], list[Job]]:
    """The servers and jobs that are not in the archive, in order of their names. Two statements."""
    homes = {server.id: server for server in servers.visible(db, accounts) if server.archived_at is None}
    places = {server: place for place, server in enumerate(homes)}
    found = [job for job in jobs.visible(db, accounts) if job.server_id in homes]
    found.sort(key=lambda job: (places[job.server_id], job.label.casefold(), job.id))
    return homes, found


def schedule_rows(
    db: Database, homes: Mapping[int, Server], some: Sequence[Job], defaults: ScheduleDefaults, now: int
) -> list[ScheduleRow]:
    """Rows of some jobs, whose servers are among `homes`. About 8 statements, however many jobs there are."""
    if not some:
        return []
    of_jobs = subjects(db, some)
    above = sorted({account for subject in of_jobs.values() for account in subject.accounts})
    telling = [row for row in rules.of_accounts(db, tuple(above)) if row.enabled]
    holding = silences.holding(db, now)
    silent = uncovered(db, some)
    made = []
    for job in some:
        subject, rhythm = of_jobs[job.id], rhythm_of(job, defaults)
        made.append(
            ScheduleRow(
                job,
                homes[job.server_id],
                rhythm,
                next(iter(following(job, rhythm, now, 1)), None),
                tuple(
                    row
                    for row in telling
                    if row.account_id in subject.accounts and covers(rule_in(row.spec).match, subject)
                ),
                job.id not in silent,
                max((one.until_at for one in holding if silences_job(one, subject)), default=None),
            )
        )
    return made


def schedules_csv(rows: Iterable[ScheduleRow], accounts: tuple[int, ...], now: int) -> Iterator[str]:
    """Rows as CSV, in pieces. Rules of accounts that are not among `accounts` are not named."""
    return as_csv(HEADS, (_cells(row, accounts, now) for row in rows))


def alerts_of(row: ScheduleRow, now: int) -> str:
    """Whether somebody would hear of a job: on, silenced, paused or nobody."""
    if is_paused(row.job, now):
        return "paused"
    if row.silenced_until is not None:
        return "silenced"
    return "on" if row.heard else "nobody"


def _cells(row: ScheduleRow, accounts: tuple[int, ...], now: int) -> tuple[object, ...]:
    job, expected = row.job, row.next
    at, due = (expected.at, expected.due) if expected is not None else (None, None)
    return (
        *(job.id, row.server.label, job.label),
        *(job.schedule, job.schedule_zone if job.schedule else None),
        *(minutes_of(job.grace_ms), YES if is_paused(job, now) else NO),
        *(job.source, why(row.rhythm, Source(job.source))),
        *(iso_ms(at) if at is not None else None, iso_ms(due) if due is not None else None),
        "; ".join(rule.name for rule in row.rules if rule.account_id in accounts),
        alerts_of(row, now),
    )
