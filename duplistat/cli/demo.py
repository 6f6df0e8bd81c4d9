"""`duplistat demo`: a believable fleet in an empty data folder, to look at."""

import secrets
from datetime import datetime
from pathlib import Path

import click

from duplistat.cli.common import account_named, echo, milliseconds, opened
from duplistat.cli.options import data_options
from duplistat.core.status import Health
from duplistat.core.times import from_ms, to_ms
from duplistat.services.people import users
from duplistat.services.people.identity import Role
from duplistat.store import accounts

# Whom people sign in as to look at it.
EMAIL = "demo@example.org"


@click.command()
@click.option("--seed", type=int, default=1, show_default=True, help="Seed of the random data.")
@click.option(
    "--now", "now_text", help="The time at which the reports end, ISO 8601 with an offset.  [default: now]"
)
@click.option(
    "--servers",
    type=click.IntRange(5, 40),
    default=40,
    show_default=True,
    help="Number of servers with Duplicati; some more report by scripts.",
)
@click.option("--days", type=click.IntRange(30, 730), default=365, show_default=True, help="Days of history.")
@data_options
def demo(
    seed: int, now_text: str | None, servers: int, days: int, config_file: Path | None, data: Path
) -> None:
    """Fill an empty data folder with made-up servers and a year of reports."""
    from duplistat.demo.filling import fill

    with opened(config_file, data) as o:
        now: datetime = from_ms(milliseconds(now_text) if now_text else o.now)
        main = account_named(o.db, accounts.MAIN)
        made = fill(o.db, o.config, account=main.id, now=now, seed=seed, size=servers, days=days)
        password = secrets.token_urlsafe(9)
        users.create(
            o.db, account=main, email=EMAIL, name="Demo", password=password, role=Role.ADMIN, now=o.now
        )
    states = ", ".join(f"{made.health[state]} {state}" for state in Health if made.health[state])
    echo(f"{made.servers} servers, {made.jobs} jobs, {made.runs} reports, up to {o.local(to_ms(now))}")
    echo(f"Jobs: {states}")
    echo(f"Look at it: duplistat serve --data {data}")
    echo(f"Sign in as {EMAIL} with the password {password} (it is not shown again)")
