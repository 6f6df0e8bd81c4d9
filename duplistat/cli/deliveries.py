"""`duplistat deliveries`: what arrived, and what became of it."""

import sys
from pathlib import Path

import click

from duplistat.cli.common import Opened, echo, milliseconds, on_terminal, opened, table
from duplistat.cli.options import data_options
from duplistat.core.encoding import text_of
from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.visible import visible
from duplistat.services.reports.replay import read_again
from duplistat.store import deliveries as store

OUTCOMES = ("recorded", "refined", "changed", "repeat", "live", "progress", "unrecognised", "dismissed")


@click.group()
def deliveries() -> None:
    """Raw reports: requests as they were received, and their outcome."""


@deliveries.command(name="list")
@click.option("--outcome", type=click.Choice(OUTCOMES), help="Only those with this outcome.")
@click.option(
    "--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="Maximum number."
)
@click.option("--before", type=int, help="Only those older than the one with this id.")
@data_options
def list_deliveries(
    outcome: str | None, limit: int, before: int | None, config_file: Path | None, data: Path
) -> None:
    """List raw reports, newest first."""
    with opened(config_file, data) as o:
        found = store.recent(o.db, outcome=outcome or "", before=before, limit=limit)
    rows = [
        (
            str(d.id),
            o.local(d.received_at),
            d.address,
            d.endpoint,
            f"{d.size} B",
            d.outcome,
            d.format or "-",
            f"run {d.run}" if d.run is not None else "-",
            d.problem[:100],
        )
        for d in found
    ]
    table(("id", "received", "from", "endpoint", "size", "outcome", "format", "run", "problem"), rows)


@deliveries.command()
@click.argument("delivery", type=int)
@click.option("--body", "body_only", is_flag=True, help="Only the body.")
@click.option("--raw", is_flag=True, help="The body byte for byte, even on a terminal.")
@data_options
def show(delivery: int, body_only: bool, raw: bool, config_file: Path | None, data: Path) -> None:
    """Show one raw report with its body: on a terminal as safe text, else byte for byte."""
    with opened(config_file, data) as o:
        found = store.get(o.db, delivery)
        if found is None:
            raise DuplistatError(Kind.NOT_FOUND, f"there is no delivery {delivery}")
        body = store.body_of(o.db, delivery)
    if not body_only:
        for name, value in (
            ("received", o.local(found.received_at)),
            ("from", found.address),
            ("endpoint", found.endpoint + (f"?{found.query}" if found.query else "")),
            ("content type", found.content_type or "-"),
            ("sha256", found.sha256),
            ("outcome", found.outcome),
            ("format", found.format or "-"),
            ("problem", found.problem or "-"),
            ("run", str(found.run) if found.run is not None else "-"),
        ):
            echo(f"{name + ':':14}{value}")
        click.echo()
    if on_terminal() and not raw:
        click.echo(visible(text_of(body), lines=True))
        return
    sys.stdout.flush()
    sys.stdout.buffer.write(body)
    if not body_only and not body.endswith(b"\n"):
        click.echo()


@deliveries.command()
@click.argument("chosen", metavar="[DELIVERY]...", type=int, nargs=-1)
@click.option("--unrecognised", is_flag=True, help="All unrecognised ones.")
@click.option("--all", "everything", is_flag=True, help="All that are kept.")
@click.option("--since", help="Only those received since this ISO 8601 time with an offset.")
@data_options
def replay(
    chosen: tuple[int, ...],
    unrecognised: bool,
    everything: bool,
    since: str | None,
    config_file: Path | None,
    data: Path,
) -> None:
    """Reprocess raw reports with this version: ids stay, values are corrected."""
    with opened(config_file, data) as o:
        ids = list(chosen)
        if unrecognised or everything:
            from_at = milliseconds(since) if since else 0
            ids += store.ids(o.db, "" if everything else "unrecognised", from_at)
        if not ids and not (unrecognised or everything):
            raise click.UsageError("raw reports missing: give ids, --unrecognised or --all")
        counts: dict[str, int] = {}
        for delivery in ids:
            outcome = _replay(o, delivery)
            counts[outcome] = counts.get(outcome, 0) + 1
            if chosen:
                echo(f"{delivery}: {outcome}")
        if ids:
            which = "all" if everything else "unrecognised" if unrecognised else ", ".join(map(str, ids))
            o.note("delivery.replay", which, **counts)
    echo(", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items())) or "nothing to replay")


def _replay(o: Opened, delivery: int) -> str:
    return read_again(o.db, o.writes, delivery, max_log_lines=o.config.intake.max_log_lines)
