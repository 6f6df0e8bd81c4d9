"""GET /api/v1, v2 and v3/checks/…: our jobs as Healthchecks tells of its checks. Section 6 of the wire page."""

import json
from typing import Any

from flask import Blueprint, Response, request

from duplistat.apis.healthchecks import shapes
from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.pings import is_unique_key, uuid_of
from duplistat.http.answers import WIRE, refused
from duplistat.http.caller import Caller, caller_of, key_of
from duplistat.http.context import Context, context
from duplistat.services.access import api_keys
from duplistat.services.access.api_keys import Scope, digest
from duplistat.services.pings import badges
from duplistat.services.pings.standing import standing_of
from duplistat.store import badges as badge_rows
from duplistat.store import jobs, ping_urls, transitions
from duplistat.store.badges import ACCOUNT, TAG
from duplistat.store.jobs import Job

VERSIONS = (1, 2, 3)
# Changes of health that are looked at for flips.
FLIPS = 1000
MISSING, WRONG = "missing api key", "wrong api key"
_METHODS = ("GET", "OPTIONS")

bp = Blueprint("healthchecks_checks", __name__)


def checks(version: int) -> Response:
    """All jobs that the key sees; those with all of some tags, or of a slug."""
    if request.method == "OPTIONS":
        return Response(status=204)
    ctx = context()
    caller = _reader(ctx)
    found = jobs.visible(ctx.db, caller.sees)
    tags, slug = request.args.getlist("tag"), request.args.get("slug", "")
    found = [job for job in found if not job.deleting and set(tags) <= set(json.loads(job.tags))]
    shown = _shapes(ctx, caller, found, version)
    return _answer({"checks": [shape for shape in shown if slug in ("", shape["slug"])]})


def check(version: int, name: str) -> Response:
    """One of them, by its UUID or its unique key."""
    if request.method == "OPTIONS":
        return Response(status=204)
    ctx = context()
    caller = _reader(ctx)
    (shape,) = _shapes(ctx, caller, [_named(ctx, caller, name)], version)
    return _answer(shape)


def flips(version: int, name: str) -> Response:
    """When one of them went down and came up again, newest first; `seconds`, `start` and `end` (unix) choose."""
    if request.method == "OPTIONS":
        return Response(status=204)
    ctx = context()
    caller = _reader(ctx)
    job = _named(ctx, caller, name)
    since, until = _seconds("start"), _seconds("end")
    if (last := _seconds("seconds")) is not None:
        since = ctx.now() // 1000 - last
    found = [
        {"timestamp": shapes.moment(change.at), "up": int(change.after not in shapes.BAD)}
        for change in transitions.transitions(ctx.db, job.id, FLIPS)
        if (change.before in shapes.BAD) != (change.after in shapes.BAD)
        and (since is None or change.at >= since * 1000)
        and (until is None or change.at < until * 1000)
    ]
    return _answer({"flips": found})


def all_badges(version: int) -> Response:
    """The badges of tags, and of the account as `*`."""
    if request.method == "OPTIONS":
        return Response(status=204)
    ctx = context()
    caller, made = _reader(ctx), {}
    for badge in badge_rows.of_accounts(ctx.db, (caller.account,)):
        if badge.kind in (TAG, ACCOUNT):
            where = badges.addresses(ctx.config, _base(ctx), badge)
            made["*" if badge.kind == ACCOUNT else badge.tag] = {
                f"{format}{mark}": f"{address}.{format}"
                for format in ("svg", "json", "shields")
                for mark, address in (("", where.two), ("3", where.three))
            }
    return _answer({"badges": made})


def status(version: int) -> Response:
    """200 OK while the database can be read; no key is needed."""
    context().db.row("SELECT 1")
    return Response("OK", content_type="text/html; charset=utf-8")


def _reader(ctx: Context) -> Caller:
    """Whoever has a key that reads, which is always needed. Raises DuplistatError."""
    if not key_of(request):
        raise DuplistatError(Kind.UNAUTHORIZED, MISSING)
    return caller_of(request, ctx, Scope.READ, always_key=True)


def _named(ctx: Context, caller: Caller, name: str) -> Job:
    """The job that a name in an address is of, if the caller sees it. Raises DuplistatError (not_found)."""
    number: int | None = None
    if uuid := uuid_of(name):
        target = ping_urls.target(ctx.db, "uuid_hash", digest(uuid), ctx.now())
        number = target.job_id if target is not None else None
    if number is None:
        number = shapes.job_in(name)
    if number is None and is_unique_key(name):
        number = ping_urls.job_of_unique_key(ctx.db, caller.sees, name.lower())
    job = jobs.by_id(ctx.db, caller.sees, number) if number is not None else None
    if job is None or job.deleting:
        raise DuplistatError(Kind.NOT_FOUND, "not found")
    return job


def _shapes(ctx: Context, caller: Caller, found: list[Job], version: int) -> list[dict[str, Any]]:
    """Jobs as checks; with a key that may do everything also how they are pinged."""
    known = shapes.Known.read(ctx, found)
    key = api_keys.find(ctx.db, key_of(request), ctx.now())
    full = Scope.ADMIN.value in key.scopes.split()
    base, now = _base(ctx), ctx.now()
    return [
        shapes.check(job, standing_of(job, now), known, ctx, base=base, version=version, full=full)
        for job in found
    ]


def _base(ctx: Context) -> str:
    """The address of this server as whoever asks reaches it, without a slash at its end."""
    return ctx.config.public_address or request.url_root.rstrip("/")


def _seconds(name: str) -> int | None:
    text = request.args.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 12 else None


def _answer(content: dict[str, Any], status: int = 200) -> Response:
    return Response(json.dumps(content, ensure_ascii=False), status=status, content_type="application/json")


@bp.after_request
def allow(response: Response) -> Response:
    """Pages of anywhere may read with a key of their own."""
    headers = response.headers
    headers["Access-Control-Allow-Origin"] = "*"
    headers["Access-Control-Allow-Headers"] = "X-Api-Key"
    headers["Access-Control-Allow-Methods"] = "GET, OPTIONS"
    headers["Access-Control-Max-Age"] = "600"
    headers["Cache-Control"] = "no-store"
    return response


@bp.errorhandler(DuplistatError)
def say(error: DuplistatError) -> Response:
    """An error in Healthchecks' words."""
    text = error.message
    if error.kind is Kind.UNAUTHORIZED and text != MISSING:
        text = WRONG
    return refused(_answer({"error": text}, WIRE[error.kind][1]), error)


for _version in VERSIONS:
    for _path, _view in (
        ("checks/", checks),
        ("checks/<name>", check),
        ("checks/<name>/flips/", flips),
        ("badges/", all_badges),
        ("status/", status),
    ):
        bp.add_url_rule(
            f"/api/v{_version}/{_path}",
            f"{_view.__name__}_{_version}",
            _view,
            defaults={"version": _version},
            methods=_METHODS,
            provide_automatic_options=False,
        )
# Where no route is.
ERRORS = {
    f"/api/v{_version}/{_what}{_end}": say
    for _version in VERSIONS
    for _what in ("checks", "badges", "status")
    for _end in ("", "/")
}
