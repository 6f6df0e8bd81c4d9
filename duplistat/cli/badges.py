"""`duplistat badge`: pictures of how something is, for README files and dashboards."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from duplistat.cli.common import Opened, account_named, echo, opened, table
from duplistat.cli.options import data_options
from duplistat.core.errors import DuplistatError, Kind
from duplistat.services.pings import badges as services
from duplistat.services.pings.badges import Of
from duplistat.services.servers.settings import find_job, find_server
from duplistat.store import accounts, badges
from duplistat.store.badges import Badge

F = TypeVar("F", bound=Callable[..., Any])


@click.group()
def badge() -> None:
    """Badges: images of the status of a job, a server, a tag or an account, for anyone who has the address."""


def _of_options(command: F) -> F:
    """What a badge is of."""
    for option in (
        click.option("--account", default=accounts.MAIN, show_default=True, help="Account that it is of."),
        click.option("--tag", default="", help="Tag: the badge is of all jobs that have it."),
        click.option("--job", default="", help="The job's name, with --server."),
        click.option("--server", default="", help="The server's name, alias, machine id or id."),
    ):
        command = option(command)
    return command


@badge.command()
@_of_options
@data_options
def create(server: str, job: str, tag: str, account: str, config_file: Path | None, data: Path) -> None:
    """Create a badge, unless there is one, and print its addresses. Without options it is of the whole account."""
    with opened(config_file, data) as o:
        owner, of = account_named(o.db, account).id, _of(o, account, server, job, tag)
        if _found(o, owner, of) is None:
            o.writes.run(
                services.make_badge, account=owner, of=of, badge=services.fresh(o.config), **o.signature()
            )
        found = _found(o, owner, of)
        if found is None:
            raise DuplistatError(Kind.NOT_FOUND, "the badge was revoked")
        where = services.addresses(o.config, o.config.own_url, found)
        for format in ("svg", "json", "shields"):
            echo(f"{format}: {where.two}.{format}")


@badge.command(name="list")
@data_options
def list_badges(config_file: Path | None, data: Path) -> None:
    """List the badges."""
    with opened(config_file, data) as o:
        names = {a.id: a.name for a in accounts.all_accounts(o.db)}
        rows = [
            (
                names[b.account_id],
                b.kind,
                b.label,
                o.local(b.made_at),
                f"{services.addresses(o.config, o.config.own_url, b).two}.svg",
            )
            for b in badges.of_accounts(o.db, tuple(names))
        ]
    table(("account", "of", "name", "created", "address"), rows)


@badge.command()
@_of_options
@data_options
def revoke(server: str, job: str, tag: str, account: str, config_file: Path | None, data: Path) -> None:
    """Revoke a badge: its addresses show nothing any more."""
    with opened(config_file, data) as o:
        owner = account_named(o.db, account).id
        found = _found(o, owner, _of(o, account, server, job, tag))
        if found is None:
            raise DuplistatError(Kind.NOT_FOUND, "there is no such badge")
        o.writes.run(services.revoke_badge, account=owner, badge=found.id, **o.signature())
    echo(f"badge of {found.label} revoked")


def _of(o: Opened, account: str, server: str, job: str, tag: str) -> Of:
    if (tag and server) or (job and not server):
        raise click.UsageError("give --server, --server and --job, or --tag")
    if job:
        return services.of_job(find_job(o.db, account, server, job).id)
    if server:
        return services.of_server(find_server(o.db, account, server).id)
    return services.of_tag(tag) if tag else services.of_account()


def _found(o: Opened, account: int, of: Of) -> Badge | None:
    """The badge of that, if there is one."""
    wanted = (of["kind"], of["job"], of["server"], of["tag"])
    known = badges.of_accounts(o.db, (account,))
    return next((b for b in known if (b.kind, b.job_id, b.server_id, b.tag) == wanted), None)
