"""GET /api/status-page/…: our jobs as a status page of Uptime Kuma. The wire page is uptime-kuma.md, section 3."""

import json
from typing import Any

from flask import Blueprint, Response, request

from duplistat.core.badges import Check
from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.pings import slug_of
from duplistat.core.times import from_ms, iso_ms
from duplistat.http.answers import WIRE, refused
from duplistat.http.caller import Caller, caller_of
from duplistat.http.context import Context, context
from duplistat.services.access.api_keys import Scope
from duplistat.services.pings import badges
from duplistat.services.pings.beats import beats_of, is_in_maintenance, is_stalled, share_of_good
from duplistat.services.pings.standing import standing_of
from duplistat.store import accounts, jobs, servers
from duplistat.store.jobs import Job

# Everything that the caller sees.
ALL = "all"
DOWN, UP, PENDING, MAINTENANCE = 0, 1, 2, 3

bp = Blueprint("uptime_kuma_status_pages", __name__)


@bp.get("/api/status-page/<slug>")
def page(slug: str) -> Response:
    """The jobs of a slug, a group for each server; the longest standing problem as the incident."""
    ctx = context()
    found = _jobs(ctx, slug)
    if found is None:
        raise DuplistatError(Kind.NOT_FOUND, "Status Page Not Found")
    names = {
        server.id: server.label for server in servers.by_ids(ctx.db, {j.server_id for j in found}).values()
    }
    groups = [
        {
            "id": server,
            "name": names[server],
            "weight": weight,
            "monitorList": [
                {"id": job.id, "name": job.label, "sendUrl": 0, "type": "push"}
                for job in found
                if job.server_id == server
            ],
        }
        for weight, server in enumerate(dict.fromkeys(job.server_id for job in found), start=1)
    ]
    return _answer(
        {
            "config": {
                "slug": slug.lower(),
                "title": "duplistat",
                "description": None,
                "icon": "/icon.svg",
                "autoRefreshInterval": 300,
                "theme": "auto",
                "published": True,
                "showTags": False,
                "customCSS": "",
                "footerText": None,
                "showPoweredBy": False,
                "googleAnalyticsId": None,
                "showCertificateExpiry": False,
            },
            "incident": _incident(found, ctx.now()),
            "publicGroupList": groups,
            "maintenanceList": [],
        }
    )


@bp.get("/api/status-page/heartbeat/<slug>")
def heartbeat(slug: str) -> Response:
    """How these jobs did, day by day, oldest first, with how they are now last; of an unknown slug nothing."""
    ctx = context()
    found, now = _jobs(ctx, slug) or [], ctx.now()
    beats = {job.id: beats_of(job, now) for job in found}
    return _answer(
        {
            "heartbeatList": {
                f"{job.id}": [
                    {"status": status, "time": _time(beat.at), "msg": "", "ping": None}
                    for beat, status in zip(beats[job.id], _statuses(job, now, beats[job.id]), strict=True)
                ]
                for job in found
            },
            "uptimeList": {f"{job.id}_24": share_of_good(beats[job.id]) for job in found},
        }
    )


def _statuses(job: Job, now: int, beats: list[Any]) -> list[int]:
    """In Kuma's numbers; the last says more of how it is."""
    found = [UP if beat.good else DOWN for beat in beats]
    if found and is_stalled(job, now):
        found[-1] = PENDING
    if found and is_in_maintenance(job, now):
        found[-1] = MAINTENANCE
    return found


def _jobs(ctx: Context, slug: str) -> list[Job] | None:
    """The jobs of a slug, or of the code of a badge; None for none. Paused ones are not shown.

    Raises DuplistatError for a caller that may not read; who has the code of a badge needs no key.
    """
    now = ctx.now()
    badge = badges.find(ctx.db, slug)
    if badge is not None:
        found = badges.jobs_of(ctx.db, badge)
    else:
        caller = caller_of(request, ctx, Scope.READ)
        found_by = _by_slug(ctx, caller, slug.lower())
        if found_by is None:
            return None
        found = found_by
    return [job for job in found if not job.deleting and (_rests(job, now) or _is_awaited(job, now))]


def _by_slug(ctx: Context, caller: Caller, slug: str) -> list[Job] | None:
    """Of what the caller sees all, or what is of a tag, a server or an account; None where nothing is called so."""
    known = jobs.visible(ctx.db, caller.sees)
    if slug == ALL:
        return known
    tagged = [job for job in known if slug in map(slug_of, json.loads(job.tags))]
    if tagged:
        return tagged
    of = {s.id for s in servers.visible(ctx.db, caller.sees) if slug in (slug_of(s.label), slug_of(s.name))}
    if of:
        return [job for job in known if job.server_id in of]
    owners = {id for id, name in accounts.names(ctx.db, caller.sees).items() if slug_of(name) == slug}
    return [job for job in known if job.account_id in owners] if owners else None


def _rests(job: Job, now: int) -> bool:
    return is_in_maintenance(job, now)


def _is_awaited(job: Job, now: int) -> bool:
    return standing_of(job, now) is not Check.PAUSED


def _incident(found: list[Job], now: int) -> dict[str, Any] | None:
    """What has been wrong for longest; None when nothing is."""
    wrong = [job for job in found if standing_of(job, now) is Check.DOWN]
    if not wrong:
        return None
    first = min(wrong, key=lambda job: (job.health_at, job.id))
    return {
        "id": first.id,
        "style": "danger",
        "title": first.label,
        "content": first.health,
        "pin": 1,
        "createdDate": iso_ms(from_ms(first.health_at)),
        "lastUpdatedDate": None,
    }


def _time(at: int) -> str:
    """As Kuma writes it: UTC without a zone."""
    return f"{from_ms(at):%Y-%m-%d %H:%M:%S}.{at % 1000:03}"


@bp.errorhandler(DuplistatError)
def say(error: DuplistatError) -> Response:
    """An error in Kuma's words."""
    return refused(_answer({"status": "fail", "msg": error.message}, WIRE[error.kind][1]), error)


def _answer(content: dict[str, Any], status: int = 200) -> Response:
    response = Response(
        json.dumps(content, ensure_ascii=False), status=status, content_type="application/json; charset=utf-8"
    )
    response.headers["Cache-Control"] = "no-store"
    return response


# Where no route is.
ERRORS = {"/api/status-page/": say, "/api/status-page": say}
