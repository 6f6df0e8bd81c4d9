"""`duplistat service add`, `test`, `collect`, `start` and `remove`."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import click

from duplistat.agents.address import AgentError
from duplistat.cli.collect import callable_service, collect_from, label_of, say_failure
from duplistat.cli.common import Opened, account_named, echo, opened, typed_secret
from duplistat.cli.options import data_options
from duplistat.core.agent_address import address_of, fingerprint_of
from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.text import NAME_LIMIT
from duplistat.core.visible import visible
from duplistat.services.agents.registry import (
    ServiceChanges,
    add_service,
    change_service,
    new_connection,
    numbered,
)
from duplistat.services.agents.status import standings
from duplistat.services.agents.task_queue import note_agent_state
from duplistat.services.agents.task_result import unreachable
from duplistat.services.agents.worker import probe_now
from duplistat.services.configuration.overrides import in_effect
from duplistat.services.worker_context import WorkerContext
from duplistat.store import agent_tasks, scheduler_lease, services
from duplistat.store.accounts import MAIN
from duplistat.store.services import SERVER, Service

URL = "Where Duplicati answers, such as https://10.0.0.5:8200. Without a port 8200, with a scheme alone 80 or 443."
FINGERPRINT = "SHA-256 fingerprint of its certificate, if no trusted authority signed it."
WRONG_URL = "--url must be such as https://10.0.0.5:8200, without a path"
WRONG_FINGERPRINT = "--fingerprint must be the SHA-256 of a certificate: 64 hex digits"
WRONG_NAME = f"--name must have 1 to {NAME_LIMIT} characters"
_NUMBERS = click.argument("numbers", nargs=-1, metavar="NUMBER...")
_ALL = click.option("--all", "everyone", is_flag=True, help="All that are configured, instead of numbers.")


@click.command()
@click.option("--name", required=True, help="Name of the server, as its reports should have it.")
@click.option("--url", required=True, help=URL)
@click.option("--password-stdin", is_flag=True, help="Read Duplicati's password from standard input.")
@click.option("--fingerprint", default="", help=FINGERPRINT)
@click.option("--account", default=MAIN, show_default=True, help="Account of the server.")
@data_options
def add(
    name: str,
    url: str,
    password_stdin: bool,
    fingerprint: str,
    account: str,
    config_file: Path | None,
    data: Path,
) -> None:
    """Add a Duplicati connection. Its number is alone on the last line."""
    address, known = address_of(url), fingerprint_of(fingerprint)
    if address is None:
        raise click.UsageError(WRONG_URL)
    if known is None:
        raise click.UsageError(WRONG_FINGERPRINT)
    if not name.strip() or len(name) > NAME_LIMIT:
        raise click.UsageError(WRONG_NAME)
    password = read_password() if password_stdin else ""
    host, port = address
    with opened(config_file, data) as o:
        made = o.writes.run(
            add_service,
            account=account_named(o.db, account).id,
            values=new_connection(
                in_effect(o.db, o.config),
                name=name.strip(),
                host=host,
                port=port,
                password=password,
                fingerprint=known,
                now=o.now,
            ),
            tasks=[agent_tasks.PROBE],
            **o.signature(),
        )
        number = services.number_of(SERVER, made)
        echo(f"{visible(name.strip())} added: {url}", err=True)
        say_if_nobody_works(o)
    echo(number)


@click.command()
@_NUMBERS
@_ALL
@data_options
def test(numbers: tuple[str, ...], everyone: bool, config_file: Path | None, data: Path) -> None:
    """Test Duplicati connections now: whether each answers, and which jobs it has."""
    _each(numbers, everyone, config_file, data, _test)


@click.command(name="collect")
@_NUMBERS
@_ALL
@data_options
def collect_now(numbers: tuple[str, ...], everyone: bool, config_file: Path | None, data: Path) -> None:
    """Collect jobs, schedules and missed reports from Duplicati connections now."""
    _each(numbers, everyone, config_file, data, collect_from)


@click.command()
@_NUMBERS
@_ALL
@click.option("--job", "names", multiple=True, help="Only this job; may be repeated.")
@data_options
def start(
    numbers: tuple[str, ...], everyone: bool, names: tuple[str, ...], config_file: Path | None, data: Path
) -> None:
    """Start backup jobs of Duplicati connections. The running server starts them and follows them to their end."""
    _each(numbers, everyone, config_file, data, lambda o, found: _start(o, found, names))


@click.command()
@click.argument("number")
@data_options
def remove(number: str, config_file: Path | None, data: Path) -> None:
    """Remove a Duplicati connection: it is no longer contacted. What it reported is kept."""
    with opened(config_file, data) as o:
        found = numbered(o.db, number)
        change(o, found, {"cancelled_at": o.now})
    echo(f"{label_of(found)} is removed")


def _each(
    numbers: Sequence[str],
    everyone: bool,
    config_file: Path | None,
    data: Path,
    act: Callable[[Opened, Service], bool],
) -> None:
    """Do something with some connections or all; ends with 1 when that failed for one of them."""
    if bool(numbers) is everyone:
        raise click.UsageError("give the numbers of connections, or --all")
    with opened(config_file, data) as o:
        found = services.working(o.db) if everyone else [callable_service(o, number) for number in numbers]
        failures = [service for service in found if not _done(o, service, act)]
    if not found:
        echo("no Duplicati connection is configured")
    if failures:
        sys.exit(1)


def _done(o: Opened, service: Service, act: Callable[[Opened, Service], bool]) -> bool:
    """Whether it could be done with one; why not is said, and the others have their turn."""
    try:
        return act(o, service)
    except DuplistatError as e:
        echo(f"{label_of(service)}: {e.message}", err=True)
        return False


def _test(o: Opened, service: Service) -> bool:
    try:
        found = probe_now(WorkerContext(o.config, o.db, o.writes, lambda: o.now), service)
    except (AgentError, DuplistatError) as e:
        reason = e.reason if isinstance(e, AgentError) else e.message
        o.writes.run(note_agent_state, service=service.id, changes=unreachable(reason, o.now))
        say_failure(service, e)
        return False
    os = f" on {visible(found.system.os_version)}" if found.system.os_version else ""
    names = ", ".join(visible(job.name) for job in found.jobs) or "no jobs"
    how = "" if found.encrypted else "; not encrypted (HTTP)"
    echo(f"{label_of(service)}: Duplicati {visible(found.system.version)}{os}; {names}{how}")
    return True


def _start(o: Opened, service: Service, names: Sequence[str]) -> bool:
    (standing,) = standings(o.db, [service], o.now)
    startable = {job.name for job in standing.jobs if job.ref and job.archived_at is None}
    unknown = [name for name in names if name not in startable]
    if unknown:
        known = ", ".join(map(visible, sorted(startable))) or "none collected yet"
        raise DuplistatError(Kind.NOT_FOUND, f"no job is named {unknown[0]!r}; its jobs: {known}")
    change(o, service, {}, first={"tried_at": o.now}, tasks=[agent_tasks.RUN], start=names)
    what = ", ".join(visible(name) for name in names) or "all jobs"
    echo(
        f"{label_of(service)}: the server asks it to start {what}; `duplistat service list` shows what came of it"
    )
    if service.is_unreachable:
        echo(f"{label_of(service)}: it could not be reached last: {visible(service.problem)}", err=True)
    say_if_nobody_works(o)
    return True


def say_if_nobody_works(o: Opened) -> None:
    """Say that what was asked for waits, where no server runs that would do it."""
    held = scheduler_lease.lease(o.db, scheduler_lease.LEASE)
    if held is None or held.expires_at <= o.now:
        echo("No server is running with this data: it is done when one is (duplistat serve)", err=True)


def read_password() -> str:
    """The password of Duplicati from standard input. Raises DuplistatError (invalid) for none."""
    password = typed_secret("Password")
    if not password:
        raise DuplistatError(
            Kind.INVALID, "standard input has no password: leave out --password-stdin for none"
        )
    return password


def change(
    o: Opened,
    service: Service,
    changes: ServiceChanges,
    *,
    first: ServiceChanges | None = None,
    tasks: Sequence[str] = (),
    start: Sequence[str] = (),
) -> bool:
    """Change a connection, and have `tasks` done with it; whether its password was forgotten."""
    return o.writes.run(
        change_service,
        account=service.account_id,
        contact=False,
        service=service.id,
        changes=changes,
        first=first,
        tasks=tasks,
        start=start,
        **o.signature(),
    )
