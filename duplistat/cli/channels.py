"""`duplistat channel`: where messages go."""

import sys
import time
from pathlib import Path
from typing import Any, cast

import click

from duplistat.apis.native.channel_shapes import channels_of
from duplistat.cli.alert_parts import JSON, OF_ACCOUNT, chosen, echo_list
from duplistat.cli.common import Opened, account_named, echo, opened, table
from duplistat.cli.options import data_options
from duplistat.core.encoding import text_of
from duplistat.core.errors import DuplistatError, Kind
from duplistat.services.alerts import channel_config
from duplistat.services.alerts.channel_config import APPRISE, KINDS, MAIL, NTFY, WEBHOOK, WEBPUSH
from duplistat.services.alerts.channels import (
    ChannelSettings,
    add_channel,
    delete_channel,
    set_channel,
    switch_channel,
    test_channel,
)
from duplistat.services.languages import LANGUAGES
from duplistat.store import accounts, attempts, channels, notices
from duplistat.store.channels import Channel

# What can be said of where a channel of each kind sends to.
FIELDS = {
    MAIL: {"to", "admins"},
    WEBHOOK: {"url", "secret"},
    NTFY: {"url", "token"},
    WEBPUSH: set(),
    APPRISE: {"url"},
}
# What --secret-stdin reads, of each kind.
SECRETS = {WEBHOOK: "secret", NTFY: "token", APPRISE: "url"}
# Bytes of a secret that are read.
MOST = 4096
# How often is looked whether a test was sent, seconds.
LOOK_EVERY = 0.2

NAME = click.option("--name", required=True, help="Name of the channel.")
ACCOUNT = click.option("--account", default=accounts.MAIN, show_default=True, help="Account of the channel.")


@click.group()
def channel() -> None:
    """Channels: where messages go."""


@channel.command()
@click.option("--name", required=True, help="Name of the channel, unique in its account.")
@click.option("--kind", required=True, type=click.Choice(KINDS), help="How it sends.")
@click.option("--to", multiple=True, help="Mail: address; can be given repeatedly.")
@click.option("--admins", is_flag=True, help="Mail: to the administrators of the account.")
@click.option("--url", help="Webhook, ntfy (with its topic) or Apprise: where it sends to.")
@click.option(
    "--secret-stdin",
    is_flag=True,
    help="Read a secret from standard input: what a webhook signs with, the token of ntfy, the URL of Apprise.",
)
@click.option("--zone", default="", help="Time zone of its messages; without it that of the account.")
@click.option("--language", default="", type=click.Choice(["", *LANGUAGES]), help="Language of its messages.")
@ACCOUNT
@data_options
def add(
    name: str,
    kind: str,
    to: tuple[str, ...],
    admins: bool,
    url: str | None,
    secret_stdin: bool,
    zone: str,
    language: str,
    account: str,
    config_file: Path | None,
    data: Path,
) -> None:
    """Add a channel. Mail addresses count as confirmed; a generated secret is printed alone on the last line."""
    given: dict[str, Any] = {}
    if to:
        given["to"] = list(to)
    if admins:
        given["admins"] = True
    if url is not None:
        given["url"] = url
    if secret_stdin:
        given |= _secret(kind)
    settings: ChannelSettings = {"name": name, "zone": zone, "language": language}
    with opened(config_file, data) as o:
        owner = account_named(o.db, account)
        made = channel_config.prepared(o.config, kind, given)
        o.writes.run(
            add_channel,
            account=owner.id,
            kind=kind,
            config=made.config,
            shown=made.shown,
            settings=settings,
            **o.signature(),
        )
    _tell(f"channel {name} added: {kind}, {made.shown}", made.secret)


@channel.command(name="set")
@NAME
@click.option("--rename", help="New name, unique in its account.")
@click.option("--to", multiple=True, help="Mail: address; can be given repeatedly.")
@click.option("--admins/--no-admins", default=None, help="Mail: to the administrators of the account.")
@click.option("--url", help="Webhook, ntfy (with its topic) or Apprise: where it sends to.")
@click.option(
    "--secret-stdin",
    is_flag=True,
    help="Read a secret from standard input: what a webhook signs with, the token of ntfy, the URL of Apprise.",
)
@click.option("--zone", help="Time zone of its messages; an empty text: that of the account.")
@click.option("--language", type=click.Choice(["", *LANGUAGES]), help="Language of its messages.")
@ACCOUNT
@data_options
def change(
    name: str,
    rename: str | None,
    to: tuple[str, ...],
    admins: bool | None,
    url: str | None,
    secret_stdin: bool,
    zone: str | None,
    language: str | None,
    account: str,
    config_file: Path | None,
    data: Path,
) -> None:
    """Edit a channel. Options that are not given change nothing; addresses that are given replace all present ones."""
    settings = cast(
        ChannelSettings,
        {
            field: value
            for field, value in (("name", rename), ("zone", zone), ("language", language))
            if value is not None
        },
    )
    with opened(config_file, data) as o:
        found = _named(o, name, account)
        given: dict[str, Any] = {"to": [address for address in to if address]} if to else {}
        given |= {
            field: value for field, value in (("admins", admins), ("url", url)) if value is not None
        } | (_secret(found.kind) if secret_stdin else {})
        if wrong := given.keys() - FIELDS[found.kind]:
            raise click.UsageError(f"a channel of kind {found.kind} has no --{min(wrong)}")
        if not given and not settings:
            raise click.UsageError("nothing to change: give what is to be different")
        made = None
        if given:
            before = channel_config.opened(o.config, found)
            made = channel_config.prepared(o.config, found.kind, given, before)
        o.writes.run(
            set_channel,
            channel=found.id,
            settings=settings,
            config=made.config if made else None,
            shown=made.shown if made else "",
            **o.signature(),
        )
    _tell(f"channel {rename or name} changed", made.secret if made else "")


@channel.command(name="list")
@OF_ACCOUNT
@JSON
@data_options
def list_channels(account: str | None, as_json: bool, config_file: Path | None, data: Path) -> None:
    """List all channels, without their secrets."""
    with opened(config_file, data) as o:
        rows = channels.of_accounts(o.db, chosen(o, account))
        if as_json:
            echo_list("channels", channels_of(o.db, o.config, rows))
            return
        names = {a.id: a.name for a in accounts.all_accounts(o.db)}
        shown = [
            (
                names[row.account_id],
                row.name,
                row.kind,
                row.shown,
                f"{row.state}: {row.state_why}" if row.state_why else row.state,
                o.local(row.last_ok_at),
            )
            for row in rows
        ]
    table(("account", "name", "kind", "to", "state", "last sent"), shown)


@channel.command()
@NAME
@ACCOUNT
@click.option(
    "--wait",
    type=click.IntRange(0, 600),
    default=0,
    show_default=True,
    metavar="SECONDS",
    help="Seconds to wait for the first attempt; its result is printed.",
)
@data_options
def test(name: str, account: str, wait: int, config_file: Path | None, data: Path) -> None:
    """Send a test through the outbox, as a sender does; the exit code is 1 when it did not go out in time."""
    with opened(config_file, data) as o:
        found = _named(o, name, account)
        new = o.writes.run(test_channel, channel=found.id, **o.signature())
        echo(f"notice {new} is a test for {name}")
        if wait and not _await(o, new, wait):
            sys.exit(1)


@channel.command()
@NAME
@ACCOUNT
@data_options
def on(name: str, account: str, config_file: Path | None, data: Path) -> None:
    """Turn a channel on. Messages that wait for a broken one are sent."""
    _switch(name, account, config_file, data, on=True)


@channel.command()
@NAME
@ACCOUNT
@data_options
def off(name: str, account: str, config_file: Path | None, data: Path) -> None:
    """Turn a channel off. Messages that wait for it are dropped."""
    _switch(name, account, config_file, data, on=False)


@channel.command()
@NAME
@ACCOUNT
@data_options
def delete(name: str, account: str, config_file: Path | None, data: Path) -> None:
    """Delete a channel. Messages that wait for it are dropped, and it is removed from rules."""
    with opened(config_file, data) as o:
        o.writes.run(delete_channel, channel=_named(o, name, account).id, **o.signature())
    echo(f"channel {name} deleted")


def _tell(text: str, secret: str) -> None:
    """What was done; a secret that was made is alone on the last line of standard output."""
    echo(text, err=bool(secret))
    if secret:
        echo("It signs with this secret, which is not shown again:", err=True)
        echo(secret)


def _await(o: Opened, notice: int, seconds: int) -> bool:
    """Tell what became of the first attempt to send a notice; whether it was sent."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        ended = [attempt for attempt in attempts.of_notice(o.db, notice) if attempt.outcome]
        if ended:
            words = " ".join(filter(None, (ended[0].code, ended[0].answer)))
            echo(f"{ended[0].outcome} after {ended[0].ms or 0} ms: {words or 'no answer'}")
            return ended[0].outcome == notices.SENT
        time.sleep(LOOK_EVERY)
    echo(f"no sender has tried it in {seconds} s: does the server run?")
    return False


def _switch(name: str, account: str, config_file: Path | None, data: Path, *, on: bool) -> None:
    with opened(config_file, data) as o:
        o.writes.run(switch_channel, channel=_named(o, name, account).id, on=on, **o.signature())
    echo(f"channel {name} is {'on' if on else 'off'}")


def _named(o: Opened, name: str, account: str) -> Channel:
    owner = account_named(o.db, account)
    found = channels.by_name(o.db, owner.id, name)
    if found is None:
        raise DuplistatError(Kind.NOT_FOUND, f"account {owner.name!r} has no channel named {name!r}")
    return found


def _secret(kind: str) -> dict[str, str]:
    """What is on standard input, or typed, as the field of a kind of channel."""
    if kind not in SECRETS:
        raise click.UsageError("a channel of this kind has no secret")
    if sys.stdin.isatty():
        typed: str = click.prompt("Secret", hide_input=True, err=True)
    else:
        typed = text_of(sys.stdin.buffer.read(MOST))
    return {SECRETS[kind]: typed.strip()}
