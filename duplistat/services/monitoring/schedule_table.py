"""All jobs with their schedules, a row each: for the page, the spreadsheet and our API."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from duplistat.core.alerts.matching import covers
from duplistat.core.expectation import Expected, Rhythm, Source, why
from duplistat.core.spreadsheet import as_csv
from duplistat.core.times import iso_ms
from duplistat.services.alerts.hearing import uncovered
from duplistat.services.alerts.job_silences import own_of
from duplistat.services.alerts.listeners import Silences, latest_end, rule_in, subjects
from duplistat.services.context import ScheduleDefaults
from duplistat.services.jobs.settings import minutes_of
from duplistat.services.jobs.state import is_paused, rhythm_of
from duplistat.services.monitoring.explanations import following
from duplistat.services.monitoring.schedule_import import EDITABLE, ID, JOB, NO, SERVER, YES, silenced_cell
from duplistat.store import jobs, rules, servers, silences
from duplistat.store.database import Database
from duplistat.store.jobs import Job
from duplistat.store.rules import RuleRow
from duplistat.store.servers import Server
from duplistat.store.silences import Silence

HEADS = (
    *(ID, SERVER, JOB),
    *EDITABLE,
    *("source", "expected_by", "next_run_utc", "overdue_after_utc", "rules", "alerts"),
)


@dataclass(frozen=True, slots=True)
class ScheduleRow:
    """A job, when it is expected, and who would hear of it.

    `next` is None where no run is expected. `rules` are on and select the job; `heard` says whether one of them
    reaches somebody. `silences` hold for it: nobody hears of it all the same.
    """

    job: Job
    server: Server
    rhythm: Rhythm
    next: Expected | None
    rules: tuple[RuleRow, ...]
    heard: bool
    silences: tuple[Silence, ...]

    def own_end(self, sees: Collection[int]) -> int | None:
        """Until when the job's own silence holds (ms), which those may change who see the accounts `sees`."""
        return latest_end(own_of(self.silences, sees))

    def others(self, sees: Collection[int]) -> list[Silence]:
        """The silences that are not changed for this job alone."""
        own = own_of(self.silences, sees)
        return [silence for silence in self.silences if silence not in own]


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
    holding = Silences(silences.holding(db, now))
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
                tuple(holding.of(subject)),
            )
        )
    return made


def silenced(db: Database, some: Sequence[Job], now: int) -> set[int]:
    """The jobs for which a silence holds, their own or one of more. 3 statements."""
    holding = Silences(silences.holding(db, now))
    return {job for job, subject in subjects(db, some).items() if holding.of(subject)}


def schedules_csv(rows: Iterable[ScheduleRow], accounts: tuple[int, ...], now: int) -> Iterator[str]:
    """Rows as CSV, in pieces. Rules of accounts that are not among `accounts` are not named."""
    return as_csv(HEADS, (_cells(row, accounts, now) for row in rows))


def alerts_of(row: ScheduleRow, now: int) -> str:
    """Whether somebody would hear of a job: on, silenced, paused or nobody."""
    if is_paused(row.job, now):
        return "paused"
    if row.silences:
        return "silenced"
    return "on" if row.heard else "nobody"


def _cells(row: ScheduleRow, accounts: tuple[int, ...], now: int) -> tuple[object, ...]:
    job, expected = row.job, row.next
    at, due = (expected.at, expected.due) if expected is not None else (None, None)
    return (
        *(job.id, row.server.label, job.label),
        *(job.schedule, job.schedule_zone if job.schedule else None),
        *(minutes_of(job.grace_ms), YES if is_paused(job, now) else NO),
        silenced_cell(row.own_end(accounts)),
        *(job.source, why(row.rhythm, Source(job.source))),
        *(iso_ms(at) if at is not None else None, iso_ms(due) if due is not None else None),
        "; ".join(rule.name for rule in row.rules if rule.account_id in accounts),
        alerts_of(row, now),
    )
