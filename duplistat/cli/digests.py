"""`duplistat digest`: summaries that go out by the clock."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from duplistat.cli.alert_parts import find_channel
from duplistat.cli.common import Opened, account_named, echo, echo_json, opened, table
from duplistat.cli.options import data_options
from duplistat.core.alerts.digest_facts import Period, begin_of
from duplistat.core.alerts.digest_words import digest_message
from duplistat.core.alerts.notice import Kind, Why
from duplistat.core.errors import DuplistatError
from duplistat.core.errors import Kind as Wrong
from duplistat.core.i18n import Say
from duplistat.services.alerts.digest_rows import read_digest
from duplistat.services.alerts.digests import (
    DigestChanges,
    add_digest,
    channels_of,
    delete_digest,
    digest_now,
    send_digest,
    set_digest,
)
from duplistat.services.alerts.facts import empty_facts
from duplistat.services.alerts.zones import zone_of
from duplistat.services.commands import schedule_defaults
from duplistat.services.languages import LANGUAGES, spoken
from duplistat.store import accounts, digests
from duplistat.store.digests import Digest

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_ACCOUNT = click.option("--account", default=accounts.MAIN, show_default=True, help="Account of the digest.")
_NAME = click.option("--name", required=True, help="Name of the digest.")


@dataclass(frozen=True, slots=True)
class _Style:
    zone: ZoneInfo
    say: Say
    base_url: str
    written: Callable[[int], str] | None = None


@click.group()
def digest() -> None:
    """Digests: regular summaries of all jobs, also when all is OK."""


@digest.command()
@_NAME
@click.option(
    "--channel", "names", multiple=True, required=True, help="Channel that gets it; can be given repeatedly."
)
@click.option(
    "--period",
    type=click.Choice([period.value for period in Period]),
    default="day",
    show_default=True,
    help="How often it is sent.",
)
@click.option(
    "--hour",
    type=click.IntRange(0, 23),
    default=7,
    show_default=True,
    help="Hour, in the time zone of the account.",
)
@click.option(
    "--day",
    type=click.IntRange(1, 31),
    default=1,
    show_default=True,
    help="Day of the week (1 is Monday), or of the month (31 is the last day).",
)
@click.option("--skip-unchanged", is_flag=True, help="Send none when nothing changed since the last one.")
@_ACCOUNT
@data_options
def add(
    name: str,
    names: tuple[str, ...],
    period: str,
    hour: int,
    day: int,
    skip_unchanged: bool,
    account: str,
    config_file: Path | None,
    data: Path,
) -> None:
    """Add a digest."""
    with opened(config_file, data) as o:
        owner = account_named(o.db, account)
        changes: DigestChanges = {
            "name": name,
            "period": period,
            "hour": hour,
            "day": day,
            "channels": [find_channel(o, owner, channel).id for channel in names],
            "skip_unchanged": skip_unchanged,
        }
        new = o.writes.run(add_digest, account=owner.id, changes=changes, **o.signature())
        row = digests.get(o.db, new)
    echo(f"{name}: goes out next {o.local(row.next_at if row else None)}")


@digest.command(name="list")
@data_options
def list_digests(config_file: Path | None, data: Path) -> None:
    """List all digests, and when each is sent next."""
    with opened(config_file, data) as o:
        known = {account.id: account.name for account in accounts.all_accounts(o.db)}
        rows = [
            (
                row.name,
                known[row.account_id],
                _when(row),
                ", ".join(channel.name for channel in channels_of(o.db, row)) or "-",
                o.local(row.next_at) if row.enabled else "off",
                o.local(row.last_at),
            )
            for row in digests.of_accounts(o.db, tuple(known))
        ]
    table(("name", "account", "when", "channels", "next", "last"), rows)


@digest.command()
@_NAME
@_ACCOUNT
@data_options
def on(name: str, account: str, config_file: Path | None, data: Path) -> None:
    """Turn a digest on."""
    _switch(name, account, config_file, data, enabled=True)


@digest.command()
@_NAME
@_ACCOUNT
@data_options
def off(name: str, account: str, config_file: Path | None, data: Path) -> None:
    """Turn a digest off."""
    _switch(name, account, config_file, data, enabled=False)


@digest.command()
@_NAME
@_ACCOUNT
@data_options
def delete(name: str, account: str, config_file: Path | None, data: Path) -> None:
    """Delete a digest. Digests that were sent are kept."""
    with opened(config_file, data) as o:
        row = _named(o, account, name)
        o.writes.run(delete_digest, digest=row.id, **o.signature())
    echo(f"{row.name} is deleted")


@digest.command()
@_NAME
@_ACCOUNT
@data_options
def send(name: str, account: str, config_file: Path | None, data: Path) -> None:
    """Send a digest now, in addition to the scheduled ones."""
    with opened(config_file, data) as o:
        row = _named(o, account, name)
        facts, _state = digest_now(o.db, row, schedule_defaults(o.config), o.now)
        made = o.writes.run(send_digest, digest=row.id, facts=facts, **o.signature())
    echo(f"{row.name}: {made} {'message' if made == 1 else 'messages'} for the sender")


@digest.command()
@click.option("--account", default=accounts.MAIN, show_default=True, help="This account and those below it.")
@click.option(
    "--period",
    type=click.Choice([period.value for period in Period]),
    default="day",
    show_default=True,
    help="How far back it goes.",
)
@click.option(
    "--language",
    type=click.Choice(list(LANGUAGES)),
    default="en",
    show_default=True,
    help="Language of the digest.",
)
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@data_options
def show(
    account: str, period: str, language: str, as_json: bool, config_file: Path | None, data: Path
) -> None:
    """Print the current digest; nothing is sent."""
    with opened(config_file, data) as o:
        owner, defaults = account_named(o.db, account), schedule_defaults(o.config)
        content = read_digest(
            o.db,
            accounts.visible(o.db, owner.id),
            defaults,
            name="",
            account=owner.name,
            period=period,
            from_at=begin_of(period, None, o.now),
            until_at=o.now,
            now=o.now,
        )
        if as_json:
            echo_json(content)
            return
        facts = empty_facts(Kind.DIGEST, Why.REQUEST, o.now, owner.name)
        facts["details"] = {**content}
        zone = zone_of(o.db, owner.id, defaults.zone)
        subject, text, _html, _short = digest_message(
            facts, _Style(zone, spoken(language), o.config.public_address)
        )
    for line in (subject, "", *text.splitlines()):
        echo(line)


def _switch(name: str, account: str, config_file: Path | None, data: Path, *, enabled: bool) -> None:
    with opened(config_file, data) as o:
        row = _named(o, account, name)
        o.writes.run(set_digest, digest=row.id, changes={"enabled": enabled}, **o.signature())
    echo(f"{row.name} is {'on' if enabled else 'off'}")


def _named(o: Opened, account: str, name: str) -> Digest:
    row = digests.by_name(o.db, account_named(o.db, account).id, name)
    if row is None:
        raise DuplistatError(Wrong.NOT_FOUND, f"there is no digest named {name!r}")
    return row


def _when(row: Digest) -> str:
    at = f"{row.hour:02}:00"
    if row.period == Period.DAY:
        return f"daily {at}"
    return f"weekly {_DAYS[row.day - 1]} {at}" if row.period == Period.WEEK else f"monthly {row.day}. {at}"
