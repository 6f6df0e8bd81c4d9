"""`duplistat service`."""

from pathlib import Path

import click

from duplistat.cli import service_changes
from duplistat.cli.common import Opened, account_named, echo, opened, table
from duplistat.cli.options import data_options, keep_former_name
from duplistat.cli.service_set import set_service
from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.visible import visible
from duplistat.services.agents import report_urls as urls
from duplistat.services.agents.registry import numbered, set_service_maintenance, set_service_suspended
from duplistat.store import accounts, services
from duplistat.store import report_urls as kept_urls
from duplistat.store.services import Service

HOUR_MS = 3_600_000


@click.group()
def service() -> None:
    """Duplicati connections (services): Duplicati servers that duplistat connects to."""


for changing in (
    service_changes.add,
    set_service,
    service_changes.test,
    service_changes.collect_now,
    service_changes.start,
    service_changes.remove,
):
    service.add_command(changing)


@service.command(name="list")
@click.option("--account", help="Only those of this account and its sub-accounts.")
@click.option("--report-urls", is_flag=True, help="Show the report URL of each instead. They hold secrets.")
@data_options
def list_services(account: str | None, report_urls: bool, config_file: Path | None, data: Path) -> None:
    """List all Duplicati connections, and when each was last reachable."""
    with opened(config_file, data) as o:
        chosen = (
            accounts.below(o.db, account_named(o.db, account)) if account else accounts.all_accounts(o.db)
        )
        names = {a.id: a.name for a in chosen}
        found = services.visible(o.db, names)
        if report_urls:
            urls = [(s.number, s.name, names[s.account_id], _report_url(o, s)) for s in found]
            table(("number", "name", "account", "report URL"), urls)
            return
        rows = [
            (
                s.number,
                s.name,
                names[s.account_id],
                f"[{s.host}]:{s.port}" if ":" in s.host else f"{s.host}:{s.port}",
                _state(o, s),
                o.local(s.answered_at),
                o.local(s.collected_at),
                o.local(s.problem_at),
                f"{'a backup job failed: ' if s.job_failed else ''}{s.problem}" or "-",
            )
            for s in found
        ]
    times = ("last answer", "last collected", "last failure")
    table(("number", "name", "account", "agent", "state", *times, "problem"), rows)


@service.command()
@click.argument("number")
@data_options
def suspend(number: str, config_file: Path | None, data: Path) -> None:
    """Suspend a Duplicati connection: no changes, no manual starts, no collecting."""
    with opened(config_file, data) as o:
        found = numbered(o.db, number)
        o.writes.run(set_service_suspended, service=found.id, suspended=True, **o.signature())
    echo(f"{_label(found)} is suspended")


@service.command()
@click.argument("number")
@data_options
def reactivate(number: str, config_file: Path | None, data: Path) -> None:
    """Reactivate a suspended Duplicati connection and test it."""
    with opened(config_file, data) as o:
        found = numbered(o.db, number)
        o.writes.run(set_service_suspended, service=found.id, suspended=False, **o.signature())
    still = ", but its account is suspended" if found.account_suspended_at is not None else ""
    echo(f"{_label(found)} is active again{still}")


keep_former_name(service, suspend, "freeze")
keep_former_name(service, reactivate, "thaw")


@service.command()
@click.argument("number")
@click.option("--hours", type=click.IntRange(1, 8784), help="Duration in hours, from now.")
@click.option("--end", is_flag=True, help="End the maintenance.")
@data_options
def maintenance(number: str, hours: int | None, end: bool, config_file: Path | None, data: Path) -> None:
    """Set maintenance of a Duplicati connection: no changes and manual starts for a while; collecting continues."""
    if (hours is None) != end:
        raise click.UsageError("duration missing: give --hours or --end")
    with opened(config_file, data) as o:
        found = numbered(o.db, number)
        until = o.now + hours * HOUR_MS if hours is not None else None
        o.writes.run(set_service_maintenance, service=found.id, until=until, **o.signature())
    echo(f"{_label(found)} is {f'in maintenance until {o.local(until)}' if until else 'out of maintenance'}")


@service.command(name="report-url")
@click.argument("number")
@data_options
def report_url(number: str, config_file: Path | None, data: Path) -> None:
    """Print the report URL of a Duplicati connection. It holds a secret."""
    with opened(config_file, data) as o:
        echo(_report_url(o, numbered(o.db, number)))


@service.command(name="rotate-report-url")
@click.argument("number")
@click.option(
    "--keep-hours",
    type=click.IntRange(0, 8784),
    default=0,
    show_default=True,
    help="Hours for which the old URL stays valid.",
)
@data_options
def rotate_report_url(number: str, keep_hours: int, config_file: Path | None, data: Path) -> None:
    """Rotate the report URL of a Duplicati connection, and print the new one."""
    with opened(config_file, data) as o:
        found, secret = numbered(o.db, number), urls.fresh(o.config)
        o.writes.run(
            urls.rotate_report_url,
            service=found.id,
            keep_ms=keep_hours * HOUR_MS,
            held=True,
            **secret,
            **o.signature(),
        )
        echo(_report_url(o, found))


def _report_url(o: Opened, service: Service) -> str:
    """The report URL of a service, made now if it has none yet. Raises DuplistatError."""
    kept = kept_urls.of_service(o.db, service.id)
    if kept is None:
        o.writes.run(urls.make_report_url, service=service.id, **urls.fresh(o.config), **o.signature())
        kept = kept_urls.of_service(o.db, service.id)
    if kept is None:
        raise DuplistatError(Kind.NOT_FOUND, f"there is no connection {service.number}")
    return urls.url(o.config, o.config.own_url, service, kept)


def _label(service: Service) -> str:
    return f"{service.number} {visible(service.name)}"


def _state(o: Opened, service: Service) -> str:
    """What keeps it from being used, else how its agent is."""
    if service.cancelled_at is not None:
        return f"removed {o.local(service.cancelled_at)}"
    held = (
        (service.suspended_at is not None, f"suspended {o.local(service.suspended_at)}"),
        (service.account_suspended_at is not None, "account suspended"),
        (service.in_maintenance(o.now), f"maintenance until {o.local(service.maintenance_until)}"),
    )
    why = ", ".join(text for is_so, text in held if is_so)
    if why:
        return why
    if service.configured_at is None:
        return "not configured"
    if service.running:
        return "running"
    if service.problem:
        return "job failed" if service.job_failed else "not reached"
    return "answers" if service.answered_at is not None else "not asked yet"
