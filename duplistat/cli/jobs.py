"""`duplistat job`: what a person sets on jobs; two that are one."""

from pathlib import Path
from typing import Any, cast

import click

from duplistat.cli.common import echo, milliseconds, opened, table
from duplistat.cli.explain import explain
from duplistat.cli.options import data_options
from duplistat.config import zone_named
from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.expectation import Source, why_in_zone
from duplistat.core.explanation_words import missing_of
from duplistat.core.formatting import plural
from duplistat.core.health import health_of
from duplistat.core.schedule_text import describe_in_zone, parse_schedule
from duplistat.core.verdict import Proof
from duplistat.core.visible import visible
from duplistat.services.commands import schedule_defaults
from duplistat.services.context import ScheduleDefaults
from duplistat.services.jobs import settings as job_settings
from duplistat.services.jobs.dismiss import dismiss_failure
from duplistat.services.jobs.settings import JobChanges, schedule_changes
from duplistat.services.jobs.state import facts_of, rhythm_of
from duplistat.services.monitoring.explanations import waits_for_runs
from duplistat.services.servers.merge import carry_on
from duplistat.services.servers.renamed_jobs import join_jobs, require_joinable, unjoin_jobs
from duplistat.services.servers.settings import find_job
from duplistat.store import accounts, job_rows, jobs, merges, servers
from duplistat.store.jobs import Job
from duplistat.store.runs import numbers_of_backups

# The options of `job set` that are changes as they stand.


@click.group()
def job() -> None:
    """Jobs: schedules, pauses, names, merging."""


@job.command(name="set")
@click.option("--account", default=accounts.MAIN, show_default=True, help="Account of the job.")
@click.option("--server", "server_name", required=True, help="The server's name, alias, machine id or id.")
@click.option("--job", "job_name", required=True, help="The job's name.")
@click.option("--paused", type=bool, help="true: pause it, it is never overdue; false: resume it.")
@click.option("--paused-until", metavar="TIME", help="Pause it until this time (ISO 8601, with an offset).")
@click.option(
    "--maintenance",
    nargs=2,
    metavar="FROM UNTIL",
    help='Maintenance window without alerts; "" "" removes it.',
)
@click.option(
    "--tag", "tags", multiple=True, help="Tags, replacing all present ones; can be given repeatedly."
)
@click.option(
    "--grace-seconds",
    type=click.IntRange(0, 366 * 86400),
    help="Grace period: how late a run may be before the job is overdue.",
)
@click.option(
    "--schedule",
    help='When it should run: "daily 02:00", "mon-fri 22:30", "every 6h", "monthly second tue 03:00",'
    ' "cron 0 2 * * *", "unplanned"; "auto" detects it automatically.',
)
@click.option("--zone", help="Time zone of the schedule, such as Europe/Berlin.")
@click.option("--alias", help="Display name; an empty text removes it.")
@click.option("--notes", help="Notes, replacing the present ones.")
@click.option("--archived", type=bool, help="true: archive it until it runs again; false: restore it.")
@data_options
def set_job(
    account: str,
    server_name: str,
    job_name: str,
    paused_until: str | None,
    maintenance: tuple[str, str] | None,
    tags: tuple[str, ...],
    grace_seconds: int | None,
    schedule: str | None,
    zone: str | None,
    config_file: Path | None,
    data: Path,
    **others: Any,
) -> None:
    """Edit a job: schedule, grace period, pause, tags, display name, notes."""
    changes = cast(JobChanges, {name: value for name, value in others.items() if value is not None})
    if paused_until is not None:
        changes["paused_until"] = milliseconds(paused_until)
    if maintenance is not None:
        changes["maintenance_from"], changes["maintenance_until"] = (
            milliseconds(at) if at else None for at in maintenance
        )
    if tags:
        changes["tags"] = list(tags)
    if grace_seconds is not None:
        changes["grace_ms"] = grace_seconds * 1000
    with opened(config_file, data) as o:
        found = find_job(o.db, account, server_name, job_name)
        if schedule is not None or zone is not None:
            changes |= _schedule_changes(schedule, zone, found, o.now)
        if not changes:
            raise click.UsageError("nothing to set: give --schedule, --paused or another option")
        done = o.writes.run(job_settings.set_job, job=found.id, changes=changes, **o.signature())
    rule = changes.get("schedule")
    if rule:
        clock = zone_named(changes["schedule_zone"] or o.config.zone.key)
        echo(f"Understood: {describe_in_zone(parse_schedule(rule), clock)}")
    echo(f"{found.name}: {done['health']}; next expected {o.local(done['expected_at'])}")


@job.command()
@click.option("--account", default=accounts.MAIN, show_default=True, help="Account of the job.")
@click.option("--server", "server_name", required=True, help="The server's name, alias, machine id or id.")
@click.option("--job", "job_name", required=True, help="The job's name.")
@click.option(
    "--only",
    type=click.Choice([proof.value for proof in Proof]),
    help="Only the failed verification, or only the failed restore.",
)
@data_options
def dismiss(
    account: str, server_name: str, job_name: str, only: str | None, config_file: Path | None, data: Path
) -> None:
    """Dismiss a failed verification or restore. The next one that fails counts again."""
    with opened(config_file, data) as o:
        found = find_job(o.db, account, server_name, job_name)
        done = o.writes.run(
            dismiss_failure, job=found.id, proofs=[only] if only else list(Proof), **o.signature()
        )
    echo(f"{found.name}: dismissed the failed {' and '.join(done['dismissed'])}; {done['health']}")


job.add_command(explain)


@job.command(name="list")
@click.option("--no-schedule", is_flag=True, help="Only jobs without a schedule, which are never overdue.")
@data_options
def list_jobs(no_schedule: bool, config_file: Path | None, data: Path) -> None:
    """List all jobs: status, next expected run, and source of the schedule."""
    with opened(config_file, data) as o:
        sees = tuple(a.id for a in accounts.all_accounts(o.db))
        names = {s.id: s.label for s in servers.visible(o.db, sees)}
        defaults = schedule_defaults(o.config)
        found = [j for j in jobs.visible(o.db, sees) if not no_schedule or waits_for_runs(j)]
        known = numbers_of_backups(o.db, [j.id for j in found if waits_for_runs(j)])
        rows = [
            (
                names[j.server_id],
                j.name,
                health_of(facts_of(j), o.now),
                o.local(j.last_order),
                o.local(j.expected_at),
                _as(j, defaults, known.get(j.id, 0)),
            )
            for j in found
        ]
    table(("server", "job", "health", "last backup", "expected", "as"), rows)


@job.command()
@click.option("--account", default=accounts.MAIN, show_default=True, help="Account of the jobs.")
@click.option("--server", "server_name", required=True, help="The server's name, alias, machine id or id.")
@click.option("--job", "job_name", required=True, help="Job to keep.")
@click.option("--from", "gone_name", required=True, help="Job to merge into it and remove.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@data_options
def join(
    account: str,
    server_name: str,
    job_name: str,
    gone_name: str,
    yes: bool,
    config_file: Path | None,
    data: Path,
) -> None:
    """Merge two jobs, such as a job that was renamed."""
    with opened(config_file, data) as o:
        into, gone = (find_job(o.db, account, server_name, name) for name in (job_name, gone_name))
        require_joinable(o.db, into, gone)
        number, _since = job_rows.counted(o.db, gone.id)
        echo(f"{gone.name} goes over with {plural(number, 'run')}, and what is set on it")
        if not yes and not click.confirm(visible(f"Join {gone.label} with {into.label}?")):
            raise DuplistatError(Kind.INVALID, "nothing was joined")
        made = o.writes.run(join_jobs, into=into.id, gone=gone.id, sees=[into.account_id], **o.signature())
        carry_on(o.writes, made, o.now)
    echo(f"{gone.name} is a part of {into.name} now; for 30 days, duplistat job unjoin undoes it")


@job.command()
@click.option("--account", default=accounts.MAIN, show_default=True, help="Account of the job.")
@click.option("--server", "server_name", required=True, help="The server's name, alias, machine id or id.")
@click.option("--job", "job_name", required=True, help="The job's name.")
@data_options
def unjoin(account: str, server_name: str, job_name: str, config_file: Path | None, data: Path) -> None:
    """Undo the latest merge into a job, within 30 days."""
    with opened(config_file, data) as o:
        found = find_job(o.db, account, server_name, job_name)
        latest = next(iter(merges.into_job(o.db, found.server_id, found.id)), None)
        if latest is None:
            raise DuplistatError(Kind.NOT_FOUND, f"no job was joined with {found.name!r}")
        done = o.writes.run(unjoin_jobs, merge=latest.id, sees=[latest.account_id], **o.signature())
        carry_on(o.writes, latest.id, o.now)
    echo(f"{latest.gone_name} is a job of its own again, with id {done['job']}")


def _as(job: Job, defaults: ScheduleDefaults, runs: int) -> str:
    """How we know when a job is expected, with the zone of its times of day; or how many runs are missing."""
    if waits_for_runs(job):
        return f"no schedule known yet: {missing_of(runs)}"
    return why_in_zone(rhythm_of(job, defaults), Source(job.source))


def _schedule_changes(schedule: str | None, zone: str | None, found: Job, now: int) -> JobChanges:
    text = schedule if schedule is not None else found.schedule
    if text is None:
        raise click.UsageError("--zone goes with a schedule: give --schedule too")
    try:
        return schedule_changes(text, zone or None, found, now)
    except ValueError as e:
        raise click.BadParameter(str(e)) from e
