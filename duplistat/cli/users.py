"""`duplistat user`."""

import sys
from pathlib import Path

import click

from duplistat.cli.common import account_named, local_time, opened, table
from duplistat.cli.options import data_options
from duplistat.core.encoding import text_of
from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.text import clean
from duplistat.services import users as services
from duplistat.services.signed import Role
from duplistat.store import accounts, users

# Bytes of a password that are read.
MOST = 4096

EMAIL = click.option("--email", required=True, help="The e-mail that signs in.")


@click.group()
def user() -> None:
    """People who sign in. A password is asked for, or read from standard input; only its hash is stored."""


@user.command()
@EMAIL
@click.option("--name", required=True, help="What the person is called.")
@click.option(
    "--role",
    type=click.Choice([role.value for role in Role]),
    default=Role.ADMIN.value,
    show_default=True,
    help="What the person may do.",
)
@click.option("--account", default=accounts.MAIN, show_default=True, help="Whom the person signs in for.")
@data_options
def create(email: str, name: str, role: str, account: str, config_file: Path | None, data: Path) -> None:
    """Make a user."""
    password = _password()
    with opened(config_file, data) as o:
        owner = account_named(o.db, account)
        services.create(
            o.db, account=owner, email=email, name=name, password=password, role=Role(role), now=o.now
        )
    click.echo(f"user {email} made for account {account!r}, role {role}")


@user.command(name="list")
@data_options
def list_users(config_file: Path | None, data: Path) -> None:
    """Show all users."""
    with opened(config_file, data) as o:
        names = {a.id: a.name for a in accounts.all_accounts(o.db)}
        rows = [
            (
                names[u.account_id],
                str(u.id),
                u.email,
                u.name,
                u.role,
                local_time(u.created_at),
                local_time(u.password_at),
            )
            for u in users.all_users(o.db)
        ]
    table(("account", "id", "e-mail", "name", "role", "made", "password set"), rows)


@user.command(name="reset-password")
@EMAIL
@data_options
def reset_password(email: str, config_file: Path | None, data: Path) -> None:
    """Set a user's password, and end all of the user's sessions."""
    password = _password()
    with opened(config_file, data) as o:
        changed = services.set_password(o.db, email, password, o.now)
    click.echo(f"user {changed.email}: the password is set, and all sessions are ended")


@user.command()
@EMAIL
@data_options
def delete(email: str, config_file: Path | None, data: Path) -> None:
    """Delete a user, and end all of the user's sessions. The account stays with all that it has."""
    with opened(config_file, data) as o:
        gone = services.named(o.db, email)
        o.change("remove_person", user=gone.id)
    click.echo(f"user {gone.email} deleted, and signed out everywhere")


def _password() -> str:
    """Asked for twice, or the first line of standard input. Blanks are part of it."""
    if sys.stdin.isatty():
        typed: str = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
        return clean(typed)
    line = sys.stdin.buffer.readline(MOST)
    if len(line) == MOST and not line.endswith(b"\n"):
        raise DuplistatError(Kind.INVALID, f"the password is longer than {MOST - 1} bytes")
    return clean(text_of(line).removesuffix("\n").removesuffix("\r"))
