"""`duplistat key`."""

from pathlib import Path

import click

from duplistat.cli.common import account_named, local_time, milliseconds, opened, table
from duplistat.cli.options import data_options
from duplistat.core.errors import DuplistatError, Kind
from duplistat.services import keys as services
from duplistat.services.keys import Scope
from duplistat.store import accounts, keys


@click.group()
def key() -> None:
    """API keys. A key is shown once, when it is made; only its hash is stored."""


@key.command()
@click.option("--name", required=True, help="What the key is for; each name once an account.")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    required=True,
    type=click.Choice([s.value for s in Scope]),
    help="What it may do; can be given more than once.",
)
@click.option("--account", default=accounts.MAIN, show_default=True, help="Whose reports it brings or reads.")
@click.option("--expires", help="ISO 8601 time with an offset, after which it is refused.")
@data_options
def create(
    name: str,
    scopes: tuple[str, ...],
    account: str,
    expires: str | None,
    config_file: Path | None,
    data: Path,
) -> None:
    """Make a key; it is printed alone on the last line."""
    with opened(config_file, data) as o:
        made = services.create(
            o.db,
            account=account_named(o.db, account).id,
            name=name,
            scopes=[Scope(s) for s in scopes],
            now=o.now,
            expires_at=milliseconds(expires) if expires else None,
        )
    click.echo(
        f"Key {name!r} for account {account!r}, scope {' '.join(scopes)}. It is not shown again:", err=True
    )
    click.echo(made)


@key.command(name="list")
@data_options
def list_keys(config_file: Path | None, data: Path) -> None:
    """Show all keys, without what they are."""
    with opened(config_file, data) as o:
        names = {a.id: a.name for a in accounts.all_accounts(o.db)}
        rows = [
            (
                names[k.account_id],
                k.name,
                f"{k.hint}…",
                k.scopes,
                _state(k, o.now),
                local_time(k.last_used_at),
                k.last_used_from or "-",
            )
            for k in keys.of_account(o.db)
        ]
    table(("account", "name", "begins", "scope", "state", "last used", "from"), rows)


@key.command()
@click.option("--name", required=True, help="The key's name.")
@click.option("--account", default=accounts.MAIN, show_default=True, help="Whose key it is.")
@data_options
def revoke(name: str, account: str, config_file: Path | None, data: Path) -> None:
    """Refuse a key from now on."""
    with opened(config_file, data) as o:
        owner = account_named(o.db, account)
        with o.db.transaction():
            done = keys.revoke(o.db, owner.id, name, o.now)
    if not done:
        raise DuplistatError(Kind.NOT_FOUND, f"account {account!r} has no valid key named {name!r}")
    click.echo(f"key {name} revoked")


def _state(k: keys.Key, now: int) -> str:
    if k.revoked_at is not None:
        return f"revoked {local_time(k.revoked_at)}"
    if k.expires_at is None:
        return "valid"
    return f"{'expired' if k.expires_at <= now else 'valid until'} {local_time(k.expires_at)}"
