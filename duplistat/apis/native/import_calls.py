"""/api/v1/imports: servers, jobs and history of another program, from a file that is sent."""

import hashlib
import json
from functools import partial
from pathlib import Path

from flask import Response, request

from duplistat.apis.native import parameters
from duplistat.apis.native.alert_writes import bp as changes
from duplistat.apis.native.answers import answered
from duplistat.apis.native.changes import Changing, changing
from duplistat.apis.native.import_models import Import, ImportList, LeftOut
from duplistat.apis.native.lists import newest
from duplistat.apis.native.parameters import ImportQuery, Query
from duplistat.apis.native.reads import ID, bp, caller_who
from duplistat.apis.native.shapes import time
from duplistat.core.errors import DuplistatError, Kind
from duplistat.http.answers import iso
from duplistat.http.body import too_large
from duplistat.http.log_body import SETTING
from duplistat.services.access.api_keys import Scope
from duplistat.services.imports.result import Result
from duplistat.services.imports.task import KIND, new_file, request_import
from duplistat.services.writes import WriteCommand, prepare
from duplistat.store import background_tasks
from duplistat.store.background_tasks import BackgroundTask
from duplistat.store.database import Database

_PIECE = 64 * 1024


@changes.post("/api/v1/imports")
def start_import() -> Response:
    c = changing(Scope.ACCOUNTS_ADMIN)
    asked = parameters.read(ImportQuery, request.args)
    account = c.account(asked.account_id)
    file = new_file(c.ctx.config)
    try:
        content = _receive(file, c.ctx.config.intake.max_log_bytes)
        return _start(c, asked, account, file, content)
    except BaseException:
        file.unlink(missing_ok=True)
        raise


def _start(c: Changing, asked: ImportQuery, account: int, file: Path, content: str) -> Response:
    """Have a file imported; `content` is its SHA-256."""
    wanted = False

    def make() -> WriteCommand[int]:
        nonlocal wanted
        wanted = True
        return prepare(
            request_import,
            account=account,
            program=asked.program,
            file=file.name,
            url="",
            dry_run=asked.dry_run == "true",
            **c.signature(),
        )

    # What makes it another request: not its body alone.
    same = f"{asked.program} {asked.dry_run} {account} {content}".encode()
    response = c.carry_out(same, make, lambda made: _import(c.ctx.db, c.sees, made), 202)
    if not wanted:
        # A request that is repeated, or refused.
        file.unlink(missing_ok=True)
    return response


@bp.get("/api/v1/imports")
def import_list() -> Response:
    _, _, page, end = newest(Scope.ACCOUNTS_ADMIN, partial(background_tasks.page, kind=KIND))
    return answered(request, ImportList(imports=[_shape(task) for task in page], next_cursor=end))


@bp.get(f"/api/v1/imports/{ID}")
def import_under_way(id: int) -> Response:
    ctx, caller = caller_who(Scope.ACCOUNTS_ADMIN)
    parameters.read(Query, request.args)
    return answered(request, _import(ctx.db, caller.sees, id))


def _receive(file: Path, most: int) -> str:
    """Keep the body in a file; its SHA-256. Raises DuplistatError: too_large; invalid for none."""
    if (request.content_length or 0) > most:
        raise too_large(most, SETTING)
    hash, size = hashlib.sha256(), 0
    with file.open("xb") as out:
        while piece := request.stream.read(_PIECE):
            size += len(piece)
            if size > most:
                raise too_large(most, SETTING)
            hash.update(piece)
            out.write(piece)
    if not size:
        raise DuplistatError(Kind.INVALID, "is required: send the file as it is", field="body")
    return hash.hexdigest()


def _import(db: Database, sees: tuple[int, ...], id: int) -> Import:
    """How an import stands, if the caller sees its account. Raises DuplistatError (not_found)."""
    task = background_tasks.get(db, id)
    if task is None or task.kind != KIND or task.account_id not in sees:
        raise DuplistatError(Kind.NOT_FOUND, "There is no such import")
    return _shape(task)


def _shape(task: BackgroundTask) -> Import:
    result = Result(**json.loads(task.state)["result"])
    ended = task.ended_at is not None
    return Import.model_validate(
        {
            "id": task.id,
            "state": "under_way" if not ended else "failed" if task.problem else "done",
            "program": result.program,
            "dry_run": result.dry_run,
            "account_id": task.account_id,
            "asked_at": time(task.asked_at),
            "ended_at": iso(task.ended_at),
            "problem": task.problem or None,
            "servers": result.servers,
            "jobs": result.jobs,
            "runs": result.runs,
            "known": result.known,
            "missed": result.missed,
            "pings": result.pings,
            "channels": result.channels,
            "rules": result.rules,
            "left_out": [
                LeftOut(why=why, count=count, names=names) for why, (count, names) in result.left_out.items()
            ],
        }
    )
