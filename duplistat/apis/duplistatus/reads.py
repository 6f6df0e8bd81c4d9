"""GET /api/summary, /api/lastbackup, /api/lastbackups: what widgets and scripts ask."""

from flask import Blueprint, Response, request

from duplistat.apis.duplistatus import shapes, texts
from duplistat.core.encoding import text_of
from duplistat.core.text import clean
from duplistat.http.answers import body_of, ready_answer
from duplistat.http.caller import caller_of
from duplistat.http.compression import wants_gzip
from duplistat.http.context import LastBackupsAsked, context
from duplistat.services.access.api_keys import Scope

bp = Blueprint("reads", __name__)


@bp.get("/api/summary")
def summary() -> Response:
    """Counts and sums over everything that the caller sees."""
    ctx = context()
    caller = caller_of(request, ctx, Scope.READ)
    now = ctx.now()
    content = shapes.summary(ctx.summaries.of(caller.account, now), now)
    return ready_answer(body_of(texts.in_place_of_nulls(content) if _as_texts() else content))


@bp.get("/api/lastbackup/<name:server_id>")
def last_backup(server_id: str) -> Response:
    """The most recent backup run of a server, whichever job it is of."""
    return _of_server(server_id, every_job=False)


@bp.get("/api/lastbackups/<name:server_id>")
def last_backups(server_id: str) -> Response:
    """The latest backup run of every job of a server, most recently run first."""
    return _of_server(server_id, every_job=True)


def _of_server(server_id: str, *, every_job: bool) -> Response:
    ctx = context()
    caller = caller_of(request, ctx, Scope.READ)
    asked = LastBackupsAsked(
        caller.account, clean(_as_sent(server_id)), every_job, _as_texts(), wants_gzip(request)
    )
    return ready_answer(ctx.last_backups.of(asked, ctx.now()))


def _as_texts() -> bool:
    """Whether `?nulls=` asks for texts in place of nulls."""
    return bool(request.query_string) and texts.are_asked_for(request.args.get("nulls", ""))


def _as_sent(text: str) -> str:
    """A name in the address, where its bytes are no UTF-8 too: they are read as those of bodies are."""
    if "\ufffd" not in text:
        return text
    path = request.environ["PATH_INFO"].encode("latin-1")
    # Behind /api/lastbackup/, which is ASCII.
    return text_of(path.split(b"/", 3)[3])
