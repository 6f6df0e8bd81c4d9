"""`duplistat job` and `duplistat server`: what a person sets on them."""

from pathlib import Path
from typing import Any

import click

from duplistat.cli.common import local_time, opened, table
from duplistat.cli.options import data_options
from duplistat.config import zone_named
from duplistat.core.expectation import Source, why
from duplistat.core.schedule_text import describe, parse_schedule, write_schedule
from duplistat.core.times import from_ms
from duplistat.services.job_state import rhythm_of
from duplistat.services.settings import find_job, find_server
from duplistat.services.verbs import clockwork_of
from duplistat.store import accounts, jobs, servers

AUTOMATIC = "auto"


@click.group()
def job() -> None:
    """Jobs: what should run, and when."""


@job.command(name="set")
@click.option("--account", default=accounts.MAIN, show_default=True, help="Whose job it is.")
@click.option("--server", "server_name", required=True, help="The server's name, alias, machine id or id.")
@click.option("--job", "job_name", required=True, help="The job's name.")
@click.option("--paused", type=bool, help="true: expect nothing of it; false: expect it again.")
@click.option(
    "--tag", "tags", multiple=True, help="Its tags, instead of those it has; can be given repeatedly."
)
@click.option("--grace-seconds", type=click.IntRange(0, 366 * 86400), help="How late it may be.")
@click.option(
    "--schedule",
    help='When it should run: "daily 02:00", "mon-fri 22:30", "every 6h", "monthly second tue 03:00",'
    ' "cron 0 2 * * *", "unplanned"; "auto" goes back to what is told or learned.',
)
@click.option("--zone", help="The zone in which the schedule is meant, such as Europe/Berlin.")
@data_options
def set_job(
    account: str,
    server_name: str,
    job_name: str,
    paused: bool | None,
    tags: tuple[str, ...],
    grace_seconds: int | None,
    schedule: str | None,
    zone: str | None,
    config_file: Path | None,
    data: Path,
) -> None:
    """Set a job's schedule, grace, pause and tags."""
    changes: dict[str, Any] = {}
    if paused is not None:
        changes["paused"] = paused
    if tags:
        changes["tags"] = list(tags)
    if grace_seconds is not None:
        changes["grace_ms"] = grace_seconds * 1000
    with opened(config_file, data) as o:
        found = find_job(o.db, account, server_name, job_name)
        if schedule is not None or zone is not None:
            changes |= _schedule_changes(schedule, zone, found, o.now)
        if not changes:
            raise click.UsageError("nothing to set: give --schedule, --grace-seconds, --paused or --tag")
        done = o.writes.call("set_job", {"job": found.id, "changes": changes, "now": o.now})
    if changes.get("schedule"):
        click.echo(f"Understood: {describe(parse_schedule(changes['schedule']))}")
    click.echo(f"{found.name}: {done['health']}; next expected {local_time(done['expected_at'])}")


@job.command(name="list")
@data_options
def list_jobs(config_file: Path | None, data: Path) -> None:
    """Show all jobs: how they are, when they are expected, and how we know."""
    with opened(config_file, data) as o:
        sees = tuple(a.id for a in accounts.all_accounts(o.db))
        names = {s.id: s.label for s in servers.visible(o.db, sees)}
        clockwork = clockwork_of(o.config)
        rows = [
            (
                names[j.server_id],
                j.name,
                j.health,
                local_time(j.last_order),
                local_time(j.expected_at),
                why(rhythm_of(j, clockwork), Source(j.source)),
            )
            for j in jobs.visible(o.db, sees)
        ]
    table(("server", "job", "health", "last backup", "expected", "as"), rows)


@click.group()
def server() -> None:
    """Servers: the machines that back something up."""


@server.command(name="set")
@click.option("--account", default=accounts.MAIN, show_default=True, help="Whose server it is.")
@click.option("--server", "server_name", required=True, help="The server's name, alias, machine id or id.")
@click.option("--alias", required=True, help="What to call it; an empty text takes the alias away.")
@data_options
def set_server(account: str, server_name: str, alias: str, config_file: Path | None, data: Path) -> None:
    """Give a server an alias."""
    with opened(config_file, data) as o:
        found = find_server(o.db, account, server_name)
        o.writes.call("set_server", {"server": found.id, "alias": alias.strip()})
    click.echo(f"{found.name} is called {alias.strip() or found.name}")


def _schedule_changes(schedule: str | None, zone: str | None, found: jobs.Job, now: int) -> dict[str, Any]:
    text = schedule if schedule is not None else found.schedule
    if text is None:
        raise click.UsageError("--zone goes with a schedule: give --schedule too")
    if zone is not None:
        try:
            zone_named(zone)
        except ValueError as e:
            raise click.BadParameter(str(e)) from e
    if text.strip().lower() == AUTOMATIC:
        return {"schedule": None, "schedule_zone": None}
    try:
        parsed = parse_schedule(
            text, anchor=from_ms(found.last_order if found.last_order is not None else now)
        )
    except ValueError as e:
        raise click.BadParameter(str(e)) from e
    return {"schedule": write_schedule(parsed), "schedule_zone": zone or found.schedule_zone}
