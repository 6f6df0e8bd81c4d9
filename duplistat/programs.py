"""What programs ask: reports in, numbers out; and what these routes share with all others.

It is imported before a worker begins, and nothing of it needs a page: `beginning.py` loads the rest afterwards.
"""

import logging
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from flask import Flask, Response, current_app, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound

from duplistat.apis import (
    backupmonitor,
    cronitor,
    duplistatus,
    gatus,
    gotify,
    health,
    healthchecks,
    output,
    uptime_kuma,
)
from duplistat.apis.duplistatus import last_backups
from duplistat.config import Config
from duplistat.core.causes import WORDS
from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.i18n import Text
from duplistat.core.pings import veiled
from duplistat.http import streams
from duplistat.http.answers import SECURITY_HEADERS, Ready
from duplistat.http.compression import compress
from duplistat.http.context import KEY, Context, context
from duplistat.http.names import Name, Number
from duplistat.http.rule import LateRule
from duplistat.http.streams import Streams
from duplistat.services.access.light_callers import LowVolumeExemption
from duplistat.services.commands import schedule_defaults
from duplistat.services.monitoring import overview_version
from duplistat.services.monitoring.read_cache import Remembered, until_next_due
from duplistat.services.writes import Writes
from duplistat.store import accounts, totals
from duplistat.store.causes import cause_on
from duplistat.store.database import UNUSABLE, Database

log = logging.getLogger(__name__)

# Where templates/ and static/ are: inside an installed package, and beside the package in a checkout.
PACKAGE = Path(__file__).parent
RESOURCES = PACKAGE if (PACKAGE / "templates").is_dir() else PACKAGE.parent
# Their address has a code in it that nobody else may learn, whatever they answer.
WITH_CODE = ("web.new_password", "web.set_password", "web.set_up", "links.link")
_SLASHES = re.compile(r"/{2,}")
# Where reports and pings come in.
_REPORTED_TO = re.compile(
    r"/+(?:ping|p|upload|message|api/+(?:push|upload|report|ingest|v1/+endpoints))(?:/|$)"
)


class _Synchronous(Flask):
    """No view and no hook is a coroutine, which Flask finds out of each again at each request."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        return func

    def wsgi_app(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        # A base URL that ends with a slash, and a client that puts another one: the redirect that Flask answers is a
        # success to many clients, and their report is lost.
        if "//" in (path := environ.get("PATH_INFO", "")) and _REPORTED_TO.match(path):
            environ["PATH_INFO"] = _SLASHES.sub("/", path)
        return super().wsgi_app(environ, start_response)


def routed_for_programs() -> Flask:
    """The routes of programs that report and read, and how they say errors. Without what is of one server alone."""
    app = _Synchronous(
        "duplistat", template_folder=str(RESOURCES / "templates"), static_folder=str(RESOURCES / "static")
    )
    app.url_rule_class = LateRule
    app.json.sort_keys = False  # type: ignore[attr-defined]  # Flask's default provider has it
    # A slash too many in a report URL must not lose reports.
    app.url_map.strict_slashes = False
    app.url_map.converters["name"] = Name
    app.url_map.converters["int"] = Number

    # Reports in; Homepage, Prometheus and scripts read.
    app.register_blueprint(duplistatus.upload)  # POST /api/upload /upload
    app.register_blueprint(duplistatus.reads)  # GET /api/summary /api/lastbackup/… /api/lastbackups/…
    app.register_blueprint(health.bp)  # GET /api/health /api/ping /metrics
    # Scripts report; displays read counts.
    app.register_blueprint(backupmonitor.ingest)  # POST /api/ingest/backup /api/ingest/notification
    app.register_blueprint(output.bp)  # POST /api/report
    app.register_blueprint(backupmonitor.counts)  # GET /api/integration/counts
    # What clients of other monitors call.
    app.register_blueprint(healthchecks.pings)  # any method /ping/…
    app.register_blueprint(uptime_kuma.push)  # any method /api/push/…
    app.register_blueprint(cronitor.bp)  # GET POST /p/…
    app.register_blueprint(gotify.bp)  # POST /message
    app.register_blueprint(gatus.external)  # POST /api/v1/endpoints/…/external

    # Each blueprint says errors in its own words: these are for what is no DuplistatError yet.
    app.register_error_handler(HTTPException, _say_http)
    app.register_error_handler(Exception, _say_unexpected)
    app.after_request(_finish)
    return app


def context_of(
    config: Config, db: Database, writes: Writes, now: Callable[[], int], *, started: int, main: int
) -> Context:
    """What views are given. `started` is when the server began (ms), `main` the id of the account `main`."""
    return Context(
        config=config,
        db=db,
        writes=writes,
        now=now,
        schedule_defaults=schedule_defaults(config),
        main_account=main,
        summaries=Remembered(db, until_next_due(_summary_of)),
        pulses=Remembered(db, until_next_due(partial(overview_version.overview_snapshot, zone=config.zone))),
        last_backups=Remembered(
            db,
            last_backups.LastBackups(schedule_defaults(config), config.api.logs_in_last_backup),
            most=last_backups.MOST_BYTES,
            weigh=last_backups.weight,
        ),
        streams=Streams(min(streams.MOST, config.server.threads // 4)),
        low_volume=LowVolumeExemption(),
        started=started,
    )


def _summary_of(db: Database, account: int, now: int) -> totals.Summary:
    return totals.summary(db, accounts.visible(db, account), now)


def give(app: Flask, given: Context) -> Flask:
    """Let the views of an application have what they are given."""
    app.extensions[KEY] = given
    if not given.db.on_sqlite:
        # A pool lends a connection for a request; SQLite keeps one a thread.
        app.before_request(partial(_wait_as_usual, given))
        app.teardown_request(lambda _: given.db.close())
    return app


def _wait_as_usual(ctx: Context) -> None:
    """A sender does not send again what is refused: so it waits longer than a page for a database that is away."""
    ctx.db.wait_at_most(None if request.method in ("GET", "HEAD", "OPTIONS") else ctx.writes.patience)


def _finish(response: Response) -> Response:
    """An answer as it is sent: compressed where that is worth it, and with what each has in its headers."""
    if isinstance(response, Ready):
        return response
    response = compress(response)
    response.headers.extend(SECURITY_HEADERS)
    if request.endpoint in WITH_CODE:
        response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _say(error: DuplistatError) -> Response:
    """An error in the words of the blueprint whose route was asked, or of the address where none is."""
    return current_app.make_response(current_app.handle_user_exception(error))


def _say_http(error: HTTPException) -> Response:
    if isinstance(error, MethodNotAllowed):
        allowed = ", ".join(sorted(error.valid_methods or ()))
        response = _say(
            DuplistatError(
                Kind.METHOD_NOT_ALLOWED,
                Text(
                    "{method} is not allowed here; allowed: {allowed}", method=request.method, allowed=allowed
                ),
            )
        )
        response.headers["Allow"] = allowed
        return response
    if isinstance(error, NotFound):
        return _say(DuplistatError(Kind.NOT_FOUND, "There is nothing at this address"))
    if error.code == 413:
        return _say(DuplistatError(Kind.TOO_LARGE, "The body is too large"))
    if error.code is not None and 300 <= error.code < 400:
        return error.get_response()  # type: ignore[return-value]  # werkzeug's own Response, which Flask takes
    return _say(DuplistatError(Kind.INVALID, error.description or "This request cannot be understood"))


def _say_unexpected(error: Exception) -> Response:
    """No trace reaches a caller: it goes to the log."""
    ctx = context()
    cause = cause_on(error, ctx.db.file) if isinstance(error, UNUSABLE) else None
    if cause is not None:
        ctx.db.drop_connections()
        ctx.writes.health.tell(cause, f"the database cannot be read: {WORDS[cause]}", error)
        return _say(DuplistatError(Kind.UNAVAILABLE, "The database cannot be reached at the moment"))
    log.exception("%s %s failed", request.method, veiled(request.path))
    return _say(DuplistatError(Kind.INTERNAL, "Something went wrong here; the log of the server says what"))
