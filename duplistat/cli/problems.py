"""`duplistat problem`: what is wrong, and who knows of it."""

from pathlib import Path

import click

from duplistat.apis.native.alert_models import Problem
from duplistat.apis.native.alert_shapes import problems_of
from duplistat.cli.alert_parts import JSON, LIMIT, OF_ACCOUNT, chosen, echo_list
from duplistat.cli.common import Opened, echo, opened, table
from duplistat.cli.options import data_options
from duplistat.core.alerts.problem import Problem as ProblemRow
from duplistat.services.alerts.acknowledge import HOUR_MS, MOST_HOURS, USUAL_HOURS, acknowledge
from duplistat.services.commands import schedule_defaults
from duplistat.store import channels, problems
from duplistat.store.channels import Channel


@click.group()
def problem() -> None:
    """Problems: what is wrong, from when it began until it is over."""


@problem.command(name="list")
@click.option("--all", "everything", is_flag=True, help="Also those that are over.")
@OF_ACCOUNT
@LIMIT
@JSON
@data_options
def list_problems(
    everything: bool, account: str | None, limit: int, as_json: bool, config_file: Path | None, data: Path
) -> None:
    """List open problems, newest first."""
    with opened(config_file, data) as o:
        sees = chosen(o, account)
        rows = problems.page(o.db, sees, open_only=not everything, limit=limit)
        shapes = problems_of(o.db, rows, schedule_defaults(o.config), o.now)
        if as_json:
            echo_list("problems", shapes)
            return
        mine = [row.channel_id for row in rows if row.channel_id is not None]
        known = {
            id: channel for id, channel in channels.by_ids(o.db, mine).items() if channel.account_id in sees
        }
        shown = [
            _line(o, shape, row, known.get(row.channel_id) if row.channel_id is not None else None)
            for shape, row in zip(shapes, rows, strict=True)
        ]
    table(("id", "since", "kind", "what", "state", "why"), shown)


@problem.command()
@click.argument("number", metavar="ID", type=int)
@click.option(
    "--hours",
    type=click.IntRange(1, MOST_HOURS),
    default=USUAL_HOURS,
    show_default=True,
    help="For how many hours.",
)
@click.option("--why", default="", help="Reason, shown to other users.")
@click.option("--undo", is_flag=True, help="Remove the acknowledgement.")
@data_options
def ack(number: int, hours: int, why: str, undo: bool, config_file: Path | None, data: Path) -> None:
    """Acknowledge a problem: no reminders until then, unless it gets worse."""
    with opened(config_file, data) as o:
        until = None if undo else o.now + hours * HOUR_MS
        o.writes.run(acknowledge, problem=number, until=until, why=why, **o.signature())
        told = f"acknowledged until {o.local(until)}" if until is not None else "not acknowledged any more"
    echo(f"problem {number}: {told}")


def _line(o: Opened, shape: Problem, row: ProblemRow, channel: Channel | None) -> tuple[str, ...]:
    state: str = shape.state
    if state == "acknowledged":
        state = f"acknowledged until {o.local(row.acked_until)}"
    about = _about(shape, row, channel)
    return str(shape.id), o.local(row.opened_at), shape.kind, about, state, shape.reason or "-"


def _about(shape: Problem, row: ProblemRow, channel: Channel | None) -> str:
    """What a problem is about: a job on a server, a channel by name, or else its subject."""
    if shape.job is not None:
        server = shape.server.alias or shape.server.name if shape.server is not None else ""
        return f"{shape.job.alias or shape.job.name} on {server}"
    return f"channel {channel.name}" if channel is not None else row.subject
