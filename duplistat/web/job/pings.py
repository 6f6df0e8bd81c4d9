"""POST /jobs/…/ping and /badge: a job's ping URL and badge are made, replaced and refused."""

from flask import url_for
from flask.typing import ResponseReturnValue

from duplistat.http.context import context
from duplistat.services.people.identity import Role
from duplistat.services.pings import badges, urls
from duplistat.services.pings.settings import set_ping_timed
from duplistat.store import badges as badge_rows
from duplistat.web import redirects
from duplistat.web.access import needs, signature
from duplistat.web.form import Form
from duplistat.web.job.page import find
from duplistat.web.language import gettext as _

HOUR_MS = 3_600_000
# Hours for which a URL that was replaced can still be good: a year.
MOST_HOURS = 24 * 366


@needs(Role.OPERATOR)
def create_ping(number: int) -> ResponseReturnValue:
    """Give a job a ping URL. Raises DuplistatError (not_found)."""
    found, ctx = find(number), context()
    fresh = urls.fresh(ctx.config)
    ctx.writes.run(urls.make_ping_url_of, job=found.job.id, url=fresh, slug="", also=False, **signature())
    return _done(number, _("Ping URL created."))


@needs(Role.OPERATOR)
def rotate_ping(number: int) -> ResponseReturnValue:
    """Replace it; the one before stays valid for some hours. Raises DuplistatError (not_found, invalid)."""
    found, form, ctx = find(number), Form(), context()
    hours = form.number("keep", 0, MOST_HOURS)
    hours = 0 if form.wrong else hours
    fresh = urls.fresh(ctx.config)
    ctx.writes.run(urls.rotate_ping_url, job=found.job.id, url=fresh, keep_ms=hours * HOUR_MS, **signature())
    return _done(number, _("Ping URL rotated."))


@needs(Role.OPERATOR)
def revoke_ping(number: int) -> ResponseReturnValue:
    """Refuse it from now on. Raises DuplistatError (not_found)."""
    context().writes.run(urls.revoke_ping_url, job=find(number).job.id, **signature())
    return _done(number, _("Ping URL revoked."))


@needs(Role.OPERATOR)
def time_ping(number: int) -> ResponseReturnValue:
    """Say whether Uptime Kuma's `ping` is how long a run took. Raises DuplistatError (not_found)."""
    timed = "timed" in Form().ticked("timed")
    context().writes.run(set_ping_timed, job=find(number).job.id, timed=timed, **signature())
    return redirects.saved(url_for("web.job", number=number, _anchor="ping"), _("Saved."))


@needs(Role.OPERATOR)
def create_badge(number: int) -> ResponseReturnValue:
    """Make a badge of a job. Raises DuplistatError (not_found)."""
    found, ctx = find(number).job, context()
    of, fresh = badges.of_job(found.id), badges.fresh(ctx.config)
    ctx.writes.run(badges.make_badge, account=found.account_id, of=of, badge=fresh, **signature())
    return _done(number, _("Badge created."))


@needs(Role.OPERATOR)
def revoke_badge(number: int) -> ResponseReturnValue:
    """Show it to nobody any more. Raises DuplistatError (not_found)."""
    found = find(number).job
    badge = badge_rows.of_job(context().db, found.id)
    if badge is not None:
        context().writes.run(badges.revoke_badge, account=found.account_id, badge=badge.id, **signature())
    return _done(number, _("Badge revoked."))


def _done(number: int, said: str) -> ResponseReturnValue:
    return redirects.done(url_for("web.job", number=number, _anchor="ping"), said)
