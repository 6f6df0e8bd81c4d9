"""`duplistat silence`: times in which no alerts are sent."""

from pathlib import Path
from typing import Any

import click

from duplistat.apis.native.alert_shapes import silences_of
from duplistat.cli.alert_parts import JSON, LIMIT, OF_ACCOUNT, chosen, echo_list
from duplistat.cli.common import account_named, echo, milliseconds, opened, table
from duplistat.cli.jobs_options import jobs_from, jobs_options
from duplistat.cli.options import data_options
from duplistat.core.alerts.rule import EVENT, KINDS
from duplistat.services.alerts.acknowledge import HOUR_MS
from duplistat.services.alerts.listeners import match_in
from duplistat.services.alerts.silences import add_silence, end_silence
from duplistat.store import accounts, silences


@click.group()
def silence() -> None:
    """Silences: for a time, problems of some jobs are shown, but no alerts are sent."""


@silence.command()
@click.option("--hours", type=click.IntRange(1, 366 * 24), help="Duration in hours.")
@click.option("--until", metavar="TIME", help="When it ends (ISO 8601, with an offset).")
@click.option(
    "--from", "begin", metavar="TIME", help="When it begins (ISO 8601, with an offset); without it now."
)
@jobs_options
@click.option("--events", is_flag=True, help="Also silence events.")
@click.option("--why", default="", help="Reason, shown to other users.")
@click.option(
    "--account", default=accounts.MAIN, show_default=True, help="Account of the jobs, with sub-accounts."
)
@data_options
def add(
    hours: int | None,
    until: str | None,
    begin: str | None,
    events: bool,
    why: str,
    account: str,
    config_file: Path | None,
    data: Path,
    **options: Any,
) -> None:
    """Add a silence. Alerts for problems that are still open are sent when it ends."""
    if (hours is None) == (until is None):
        raise click.UsageError("its end is missing: give --hours or --until")
    with opened(config_file, data) as o:
        owner = account_named(o.db, account)
        from_at = milliseconds(begin) if begin else o.now
        until_at = milliseconds(until) if until else from_at + (hours or 0) * HOUR_MS
        new = o.writes.run(
            add_silence,
            account=owner.id,
            match={
                "kinds": [kind for kind in KINDS if events or kind != EVENT],
                **jobs_from(o, owner, options),
            },
            from_at=from_at,
            until_at=until_at,
            why=why,
            **o.signature(),
        )
        told = o.local(until_at)
    echo(f"silence {new} until {told}")


@silence.command(name="list")
@click.option("--all", "everything", is_flag=True, help="Also those that are over.")
@OF_ACCOUNT
@LIMIT
@JSON
@data_options
def list_silences(
    everything: bool, account: str | None, limit: int, as_json: bool, config_file: Path | None, data: Path
) -> None:
    """List active and upcoming silences, newest first."""
    with opened(config_file, data) as o:
        wanted = silences.ALL if everything else silences.current(o.now)
        rows = silences.page(o.db, chosen(o, account), wanted=wanted, limit=limit)
        if as_json:
            echo_list("silences", silences_of(o.db, rows, o.now))
            return
        names = {a.id: a.name for a in accounts.all_accounts(o.db)}
        shown = [
            (
                str(row.id),
                names[row.account_id],
                row.state(o.now),
                o.local(row.from_at),
                o.local(row.ended_at or row.until_at),
                _for(row.spec),
                row.set_by,
                row.why or "-",
            )
            for row in rows
        ]
    table(("id", "account", "state", "from", "until", "for", "set by", "why"), shown)


@silence.command()
@click.argument("number", metavar="ID", type=int)
@data_options
def end(number: int, config_file: Path | None, data: Path) -> None:
    """End a silence now. Alerts for problems that are still open are sent."""
    with opened(config_file, data) as o:
        ended = o.writes.run(end_silence, silence=number, **o.signature())
    echo(f"silence {number} {'has ended' if ended else 'was over already'}")


def _for(spec: str) -> str:
    """Which jobs a silence is for, in a few words."""
    match = match_in(spec)
    lists = {
        "servers": match.servers,
        "groups": match.groups,
        "jobs": match.jobs,
        "tags": match.tags,
        "accounts": match.accounts,
    }
    told = "; ".join(f"{name} {', '.join(map(str, values))}" for name, values in lists.items() if values)
    events = ", and events" if EVENT in match.kinds else ""
    return f"{told or 'all jobs'}{events}"
