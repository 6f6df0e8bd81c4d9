"""`duplistat service add`, `test`, `collect`, `start` and `remove`."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import click

from duplistat.agents.address import AgentError
from duplistat.cli.collect import collect_from
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
    require_callable,
)
from duplistat.services.agents.status import standings
from duplistat.services.agents.task_queue import note_agent_state
from duplistat.services.agents.task_result import unreachable
from duplistat.services.agents.worker import probe_now
from duplistat.services.configuration.overrides import in_effect
from duplistat.services.worker_context import WorkerContext
from duplistat.store import agent_tasks, services
from duplistat.store.accounts import MAIN
from duplistat.store.services import SERVER, Service

_NUMBERS = click.argument("numbers", nargs=-1, metavar="NUMBER...")
_ALL = click.option("--all", "everyone", is_flag=True, help="All that are configured, instead of numbers.")


@click.command()
@click.option("--name", required=True, help="Name of the server, as its reports should have it.")
@click.option("--url", required=True, help="Where Duplicati answers, such as https://10.0.0.5:8200.")
@click.option("--password-stdin", is_flag=True, help="Read Duplicati's password from standard input.")
@click.option("--fingerprint", default="", help="SHA-256 of its certificate, if nobody known signed that.")
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
        raise click.UsageError("--url must be such as https://10.0.0.5:8200, without a path")
    if known is None:
        raise click.UsageError("--fingerprint must be the SHA-256 of a certificate: 64 hex digits")
    if not name.strip() or len(name) > NAME_LIMIT:
        raise click.UsageError(f"--name must have 1 to {NAME_LIMIT} characters")
    password = typed_secret("Password") if password_stdin else ""
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
    echo(number)


@click.command()
@_NUMBERS
@_ALL
@data_options
def test(numbers: tuple[str, ...], everyone: bool, config_file: Path | None, data: Path) -> None:
    """Test Duplicati connections now: what answers, and which jobs it has."""
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
    """Have backup jobs of Duplicati connections started, by the server that runs, and followed to their end."""
    _each(numbers, everyone, config_file, data, lambda o, found: _start(o, found, names))


@click.command()
@click.argument("number")
@data_options
def remove(number: str, config_file: Path | None, data: Path) -> None:
    """Remove a Duplicati connection: it is no longer contacted. What it reported is kept."""
    with opened(config_file, data) as o:
        found = numbered(o.db, number)
        _change(o, found, {"cancelled_at": o.now})
    echo(f"{_label(found)} is removed")


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
        found = services.working(o.db) if everyone else [_named(o, number) for number in numbers]
        failures = [service for service in found if not act(o, service)]
    if not found:
        echo("no Duplicati connection is configured")
    if failures:
        sys.exit(1)


def _test(o: Opened, service: Service) -> bool:
    try:
        found = probe_now(WorkerContext(o.config, o.db, o.writes, lambda: o.now), service)
    except (AgentError, DuplistatError) as e:
        reason = e.reason if isinstance(e, AgentError) else e.message
        o.writes.run(note_agent_state, service=service.id, changes=unreachable(reason, o.now))
        echo(f"{_label(service)}: {visible(reason)}", err=True)
        return False
    os = f" on {visible(found.system.os_version)}" if found.system.os_version else ""
    names = ", ".join(visible(job.name) for job in found.jobs) or "no jobs"
    echo(f"{_label(service)}: Duplicati {visible(found.system.version)}{os}; {names}")
    return True


def _start(o: Opened, service: Service, names: Sequence[str]) -> bool:
    (standing,) = standings(o.db, [service], o.now)
    startable = {job.name for job in standing.jobs if job.ref and job.archived_at is None}
    unknown = [name for name in names if name not in startable]
    if unknown:
        raise DuplistatError(Kind.NOT_FOUND, f"{_label(service)} has no job named {unknown[0]!r}")
    _change(o, service, {}, first={"tried_at": o.now}, tasks=[agent_tasks.RUN], start=names)
    what = ", ".join(visible(name) for name in names) or "all jobs"
    echo(f"{_label(service)}: {what} will be started by the server within seconds")
    return True


def _change(
    o: Opened,
    service: Service,
    changes: ServiceChanges,
    *,
    first: ServiceChanges | None = None,
    tasks: Sequence[str] = (),
    start: Sequence[str] = (),
) -> None:
    o.writes.run(
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


def _named(o: Opened, number: str) -> Service:
    found = numbered(o.db, number)
    require_callable(found)
    return found


def _label(service: Service) -> str:
    return f"{service.number} {visible(service.name)}"
