"""`duplistat client`."""

from pathlib import Path

import click

from duplistat.cli.common import account_named, echo, opened, table
from duplistat.cli.options import data_options
from duplistat.services.access import oauth_clients as services
from duplistat.services.access.oauth_clients import Scope
from duplistat.store import accounts, clients


@click.group()
def client() -> None:
    """OAuth clients: programs that read the partner report. A client secret is shown once."""


@client.command()
@click.option("--account", required=True, help="Account whose partner report it reads, with sub-accounts.")
@click.option("--name", default="", help="What the client is for.")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice([s.value for s in Scope]),
    default=[s.value for s in Scope],
    show_default=True,
    help="Scope: what it may read; can be given more than once.",
)
@data_options
def create(account: str, name: str, scopes: tuple[str, ...], config_file: Path | None, data: Path) -> None:
    """Create an OAuth client; prints client ID and client secret, one per line."""
    with opened(config_file, data) as o:
        client_id, secret = services.create(
            o.db,
            account=account_named(o.db, account).id,
            name=name,
            scopes=[Scope(s) for s in scopes],
            now=o.now,
        )
    echo(f"Client for account {account!r}: its id, and its secret, which is not shown again:", err=True)
    echo(client_id)
    echo(secret)


@client.command(name="list")
@data_options
def list_clients(config_file: Path | None, data: Path) -> None:
    """List all OAuth clients, without their secrets."""
    with opened(config_file, data) as o:
        names = {a.id: a.name for a in accounts.all_accounts(o.db)}
        rows = [
            (
                names[c.account_id],
                c.client_id,
                c.name or "-",
                c.scopes,
                f"revoked {o.local(c.revoked_at)}" if c.revoked_at is not None else "valid",
                o.local(c.last_used_at),
                c.last_used_from or "-",
            )
            for c in clients.all_clients(o.db)
        ]
    table(("account", "client id", "name", "scope", "state", "last used", "from"), rows)


@client.command()
@click.argument("client_id")
@data_options
def revoke(client_id: str, config_file: Path | None, data: Path) -> None:
    """Revoke an OAuth client and all its tokens."""
    with opened(config_file, data) as o:
        services.revoke(o.db, client_id, o.now)
    echo(f"client {client_id} revoked")
