"""create_app(): the only wiring, and the page of all routes."""

from collections.abc import Callable

from flask import Flask, Response, request

from duplistat import web
from duplistat.apis import (
    backrest,
    backuprun,
    cronitor,
    duplistatus,
    gatus,
    health,
    healthchecks,
    intronis,
    uptime_kuma,
    wrapper,
)
from duplistat.apis.native import routes as native
from duplistat.config import Config
from duplistat.core.errors import DuplistatError
from duplistat.http.base_path import BasePath
from duplistat.http.context import Context
from duplistat.now import wall_clock
from duplistat.programs import context_of, give, routed_for_programs
from duplistat.services.bootstrap import main_account
from duplistat.services.commands import Direct
from duplistat.services.writes import Writes
from duplistat.store.database import Database
from duplistat.store.write_health import WriteHealth
from duplistat.web import language
from duplistat.web.alerts import links

# How errors are said at an address where no route is, or none for its method: no blueprint is asked there.
# One that ends in "/" is for all that begins so; the first that fits counts. Anywhere else an error is a page.
ERRORS = {
    **healthchecks.ERRORS,
    **uptime_kuma.ERRORS,
    **cronitor.ERRORS,
    **native.ERRORS,
    **duplistatus.ERRORS,
    **health.ERRORS,
    **intronis.ERRORS,
    **backuprun.ERRORS,
}


def create_app(
    config: Config,
    *,
    db: Database | None = None,
    writes: Writes | None = None,
    now: Callable[[], int] = wall_clock,
    started: int | None = None,
    main: int | None = None,
) -> Flask:
    """The application over a prepared database. Without `writes`, this process writes itself.

    `started` is when the server began (ms), without which it begins now. `main` is the id of the account `main`: who
    knows it needs no database to begin.
    """
    db = db or Database(config.database_url, pool=config.database.pool, prepare=config.database.prepare)
    app = whole(
        context_of(
            config,
            db,
            writes or Direct(db, config, WriteHealth(now)),
            now,
            started=now() if started is None else started,
            main=main_account(db) if main is None else main,
        )
    )
    if config.server.base_path:
        app.wsgi_app = BasePath(app.wsgi_app, config.server.base_path)  # type: ignore[method-assign]  # Flask's own way
    return app


def whole(given: Context) -> Flask:
    """All routes, whose views are given this. Below which path a proxy shows them, whoever calls it has seen to."""
    return give(routed(), given)


def routed() -> Flask:
    """All routes, and how each says its errors. Whatever is of one server alone, `whole` adds."""
    app = routed_for_programs()  # /api/upload /api/summary /api/health /ping/…
    app.jinja_options = app.jinja_options | {"trim_blocks": True, "lstrip_blocks": True}
    language.install(app)

    # Programs to fetch.
    app.register_blueprint(wrapper.bp)  # GET /run.py /report.sh
    # What reads other monitors reads ours.
    app.register_blueprint(healthchecks.checks)  # GET /api/v3/… (and v1, v2)
    app.register_blueprint(healthchecks.badges)  # GET /b/…
    app.register_blueprint(uptime_kuma.status_pages)  # GET /api/status-page/…
    app.register_blueprint(gatus.statuses)  # GET /api/v1/endpoints/statuses
    app.register_blueprint(backrest.bp)  # POST /v1.Backrest/GetSummaryDashboard
    # Our own API.
    app.register_blueprint(native.bp)  # GET /api/v1/… /api/openapi.json /api/docs
    app.register_blueprint(native.changes)  # POST, PATCH, DELETE /api/v1/…
    # One report over all customers.
    app.register_blueprint(intronis.token)  # POST /oauth2/token /oauth2/revoke
    app.register_blueprint(intronis.report)  # GET /v1/partners/…/reports/backup_status
    # Accounts, contacts and services, with sign-in.
    app.register_blueprint(backuprun.bp)  # POST /api.php
    # People.
    app.register_blueprint(web.bp)  # GET / /alerts/… /events /partners /servers/… /jobs/… /runs/… /settings/…
    app.register_blueprint(links.bp)  # GET POST /n/…

    # Each blueprint says errors in its own words: this is for what has none.
    app.register_error_handler(DuplistatError, _say_where_no_route_is)
    return app


def _say_where_no_route_is(error: DuplistatError) -> Response:
    path = request.path
    for address, say in ERRORS.items():
        if path.startswith(address) if address.endswith("/") else path.rstrip("/") == address:
            return say(error)
    return web.error_page(error)
