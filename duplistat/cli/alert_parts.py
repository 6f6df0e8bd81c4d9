"""What the commands about alerts share: accounts and channels by name, notices in words, and lists as JSON."""

import json
from collections.abc import Sequence

import click

from duplistat.apis.native.values import Shape
from duplistat.cli.common import Opened, account_named, echo_json
from duplistat.core.alerts.compose import Composed, Links, Style, compose
from duplistat.core.errors import DuplistatError, Kind
from duplistat.store import accounts, channels
from duplistat.store.accounts import Account
from duplistat.store.channels import Channel
from duplistat.store.notices import Notice

JSON = click.option("--json", "as_json", is_flag=True, help="As JSON, as /api/v1 has it.")
LIMIT = click.option(
    "--limit", type=click.IntRange(1, 10_000), default=200, show_default=True, help="Maximum number."
)
OF_ACCOUNT = click.option("--account", help="Only those of this account and its sub-accounts.")


def chosen(o: Opened, name: str | None) -> tuple[int, ...]:
    """The ids of the accounts that OF_ACCOUNT names; of all without a name. Raises DuplistatError."""
    if name:
        return accounts.visible(o.db, account_named(o.db, name).id)
    return tuple(account.id for account in accounts.all_accounts(o.db))


def echo_list(name: str, shapes: Sequence[Shape]) -> None:
    """Print a list as an object with one field."""
    echo_json({name: [shape.model_dump(mode="json") for shape in shapes]})


def find_channel(o: Opened, account: Account, name: str) -> Channel:
    """The channel of that name, of an account or else of one below it. Raises DuplistatError."""
    own = channels.by_name(o.db, account.id, name)
    if own is not None:
        return own
    found = [
        row for row in channels.of_accounts(o.db, accounts.visible(o.db, account.id)) if row.name == name
    ]
    if len(found) > 1:
        raise DuplistatError(
            Kind.INVALID, f"several accounts below {account.name!r} have a channel named {name!r}"
        )
    if not found:
        raise DuplistatError(Kind.NOT_FOUND, f"account {account.name!r} has no channel named {name!r}")
    return found[0]


def composed(o: Opened, notice: Notice) -> Composed:
    """A notice in the built-in words, by the clock of the server."""
    return compose(json.loads(notice.facts), Style(o.config.zone), Links(), now=o.now)
