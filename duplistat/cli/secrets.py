"""`duplistat secrets`."""

import stat
import sys
from pathlib import Path

import click

from duplistat.cli.common import echo, opened
from duplistat.cli.options import data_options
from duplistat.services.configuration import secret_rotation
from duplistat.services.configuration import secrets as services


@click.group()
def secrets() -> None:
    """The key that encrypts stored passwords of agents."""


@secrets.command()
@data_options
def check(config_file: Path | None, data: Path) -> None:
    """Check whether all stored passwords can be decrypted; exits with 1 if not."""
    with opened(config_file, data) as o:
        count, wrong = secret_rotation.unreadable(o.config, o.db)
        of_channels, wrong_channels = secret_rotation.unreadable_channels(o.config, o.db)
        of_pings, wrong_pings = secret_rotation.unreadable_pings(o.config, o.db)
        where, file = services.source(o.config), services.key_file(o.config)
        ours = not services.configured(o.config)
        unfinished = ours and services.old_file(o.config).exists()
    if ours and file.exists() and stat.S_IMODE(file.stat().st_mode) & 0o077:
        echo(f"{file} can be read by others: chmod 600 it", err=True)
    if unfinished:
        echo("a rotation did not end: run duplistat secrets rotate again", err=True)
    places = (
        (wrong, "passwords of these services"),
        (wrong_channels, "these channels"),
        (wrong_pings, "these ping URLs, ping keys or badges"),
    )
    for ids, what in places:
        if ids:
            which = ", ".join(map(str, ids))
            echo(f"duplistat: the key in {where} does not fit {what}: {which}", err=True)
    if wrong or wrong_channels or wrong_pings:
        sys.exit(1)
    count += of_channels + of_pings
    echo(f"{_passwords(count)} can be read with the key in {where}" if count else "nothing is stored")


@secrets.command()
@data_options
def rotate(config_file: Path | None, data: Path) -> None:
    """Create a new key and encrypt all stored passwords with it."""
    with opened(config_file, data) as o:
        count = secret_rotation.rotate(o.config, o.db)
        where = services.source(o.config)
        o.note("secrets.rotate", where, passwords=count)
        ours = not services.configured(o.config)
    first = "the new key" if ours else "the first key"
    echo(f"{_passwords(count)} encrypted with {first} in {where}")
    if not ours:
        echo("the other keys are not needed any more: take them out of [secret] key", err=True)


def _passwords(count: int) -> str:
    return f"{count} password{'' if count == 1 else 's'}"
