"""`duplistat account`."""

import gzip
import os
from pathlib import Path
from typing import IO

import click

from duplistat.cli.common import Opened, local_time, opened, table
from duplistat.cli.options import data_options
from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.words import plural
from duplistat.services import accounts as services
from duplistat.services import export
from duplistat.store import accounts
from duplistat.store.accounts import Account

NAME = click.option("--name", required=True, help="The account's name.")


@click.group()
def account() -> None:
    """Accounts: tenants. A fresh install has one, main."""


@account.command()
@click.option("--name", required=True, help="What the account is called; no two have the same name.")
@click.option("--parent", help="The account above it; without one it is a root of its own.")
@click.option("--timezone", default="", help="Its zone, such as Europe/Berlin; without one the server's.")
@data_options
def create(name: str, parent: str | None, timezone: str, config_file: Path | None, data: Path) -> None:
    """Make an account."""
    with opened(config_file, data) as o:
        made = services.create(o.db, name, parent, o.now, timezone)
    click.echo(f"account {made.name} made, id {made.id}")


@account.command(name="list")
@data_options
def list_accounts(config_file: Path | None, data: Path) -> None:
    """Show all accounts; those below another are indented."""
    with opened(config_file, data) as o:
        rows = [
            (
                str(a.id),
                "  " * (a.path.count("/") - 2) + a.name,
                a.timezone or "-",
                f"frozen {local_time(a.frozen_at)}" if a.frozen_at is not None else "open",
                local_time(a.created_at),
            )
            for a in accounts.all_accounts(o.db)
        ]
    table(("id", "name", "zone", "state", "made"), rows)


@account.command()
@NAME
@click.option("--parent", help="The account to put it below.")
@click.option("--root", is_flag=True, help="Make it a root of its own.")
@data_options
def move(name: str, parent: str | None, root: bool, config_file: Path | None, data: Path) -> None:
    """Put an account, with all below it, elsewhere in the tree."""
    if bool(parent) == root:
        raise click.UsageError("where to? give --parent or --root")
    with opened(config_file, data) as o:
        moved = services.move(o.db, name, parent)
    click.echo(f"account {moved.name} is now {f'below {parent}' if parent else 'a root of its own'}")


@account.command()
@NAME
@data_options
def freeze(name: str, config_file: Path | None, data: Path) -> None:
    """Refuse the keys and clients of an account, and of all below it; what it has stays."""
    with opened(config_file, data) as o:
        changed = services.freeze(o.db, name, o.now)
    click.echo(f"{plural(changed, 'account')} frozen")


@account.command()
@NAME
@data_options
def thaw(name: str, config_file: Path | None, data: Path) -> None:
    """Let a frozen account, and all below it, go again."""
    with opened(config_file, data) as o:
        changed = services.thaw(o.db, name)
    click.echo(f"{plural(changed, 'account')} open again")


@account.command(name="set")
@NAME
@click.option("--timezone", required=True, help='Its zone, such as Europe/Berlin; "" for the server\'s.')
@data_options
def set_account(name: str, timezone: str, config_file: Path | None, data: Path) -> None:
    """Set an account's time zone."""
    with opened(config_file, data) as o:
        services.set_timezone(o.db, name, timezone)
    click.echo(f"account {name}: zone {timezone or 'of the server'}")


@account.command()
@NAME
@click.option(
    "--export",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where to write all that it had, as gzipped JSON lines; by default into the data folder.",
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@data_options
def delete(name: str, file: Path | None, yes: bool, config_file: Path | None, data: Path) -> None:
    """Delete an account with all below it; what belonged to them is exported first."""
    with opened(config_file, data) as o:
        chosen = services.doomed(o.db, name)
        click.echo(
            f"To be deleted, with all servers, jobs, runs and events: {', '.join(a.name for a in chosen)}"
        )
        if (
            not yes
            and click.prompt("Type the account's name to delete it", default="", show_default=False) != name
        ):
            raise DuplistatError(Kind.INVALID, "nothing was deleted")
        written = file or o.config.data / f"account-{chosen[0].id}-{local_time(o.now)[:10]}.jsonl.gz"
        services.close(o.db, chosen, o.now)
        try:
            newest, count = export.newest(o.db, chosen), _export(o, chosen, written)
            while newest != export.newest(o.db, chosen):
                # A request was let in before the account was closed, and recorded after.
                written.unlink()
                newest, count = export.newest(o.db, chosen), _export(o, chosen, written)
        except BaseException:
            services.reopen(o.db, chosen)
            raise
        click.echo(f"{plural(count, 'line')} written to {written}")
        services.delete(o.db, chosen)
    click.echo(f"{plural(len(chosen), 'account')} deleted")


def _export(o: Opened, chosen: list[Account], file: Path) -> int:
    """Write the export, and never over another; how many lines. It is on the disk then, or not there at all."""
    try:
        with file.open("xb") as raw:
            try:
                count = _write(o, chosen, raw)
                os.fsync(raw.fileno())
            except BaseException:
                file.unlink()
                raise
    except OSError as e:
        raise DuplistatError(
            Kind.UNAVAILABLE, f"{file} cannot be written ({e.strerror}): nothing was deleted"
        ) from e
    return count


def _write(o: Opened, chosen: list[Account], raw: IO[bytes]) -> int:
    count = 0
    with gzip.open(raw, "wt", encoding="utf-8") as out:
        for line in export.lines(o.db, chosen, o.now):
            out.write(line)
            count += 1
    raw.flush()
    return count
