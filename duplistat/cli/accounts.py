"""`duplistat account`."""

from pathlib import Path

import click

from duplistat.cli.common import account_named, echo, opened, table
from duplistat.cli.files import write_lines
from duplistat.cli.options import data_options, keep_former_name
from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.formatting import plural
from duplistat.services.accounts import changes, export
from duplistat.services.accounts import tree as services
from duplistat.store import accounts

NAME = click.option("--name", required=True, help="The account's name.")


@click.group()
def account() -> None:
    """Accounts: tenants. A fresh install has one, main."""


@account.command()
@click.option("--name", required=True, help="Name of the account, unique below its parent.")
@click.option("--parent", help="Parent account; without one, a root account is created.")
@click.option("--timezone", default="", help="Time zone, such as Europe/Berlin; defaults to the server's.")
@data_options
def create(name: str, parent: str | None, timezone: str, config_file: Path | None, data: Path) -> None:
    """Create an account."""
    with opened(config_file, data) as o:
        made = o.writes.run(
            changes.create_account,
            name=name,
            parent=account_named(o.db, parent).id if parent else None,
            timezone=timezone,
            **o.signature(),
        )
    echo(f"account {made['name']} made, id {made['account']}")


@account.command(name="list")
@data_options
def list_accounts(config_file: Path | None, data: Path) -> None:
    """List all accounts; sub-accounts are indented."""
    with opened(config_file, data) as o:
        rows = [
            (
                str(a.id),
                "  " * (a.path.count("/") - 2) + a.name,
                a.timezone or "-",
                f"suspended {o.local(a.suspended_at)}" if a.suspended_at is not None else "active",
                o.local(a.created_at),
            )
            for a in accounts.all_accounts(o.db)
        ]
    table(("id", "name", "zone", "state", "made"), rows)


@account.command()
@NAME
@click.option("--parent", help="Parent account to move it below.")
@click.option("--root", is_flag=True, help="Make it a root account.")
@data_options
def move(name: str, parent: str | None, root: bool, config_file: Path | None, data: Path) -> None:
    """Move an account, with its sub-accounts, below another account."""
    if bool(parent) == root:
        raise click.UsageError("destination missing: give --parent or --root")
    with opened(config_file, data) as o:
        above = account_named(o.db, parent).id if parent else None
        found = account_named(o.db, name).id
        moved = o.writes.run(changes.move_account, account=found, parent=above, **o.signature())
    echo(f"account {moved} is now {f'below {parent}' if parent else 'a root of its own'}")


@account.command()
@NAME
@data_options
def suspend(name: str, config_file: Path | None, data: Path) -> None:
    """Suspend an account and its sub-accounts: keys, clients and sign-ins are rejected; data is kept."""
    with opened(config_file, data) as o:
        found = account_named(o.db, name).id
        changed = o.writes.run(changes.set_account_suspended, account=found, suspended=True, **o.signature())
    echo(f"{plural(changed, 'account')} suspended")


@account.command()
@NAME
@data_options
def reactivate(name: str, config_file: Path | None, data: Path) -> None:
    """Reactivate a suspended account and its sub-accounts."""
    with opened(config_file, data) as o:
        found = account_named(o.db, name).id
        changed = o.writes.run(changes.set_account_suspended, account=found, suspended=False, **o.signature())
    echo(f"{plural(changed, 'account')} reactivated")


keep_former_name(account, suspend, "freeze")
keep_former_name(account, reactivate, "thaw")


@account.command(name="set")
@NAME
@click.option("--timezone", required=True, help='Time zone, such as Europe/Berlin; "" for the server\'s.')
@data_options
def set_account(name: str, timezone: str, config_file: Path | None, data: Path) -> None:
    """Set an account's time zone."""
    with opened(config_file, data) as o:
        found = account_named(o.db, name).id
        o.writes.run(changes.set_account, account=found, changes={"timezone": timezone}, **o.signature())
    echo(f"account {name}: zone {timezone or 'of the server'}")


@account.command()
@NAME
@click.option(
    "--export",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File for the export (JSON Lines, gzip); by default in the data folder.",
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@data_options
def delete(name: str, file: Path | None, yes: bool, config_file: Path | None, data: Path) -> None:
    """Delete an account and its sub-accounts; their data is exported first."""
    with opened(config_file, data) as o:
        chosen = services.to_delete(o.db, account_named(o.db, name).id)
        echo(f"To be deleted, with all servers, jobs, runs and events: {', '.join(a.name for a in chosen)}")
        if (
            not yes
            and click.prompt("Type the account's name to delete it", default="", show_default=False)
            != chosen[0].name
        ):
            raise DuplistatError(Kind.INVALID, "nothing was deleted")
        written = file or o.config.data / f"account-{chosen[0].id}-{o.local(o.now)[:10]}.jsonl.gz"
        services.close(o.db, chosen, o.now)
        try:
            newest = export.newest(o.db, chosen)
            count = write_lines(export.lines(o.db, chosen, o.now), written)
            while newest != export.newest(o.db, chosen):
                # A request was let in before the account was closed, and recorded after.
                written.unlink()
                newest = export.newest(o.db, chosen)
                count = write_lines(export.lines(o.db, chosen, o.now), written)
        except BaseException:
            services.reopen(o.db, chosen)
            raise
        echo(f"{plural(count, 'line')} written to {written}")
        services.delete(o.db, chosen, o.now)
    echo(f"{plural(len(chosen), 'account')} deleted")
