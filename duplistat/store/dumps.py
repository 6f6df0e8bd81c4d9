"""Backups of a database on PostgreSQL, by the programs that come with it: pg_dump, pg_restore and psql."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from duplistat.core.errors import DuplistatError, Kind
from duplistat.store.copies import StoppedError

# Seconds between two questions whether to go on.
POLL = 0.2
# What is shown of what a program complains about, characters.
SHOWN = 300


def dump(url: str, target: Path, go_on: Callable[[], bool]) -> None:
    """Write a dump of one moment, compressed, over a file. Raises DuplistatError, StoppedError."""
    _run(["pg_dump", "--format=custom", f"--file={target}"], url, go_on)


def schemas(file: Path) -> list[str]:
    """The changes of the schema that a dump has in it. Raises DuplistatError for one that is not ours, or damaged."""
    listed = _run(["pg_restore", "--list", str(file)], None)
    if " TABLE DATA " not in listed or " schema_migration " not in listed:
        raise DuplistatError(Kind.INVALID, f"{file} is no backup of duplistat")
    # The whole of it is read, so that it is known not to be cut off.
    _run(["pg_restore", "--file=/dev/null", str(file)], None)
    rows = _run(["pg_restore", "--data-only", "--table=schema_migration", "--file=-", str(file)], None)
    return re.findall(r"^\d+\t(\d+_\w+)\t", rows, re.MULTILINE)


def load(file: Path, url: str, drop: str) -> None:
    """Run statements that make room, and put a dump into the database, in one transaction. Raises DuplistatError.

    The dump must be whole (`schemas`): its end is also the end of the transaction.
    """
    reading = [_program("pg_restore"), "--no-owner", "--no-privileges", "--file=-", str(file)]
    where, secret = _without_password(url)
    psql = [
        _program("psql"), "--no-psqlrc", "--quiet", "--no-password", "--set=ON_ERROR_STOP=1", "--single-transaction",
        "--output=/dev/null", f"--dbname={where}", f"--command={drop}", "--file=-",
    ]  # fmt: skip
    with subprocess.Popen(reading, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as source:  # noqa: S603
        ended = subprocess.run(  # noqa: S603  # found on the path, with arguments of ours
            psql, stdin=source.stdout, stderr=subprocess.PIPE, env=os.environ | secret, text=True, check=False
        )
    if ended.returncode:
        raise DuplistatError(Kind.UNAVAILABLE, f"psql: {_complaint(ended.stderr)}")


def _run(command: list[str], url: str | None, go_on: Callable[[], bool] = lambda: True) -> str:
    """What a program writes. `url` is the database that it works on. Raises DuplistatError, StoppedError."""
    secret: dict[str, str] = {}
    if url is not None:
        where, secret = _without_password(url)
        command = [*command, "--no-password", f"--dbname={where}"]
    # Its output may be longer than a pipe holds, so it is read while it runs.
    with (
        subprocess.Popen(  # noqa: S603  # found on the path, with arguments of ours
            [_program(command[0]), *command[1:]],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=os.environ | secret,
            text=True,
        ) as process
    ):
        while True:
            try:
                told, complaint = process.communicate(timeout=POLL)
                break
            except subprocess.TimeoutExpired:
                if not go_on():
                    process.kill()
                    raise StoppedError from None
    if process.returncode:
        raise DuplistatError(Kind.UNAVAILABLE, f"{command[0]}: {_complaint(complaint)}")
    return told


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise DuplistatError(
            Kind.UNAVAILABLE,
            f"{name} is not installed here: it comes with the client programs of PostgreSQL (postgresql-client)",
        )
    return found


def _without_password(url: str) -> tuple[str, dict[str, str]]:
    """The address of a database as it may stand on a command line, and the password for the environment."""
    parts = urlsplit(url)
    user, found, host = parts.netloc.rpartition("@")
    name, _, password = user.partition(":")
    where = urlunsplit(parts._replace(netloc=f"{name}{found}{host}", scheme="postgresql"))
    from urllib.parse import unquote

    return where, {"PGPASSWORD": unquote(password)} if password else {}


def _complaint(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return next((line for line in lines if "error" in line.lower()), lines[0] if lines else "it failed")[
        :SHOWN
    ]
