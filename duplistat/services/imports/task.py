"""Imports that are asked for on a page: background tasks, first as a trial, then for good."""

import json
import re
import secrets as random
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from duplistat.config import Config
from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.imports import PROGRAMS
from duplistat.services import audit, background
from duplistat.services.audit import Actor
from duplistat.services.configuration import secrets as stored
from duplistat.services.context import Tx
from duplistat.services.imports import fetch
from duplistat.services.imports.importing import Import
from duplistat.services.imports.into import Database, Nowhere
from duplistat.services.imports.places import note_import
from duplistat.services.imports.result import Result
from duplistat.services.imports.source import opened
from duplistat.services.worker_context import WorkerContext
from duplistat.services.writes import command
from duplistat.store import background_tasks
from duplistat.store.background_tasks import BackgroundTask
from duplistat.store.database import Database as OurDatabase

# The kind of their background tasks.
KIND = "import"
# Files that wait to be imported, in the data folder.
_FILES = re.compile(r"import-[0-9a-f]{32}\.upload", re.ASCII)
# A file that nobody imports is deleted after this.
KEPT_MS = 24 * 3_600_000
# How often it is noted how far an import is.
TOLD_EVERY_MS = 1000
GoOn = Callable[[dict[str, Any]], None]


def new_file(config: Config) -> Path:
    """Where a file can wait that is to be imported."""
    return config.data / f"import-{random.token_hex(16)}.upload"


def file_of(config: Config, name: str) -> Path:
    """The file of that name that waits. Raises DuplistatError (not_found) for one that is gone."""
    file = config.data / name
    if not _FILES.fullmatch(name) or not file.is_file():
        raise DuplistatError(Kind.NOT_FOUND, "The file was deleted meanwhile: send it again")
    return file


@command
def request_import(
    tx: Tx, *, account: int, program: str, file: str, url: str, dry_run: bool, by: Actor, now: int
) -> int:
    """Have a file that waits imported, or one that has yet to be fetched from `url` (encrypted, for an address may hold
    a secret); the id of the task.

    Raises DuplistatError (invalid), also while there is an import into that account under way.
    """
    if program not in PROGRAMS:
        raise DuplistatError(Kind.INVALID, "choose the program that the file is of", field="program")
    state = {
        "program": program,
        "file": file,
        "url": url,
        "dry_run": dry_run,
        "result": asdict(Result(program, dry_run=dry_run)),
    }
    task = background.ask(tx.db, KIND, account=account, subject=str(account), state=state, by=by, now=now)
    audit.note(tx.db, by, "import.begin", account=account, subject=PROGRAMS[program], now=now)
    return task


def work(context: WorkerContext, task: BackgroundTask, go_on: GoOn) -> dict[str, Any]:
    """Import what `state` names; after a trial the file waits on. Raises DuplistatError, and what `go_on` raises."""
    state: dict[str, Any] = json.loads(task.state)
    file = context.config.data / str(state["file"])
    if state["url"] and not file.exists():
        # It may take as long as it takes: the task is held meanwhile.
        go_on(state)
        url = stored.decrypt(context.config, state["url"])
        fetch.fetch(url, file, allow=context.config.alerts.allow, public_only=True)
    file = file_of(context.config, str(state["file"]))
    told = context.now()

    def tell(result: Result) -> None:
        nonlocal told
        if context.now() - told >= TOLD_EVERY_MS:
            told = context.now()
            state["result"] = asdict(result)
            go_on(state)

    try:
        with opened(state["program"], file, context.config) as reader:
            result = (
                Result(**state["result"]) if not state["dry_run"] else Result(state["program"], dry_run=True)
            )
            result.version = reader.version
            target = (
                Nowhere(context, task.account_id)
                if result.dry_run
                else Database(context, task.account_id, json.loads(task.by))
            )
            Import(context, reader, target, result, tell, after=result.seen).run()
    except DuplistatError as e:
        if e.kind is not Kind.UNAVAILABLE:
            # Nobody imports a file that is wrong.
            file.unlink(missing_ok=True)
        raise
    state["result"] = asdict(result)
    if not result.dry_run:
        context.writes.run(
            note_import,
            account=task.account_id,
            program=PROGRAMS[result.program],
            counts=result.counts,
            by=json.loads(task.by),
            now=context.now(),
        )
        file.unlink(missing_ok=True)
    return state


def discard_old_files(db: OurDatabase, config: Config, now: int) -> None:
    """Delete files that nobody imported in time, but for those of an import under way."""
    wanted = {json.loads(task.state)["file"] for task in background_tasks.unended(db, KIND)}
    for path in config.data.glob("import-*.upload"):
        old = now - path.stat().st_mtime * 1000 > KEPT_MS
        if _FILES.fullmatch(path.name) and path.name not in wanted and old:
            path.unlink(missing_ok=True)
