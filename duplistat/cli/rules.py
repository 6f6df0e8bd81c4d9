"""`duplistat rule`: who hears of what, and when."""

from pathlib import Path
from typing import Any

import click

from duplistat.apis.native.alert_shapes import rules_of
from duplistat.apis.native.trials import tried
from duplistat.cli.alert_parts import JSON, OF_ACCOUNT, chosen, echo_list
from duplistat.cli.common import Opened, account_named, echo, echo_json, opened, table
from duplistat.cli.options import data_options
from duplistat.cli.rule_options import given_of, rule_changed, rule_from, rule_options
from duplistat.core.alerts.rule import Rule, plain_rule
from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.formatting import duration, plural
from duplistat.services.alerts.listeners import rule_in
from duplistat.services.alerts.rules import add_rule, checked, delete_rule, set_rule
from duplistat.services.alerts.trial import MOST_DAYS
from duplistat.store import accounts, channels, rules
from duplistat.store.accounts import Account
from duplistat.store.rules import RuleRow

NAME = click.option("--name", required=True, help="Name of the rule.")
ACCOUNT = click.option("--account", default=accounts.MAIN, show_default=True, help="Account of the rule.")


@click.group()
def rule() -> None:
    """Rules: who is alerted about what, and when."""


@rule.command()
@click.option("--name", required=True, help="Name of the rule, unique in its account.")
@rule_options(channels_required=True)
@click.option("--tell-now", is_flag=True, help="Also alert about problems that are open now.")
@click.option(
    "--account",
    default=accounts.MAIN,
    show_default=True,
    help="Account of the rule; it applies to sub-accounts too.",
)
@data_options
def add(
    name: str, tell_now: bool, account: str, config_file: Path | None, data: Path, **options: Any
) -> None:
    """Add a rule. Without --tag, --server, --group or --job it is for all jobs."""
    with opened(config_file, data) as o:
        owner = account_named(o.db, account)
        plain = rule_from(o, owner, options)
        o.writes.run(add_rule, account=owner.id, name=name, rule=plain, tell_now=tell_now, **o.signature())
    echo(f"rule {name} added")


@rule.command(name="set")
@NAME
@click.option("--rename", help="New name, unique in its account.")
@rule_options(changes=True)
@ACCOUNT
@data_options
def change(
    name: str, rename: str | None, account: str, config_file: Path | None, data: Path, **options: Any
) -> None:
    """Edit a rule. Options that are not given change nothing; a list replaces the present one, and "" empties it."""
    given = given_of(options)
    if not given and rename is None:
        raise click.UsageError("nothing to change: give what is to be different")
    with opened(config_file, data) as o:
        owner = account_named(o.db, account)
        row = _named(o, owner, name)
        spec = rule_changed(o, owner, plain_rule(rule_in(row.spec)), given) if given else None
        o.writes.run(set_rule, rule=row.id, name=rename, spec=spec, **o.signature())
    echo(f"rule {rename or name} changed")


@rule.command(name="list")
@OF_ACCOUNT
@JSON
@data_options
def list_rules(account: str | None, as_json: bool, config_file: Path | None, data: Path) -> None:
    """List all rules."""
    with opened(config_file, data) as o:
        rows = rules.of_accounts(o.db, chosen(o, account))
        if as_json:
            echo_list("rules", rules_of(o.db, rows))
            return
        names = {a.id: a.name for a in accounts.all_accounts(o.db)}
        told = {channel.id: channel.name for channel in channels.all_channels(o.db)}
        shown = [
            (
                names[row.account_id],
                row.name,
                "on" if row.enabled else "off",
                ", ".join(told.get(id, "?") for id in rule.channels) or "-",
                ", ".join(rule.match.kinds),
                _when(rule),
            )
            for row, rule in ((row, rule_in(row.spec)) for row in rows)
        ]
    table(("account", "name", "state", "tells", "of", "when"), shown)


@rule.command(name="try")
@click.option("--name", help="Existing rule to simulate; without it, one with the other options.")
@rule_options(channels_required=False)
@click.option(
    "--days", type=click.IntRange(1, MOST_DAYS), default=30, show_default=True, help="How many days back."
)
@ACCOUNT
@JSON
@data_options
def try_rule(
    name: str | None,
    days: int,
    account: str,
    as_json: bool,
    config_file: Path | None,
    data: Path,
    **options: Any,
) -> None:
    """Simulate a rule on the last days: which alerts it would have sent, and when. Nothing is sent."""
    if (name is None) == (not options["channels"]):
        raise click.UsageError("give --name, or --channel with the other options of a rule")
    with opened(config_file, data) as o:
        owner = account_named(o.db, account)
        plain = (
            rule_from(o, owner, options) if name is None else plain_rule(rule_in(_named(o, owner, name).spec))
        )
        checked(o.db, owner.id, plain)
        found = tried(o.db, o.config, owner.id, plain, days, o.now)
    if as_json:
        echo_json(found.model_dump(mode="json"))
        return
    first = (
        f"; the first word after {duration(found.first_after_ms / 1000)} (median)"
        if found.first_after_ms is not None
        else ""
    )
    echo(
        f"{plural(found.count, 'message')} in {plural(found.days, 'day')} about {plural(found.jobs, 'job')}:"
        f" {found.recoveries} of them recoveries, {found.groups} about several jobs, {found.held} held in quiet"
        f" hours{first}"
    )
    if found.sampled:
        echo("Only some of the jobs were played: there were too many changes.")
    if found.messages:
        rows = [
            (m.at, m.channel, m.kind, m.why, ", ".join(m.jobs) + (" …" if m.total > len(m.jobs) else ""))
            for m in found.messages
        ]
        table(("at", "channel", "kind", "why", "jobs"), rows)


@rule.command()
@NAME
@ACCOUNT
@data_options
def on(name: str, account: str, config_file: Path | None, data: Path) -> None:
    """Turn a rule on. Open problems are checked against it at once."""
    _switch(name, account, config_file, data, enabled=True)


@rule.command()
@NAME
@ACCOUNT
@data_options
def off(name: str, account: str, config_file: Path | None, data: Path) -> None:
    """Turn a rule off. Recipients of its alerts still get the recovery message."""
    _switch(name, account, config_file, data, enabled=False)


@rule.command()
@NAME
@ACCOUNT
@data_options
def delete(name: str, account: str, config_file: Path | None, data: Path) -> None:
    """Delete a rule. Recipients of its alerts still get the recovery message."""
    with opened(config_file, data) as o:
        row = _named(o, account_named(o.db, account), name)
        o.writes.run(delete_rule, rule=row.id, **o.signature())
    echo(f"rule {name} deleted")


def _switch(name: str, account: str, config_file: Path | None, data: Path, *, enabled: bool) -> None:
    with opened(config_file, data) as o:
        row = _named(o, account_named(o.db, account), name)
        o.writes.run(set_rule, rule=row.id, enabled=enabled, **o.signature())
    echo(f"rule {name} is {'on' if enabled else 'off'}")


def _named(o: Opened, owner: Account, name: str) -> RuleRow:
    row = rules.by_name(o.db, owner.id, name)
    if row is None:
        raise DuplistatError(Kind.NOT_FOUND, f"account {owner.name!r} has no rule named {name!r}")
    return row


def _when(rule: Rule) -> str:
    """When a rule tells, in a few words."""
    parts = []
    if rule.after_fails:
        parts.append(f"after {plural(rule.after_fails, 'failure')}")
    if rule.after_minutes:
        parts.append(f"after {rule.after_minutes} min")
    if rule.each:
        parts.append("each failure")
    if rule.remind_hours:
        parts.append(f"again every {rule.remind_hours} h")
    if rule.quiet is not None:
        parts.append("quiet hours")
    parts += [f"more after {step.minutes} min" for step in rule.steps[1:]]
    return ", ".join(parts) or "at once"
