"""A restore that is asked for on a page: a backup is copied and looked into first; when somebody has confirmed it, the
main process of the server, which has ended all others for that, puts it in place of the database.
"""

import errno
import json
import logging
import re
import secrets as random
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypedDict

from duplistat.config import Config
from duplistat.core.errors import DuplistatError, Kind
from duplistat.services import audit, background
from duplistat.services.audit import Actor
from duplistat.services.context import Tx
from duplistat.services.maintenance import backups, restore
from duplistat.services.maintenance.database_copies import RESTORE_CHECK, bounded
from duplistat.services.worker_context import WorkerContext
from duplistat.services.writes import command
from duplistat.store import accounts, copies, whole_files
from duplistat.store.background_tasks import BackgroundTask
from duplistat.store.database import Database

log = logging.getLogger(__name__)

# The kind of the background task that looks into a backup.
KIND = RESTORE_CHECK
# What waits to be looked into or restored, in the data folder; it is deleted after this.
_FILES = re.compile(r"restore-[0-9a-f]{32}\.(?:upload|db)", re.ASCII)
KEPT_MS = 24 * 3_600_000
# Says the main process what to put in place, and what came of the latest one.
PENDING, OUTCOME = "restore-pending.json", "restore-outcome.json"
# Kept backups that can be chosen, newest first.
MOST_KEPT = 50
_ASIDE = re.compile(r".+-before-restore-\d{8}-\d{6}(?:-\d{1,3})?\.db", re.ASCII)
GoOn = Callable[[dict[str, Any]], None]


class Outcome(TypedDict):
    """What came of a restore: of which file, when (ms), where what was there before is, and why it failed; "" for
    none."""

    name: str
    at: int
    before: str
    problem: str


def new_file(config: Config) -> Path:
    """Where a file can wait that was sent."""
    return config.data / f"restore-{random.token_hex(16)}.upload"


def waiting_file(config: Config, name: str) -> Path:
    """The file of that name that waits. Raises DuplistatError (not_found) for one that is gone."""
    file = config.data / name
    if not _FILES.fullmatch(name) or not file.is_file():
        raise DuplistatError(Kind.NOT_FOUND, "The file was deleted meanwhile: send it again")
    return file


def kept(config: Config) -> list[Path]:
    """Backups of SQLite that can be chosen, newest first: scheduled ones, and what earlier restores put aside."""
    found: list[tuple[float, Path]] = []
    if config.backup.folder:
        folder = Path(config.backup.folder)
        found += _files(folder, lambda name: backups.NAMES.fullmatch(name) and name.endswith(".db"))
    database = Database(config.database_url).file if config.on_sqlite else None
    if database is not None:
        found += _files(database.parent, _ASIDE.fullmatch)
    return [path for _changed, path in sorted(found, reverse=True)[:MOST_KEPT]]


def _files(folder: Path, wanted: Callable[[str], object]) -> list[tuple[float, Path]]:
    """(when they were changed, files) whose names are wanted; without those that are deleted meanwhile."""
    found = []
    with suppress(OSError):
        for path in folder.iterdir():
            with suppress(OSError):
                if wanted(path.name) and path.is_file():
                    found.append((path.stat().st_mtime, path))
    return found


@command
def request_look(tx: Tx, *, file: str, source: str, name: str, by: Actor, now: int) -> int:
    """Have a backup looked into; the id of the task. `file` is what was sent, or `source` the path of a kept one, ""
    for none; `name` is what people call it. Raises DuplistatError (invalid)."""
    main = accounts.main(tx.db)
    if not tx.db.on_sqlite or main is None:
        raise DuplistatError(Kind.INVALID, "PostgreSQL has programs of its own for this")
    state = {"file": file, "source": source, "name": name}
    task = background.ask(tx.db, KIND, account=main.id, subject="", state=state, by=by, now=now)
    audit.note(tx.db, by, "database.restore_check", account=main.id, subject=name, now=now)
    return task


@command
def note_restore(tx: Tx, *, name: str, by: Actor, now: int) -> None:
    """Note that somebody confirmed a restore: in the database that is put aside."""
    main = accounts.main(tx.db)
    if main is not None:
        audit.note(tx.db, by, "database.restore", account=main.id, subject=name, now=now)


def look(context: WorkerContext, task: BackgroundTask, go_on: GoOn) -> dict[str, Any]:
    """Copy a backup into the data folder, and look into the copy: whether it is whole, and what it holds.

    Raises DuplistatError for what cannot be restored, and what `go_on` raises.
    """
    state, config = json.loads(task.state), context.config
    sent = waiting_file(config, state["file"]) if state["file"] else None
    source, called = sent or Path(state["source"]), Path(state["name"])
    target = config.data / f"restore-{random.token_hex(16)}.db"

    def act(ask: Callable[[], bool]) -> None:
        restore.require_sqlite(source, called)
        backups.require_room(source, config.data)
        with whole_files.made(target) as fresh:
            copies.copy(source, fresh, ask)
            restore.require_ours(fresh, called, ask)
            state["holds"] = copies.contents(fresh, ask)

    try:
        bounded(context, task, go_on, act)
    finally:
        if sent is not None:
            _discard(sent)
    state["file"] = target.name
    return dict(state)


def _discard(file: Path) -> None:
    """Delete a file that was sent, and what SQLite made beside it to read it."""
    for path in (file, *(file.with_name(file.name + end) for end in restore.BESIDE)):
        path.unlink(missing_ok=True)


def discard_old(config: Config, now: int) -> None:
    """Delete files that nobody restored in time."""
    for path in config.data.glob("restore-*"):
        with suppress(FileNotFoundError):
            if _FILES.fullmatch(path.name) and path.stat().st_mtime * 1000 < now - KEPT_MS:
                path.unlink()


def ask(config: Config, file: Path, name: str, by: Actor) -> None:
    """Have the main process put a file in place, which it does within a second or two."""
    _write(config.data / PENDING, {"file": file.name, "name": name, "by": by})


def is_asked(config: Config) -> bool:
    return (config.data / PENDING).exists()


def outcome(config: Config) -> Outcome | None:
    """What came of the latest restore; None where there was none."""
    try:
        found: Outcome = json.loads((config.data / OUTCOME).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return found


def put_in_place(config: Config, ready: Callable[[Database], int], now: int) -> int:
    """Put in place what was asked for, while nobody uses the database; the id of the account `main` in it.

    `ready` brings a database up to date. When that fails the one before is put back.
    """
    pending = config.data / PENDING
    content = pending.read_text("utf-8")
    # Whatever comes of it, it is tried once.
    pending.unlink()
    told: Outcome = {"name": "", "at": now, "before": "", "problem": ""}
    before: Path | None = None
    db = Database(config.database_url)
    target = db.file
    try:
        wanted = json.loads(content)
        told["name"] = str(wanted["name"])
        if target is None:
            raise ValueError("this database is not in a file")
        before = restore.put_aside(target, now)
        told["before"] = str(before or "")
        _move(waiting_file(config, str(wanted["file"])), target)
        main = ready(db)
        with db.transaction():
            after = {"before": told["before"]}
            audit.note(
                db,
                wanted["by"],
                "database.restored",
                account=main,
                subject=told["name"],
                now=now,
                after=after,
            )
        log.info("%s was restored; what was there before is %s", told["name"], before)
    except Exception as e:
        log.exception("%s could not be restored", told["name"])
        told["problem"] = str(e) or type(e).__name__
        db.close_all()
        if before is not None and target is not None:
            restore.take_back(before, target)
            told["before"] = ""
        main = ready(db)
    finally:
        db.close_all()
    _write(config.data / OUTCOME, told)
    return main


def _move(file: Path, target: Path) -> None:
    try:
        file.replace(target)
    except OSError as e:
        if e.errno != errno.EXDEV:
            raise
        with whole_files.made(target, replace=True) as fresh:
            shutil.copyfile(file, fresh)
        file.unlink()
    whole_files.sync_folder(target.parent)


def _write(path: Path, content: object) -> None:
    with whole_files.made(path, replace=True) as fresh:
        fresh.write_text(json.dumps(content), "utf-8")
