"""Backups that the server makes of itself: when one is due, how the last one was, and when to warn."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from duplistat.config import Backup as Section
from duplistat.config import Config
from duplistat.core.errors import DuplistatError, Kind, WriteFailed
from duplistat.core.i18n import Text
from duplistat.core.times import from_ms, iso_ms
from duplistat.services import background
from duplistat.services.audit import BY_COMMAND, Actor, By
from duplistat.services.context import Tx
from duplistat.services.maintenance import backups, database_copies
from duplistat.services.maintenance.backups import Backup
from duplistat.services.worker_context import WorkerContext
from duplistat.services.writes import command
from duplistat.store import accounts
from duplistat.store import background_tasks as waiting
from duplistat.store.background_tasks import BackgroundTask
from duplistat.store.database import Database

# The kind of their background tasks.
KIND = database_copies.OWN_BACKUP
HOUR_MS = 3_600_000
# How soon a backup that failed is tried again.
AGAIN_MS = HOUR_MS
BY_SCHEDULE = By(None, "schedule")


@dataclass(frozen=True, slots=True)
class OwnBackups:
    """How the backups of the server's own database are: of the last good one when it ended (ms), file and bytes.

    `warning` is why to worry, "" for nothing. `warned` is whether anybody wants to be warned.
    """

    last_at: int | None
    file: str
    size: int
    warning: str
    warned: bool


@command
def request_scheduled_backup(tx: Tx, *, by: Actor, now: int) -> int:
    """Have a backup made; the id of the background task. Raises DuplistatError (invalid) while one is being made."""
    return background.ask(tx.db, KIND, account=_main(tx.db), subject="", state={}, by=by, now=now)


def note(config: Config, db: Database, made: Backup, *, begun: int, now: int) -> None:
    """Note a backup that a command made."""
    with db.transaction():
        state = json.dumps(_state(made), ensure_ascii=False)
        task = waiting.add(
            db,
            kind=KIND,
            account=_main(db),
            subject="",
            by=json.dumps(BY_COMMAND.plain()),
            now=begun,
            state=state,
        )
        waiting.end_at_once(db, task, now)


def make(
    context: WorkerContext, task: BackgroundTask, go_on: Callable[[dict[str, Any]], None]
) -> dict[str, Any]:
    """Make a backup into the folder that is set. Answers {"file", "size"}. Raises DuplistatError."""
    section, made = context.config.backup, []

    def act(ask: Callable[[], bool]) -> None:
        made.append(
            backups.into_folder(
                context.config, Path(section.folder), context.now(), keep=section.keep, go_on=ask
            )
        )

    try:
        database_copies.bounded(context, task, go_on, act)
    except WriteFailed:
        raise
    except DuplistatError as e:
        # Whatever it is, this backup was not made: that is to be told, not to be waited out.
        raise DuplistatError(Kind.INVALID, e.text) from e
    return _state(made[0])


def due(db: Database, section: Section, now: int) -> bool:
    """Whether it is time for the next backup."""
    if not section.folder or not section.every_hours:
        return False
    last = waiting.newest(db, KIND)
    if last is None:
        return True
    if last.ended_at is None:
        return False
    every = section.every_hours * HOUR_MS
    return now - last.asked_at >= (min(every, AGAIN_MS) if last.problem else every)


def look(db: Database, section: Section, now: int) -> OwnBackups:
    """How they are at `now` (ms)."""
    limit = warn_after(section)
    good, last = waiting.newest_good(db, KIND), waiting.newest_ended(db, KIND)
    state = json.loads(good.state) if good else {}
    at = good.ended_at if good else None
    warning = ""
    if limit and last is not None and last.problem:
        warning = Text(
            "The last backup of this server failed {when}: {problem}",
            when=iso_ms(from_ms(last.ended_at or 0)),
            problem=last.problem,
        )
    elif limit and at is None and now - _founded(db) > limit:
        warning = Text("There is no backup of this server yet")
    elif limit and at is not None and now - at > limit:
        warning = Text("The last backup of this server is of {when}", when=iso_ms(from_ms(at)))
    return OwnBackups(at, str(state.get("file", "")), int(state.get("size", 0)), warning, bool(limit))


def warn_after(section: Section) -> int:
    """The age of the last backup (ms) after which there is a warning; 0 for never."""
    if section.warn_after_hours:
        return section.warn_after_hours * HOUR_MS
    return 2 * section.every_hours * HOUR_MS if section.folder else 0


def _state(made: Backup) -> dict[str, Any]:
    return {"file": str(made.file.absolute()), "size": made.size}


def _main(db: Database) -> int:
    main = accounts.main(db)
    if main is None:
        raise LookupError(f"the account {accounts.MAIN!r} is gone")
    return main.id


def _founded(db: Database) -> int:
    """When this server began (ms)."""
    main = accounts.main(db)
    return main.created_at if main else 0
