"""`duplistat service set`."""

from pathlib import Path

import click

from duplistat.cli.collect import label_of
from duplistat.cli.common import echo, opened
from duplistat.cli.options import data_options
from duplistat.cli.service_changes import (
    URL,
    WRONG_FINGERPRINT,
    WRONG_NAME,
    WRONG_URL,
    change,
    read_password,
    say_if_nobody_works,
)
from duplistat.core.agent_address import address_of, fingerprint_of
from duplistat.core.text import NAME_LIMIT
from duplistat.services.agents.registry import ADDRESS, ServiceChanges, numbered
from duplistat.services.configuration import secrets


@click.command(name="set")
@click.argument("number")
@click.option("--name", help="Another name of the server, as its reports have it.")
@click.option("--url", help=URL)
@click.option("--password-stdin", is_flag=True, help="Read Duplicati's password from standard input.")
@click.option("--no-password", is_flag=True, help="Remove the password.")
@click.option(
    "--fingerprint", help="SHA-256 fingerprint of its certificate; an empty text trusts any authority."
)
@data_options
def set_service(
    number: str,
    name: str | None,
    url: str | None,
    password_stdin: bool,
    no_password: bool,
    fingerprint: str | None,
    config_file: Path | None,
    data: Path,
) -> None:
    """Edit a Duplicati connection: name, address, password, certificate."""
    if password_stdin and no_password:
        raise click.UsageError("give --password-stdin or --no-password, not both")
    changes: ServiceChanges = {}
    if name is not None:
        changes["name"] = _name(name)
    if url is not None:
        changes["host"], changes["port"] = _address(url)
    if fingerprint is not None:
        changes["fingerprint"] = _fingerprint(fingerprint)
    if not (changes or password_stdin or no_password):
        raise click.UsageError("say what to change")
    password = read_password() if password_stdin else ""
    with opened(config_file, data) as o:
        found = numbered(o.db, number)
        if password_stdin or no_password:
            changes["agent_secret"] = secrets.encrypt(o.config, password)
        has_forgotten = change(o, found, changes)
        echo(f"{label_of(numbered(o.db, number))} is set")
        if has_forgotten:
            echo("Its password was removed, since host or port changed: --password-stdin sets it", err=True)
        if changes.keys() & set(ADDRESS):
            say_if_nobody_works(o)


def _name(typed: str) -> str:
    if not typed.strip() or len(typed) > NAME_LIMIT:
        raise click.UsageError(WRONG_NAME)
    return typed.strip()


def _address(typed: str) -> tuple[str, int]:
    found = address_of(typed)
    if found is None:
        raise click.UsageError(WRONG_URL)
    return found


def _fingerprint(typed: str) -> str:
    found = fingerprint_of(typed)
    if found is None:
        raise click.UsageError(WRONG_FINGERPRINT)
    return found
