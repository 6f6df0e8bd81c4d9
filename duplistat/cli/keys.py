"""`duplistat key`."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from duplistat.cli.common import Opened, account_named, echo, milliseconds, opened, table
from duplistat.cli.options import data_options
from duplistat.core.encoding import text_of
from duplistat.services.access import api_keys as services
from duplistat.services.access.api_keys import Scope
from duplistat.store import accounts, keys


@click.group()
def key() -> None:
    """API keys. A key is shown once, when it is created; only its hash is stored."""


F = TypeVar("F", bound=Callable[..., Any])


def _key_options(command: F) -> F:
    """What a new key is: its name, scopes, account and end."""
    scopes = click.Choice([s.value for s in Scope])
    named = click.option("--name", required=True, help="Name of the key, unique in its account.")
    scoped = click.option(
        "--scope",
        "scopes",
        multiple=True,
        required=True,
        type=scopes,
        help="Permission; can be given more than once.",
    )
    owned = click.option(
        "--account", default=accounts.MAIN, show_default=True, help="Account that it reports to and reads."
    )
    ending = click.option("--expires", help="Expiry: an ISO 8601 time with an offset.")
    return named(scoped(owned(ending(command))))


@key.command()
@_key_options
@data_options
def create(
    name: str,
    scopes: tuple[str, ...],
    account: str,
    expires: str | None,
    config_file: Path | None,
    data: Path,
) -> None:
    """Create an API key; it is printed alone on the last line."""
    with opened(config_file, data) as o:
        made = o.writes.run(
            services.create_key,
            account=account_named(o.db, account).id,
            name=name,
            scopes=scopes,
            expires_at=milliseconds(expires) if expires else None,
            **o.signature(),
        )
    echo(f"Key {name!r} for account {account!r}, scope {' '.join(scopes)}. It is not shown again:", err=True)
    echo(made)


@key.command(name="import")
@_key_options
@data_options
def import_key(
    name: str,
    scopes: tuple[str, ...],
    account: str,
    expires: str | None,
    config_file: Path | None,
    data: Path,
) -> None:
    """Import an API key that clients already use; it is read from standard input."""
    if sys.stdin.isatty():
        taken = click.prompt("Key", hide_input=True, err=True)
    else:
        taken = text_of(sys.stdin.buffer.read(4 * services.LONGEST))
    with opened(config_file, data) as o:
        o.writes.run(
            services.import_key,
            key=taken.strip(),
            account=account_named(o.db, account).id,
            name=name,
            scopes=scopes,
            expires_at=milliseconds(expires) if expires else None,
            **o.signature(),
        )
    echo(f"key {name} imported for account {account!r}, scope {' '.join(scopes)}")


@key.command()
@click.option("--name", required=True, help="The key's name.")
@click.option("--account", default=accounts.MAIN, show_default=True, help="Account of the key.")
@click.option(
    "--keep-hours",
    type=click.IntRange(0, 24 * 366),
    default=0,
    show_default=True,
    help="Hours for which the old key stays valid.",
)
@data_options
def rotate(name: str, account: str, keep_hours: int, config_file: Path | None, data: Path) -> None:
    """Rotate an API key: replace it by a new one, which is printed alone on the last line."""
    with opened(config_file, data) as o:
        owner = account_named(o.db, account).id
        made = o.writes.run(
            services.rotate_key, account=owner, name=name, keep_ms=keep_hours * 3_600_000, **o.signature()
        )
        until = o.local(o.now + keep_hours * 3_600_000)
    old = f"The old one is valid until {until}." if keep_hours else "The old one is refused from now on."
    echo(f"Key {name!r} is replaced. {old} The new one is not shown again:", err=True)
    echo(made)


@key.command(name="list")
@data_options
def list_keys(config_file: Path | None, data: Path) -> None:
    """List all API keys, without their secrets."""
    with opened(config_file, data) as o:
        names = {a.id: a.name for a in accounts.all_accounts(o.db)}
        rows = [
            (
                names[k.account_id],
                k.name,
                f"{k.hint}…" if k.hint else "-",
                k.scopes,
                _state(o, k),
                o.local(k.last_used_at),
                k.last_used_from or "-",
            )
            for k in keys.of_account(o.db)
        ]
    table(("account", "name", "begins", "scope", "state", "last used", "from"), rows)


@key.command()
@click.option("--name", required=True, help="The key's name.")
@click.option("--account", default=accounts.MAIN, show_default=True, help="Account of the key.")
@data_options
def revoke(name: str, account: str, config_file: Path | None, data: Path) -> None:
    """Revoke an API key."""
    with opened(config_file, data) as o:
        owner = account_named(o.db, account).id
        o.writes.run(services.revoke_key, account=owner, name=name, **o.signature())
    echo(f"key {name} revoked")


def _state(o: Opened, k: keys.Key) -> str:
    if k.revoked_at is not None:
        return f"revoked {o.local(k.revoked_at)}"
    state = "valid"
    if k.expires_at is not None:
        state = f"{'expired' if k.expires_at <= o.now else 'valid until'} {o.local(k.expires_at)}"
    if k.old_until is not None and k.old_until > o.now:
        state += f", the one before until {o.local(k.old_until)}"
    return state
