"""`duplistat evidence`: what was expected and what came, over any time, as a signed file."""

import sys
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from duplistat.cli.common import account_named, echo, opened
from duplistat.cli.options import data_options
from duplistat.config import load
from duplistat.core.alerts.evidence_seal import Seal
from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.times import midnight
from duplistat.core.visible import visible
from duplistat.services.alerts.evidence import read_evidence
from duplistat.services.alerts.evidence_file import check_file, pieces
from duplistat.services.commands import schedule_defaults
from duplistat.services.languages import LANGUAGES, spoken
from duplistat.store import accounts

PIECE = 1 << 16
_SAID = {
    Seal.GOOD: "This file is as this server made it.",
    Seal.CHANGED: "This file was changed after it was made.",
    Seal.OTHER_KEY: "This file was signed with a key that this server does not have.",
    Seal.NONE: "This file has no signature of evidence at its end.",
}


@click.command()
@click.option("--from", "begin", metavar="DAY", help="First day, such as 2027-01-01.")
@click.option("--to", "end", metavar="DAY", help="Last day.  [default: today]")
@click.option("--account", default=accounts.MAIN, show_default=True, help="This account and those below it.")
@click.option("--csv", "kind", flag_value="csv", help="As CSV.")
@click.option("--html", "kind", flag_value="html", help="As a page that prints well.")
@click.option("--json", "kind", flag_value="json", default=True, help="As JSON. This is the default.")
@click.option(
    "--language",
    type=click.Choice(list(LANGUAGES)),
    default="en",
    show_default=True,
    help="Language of the page (--html).",
)
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Write to a file.")
@click.option(
    "--check",
    "checked",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Verify the signature of such a file; exits with 1 if it was changed.",
)
@data_options
def evidence(
    begin: str | None,
    end: str | None,
    account: str,
    kind: str,
    language: str,
    output: Path | None,
    checked: Path | None,
    config_file: Path | None,
    data: Path,
) -> None:
    """Write a signed file for auditors: which backups were expected and which were reported, over up to 400 days."""
    if checked is not None:
        _check(checked, config_file, data)
        return
    if begin is None:
        raise click.UsageError("--from is needed, such as --from 2027-01-01")
    with opened(config_file, data) as o:
        chosen, defaults = account_named(o.db, account), schedule_defaults(o.config)
        found = read_evidence(
            o.db,
            accounts.visible(o.db, chosen.id),
            defaults,
            account=chosen.name,
            begin=_midnight(begin, defaults.zone, 0),
            end=o.now if end is None else _midnight(end, defaults.zone, 1),
            now=o.now,
        )
        made = pieces(
            o.config, found, kind, say=spoken(language), zone=defaults.zone, address=o.config.public_address
        )
        if output is None:
            shows = sys.stdout.isatty()
            for piece in made:
                click.echo(visible(piece, lines=True) if shows else piece.encode("utf-8"), nl=False)
            return
        with output.open("wb") as file:
            for piece in made:
                file.write(piece.encode("utf-8"))
        tail = found.tail
    echo(f"{output}: {tail['jobs']} jobs, {tail['runs']} runs, {tail['deliveries']} raw reports")


def _check(file: Path, config_file: Path | None, data: Path) -> None:
    try:
        with file.open("rb") as content:
            found = check_file(load(config_file, data=data), iter(lambda: content.read(PIECE), b""))
    except OSError as e:
        raise DuplistatError(Kind.INVALID, f"{file} cannot be read: {e.strerror}") from e
    echo(f"{_SAID[found]}", err=found is not Seal.GOOD)
    if found is not Seal.GOOD:
        raise SystemExit(1)


def _midnight(text: str, zone: ZoneInfo, later: int) -> int:
    """The beginning (ms) of a day, or of one so many days later. Raises click.BadParameter."""
    try:
        return midnight(date.fromisoformat(text), zone, later)
    except (ValueError, OverflowError) as e:
        raise click.BadParameter(f"{text!r} is not a day such as 2027-01-31") from e
