"""`duplistat user`."""

import shlex
from pathlib import Path

import click

from duplistat.cli.common import Opened, account_named, echo, opened, table, typed_secret
from duplistat.cli.options import data_options
from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.formatting import plural
from duplistat.core.text import clip_name
from duplistat.core.visible import visible
from duplistat.services.people import administration, password_reset_mail, passwords
from duplistat.services.people import users as services
from duplistat.services.people.identity import Role
from duplistat.services.people.unlock import create_recovery_code, unlock_user
from duplistat.services.people.users import UserChanges
from duplistat.store import accounts, users
from duplistat.store.users import User

EMAIL = click.option("--email", required=True, help="The e-mail that signs in.")
ACCOUNT = click.option("--account", help="Account of the user, where several accounts have the e-mail.")


@click.group()
def user() -> None:
    """Users who sign in. A password is asked for, or read from standard input; only its hash is stored."""


@user.command()
@EMAIL
@click.option("--name", required=True, help="Name of the user.")
@click.option(
    "--role",
    type=click.Choice([role.value for role in Role]),
    default=Role.ADMIN.value,
    show_default=True,
    help="Role of the user.",
)
@click.option("--account", default=accounts.MAIN, show_default=True, help="Account of the user.")
@data_options
def create(email: str, name: str, role: str, account: str, config_file: Path | None, data: Path) -> None:
    """Create a user."""
    password = typed_secret("Password", twice=True)
    with opened(config_file, data) as o:
        owner = account_named(o.db, account)
        services.create(
            o.db, account=owner, email=email, name=name, password=password, role=Role(role), now=o.now
        )
    echo(f"user {email} made for account {account!r}, role {role}")


@user.command(name="list")
@data_options
def list_users(config_file: Path | None, data: Path) -> None:
    """List all users."""
    with opened(config_file, data) as o:
        names = {a.id: a.name for a in accounts.all_accounts(o.db)}
        rows = [
            (
                names[u.account_id],
                str(u.id),
                u.email,
                u.name,
                u.role,
                o.local(u.created_at),
                o.local(u.password_at),
            )
            for u in users.all_users(o.db)
        ]
    table(("account", "id", "e-mail", "name", "role", "made", "password set"), rows)


@user.command(name="set")
@EMAIL
@ACCOUNT
@click.option("--name", help="Name of the user.")
@click.option("--role", type=click.Choice([role.value for role in Role]), help="Role of the user.")
@data_options
def set_user(
    email: str, account: str | None, name: str | None, role: str | None, config_file: Path | None, data: Path
) -> None:
    """Edit a user's name or role. No permission is asked for: any user can become an administrator."""
    changes: UserChanges = {}
    if name is not None:
        changes["name"] = clip_name(name)
    if role is not None:
        changes["role"] = role
    if not changes:
        raise click.UsageError("nothing to change: give --name or --role")
    if changes.get("name") == "":
        raise DuplistatError(Kind.INVALID, "a user needs a name")
    with opened(config_file, data) as o:
        found = _named(o, email, account)
        o.writes.run(administration.set_person, user=found.id, changes=changes, **o.signature())
    told = ", ".join(f"{key} {visible(str(value))}" for key, value in changes.items())
    echo(f"user {visible(found.email)}: {told}")


@user.command(name="reset-password")
@EMAIL
@ACCOUNT
@data_options
def reset_password(email: str, account: str | None, config_file: Path | None, data: Path) -> None:
    """Reset a user's password, sign out all sessions, and remove locks as `unlock` does."""
    password = typed_secret("Password", twice=True)
    passwords.require(password)
    with opened(config_file, data) as o:
        found = _named(o, email, account)
        locks = _unlock(o, found)
        services.set_password(o.db, found, password, o.now)
        echo(f"user {visible(found.email)}: the password is set, and all sessions are ended")
        for line in (*locks, *_suspended(o, found)):
            echo(line)


@user.command()
@EMAIL
@ACCOUNT
@click.option(
    "--link", is_flag=True, help="Also print a link that sets a password and signs in, even while locked."
)
@data_options
def unlock(email: str, account: str | None, link: bool, config_file: Path | None, data: Path) -> None:
    """Unlock a user after too many failed sign-ins: clears those of the e-mail, and of every locked address."""
    with opened(config_file, data) as o:
        found = _named(o, email, account)
        locks = _unlock(o, found)
        for line in locks or [f"user {visible(found.email)}: nothing is locked"]:
            echo(line)
        for line in _suspended(o, found):
            echo(line)
        if link:
            code = o.writes.run(create_recovery_code, user=found.id, **o.signature())
            echo(f"valid for an hour, works once: {password_reset_mail.link(o.config, code)}")


@user.command()
@EMAIL
@ACCOUNT
@data_options
def delete(email: str, account: str | None, config_file: Path | None, data: Path) -> None:
    """Delete a user and sign out all sessions. The account and its data stay."""
    with opened(config_file, data) as o:
        gone = _named(o, email, account)
        o.writes.run(administration.remove_person, user=gone.id, **o.signature())
    echo(f"user {gone.email} deleted, and signed out everywhere")


def _named(o: Opened, email: str, account: str | None) -> User:
    """The user of an e-mail, in the account of that name when one is given. Raises DuplistatError."""
    return services.named(o.db, email, account_named(o.db, account) if account else None)


def _unlock(o: Opened, user: User) -> list[str]:
    """Undo what locks somebody out; what that was, a line each."""
    done = o.writes.run(unlock_user, user=user.id, **o.signature())
    lines = [
        f"address {address}: unlocked, {plural(count, 'failed sign-in')} forgotten"
        for address, count in done["addresses"].items()
    ]
    if done["email"]:
        told = "unlocked, " if done["locked"] else ""
        count = plural(done["email"], "failed sign-in")
        lines.insert(0, f"user {visible(user.email)}: {told}{count} forgotten")
    return lines


def _suspended(o: Opened, user: User) -> list[str]:
    """What else keeps somebody out, that only an operator decides: a line that says so, or none."""
    account = accounts.by_id(o.db, user.account_id)
    if account is None or account.suspended_at is None:
        return []
    # What is suspended with its parent account is reactivated with that.
    while account.parent_id and (above := accounts.by_id(o.db, account.parent_id)) and above.suspended_at:
        account = above
    command = shlex.join(["duplistat", "account", "reactivate", "--name", visible(account.name)])
    return [
        f"the account of {visible(user.email)} is suspended, so nobody of it can sign in until: {command}"
    ]
