"""What commands share: a way to open the data, and to show it."""

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from duplistat.config import Config, load
from duplistat.core.encoding import text_of
from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.text import clean
from duplistat.core.times import from_ms
from duplistat.core.visible import visible
from duplistat.now import wall_clock
from duplistat.services import audit
from duplistat.services.accounts import names
from duplistat.services.audit import BY_COMMAND, Signature
from duplistat.services.bootstrap import main_account, prepare
from duplistat.services.commands import Direct
from duplistat.store.accounts import Account
from duplistat.store.database import UNUSABLE, Database, SchemaTooNew

# Bytes of a secret that is read.
MOST_SECRET = 4095


@dataclass(frozen=True, slots=True)
class Opened:
    config: Config
    db: Database
    writes: Direct
    now: int

    def signature(self) -> Signature:
        """What every command that is noted takes: in the name of the command line, now."""
        return {"by": BY_COMMAND.plain(), "now": self.now}

    def local(self, at: int | None) -> str:
        """A time (ms) in the zone of the server, to the second, with its name; a dash for None."""
        return local_time(at, self.config.zone)

    def note(self, action: str, subject: str, *, account: int | None = None, **after: Any) -> None:
        """Note what was done without a command of `services`; without an account for `main`."""
        with self.db.transaction():
            owner = main_account(self.db) if account is None else account
            audit.note(self.db, BY_COMMAND, action, account=owner, subject=subject, now=self.now, after=after)


@contextmanager
def opened(config_file: Path | None, data: Path) -> Iterator[Opened]:
    """The data, ready for use, whether or not the server runs. Raises DuplistatError."""
    config = load(config_file, data=data)
    if config.on_sqlite:
        config.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    db = Database(config.database_url)
    now = wall_clock()
    try:
        _prepare(db, now)
        with db.connection():
            yield Opened(config, db, Direct(db, config), now)
    finally:
        db.close_all()


def _prepare(db: Database, now: int) -> None:
    try:
        prepare(db, now)
    except SchemaTooNew as e:
        raise DuplistatError(Kind.UNAVAILABLE, str(e)) from e
    except UNUSABLE as e:
        problem = str(e).strip().splitlines()[0]
        raise DuplistatError(Kind.UNAVAILABLE, f"the database cannot be opened: {problem}") from e


def account_named(db: Database, name: str) -> Account:
    """The account of that name, which may have its number behind it or be a path. Raises DuplistatError."""
    return names.named(db, name)


def local_time(at: int | None, zone: ZoneInfo) -> str:
    """A time (ms) in a zone, to the second, with the zone's name; a dash for None."""
    return f"{from_ms(at).astimezone(zone):%Y-%m-%d %H:%M:%S} {zone.key}" if at is not None else "-"


def milliseconds(text: str) -> int:
    """An ISO 8601 time with an offset, as ms. Raises click.BadParameter."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError as e:
        raise click.BadParameter(f"{text!r} is not an ISO 8601 time such as 2027-01-31T00:00:00Z") from e
    if at.tzinfo is None:
        raise click.BadParameter(f"{text!r} has no offset: write Z or +01:00 behind it")
    return int(at.timestamp() * 1000)


def typed_secret(what: str, *, twice: bool = False) -> str:
    """Asked for on a terminal (`twice`: and confirmed), else the first line of standard input. Blanks are part of it.

    Raises DuplistatError (invalid) for a longer line than MOST_SECRET bytes.
    """
    if sys.stdin.isatty():
        typed: str = click.prompt(what, hide_input=True, confirmation_prompt=twice, err=True)
        return clean(typed)
    line = sys.stdin.buffer.readline(MOST_SECRET + 1)
    if len(line) > MOST_SECRET and not line.endswith(b"\n"):
        raise DuplistatError(Kind.INVALID, f"the {what.lower()} is longer than {MOST_SECRET} bytes")
    return clean(text_of(line).removesuffix("\n").removesuffix("\r"))


def echo_json(content: object) -> None:
    """Print JSON, for programs. What is not ASCII is escaped: nothing in it acts on a terminal."""
    click.echo(json.dumps(content, indent=2))


def echo(line: str, *, err: bool = False) -> None:
    """Print one line. What others wrote in it cannot act on the terminal, nor begin another line."""
    click.echo(visible(line), err=err)


def on_terminal() -> bool:
    """Whether what is printed is read by a terminal, which does what some characters say."""
    return sys.stdout.isatty()


def table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    """Print columns that line up. What others wrote cannot act on the terminal."""
    lines = [heads, *(tuple(visible(cell) for cell in row) for row in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(heads))]
    for row in lines:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
