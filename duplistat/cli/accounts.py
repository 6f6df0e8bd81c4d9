"""`duplistat account`."""

from pathlib import Path

import click

from duplistat.cli.common import account_named, local_time, opened, table
from duplistat.cli.options import data_options
from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.text import clip_name
from duplistat.store import accounts


@click.group()
def account() -> None:
    """Accounts: tenants. A fresh install has one, main."""


@account.command()
@click.option("--name", required=True, help="What the account is called; no two have the same name.")
@click.option("--parent", help="The account above it; without one it is a root of its own.")
@data_options
def create(name: str, parent: str | None, config_file: Path | None, data: Path) -> None:
    """Make an account."""
    name = clip_name(name)
    if not name:
        raise DuplistatError(Kind.INVALID, "an account needs a name")
    with opened(config_file, data) as o:
        above = account_named(o.db, parent) if parent else None
        with o.db.transaction():
            made = accounts.create(o.db, name, above, o.now)
        if made is None:
            raise DuplistatError(Kind.INVALID, f"there is an account named {name!r} already")
        click.echo(f"account {made.name} made, id {made.id}")


@account.command(name="list")
@data_options
def list_accounts(config_file: Path | None, data: Path) -> None:
    """Show all accounts; those below another are indented."""
    with opened(config_file, data) as o:
        rows = [
            (str(a.id), "  " * (a.path.count("/") - 2) + a.name, local_time(a.created_at))
            for a in accounts.all_accounts(o.db)
        ]
    table(("id", "name", "made"), rows)
